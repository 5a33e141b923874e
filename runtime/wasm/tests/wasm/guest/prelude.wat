(type $method (func (param i32 i32) (result i32)))

(import "radula:objclass/object-read@1.0.0" "stat" (func $stat (param i32)))
(import "radula:objclass/object-read@1.0.0" "read" (func $read (param i64 i64 i32)))
(import "radula:objclass/object-read@1.0.0" "getxattr" (func $getxattr (param i32 i32 i32)))
(import "radula:objclass/object-read@1.0.0" "getxattrs" (func $getxattrs (param i32)))
(import "radula:objclass/object-read@1.0.0" "omap-get-keys" (func $omap_get_keys (param i32 i32 i64 i32)))
(import "radula:objclass/object-read@1.0.0" "omap-get-vals" (func $omap_get_vals (param i32 i32 i32 i32 i64 i32)))
(import "radula:objclass/object-read@1.0.0" "omap-get-val" (func $omap_get_val (param i32 i32 i32)))
(import "radula:objclass/object-read@1.0.0" "omap-get-vals-by-keys" (func $omap_get_vals_by_keys (param i32 i32 i32)))
(import "radula:objclass/object-read@1.0.0" "omap-read-header" (func $omap_read_header (param i32)))

(import "radula:objclass/object-write@1.0.0" "create" (func $create (param i32 i32)))
(import "radula:objclass/object-write@1.0.0" "remove" (func $remove (param i32)))
(import "radula:objclass/object-write@1.0.0" "write" (func $write (param i64 i32 i32 i32)))
(import "radula:objclass/object-write@1.0.0" "write-full" (func $write_full (param i32 i32 i32)))
(import "radula:objclass/object-write@1.0.0" "replace" (func $replace (param i64 i32 i32 i32)))
(import "radula:objclass/object-write@1.0.0" "truncate" (func $truncate (param i64 i32)))
(import "radula:objclass/object-write@1.0.0" "zero" (func $zero (param i64 i64 i32)))
(import "radula:objclass/object-write@1.0.0" "setxattr" (func $setxattr (param i32 i32 i32 i32 i32)))
(import "radula:objclass/object-write@1.0.0" "omap-set-val" (func $omap_set_val (param i32 i32 i32 i32 i32)))
(import "radula:objclass/object-write@1.0.0" "omap-set-vals" (func $omap_set_vals (param i32 i32 i32)))
(import "radula:objclass/object-write@1.0.0" "omap-remove-key" (func $omap_remove_key (param i32 i32 i32)))
(import "radula:objclass/object-write@1.0.0" "omap-remove-range" (func $omap_remove_range (param i32 i32 i32 i32 i32)))
(import "radula:objclass/object-write@1.0.0" "omap-clear" (func $omap_clear (param i32)))
(import "radula:objclass/object-write@1.0.0" "omap-write-header" (func $omap_write_header (param i32 i32 i32)))

(import "radula:objclass/calls@1.0.0" "call" (func $call_class (param i32 i32 i32 i32 i32 i32 i32)))
(import "radula:objclass/log@1.0.0" "log" (func $log (param i32 i32 i32)))

(import "radula:objclass/env@1.0.0" "object-id" (func $object_id (param i32)))
(import "radula:objclass/env@1.0.0" "version" (func $version (result i64)))
(import "radula:objclass/env@1.0.0" "subop" (func $subop (result i32)))
(import "radula:objclass/env@1.0.0" "origin" (func $origin (param i32)))
(import "radula:objclass/env@1.0.0" "random" (func $random (param i32 i32)))
(import "radula:objclass/env@1.0.0" "limits-left" (func $limits_left (param i32)))

;; A bump allocator from 8192 on; it grows the memory when it must.
(global $next (mut i32) (i32.const 8192))
(func $cabi_realloc (export "cabi_realloc") (param $old i32) (param $size i32) (param $align i32) (param $new i32) (result i32)
  (local $at i32)
  (local.set $at
    (i32.and
      (i32.add (global.get $next) (i32.sub (local.get $align) (i32.const 1)))
      (i32.sub (i32.const 0) (local.get $align))))
  (global.set $next (i32.add (local.get $at) (local.get $new)))
  (if (i32.gt_u (global.get $next) (i32.mul (memory.size) (i32.const 65536)))
    (then
      (if (i32.eq (i32.const -1)
            (memory.grow
              (i32.add (i32.const 1)
                (i32.shr_u (i32.sub (global.get $next) (i32.mul (memory.size) (i32.const 65536))) (i32.const 16)))))
        (then (unreachable)))))
  (if (local.get $old)
    (then (memory.copy (local.get $at) (local.get $old) (local.get $size))))
  (local.get $at))

;; A reply at 480.
(func $reply (param $ret i32) (param $data i32) (param $len i32) (result i32)
  (i32.store8 (i32.const 480) (i32.const 0))
  (i32.store (i32.const 484) (local.get $ret))
  (i32.store (i32.const 488) (local.get $data))
  (i32.store (i32.const 492) (local.get $len))
  (i32.const 480))

;; A failure at 480.
(func $fail (param $errno i32) (param $text i32) (param $len i32) (result i32)
  (i32.store8 (i32.const 480) (i32.const 1))
  (i32.store (i32.const 484) (local.get $errno))
  (i32.store (i32.const 488) (local.get $text))
  (i32.store (i32.const 492) (local.get $len))
  (i32.const 480))

(func $ok (result i32) (call $reply (i32.const 0) (i32.const 0) (i32.const 0)))

;; What an import answered at 512, a `result` of nothing, as the answer of the method.
(func $done (result i32)
  (if (result i32) (i32.load8_u (i32.const 512))
    (then (call $fail (i32.load (i32.const 516)) (i32.const 0) (i32.const 0)))
    (else (call $ok))))

;; The same for a `result` of a list of bytes.
(func $bytes (result i32)
  (if (result i32) (i32.load8_u (i32.const 512))
    (then (call $fail (i32.load (i32.const 516)) (i32.const 0) (i32.const 0)))
    (else (call $reply (i32.const 0) (i32.load (i32.const 516)) (i32.load (i32.const 520))))))
