;;@id W001
;;@form component
;;@expect limit:cpu
;; MUST OBSERVE: ends with the fuel or epoch trap within deadline+grace; the store is dropped;
;;   canary calls work; nothing committed.
;; SOURCE: wasmtime docs examples-interrupting-wasm
(component
;;BEGIN-CORE
(core module $m
  (func (export "attack") (loop $l br $l))
)
;;END-CORE
(core instance $i (instantiate $m))
(func (export "attack") (canon lift (core func $i "attack")))
)
