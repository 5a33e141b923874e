;;@id W314
;;@kind cpu
;;@expect limit:cpu|limit:host|limit:mem|trap
;;@form guest
;; random bytes without end: host time is charged too
(module (import "memory" "memory" (memory 1))
  (import "host" "random" (func $random (param i32 i32))) (import "memory" "reset" (func $reset))
  (func (export "attack") (loop $l (call $random (i32.const 4096) (i32.const 64)) (call $reset) br $l)))
