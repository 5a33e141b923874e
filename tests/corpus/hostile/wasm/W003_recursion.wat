;;@id W003
;;@form component
;;@expect limit:stack
;; MUST OBSERVE: "call stack exhausted" trap at max_wasm_stack; the host thread keeps its own stack
;;   (thread stack > max_wasm_stack + host frames).
;; SOURCE: Config::max_wasm_stack
(component
;;BEGIN-CORE
(core module $m
  (func $f (export "attack") (call $f))
)
;;END-CORE
(core instance $i (instantiate $m))
(func (export "attack") (canon lift (core func $i "attack")))
)
