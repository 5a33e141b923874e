;;@id W303
;;@kind host
;;@expect limit:host|limit:mem|trap
;;@form guest
;; 100,000 keys that are the same 64 KiB: the host would copy 6 GiB
(module (import "memory" "memory" (memory 1))
  (import "host" "omap-get-vals-by-keys" (func $omap-get-vals-by-keys (param i32 i32 i32)))
  (func (export "attack") (local $i i32) (local $at i32)
    (drop (memory.grow (i32.const 20)))
    (loop $l
      (local.set $at (i32.add (i32.const 131072) (i32.mul (local.get $i) (i32.const 8))))
      (i32.store (local.get $at) (i32.const 65536))
      (i32.store offset=4 (local.get $at) (i32.const 65536))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 100000))))
    (call $omap-get-vals-by-keys (i32.const 131072) (i32.const 100000) (i32.const 64))))
