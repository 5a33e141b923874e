;;@id W008
;;@form component
;;@expect reject
;; MUST OBSERVE: instantiation is refused by the limiter ("memory minimum size of 65536 pages
;;   exceeds memory limits"), no reservation is touched.
;; SOURCE: ResourceLimiter::memory_growing at instantiation
(component
;;BEGIN-CORE
(core module $m
  (memory 65536)
  (func (export "attack"))
)
;;END-CORE
(core instance $i (instantiate $m))
(func (export "attack") (canon lift (core func $i "attack")))
)
