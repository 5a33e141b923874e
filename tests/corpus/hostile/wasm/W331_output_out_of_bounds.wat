;;@id W331
;;@kind crash
;;@expect trap
;;@form class
;; an answer that lies outside the memory
(module (import "memory" "memory" (memory 1)) (data (i32.const 16) "\20\00\00\00\01\00\00\00")
  (data (i32.const 32) "\38\00\00\00\06\00\00\00\03\00\00\00\38\00\00\00\00\00\00\00")
  (data (i32.const 56) "attack")
  (func (export "methods") (result i32) (i32.const 16)) (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096))
  (func (export "call") (param i32 i32 i32) (result i32)
    (i64.store (i32.const 128) (i64.const 0)) (i32.store (i32.const 136) (i32.const 65536)) (i32.store (i32.const 140) (i32.const -1))
    (i32.const 128)))
