;;@id W403
;;@kind crash
;;@expect error|limit:cpu|limit:mem
;;@form class
;; A guest uses most of its stack and calls class `lua`, whose script goes some 60 frames deep and calls the guest again
;; from there: stacks of two languages in turns. Run with a thread of 2 MiB as well (`ulimit -s 2048`).
;; MUST OBSERVE: the process lives
(module
  (import "memory" "memory" (memory 1))
  (import "host" "call" (func $call (param i32 i32 i32 i32 i32 i32 i32)))
  (global $next (mut i32) (i32.const 8192))
  (data (i32.const 16) "\20\00\00\00\01\00\00\00")
  (data (i32.const 32) "\38\00\00\00\06\00\00\00\03\00\00\00\38\00\00\00\00\00\00\00")
  (data (i32.const 56) "attack")
  (data (i32.const 264) "lua")
  (data (i32.const 272) "eval_json")
  (data (i32.const 1024) "{\"script\":\"function f(i,o) local function g(n) if n==0 then pcall(cls.call,'attack','attack') else string.gsub('a','a',function() g(n-1) end) end end for n=60,0,-5 do pcall(g,n) end end cls.register(f)\",\"handler\":\"f\",\"input\":\"\"}")
  (func (export "realloc") (param i32 i32 i32 i32) (result i32)
    (local i32)
    (local.set 4 (global.get $next))
    (global.set $next (i32.and (i32.add (i32.add (global.get $next) (local.get 3)) (i32.const 15)) (i32.const -16)))
    (local.get 4))
  (func (export "methods") (result i32) (i32.const 16))
  (func $leaf
    (call $call (i32.const 264) (i32.const 3) (i32.const 272) (i32.const 9) (i32.const 1024) (i32.const 228) (i32.const 512))
  )
  (func $eat (param $d i32) (result i32)
    (if (result i32) (i32.eqz (local.get $d))
      (then (call $leaf) (i32.const 1))
      (else (i32.add (i32.const 1) (call $eat (i32.sub (local.get $d) (i32.const 1)))))))
  (func (export "call") (param i32 i32 i32) (result i32)
    (drop (call $eat (i32.const 3200)))
    (i64.store (i32.const 128) (i64.const 0))
    (i64.store (i32.const 136) (i64.const 0))
    (i32.const 128)))
