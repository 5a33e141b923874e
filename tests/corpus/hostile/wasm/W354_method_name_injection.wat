;;@id W354
;;@kind output
;;@expect refused
;;@form class
;; a method name with a line break and an escape
(module (import "memory" "memory" (memory 1)) (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096)) (func (export "call") (param i32 i32 i32) (result i32) (i64.store (i32.const 128) (i64.const 0)) (i64.store (i32.const 136) (i64.const 0)) (i32.const 128))
  (data (i32.const 16) "\20\00\00\00\01\00\00\00")
  (data (i32.const 32) "\38\00\00\00\06\00\00\00\03\00\00\00\38\00\00\00\00\00\00\00")
  (data (i32.const 56) "a\1b[2J\0a")
  (func (export "methods") (result i32) (i32.const 16)))
