;;@id W352
;;@kind parse
;;@expect refused
;;@form class
;; no methods at all
(module (import "memory" "memory" (memory 1)) (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096)) (func (export "call") (param i32 i32 i32) (result i32) (i64.store (i32.const 128) (i64.const 0)) (i64.store (i32.const 136) (i64.const 0)) (i32.const 128)) (func (export "methods") (result i32) (i32.const 1024)))
