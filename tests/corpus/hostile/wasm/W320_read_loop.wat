;;@id W320
;;@kind host
;;@expect limit:host|limit:cpu|limit:mem|trap
;;@form guest
;; reads without end
(module (import "memory" "memory" (memory 1))
  (import "host" "read" (func $read (param i64 i64 i32))) (import "memory" "reset" (func $reset))
  (func (export "attack") (loop $l (call $read (i64.const 0) (i64.const 0) (i32.const 64)) (call $reset) br $l)))
