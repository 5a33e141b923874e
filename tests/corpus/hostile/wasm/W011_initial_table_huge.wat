;;@id W011
;;@form component
;;@expect reject
;; MUST OBSERVE: 4e9-element table refused, no panic.
;; SOURCE: RUSTSEC-2026-0114 (panic when allocating a table exceeding the address space)
(component
;;BEGIN-CORE
(core module $m
  (table 4000000000 funcref)
  (func (export "attack"))
)
;;END-CORE
(core instance $i (instantiate $m))
(func (export "attack") (canon lift (core func $i "attack")))
)
