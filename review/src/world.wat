;; The world of WASM classes around a hostile module: one method `attack`, flagged read and write.
;; The harness puts the hostile text in place of the lines that name it.
(component
  (type $types-type (instance
    (type (flags "read" "write"))
    (export "access" (type $access (eq 0)))
    (type $method' (record (field "name" string) (field "access" $access) (field "doc" string)))
    (export "method" (type (eq $method')))
    (type $bytes (list u8))
    (type $reply' (record (field "ret" s32) (field "output" $bytes)))
    (export "reply" (type (eq $reply')))
    (type $errno' u32)
    (export "errno" (type $errno (eq $errno')))
    (type $failure' (record (field "errno" $errno) (field "message" string)))
    (export "failure" (type (eq $failure')))))
  (import "radula:objclass/types@1.0.0" (instance $types (type $types-type)))
  (alias export $types "method" (type $method))
  (alias export $types "reply" (type $reply))
  (alias export $types "failure" (type $failure))
  (alias export $types "errno" (type $errno))
  (alias export $types "access" (type $access))

  (import "radula:objclass/object-read@1.0.0" (instance $object-read
    (alias outer 1 $errno (type $errno'))
    (export "errno" (type $errno (eq $errno')))
    (type $bytes (list u8))
    (type $read (result $bytes (error $errno)))
    (export "read" (func (param "offset" u64) (param "length" u64) (result $read)))
    (type $lists (list $bytes))
    (type $pair (tuple $bytes $bytes))
    (type $pairs (list $pair))
    (type $found (result $pairs (error $errno)))
    (export "omap-get-vals-by-keys" (func (param "keys" $lists) (result $found)))))
  (import "radula:objclass/object-write@1.0.0" (instance $object-write
    (alias outer 1 $errno (type $errno'))
    (export "errno" (type $errno (eq $errno')))
    (type $bytes (list u8))
    (type $done (result (error $errno)))
    (export "write" (func (param "offset" u64) (param "data" $bytes) (result $done)))
    (export "write-full" (func (param "data" $bytes) (result $done)))
    (export "omap-set-val" (func (param "key" $bytes) (param "value" $bytes) (result $done)))
    (type $pair (tuple $bytes $bytes))
    (type $pairs (list $pair))
    (export "omap-set-vals" (func (param "entries" $pairs) (result $done)))
    (export "remove" (func (result $done)))))
  (import "radula:objclass/calls@1.0.0" (instance $calls
    (alias outer 1 $reply (type $reply'))
    (export "reply" (type $reply (eq $reply')))
    (alias outer 1 $errno (type $errno'))
    (export "errno" (type $errno (eq $errno')))
    (type $bytes (list u8))
    (type $answer (result $reply (error $errno)))
    (export "call" (func (param "class" string) (param "method" string) (param "input" $bytes) (result $answer)))))
  (import "radula:objclass/log@1.0.0" (instance $log
    (export "log" (func (param "level" s32) (param "text" string)))))
  (import "radula:objclass/env@1.0.0" (instance $env
    (type $bytes (list u8))
    (export "random" (func (param "length" u32) (result $bytes)))))

  ;;MEMORY
  ;; Memory and allocator of the adapter. What a host call or a hostile list needed is given back by `reset`.
  (core module $memory-module
    (memory (export "memory") 1)
    (global $next (mut i32) (i32.const 4096))
    (func (export "reset") (global.set $next (i32.const 4096)))
    (func (export "realloc") (param $old i32) (param $size i32) (param $align i32) (param $new i32) (result i32)
      (local $at i32) (local $pages i32)
      ;; The adapter takes no more than this at once: the memory limit is for what is hostile.
      (if (i32.gt_u (local.get $new) (i32.const 0x400000)) (then unreachable))
      (local.set $at (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
      (global.set $next (i32.add (local.get $at) (local.get $new)))
      (if (i32.lt_u (global.get $next) (local.get $at)) (then unreachable))
      (local.set $pages (i32.sub (i32.add (i32.shr_u (global.get $next) (i32.const 16)) (i32.const 1)) (memory.size)))
      (if (i32.gt_s (local.get $pages) (i32.const 0)) (then
        (if (i32.eq (memory.grow (local.get $pages)) (i32.const -1)) (then unreachable))))
      (memory.copy (local.get $at) (local.get $old) (local.get $size))
      (local.get $at)))
  (core instance $memory (instantiate $memory-module))
  (alias core export $memory "memory" (core memory $bytes-memory))
  (alias core export $memory "realloc" (core func $realloc))
  ;;HOST
  (core func $read (canon lower (func $object-read "read") (memory $bytes-memory) (realloc $realloc)))
  (core func $omap-get-vals-by-keys
    (canon lower (func $object-read "omap-get-vals-by-keys") (memory $bytes-memory) (realloc $realloc)))
  (core func $write (canon lower (func $object-write "write") (memory $bytes-memory)))
  (core func $write-full (canon lower (func $object-write "write-full") (memory $bytes-memory)))
  (core func $omap-set-val (canon lower (func $object-write "omap-set-val") (memory $bytes-memory)))
  (core func $omap-set-vals (canon lower (func $object-write "omap-set-vals") (memory $bytes-memory)))
  (core func $remove (canon lower (func $object-write "remove") (memory $bytes-memory)))
  (core func $call (canon lower (func $calls "call") (memory $bytes-memory) (realloc $realloc)))
  (core func $log (canon lower (func $log "log") (memory $bytes-memory)))
  (core func $log-utf16 (canon lower (func $log "log") (memory $bytes-memory) string-encoding=utf16))
  (core func $random (canon lower (func $env "random") (memory $bytes-memory) (realloc $realloc)))
  (core instance $host
    (export "read" (func $read))
    (export "omap-get-vals-by-keys" (func $omap-get-vals-by-keys))
    (export "write" (func $write))
    (export "write-full" (func $write-full))
    (export "omap-set-val" (func $omap-set-val))
    (export "omap-set-vals" (func $omap-set-vals))
    (export "remove" (func $remove))
    (export "call" (func $call))
    (export "log" (func $log))
    (export "log-utf16" (func $log-utf16))
    (export "random" (func $random)))

  ;;HOSTILE

  ;;CLASS
  ;; `methods` answers one method, `call` calls the attack and answers 0 and nothing.
  (core module $class-module
    (import "memory" "memory" (memory 1))
    (import "hostile" "attack" (func $attack))
    (data (i32.const 16) "\20\00\00\00\01\00\00\00")
    (data (i32.const 32) "\38\00\00\00\06\00\00\00\03\00\00\00\38\00\00\00\00\00\00\00")
    (data (i32.const 56) "attack")
    (func (export "methods") (result i32) (i32.const 16))
    (func (export "call") (param i32 i32 i32) (result i32)
      (call $attack)
      (i64.store (i32.const 128) (i64.const 0))
      (i64.store (i32.const 136) (i64.const 0))
      (i32.const 128)))
  (core instance $class (instantiate $class-module (with "memory" (instance $memory)) (with "hostile" (instance $hostile))))
  ;;REALLOC
  (alias core export $memory "realloc" (core func $input-realloc))

  ;;EXPORTS
  (func $methods (result (list $method)) (canon lift (core func $class "methods") (memory $bytes-memory)))
  (func $run (param "index" u32) (param "input" (list u8)) (result (result $reply (error $failure)))
    (canon lift (core func $class "call") (memory $bytes-memory) (realloc $input-realloc)))
  (export "methods" (func $methods))
  (export "call" (func $run))
)
