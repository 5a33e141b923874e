;; The jobs of the benchmark as an extism plug-in. Bytes go from the input straight to the output, without a copy in
;; the plug-in's own memory: the least a plug-in can do.
(module
  (import "extism:host/env" "input_length" (func $input_length (result i64)))
  (import "extism:host/env" "input_load_u8" (func $input_u8 (param i64) (result i32)))
  (import "extism:host/env" "input_load_u64" (func $input_u64 (param i64) (result i64)))
  (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
  (import "extism:host/env" "store_u8" (func $store_u8 (param i64 i32)))
  (import "extism:host/env" "store_u64" (func $store_u64 (param i64 i64)))
  (import "extism:host/env" "output_set" (func $output_set (param i64 i64)))
  (import "extism:host/user" "getxattr" (func $getxattr (param i64) (result i64)))
  (memory (export "memory") 1)

  (func (export "noop") (result i32) (i32.const 0))

  ;; Copies the input to `to`, eight bytes at a time while there are eight.
  (func $copy_input (param $to i64) (param $length i64)
    (local $at i64)
    (block $tail
      (loop $eight
        (br_if $tail (i64.gt_u (i64.add (local.get $at) (i64.const 8)) (local.get $length)))
        (call $store_u64 (i64.add (local.get $to) (local.get $at)) (call $input_u64 (local.get $at)))
        (local.set $at (i64.add (local.get $at) (i64.const 8)))
        (br $eight)))
    (block $end
      (loop $one
        (br_if $end (i64.ge_u (local.get $at) (local.get $length)))
        (call $store_u8 (i64.add (local.get $to) (local.get $at)) (call $input_u8 (local.get $at)))
        (local.set $at (i64.add (local.get $at) (i64.const 1)))
        (br $one))))

  (func (export "echo") (result i32)
    (local $length i64) (local $out i64)
    (local.set $length (call $input_length))
    (local.set $out (call $alloc (local.get $length)))
    (call $copy_input (local.get $out) (local.get $length))
    (call $output_set (local.get $out) (local.get $length))
    (i32.const 0))

  ;; "Hello, " NAME "!"
  (func (export "say_hello") (result i32)
    (local $length i64) (local $out i64)
    (local.set $length (call $input_length))
    (local.set $out (call $alloc (i64.add (local.get $length) (i64.const 8))))
    ;; The first eight bytes at once; the name begins at the last of them.
    (call $store_u64 (local.get $out) (i64.const 0x00202c6f6c6c6548))
    (call $copy_input (i64.add (local.get $out) (i64.const 7)) (local.get $length))
    (call $store_u8 (i64.add (local.get $out) (i64.add (local.get $length) (i64.const 7))) (i32.const 33))
    (call $output_set (local.get $out) (i64.add (local.get $length) (i64.const 8)))
    (i32.const 0))

  (func (export "ten") (result i32)
    (local $left i32) (local $key i64)
    (local.set $key (call $alloc (i64.const 1)))
    (call $store_u8 (local.get $key) (i32.const 97))
    (local.set $left (i32.const 10))
    (loop $again
      (drop (call $getxattr (local.get $key)))
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (br_if $again (local.get $left)))
    (i32.const 0)))
