;;@id W317
;;@kind txn
;;@expect limit:cpu
;;@form guest
;; what was written before the limit is gone
(module (import "memory" "memory" (memory 1))
  (import "host" "write-full" (func $write-full (param i32 i32 i32)))
  (import "host" "remove" (func $remove (param i32)))
  (func (export "attack") (call $write-full (i32.const 0) (i32.const 16) (i32.const 64)) (call $remove (i32.const 64)) (loop $l br $l)))
