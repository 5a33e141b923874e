;;@id W361
;;@kind cpu
;;@expect limit:cpu|limit:mem
;;@form core
;; tables are filled and copied by what they hold
(module (table 10000 funcref)
  (func (export "attack") (loop $l (table.fill (i32.const 0) (ref.null func) (i32.const 10000)) (table.copy (i32.const 1) (i32.const 0) (i32.const 9999)) br $l)))
