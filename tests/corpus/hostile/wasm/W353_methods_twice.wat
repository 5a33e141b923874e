;;@id W353
;;@kind parse
;;@expect refused
;;@form class
;; two methods of one name
(module (import "memory" "memory" (memory 1)) (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096)) (func (export "call") (param i32 i32 i32) (result i32) (i64.store (i32.const 128) (i64.const 0)) (i64.store (i32.const 136) (i64.const 0)) (i32.const 128))
  (data (i32.const 16) "\20\00\00\00\02\00\00\00")
  (data (i32.const 32) "\58\00\00\00\06\00\00\00\03\00\00\00\58\00\00\00\00\00\00\00\58\00\00\00\06\00\00\00\03\00\00\00\58\00\00\00\00\00\00\00")
  (data (i32.const 88) "attack")
  (func (export "methods") (result i32) (i32.const 16)))
