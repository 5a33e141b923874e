;;@id W440
;;@kind mem
;;@expect limit:mem|limit:host
;;@form guest
;; reads an object that no guest can hold: the host need not gather it either
(module (import "memory" "memory" (memory 1))
  (import "host" "read" (func $read (param i64 i64 i32)))
  (import "host" "write" (func $write (param i64 i32 i32 i32)))
  (func (export "attack")
    (call $write (i64.const 62914560) (i32.const 0) (i32.const 1) (i32.const 64))
    (call $read (i64.const 0) (i64.const 0) (i32.const 64))))
