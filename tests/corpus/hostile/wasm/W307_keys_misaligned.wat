;;@id W307
;;@kind crash
;;@expect trap
;;@form guest
;; a list of lists at an odd address
(module (import "memory" "memory" (memory 1))
  (import "host" "omap-get-vals-by-keys" (func $omap-get-vals-by-keys (param i32 i32 i32)))
  (func (export "attack") (call $omap-get-vals-by-keys (i32.const 65) (i32.const 1) (i32.const 64))))
