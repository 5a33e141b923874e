;;@id W002
;;@form component
;;@expect limit:cpu
;; MUST OBSERVE: ends with the fuel or epoch trap within deadline+grace; the store is dropped;
;;   canary calls work; nothing committed. Nop/drop/block/loop cost 0 fuel in wasmtime: a loop must
;;   still hit the epoch check on its back edge (a fuel-only limit alone must also stop it: br costs
;;   1).
;; SOURCE: wasmtime-environ tunables.rs default_operator_cost
(component
;;BEGIN-CORE
(core module $m
  (func (export "attack") (loop $l nop nop nop (block (nop)) br $l))
)
;;END-CORE
(core instance $i (instantiate $m))
(func (export "attack") (canon lift (core func $i "attack")))
)
