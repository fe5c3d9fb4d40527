;; Payloads of different core types share a slot: floats lie in it as their bits, integers are extended with zeros,
;; even those that are negative.

;; The host lowers.
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
    (func (export "take") (param i32 i64) (result i32)
      (i32.add (local.get 0) (i32.add (i32.wrap_i64 (local.get 1)) (i32.wrap_i64 (i64.shr_u (local.get 1) (i64.const 32)))))))
  (core instance $i (instantiate $m))
  (type $v-inner (variant (case "float" f32) (case "byte" s8) (case "double" f64)))
  (export $v "v" (type $v-inner))
  (func (export "take") (param "it" $v) (result u32) (canon lift (core func $i "take") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
(component instance $i $Host)
(assert_return (invoke "take" (variant.const "float" (f32.const 1))) (u32.const 0x3f800000))
(component instance $i $Host)
(assert_return (invoke "take" (variant.const "byte" (s8.const -128))) (u32.const 0xffffff81))
(component instance $i $Host)
(assert_return (invoke "take" (variant.const "double" (f64.const 1))) (u32.const 0x3ff00002))

;; An adapter lowers.
(component definition $Fused
  (component $taker
    (core module $m
      (memory (export "memory") 1)

      (global $next (mut i32) (i32.const 2048))
      (func (export "realloc") (param $old i32) (param $old-len i32) (param $align i32) (param $len i32) (result i32)
        (local $at i32)
        (local.set $at (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
        (memory.copy (local.get $at) (local.get $old) (local.get $old-len))
        (global.set $next (i32.add (local.get $at) (local.get $len)))
        (local.get $at))
      (func (export "take") (param i32 i64) (result i32)
        (i32.add (local.get 0) (i32.add (i32.wrap_i64 (local.get 1)) (i32.wrap_i64 (i64.shr_u (local.get 1) (i64.const 32)))))))
    (core instance $i (instantiate $m))
    (type $v-inner (variant (case "float" f32) (case "byte" s8) (case "double" f64)))
    (export $v "v" (type $v-inner))
    (func (export "take") (param "it" $v) (result u32) (canon lift (core func $i "take") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
  (component $giver
    (import "taker" (instance $taker
        (type $v-inner (variant (case "float" f32) (case "byte" s8) (case "double" f64)))
        (export "v" (type $v (eq $v-inner)))
      (export "take" (func (param "it" $v) (result u32)))))
    (core module $libc
      (memory (export "memory") 1)
      )
    (core instance $libc (instantiate $libc))
    (core func $take (canon lower (func $taker "take") (memory (core memory $libc "memory"))))
    (core module $m
      (import "taker" "take" (func $take (param i32 i64) (result i32)))
      (func (export "float") (result i32) (call $take (i32.const 0) (i64.const 0xffffffff3f800000)))
      (func (export "negative") (result i32) (call $take (i32.const 1) (i64.const 0x80)))
      (func (export "double") (result i32) (call $take (i32.const 2) (i64.const 0x3ff0000000000000))))
    (core instance $i (instantiate $m
      (with "taker" (instance (export "take" (func $take))))))
    (func (export "float") (result u32) (canon lift (core func $i "float")))
    (func (export "negative") (result u32) (canon lift (core func $i "negative")))
    (func (export "double") (result u32) (canon lift (core func $i "double"))))
  (instance $taker (instantiate $taker))
  (instance $giver (instantiate $giver (with "taker" (instance $taker))))
  (export "float" (func $giver "float"))
  (export "negative" (func $giver "negative"))
  (export "double" (func $giver "double")))
(component instance $i $Fused)
(assert_return (invoke "float") (u32.const 0x3f800000))
(component instance $i $Fused)
(assert_return (invoke "negative") (u32.const 0xffffff81))
(component instance $i $Fused)
(assert_return (invoke "double") (u32.const 0x3ff00002))
