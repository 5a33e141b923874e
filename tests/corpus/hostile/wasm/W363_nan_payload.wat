;;@id W363
;;@kind info
;;@expect ok
;;@form core
;; a NaN has one payload, on every machine
(module (func (export "attack")
  (if (i64.ne (i64.reinterpret_f64 (f64.div (f64.const 0) (f64.const 0))) (i64.const 0x7ff8000000000000)) (then unreachable))
  (if (i64.ne (i64.reinterpret_f64 (f64.sqrt (f64.const -1))) (i64.const 0x7ff8000000000000)) (then unreachable))))
