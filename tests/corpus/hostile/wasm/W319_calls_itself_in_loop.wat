;;@id W319
;;@kind cpu
;;@expect limit:cpu|limit:mem|limit:host
;;@form guest
;; nested calls without end
(module (import "memory" "memory" (memory 1))
  (import "host" "call" (func $call (param i32 i32 i32 i32 i32 i32 i32)))
  (data (i32.const 256) "attack")
  (func (export "attack") (loop $l (call $call (i32.const 256) (i32.const 6) (i32.const 256) (i32.const 6) (i32.const 0) (i32.const 0) (i32.const 512)) br $l)))
