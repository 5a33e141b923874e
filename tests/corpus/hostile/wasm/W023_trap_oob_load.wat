;;@id W023
;;@form component
;;@expect trap
;; MUST OBSERVE: clean trap ("out of bounds memory access"), process alive, and with
;;   signals_based_traps(false) the same result (no SIGSEGV/SIGFPE/SIGILL handler needed: check
;;   /proc/self/status SigCgt).
;; SOURCE: Config::signals_based_traps
(component
;;BEGIN-CORE
(core module $m
  (type $t (func))
  (type $u (func (param i64)))
  (memory 1)
  (table 4 funcref)
  (elem (i32.const 1) $g)
  (func $g (type $u))
  (func (export "attack") (drop (i32.load (i32.const 0x7fffffff))))
)
;;END-CORE
(core instance $i (instantiate $m))
(func (export "attack") (canon lift (core func $i "attack")))
)
