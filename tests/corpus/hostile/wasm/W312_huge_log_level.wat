;;@id W312
;;@kind output
;;@expect ok
;;@form guest
;; levels at both ends of their type
(module (import "memory" "memory" (memory 1))
  (import "host" "log" (func $log (param i32 i32 i32)))
  (func (export "attack") (call $log (i32.const 0x7fffffff) (i32.const 256) (i32.const 1)) (call $log (i32.const 0x80000000) (i32.const 256) (i32.const 1))))
