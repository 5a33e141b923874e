;;@id W335
;;@kind output
;;@expect error|limit:host|limit:mem|trap
;;@form class
;; a failure text of 8 MiB is cut
(module (import "memory" "memory" (memory 1)) (data (i32.const 16) "\20\00\00\00\01\00\00\00")
  (data (i32.const 32) "\38\00\00\00\06\00\00\00\03\00\00\00\38\00\00\00\00\00\00\00")
  (data (i32.const 56) "attack")
  (func (export "methods") (result i32) (i32.const 16)) (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096))
  (func (export "call") (param i32 i32 i32) (result i32)
    (drop (memory.grow (i32.const 160)))
    (memory.fill (i32.const 65536) (i32.const 65) (i32.const 0x800000))
    (i32.store (i32.const 128) (i32.const 1)) (i32.store (i32.const 132) (i32.const 5))
    (i32.store (i32.const 136) (i32.const 65536)) (i32.store (i32.const 140) (i32.const 0x800000)) (i32.const 128)))
