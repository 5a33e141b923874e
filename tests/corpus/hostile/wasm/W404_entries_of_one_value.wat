;;@id W404
;;@kind mem
;;@expect limit:host|limit:mem|error|trap
;;@form guest
;; 2,000 entries, all with the same value of 1 MiB: 2 GiB once each is a copy
(module (import "memory" "memory" (memory 1))
  (import "host" "omap-set-vals" (func $set (param i32 i32 i32)))
  (func (export "attack") (local $i i32)
    (drop (memory.grow (i32.const 100)))
    (loop $l
      (i32.store (i32.add (i32.const 65536) (i32.shl (local.get $i) (i32.const 4))) (i32.const 256))
      (i32.store (i32.add (i32.const 65540) (i32.shl (local.get $i) (i32.const 4))) (i32.const 1))
      (i32.store (i32.add (i32.const 65544) (i32.shl (local.get $i) (i32.const 4))) (i32.const 65536))
      (i32.store (i32.add (i32.const 65548) (i32.shl (local.get $i) (i32.const 4))) (i32.const 1048576))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $l (i32.lt_u (local.get $i) (i32.const 2000))))
    (call $set (i32.const 65536) (i32.const 2000) (i32.const 512))))
