;;@id W333
;;@kind host
;;@expect error
;;@form class
;; success with a negative number is an error number
(module (import "memory" "memory" (memory 1)) (data (i32.const 16) "\20\00\00\00\01\00\00\00")
  (data (i32.const 32) "\38\00\00\00\06\00\00\00\03\00\00\00\38\00\00\00\00\00\00\00")
  (data (i32.const 56) "attack")
  (func (export "methods") (result i32) (i32.const 16)) (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096))
  (func (export "call") (param i32 i32 i32) (result i32) (i32.store (i32.const 128) (i32.const 0)) (i32.store (i32.const 132) (i32.const -2147483648)) (i64.store (i32.const 136) (i64.const 0)) (i32.const 128)))
