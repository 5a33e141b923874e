;;@id W301
;;@kind host
;;@expect limit:host|limit:cpu|limit:mem
;;@form guest
;; one mebibyte is written over and over: every copy is charged, in the end the call
(module (import "memory" "memory" (memory 1))
  (import "host" "write-full" (func $write-full (param i32 i32 i32)))
  (func (export "attack")
    (drop (memory.grow (i32.const 20)))
    (loop $l (call $write-full (i32.const 65536) (i32.const 1048576) (i32.const 64)) br $l)))
