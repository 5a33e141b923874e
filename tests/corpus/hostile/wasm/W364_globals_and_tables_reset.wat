;;@id W364
;;@kind state
;;@expect ok
;;@form core
;; a global, a table and a dropped segment are as new in every call
(module (memory 1) (table 2 funcref) (global $g (mut i64) (i64.const 0)) (data $d "secret") (elem $e func $f) (func $f)
  (func (export "attack")
    (if (i64.ne (global.get $g) (i64.const 0)) (then unreachable))
    (if (i32.eqz (ref.is_null (table.get (i32.const 1)))) (then unreachable))
    (memory.init $d (i32.const 0) (i32.const 0) (i32.const 6))
    (table.init $e (i32.const 1) (i32.const 0) (i32.const 1))
    (data.drop $d) (elem.drop $e)
    (global.set $g (i64.const 42))))
