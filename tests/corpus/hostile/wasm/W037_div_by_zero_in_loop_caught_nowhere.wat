;;@id W037
;;@form component
;;@expect trap
;; MUST OBSERVE: baseline trap.
;; SOURCE: baseline
(component
;;BEGIN-CORE
(core module $m
  (func (export "attack") (loop $l (drop (i64.rem_u (i64.const 1) (i64.const 0))) br $l))
)
;;END-CORE
(core instance $i (instantiate $m))
(func (export "attack") (canon lift (core func $i "attack")))
)
