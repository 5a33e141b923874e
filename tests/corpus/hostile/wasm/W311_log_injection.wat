;;@id W311
;;@kind output
;;@expect ok
;;@form guest
;; line breaks and escapes in a log text stay on one line
(module (import "memory" "memory" (memory 1))
  (import "host" "log" (func $log (param i32 i32 i32)))
  (data (i32.const 256) "\1b[2J\0aFAKE admin logged in\0d\00")
  (func (export "attack") (call $log (i32.const 0) (i32.const 256) (i32.const 27))))
