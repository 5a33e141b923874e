;;@id W302
;;@kind host
;;@expect limit:host|limit:cpu|trap
;;@form guest
;; 100,000 empty keys: each costs the host the header of a list
(module (import "memory" "memory" (memory 1))
  (import "host" "omap-get-vals-by-keys" (func $omap-get-vals-by-keys (param i32 i32 i32)))
  (func (export "attack")
    (drop (memory.grow (i32.const 20)))
    (loop $l (call $omap-get-vals-by-keys (i32.const 65536) (i32.const 100000) (i32.const 64)) br $l)))
