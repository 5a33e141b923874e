;;@id W058
;;@form component
;;@expect reject|trap
;; MUST OBSERVE: active data segment out of bounds: instantiation error; earlier segments must not
;;   leave state behind.
;; SOURCE: wasm spec
(component
;;BEGIN-CORE
(core module $m
  (memory 1)
  (data (i32.const 65530) "0123456789abcdef")
  (func (export "attack"))
)
;;END-CORE
(core instance $i (instantiate $m))
(func (export "attack") (canon lift (core func $i "attack")))
)
