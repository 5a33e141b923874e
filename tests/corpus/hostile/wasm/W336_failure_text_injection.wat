;;@id W336
;;@kind output
;;@expect error
;;@form class
;; line breaks and escapes in a failure text
(module (import "memory" "memory" (memory 1)) (data (i32.const 16) "\20\00\00\00\01\00\00\00")
  (data (i32.const 32) "\38\00\00\00\06\00\00\00\03\00\00\00\38\00\00\00\00\00\00\00")
  (data (i32.const 56) "attack")
  (func (export "methods") (result i32) (i32.const 16)) (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096))
  (data (i32.const 256) "\1b[2J\0aFAKE admin logged in\0d\00")
  (func (export "call") (param i32 i32 i32) (result i32)
    (i32.store (i32.const 128) (i32.const 1)) (i32.store (i32.const 132) (i32.const 5))
    (i32.store (i32.const 136) (i32.const 256)) (i32.store (i32.const 140) (i32.const 27)) (i32.const 128)))
