;;@id W315
;;@kind host
;;@expect ok|limit:host|error
;;@form guest
;; a write at the end of the offset range
(module (import "memory" "memory" (memory 1))
  (import "host" "write" (func $write (param i64 i32 i32 i32)))
  (func (export "attack") (call $write (i64.const -2) (i32.const 0) (i32.const 16) (i32.const 64)) (call $write (i64.const 0x7ffffffffffffff0) (i32.const 0) (i32.const 16) (i32.const 64))))
