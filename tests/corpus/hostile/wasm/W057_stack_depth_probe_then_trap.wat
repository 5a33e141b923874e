;;@id W057
;;@form component
;;@expect limit:stack|trap
;; MUST OBSERVE: recursion to the edge of max_wasm_stack and then a trapping op: host trampoline
;;   and trap handling still have stack (async_stack_size > max_wasm_stack).
;; SOURCE: Config::async_stack_size
(component
;;BEGIN-CORE
(core module $m
  (func $f (param i32) (if (i32.eqz (local.get 0)) (then unreachable)) (call $f (i32.sub (local.get 0) (i32.const 1))))
  (func (export "attack") (call $f (i32.const 3000)))
)
;;END-CORE
(core instance $i (instantiate $m))
(func (export "attack") (canon lift (core func $i "attack")))
)
