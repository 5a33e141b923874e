;;@id W355
;;@kind txn
;;@expect ok
;;@form class
;; the list of methods tries to write: there is no object then
(module (import "memory" "memory" (memory 1)) (import "host" "write-full" (func $write-full (param i32 i32 i32))) (import "host" "remove" (func $remove (param i32)))
  (data (i32.const 16) "\20\00\00\00\01\00\00\00")
  (data (i32.const 32) "\38\00\00\00\06\00\00\00\03\00\00\00\38\00\00\00\00\00\00\00")
  (data (i32.const 56) "attack")
  (func (export "methods") (result i32)
    (call $remove (i32.const 256)) (if (i32.eqz (i32.load8_u (i32.const 256))) (then unreachable))
    (call $write-full (i32.const 0) (i32.const 1) (i32.const 256)) (if (i32.eqz (i32.load8_u (i32.const 256))) (then unreachable))
    (i32.const 16)) (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096)) (func (export "call") (param i32 i32 i32) (result i32) (i64.store (i32.const 128) (i64.const 0)) (i64.store (i32.const 136) (i64.const 0)) (i32.const 128)))
