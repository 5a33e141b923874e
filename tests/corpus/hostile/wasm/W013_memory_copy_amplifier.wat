;;@id W013
;;@form component
;;@expect limit:cpu
;; MUST OBSERVE: as W012.
;; SOURCE: RUSTSEC-2026-0223 (preemption and traps during bulk operations break VM state,
;;   46.0-47.0.2)
(component
;;BEGIN-CORE
(core module $m
  (memory 160)
  (func (export "attack") (loop $l (memory.copy (i32.const 1) (i32.const 0) (i32.const 10485759)) br $l))
)
;;END-CORE
(core instance $i (instantiate $m))
(func (export "attack") (canon lift (core func $i "attack")))
)
