;;@id W010
;;@form component
;;@expect limit:cpu|limit:mem
;; MUST OBSERVE: table.grow returns -1 at the limit; RSS bounded (8 bytes per element).
;; SOURCE: ResourceLimiter::table_growing
(component
;;BEGIN-CORE
(core module $m
  (table $t 1 funcref)
  (func (export "attack") (loop $l (drop (table.grow $t (ref.null func) (i32.const 100000))) br $l))
)
;;END-CORE
(core instance $i (instantiate $m))
(func (export "attack") (canon lift (core func $i "attack")))
)
