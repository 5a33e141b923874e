;;@id W365
;;@kind state
;;@expect ok
;;@form core
;; memory that a call grew is gone in the next one, and new pages are zero
(module (memory 1)
  (func (export "attack") (local $at i32)
    (if (i32.ne (memory.size) (i32.const 1)) (then unreachable))
    (if (i32.ne (memory.grow (i32.const 15)) (i32.const 1)) (then unreachable))
    (loop $next
      (if (i64.ne (i64.load (local.get $at)) (i64.const 0)) (then unreachable))
      (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 8))) (i32.const 1048576))))
    (memory.fill (i32.const 0) (i32.const 0x5a) (i32.const 1048576))))
