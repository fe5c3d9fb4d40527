;; Floats pass as they are: infinities, negative zero; a NaN is a NaN.

;; The host lifts.
(component definition $Host
  (core module $m
    (memory (export "memory") 1)

    (global $next (mut i32) (i32.const 2048))
    (func (export "realloc") (param $old i32) (param $old-len i32) (param $align i32) (param $len i32) (result i32)
      (local $at i32)
      (local.set $at (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
      (memory.copy (local.get $at) (local.get $old) (local.get $old-len))
      (global.set $next (i32.add (local.get $at) (local.get $len)))
      (local.get $at))
    (func (export "special") (result i32) (i32.store (i32.const 1024) (i32.const 0x80000000)) (i64.store (i32.const 1032) (i64.const 0xfff0000000000000)) (i32.store (i32.const 1040) (i32.const 0x7fa00000)) (i32.const 1024)))
  (core instance $i (instantiate $m))
  (func (export "special") (result (tuple f32 f64 f32)) (canon lift (core func $i "special") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
(component instance $i $Host)
(assert_return (invoke "special") (tuple.const (f32.const -0) (f64.const -inf) (f32.const nan)))

;; An adapter lifts.
(component definition $Fused
  (component $giver
    (core module $m
      (memory (export "memory") 1)

      (global $next (mut i32) (i32.const 2048))
      (func (export "realloc") (param $old i32) (param $old-len i32) (param $align i32) (param $len i32) (result i32)
        (local $at i32)
        (local.set $at (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
        (memory.copy (local.get $at) (local.get $old) (local.get $old-len))
        (global.set $next (i32.add (local.get $at) (local.get $len)))
        (local.get $at))
      (func (export "special") (result i32) (i32.store (i32.const 1024) (i32.const 0x80000000)) (i64.store (i32.const 1032) (i64.const 0xfff0000000000000)) (i32.store (i32.const 1040) (i32.const 0x7fa00000)) (i32.const 1024)))
    (core instance $i (instantiate $m))
    (func (export "special") (result (tuple f32 f64 f32)) (canon lift (core func $i "special") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
  (component $taker
    (import "giver" (instance $giver
      (export "special" (func (result (tuple f32 f64 f32))))))
    (core module $libc
      (memory (export "memory") 1)
      (global $next (mut i32) (i32.const 2048))
      (func (export "realloc") (param $old i32) (param $old-len i32) (param $align i32) (param $len i32) (result i32)
        (local $at i32)
        (local.set $at (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
        (memory.copy (local.get $at) (local.get $old) (local.get $old-len))
        (global.set $next (i32.add (local.get $at) (local.get $len)))
        (local.get $at)))
    (core instance $libc (instantiate $libc))
    (core func $special (canon lower (func $giver "special") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
    (core module $m
      (import "libc" "memory" (memory 1))
      (import "giver" "special" (func $special (param i32)))
      (func (export "special") (result i32) (call $special (i32.const 1024)) (i32.add (i32.load (i32.const 1024)) (i32.load (i32.const 1036)))))
    (core instance $i (instantiate $m
      (with "libc" (instance $libc))
      (with "giver" (instance (export "special" (func $special))))))
    (func (export "special") (result u32) (canon lift (core func $i "special"))))
  (instance $giver (instantiate $giver))
  (instance $taker (instantiate $taker (with "giver" (instance $giver))))
  (export "special" (func $taker "special")))
(component instance $i $Fused)
(assert_return (invoke "special") (u32.const 0x7ff00000))
