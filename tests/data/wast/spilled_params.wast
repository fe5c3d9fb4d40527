;; More than 16 flat parameters pass through memory, as a tuple, in space that realloc gives.

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
    (func (export "take") (param i32) (result i32)
      (i32.add (i32.load8_u offset=16 (local.get 0)) (local.get 0))))
  (core instance $i (instantiate $m))
  (func (export "take") (param "p0" u8) (param "p1" u8) (param "p2" u8) (param "p3" u8) (param "p4" u8) (param "p5" u8) (param "p6" u8) (param "p7" u8) (param "p8" u8) (param "p9" u8) (param "p10" u8) (param "p11" u8) (param "p12" u8) (param "p13" u8) (param "p14" u8) (param "p15" u8) (param "p16" u8) (result u32) (canon lift (core func $i "take") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
(component instance $i $Host)
(assert_return (invoke "take" (u8.const 1) (u8.const 2) (u8.const 3) (u8.const 4) (u8.const 5) (u8.const 6) (u8.const 7) (u8.const 8) (u8.const 9) (u8.const 10) (u8.const 11) (u8.const 12) (u8.const 13) (u8.const 14) (u8.const 15) (u8.const 16) (u8.const 17)) (u32.const 2065))

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
      (func (export "take") (param i32) (result i32)
        (i32.add (i32.load8_u offset=16 (local.get 0)) (local.get 0))))
    (core instance $i (instantiate $m))
    (func (export "take") (param "p0" u8) (param "p1" u8) (param "p2" u8) (param "p3" u8) (param "p4" u8) (param "p5" u8) (param "p6" u8) (param "p7" u8) (param "p8" u8) (param "p9" u8) (param "p10" u8) (param "p11" u8) (param "p12" u8) (param "p13" u8) (param "p14" u8) (param "p15" u8) (param "p16" u8) (result u32) (canon lift (core func $i "take") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
  (component $giver
    (import "taker" (instance $taker
      (export "take" (func (param "p0" u8) (param "p1" u8) (param "p2" u8) (param "p3" u8) (param "p4" u8) (param "p5" u8) (param "p6" u8) (param "p7" u8) (param "p8" u8) (param "p9" u8) (param "p10" u8) (param "p11" u8) (param "p12" u8) (param "p13" u8) (param "p14" u8) (param "p15" u8) (param "p16" u8) (result u32)))))
    (core module $libc
      (memory (export "memory") 1)
      (data (i32.const 64) "\01\02\03\04\05\06\07\08\09\0a\0b\0c\0d\0e\0f\10\11"))
    (core instance $libc (instantiate $libc))
    (core func $take (canon lower (func $taker "take") (memory (core memory $libc "memory"))))
    (core module $m
      (import "taker" "take" (func $take (param i32) (result i32)))
      (func (export "fits") (result i32) (call $take (i32.const 64)))
      (func (export "out-of-bounds") (result i32) (call $take (i32.const 65520)))
      (func (export "at-the-end") (result i32) (call $take (i32.const 65519))))
    (core instance $i (instantiate $m
      (with "taker" (instance (export "take" (func $take))))))
    (func (export "fits") (result u32) (canon lift (core func $i "fits")))
    (func (export "out-of-bounds") (result u32) (canon lift (core func $i "out-of-bounds")))
    (func (export "at-the-end") (result u32) (canon lift (core func $i "at-the-end"))))
  (instance $taker (instantiate $taker))
  (instance $giver (instantiate $giver (with "taker" (instance $taker))))
  (export "fits" (func $giver "fits"))
  (export "out-of-bounds" (func $giver "out-of-bounds"))
  (export "at-the-end" (func $giver "at-the-end")))
(component instance $i $Fused)
(assert_return (invoke "fits") (u32.const 2065))
(component instance $i $Fused)
(assert_trap (invoke "out-of-bounds") "parameters or results out-of-bounds")
(component instance $i $Fused)
(assert_return (invoke "at-the-end") (u32.const 2048))
