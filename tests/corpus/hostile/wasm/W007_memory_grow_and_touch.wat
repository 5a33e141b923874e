;;@id W007
;;@form component
;;@expect limit:cpu|limit:mem
;; MUST OBSERVE: RSS growth <= memory limit + slack.
;; SOURCE: ResourceLimiter
(component
;;BEGIN-CORE
(core module $m
  (memory 1)
  (func (export "attack") (local $p i32)
    (loop $l (drop (memory.grow (i32.const 1)))
      (i32.store (i32.mul (i32.sub (memory.size) (i32.const 1)) (i32.const 65536)) (i32.const 1))
      br $l))
)
;;END-CORE
(core instance $i (instantiate $m))
(func (export "attack") (canon lift (core func $i "attack")))
)
