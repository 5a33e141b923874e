;;@id W306
;;@kind crash
;;@expect trap
;;@form guest
;; the place for the result is misaligned
(module (import "memory" "memory" (memory 1))
  (import "host" "read" (func $read (param i64 i64 i32)))
  (func (export "attack") (call $read (i64.const 0) (i64.const 0) (i32.const 65))))
