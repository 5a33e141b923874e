;;@id W318
;;@kind cpu
;;@expect ok|limit:cpu|limit:mem
;;@form guest
;; the class calls itself through the host: depth and time are those of one call
(module (import "memory" "memory" (memory 1))
  (import "host" "call" (func $call (param i32 i32 i32 i32 i32 i32 i32)))
  (data (i32.const 256) "attack")
  (func (export "attack") (call $call (i32.const 256) (i32.const 6) (i32.const 256) (i32.const 6) (i32.const 0) (i32.const 0) (i32.const 512))))
