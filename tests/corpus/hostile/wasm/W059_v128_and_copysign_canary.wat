;;@id W059
;;@form component
;;@expect ok
;; MUST OBSERVE: regression canary for out-of-sandbox load miscompilations: runs and returns.
;; SOURCE: RUSTSEC-2026-0006 (f64.copysign), RUSTSEC-2026-0087 (f64x2.splat)
(component
;;BEGIN-CORE
(core module $m
  (memory 1)
  (func (export "attack") (drop (f64.copysign (f64.load (i32.const 65528)) (f64.load (i32.const 65520)))) (drop (f64x2.splat (f64.load (i32.const 65528)))))
)
;;END-CORE
(core instance $i (instantiate $m))
(func (export "attack") (canon lift (core func $i "attack")))
)
