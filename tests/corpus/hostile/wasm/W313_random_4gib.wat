;;@id W313
;;@kind mem
;;@expect ok|limit:host|limit:mem|trap
;;@form guest
;; 4 GiB of random bytes in one request
(module (import "memory" "memory" (memory 1))
  (import "host" "random" (func $random (param i32 i32)))
  (func (export "attack") (call $random (i32.const -1) (i32.const 64))))
