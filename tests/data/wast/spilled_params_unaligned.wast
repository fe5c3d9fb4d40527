;; The tuple of spilled parameters is checked: alignment before bounds.

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
        (i32.const 0)))
    (core instance $i (instantiate $m))
    (func (export "take") (param "p0" u32) (param "p1" u32) (param "p2" u32) (param "p3" u32) (param "p4" u32) (param "p5" u32) (param "p6" u32) (param "p7" u32) (param "p8" u32) (param "p9" u32) (param "p10" u32) (param "p11" u32) (param "p12" u32) (param "p13" u32) (param "p14" u32) (param "p15" u32) (param "p16" u32) (result u32) (canon lift (core func $i "take") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
  (component $giver
    (import "taker" (instance $taker
      (export "take" (func (param "p0" u32) (param "p1" u32) (param "p2" u32) (param "p3" u32) (param "p4" u32) (param "p5" u32) (param "p6" u32) (param "p7" u32) (param "p8" u32) (param "p9" u32) (param "p10" u32) (param "p11" u32) (param "p12" u32) (param "p13" u32) (param "p14" u32) (param "p15" u32) (param "p16" u32) (result u32)))))
    (core module $libc
      (memory (export "memory") 1)
      )
    (core instance $libc (instantiate $libc))
    (core func $take (canon lower (func $taker "take") (memory (core memory $libc "memory"))))
    (core module $m
      (import "taker" "take" (func $take (param i32) (result i32)))
      (func (export "unaligned") (result i32) (call $take (i32.const 66)))
      (func (export "both") (result i32) (call $take (i32.const 65535)))
      (func (export "out-of-bounds") (result i32) (call $take (i32.const 65536))))
    (core instance $i (instantiate $m
      (with "taker" (instance (export "take" (func $take))))))
    (func (export "unaligned") (result u32) (canon lift (core func $i "unaligned")))
    (func (export "both") (result u32) (canon lift (core func $i "both")))
    (func (export "out-of-bounds") (result u32) (canon lift (core func $i "out-of-bounds"))))
  (instance $taker (instantiate $taker))
  (instance $giver (instantiate $giver (with "taker" (instance $taker))))
  (export "unaligned" (func $giver "unaligned"))
  (export "both" (func $giver "both"))
  (export "out-of-bounds" (func $giver "out-of-bounds")))
(component instance $i $Fused)
(assert_trap (invoke "unaligned") "unaligned pointer")
(component instance $i $Fused)
(assert_trap (invoke "both") "unaligned pointer")
(component instance $i $Fused)
(assert_trap (invoke "out-of-bounds") "parameters or results out-of-bounds")
