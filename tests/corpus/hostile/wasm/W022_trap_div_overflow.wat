;;@id W022
;;@form component
;;@expect trap
;; MUST OBSERVE: clean trap ("integer overflow"), process alive, and with
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
  (func (export "attack") (drop (i32.div_s (i32.const 0x80000000) (i32.const -1))))
)
;;END-CORE
(core instance $i (instantiate $m))
(func (export "attack") (canon lift (core func $i "attack")))
)
