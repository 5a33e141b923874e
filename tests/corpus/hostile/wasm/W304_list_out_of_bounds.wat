;;@id W304
;;@kind crash
;;@expect trap
;;@form guest
;; pointer and length that leave the memory, also by wrapping around
(module (import "memory" "memory" (memory 1))
  (import "host" "write-full" (func $write-full (param i32 i32 i32)))
  (func (export "attack") (call $write-full (i32.const 0xfffffff0) (i32.const 0x7fffffff) (i32.const 64))))
