;;@id W342
;;@kind crash
;;@expect trap
;;@form class
;; the allocator answers an address that is outside the memory when the host lowers the input: a list of bytes may lie anywhere within the memory
(module (import "memory" "memory" (memory 1)) (data (i32.const 16) "\20\00\00\00\01\00\00\00")
  (data (i32.const 32) "\38\00\00\00\06\00\00\00\03\00\00\00\38\00\00\00\00\00\00\00")
  (data (i32.const 56) "attack")
  (func (export "methods") (result i32) (i32.const 16))
  (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0xfffffff0)) (func (export "call") (param i32 i32 i32) (result i32) (i64.store (i32.const 128) (i64.const 0)) (i64.store (i32.const 136) (i64.const 0)) (i32.const 128)))
