;;@id W309
;;@kind parse
;;@expect trap|refused
;;@form guest
;; a text in UTF-16 at an odd address
(module (import "memory" "memory" (memory 1))
  (import "host" "log-utf16" (func $log-utf16 (param i32 i32 i32)))
  (func (export "attack") (call $log-utf16 (i32.const 0) (i32.const 257) (i32.const 4))))
