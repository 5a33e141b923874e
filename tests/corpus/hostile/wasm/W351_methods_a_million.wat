;;@id W351
;;@kind mem
;;@expect refused|limit:host|limit:mem
;;@form class
;; a million methods, all in the same bytes
(module (import "memory" "memory" (memory 1)) (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096)) (func (export "call") (param i32 i32 i32) (result i32) (i64.store (i32.const 128) (i64.const 0)) (i64.store (i32.const 136) (i64.const 0)) (i32.const 128))
  (func (export "methods") (result i32) (i32.store (i32.const 16) (i32.const 0)) (i32.store (i32.const 20) (i32.const 3000)) (i32.const 16)))
