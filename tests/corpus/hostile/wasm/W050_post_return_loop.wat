;;@id W050
;;@form component
;;@expect limit:cpu
;; MUST OBSERVE: post-return runs under the same limits.
;; SOURCE: canonical ABI post-return
(component
;;BEGIN-CORE
(core module $m
  (func (export "attack"))
  (func (export "post") (loop $l br $l))
)
;;END-CORE
(core instance $i (instantiate $m))
(func (export "attack") (canon lift (core func $i "attack") (post-return (core func $i "post"))))
)
