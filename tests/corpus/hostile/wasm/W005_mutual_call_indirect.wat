;;@id W005
;;@form component
;;@expect limit:stack
;; MUST OBSERVE: trap, no crash.
;; SOURCE: baseline
(component
;;BEGIN-CORE
(core module $m
  (type $t (func))
  (table 2 funcref)
  (elem (i32.const 0) $a $b)
  (func $a (export "attack") (call_indirect (type $t) (i32.const 1)))
  (func $b (call_indirect (type $t) (i32.const 0)))
)
;;END-CORE
(core instance $i (instantiate $m))
(func (export "attack") (canon lift (core func $i "attack")))
)
