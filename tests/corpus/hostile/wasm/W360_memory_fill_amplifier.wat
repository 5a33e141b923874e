;;@id W360
;;@kind cpu
;;@expect limit:cpu
;;@form core
;; bulk operations are charged by what they move
(module (memory 128)
  (func (export "attack") (loop $l (memory.fill (i32.const 0) (i32.const 65) (i32.const 8388608)) br $l)))
