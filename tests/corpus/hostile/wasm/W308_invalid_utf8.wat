;;@id W308
;;@kind parse
;;@expect trap
;;@form guest
;; a log text that is no UTF-8
(module (import "memory" "memory" (memory 1))
  (import "host" "log" (func $log (param i32 i32 i32)))
  (func (export "attack") (i32.store (i32.const 256) (i32.const 0xfffefdff)) (call $log (i32.const 0) (i32.const 256) (i32.const 4))))
