;;@id W321
;;@kind host
;;@expect limit:host|limit:cpu
;;@form guest
;; omap entries without end
(module (import "memory" "memory" (memory 1))
  (import "host" "omap-set-val" (func $omap-set-val (param i32 i32 i32 i32 i32)))
  (func (export "attack") (local $n i64) (loop $l (i64.store (i32.const 256) (local.get $n)) (local.set $n (i64.add (local.get $n) (i64.const 1))) (call $omap-set-val (i32.const 256) (i32.const 8) (i32.const 256) (i32.const 8) (i32.const 64)) br $l)))
