;;@id W310
;;@kind output
;;@expect limit:log
;;@form guest
;; log records without end, empty ones too
(module (import "memory" "memory" (memory 1))
  (import "host" "log" (func $log (param i32 i32 i32)))
  (func (export "attack") (loop $l (call $log (i32.const 0) (i32.const 256) (i32.const 0)) br $l)))
