;; Slots of a variant that its case does not use are ignored when it is lifted and 0 when it is lowered. (targets.md,
;; mistake 18)

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
    (func (export "take") (param i32 i64 i32) (result i32)
      (i32.add (i32.mul (local.get 0) (i32.const 1000)) (i32.add (i32.wrap_i64 (local.get 1)) (i32.add (local.get 2) (i32.wrap_i64 (i64.shr_u (local.get 1) (i64.const 32))))))))
  (core instance $i (instantiate $m))
  (type $v-inner (variant (case "none") (case "narrow" u8) (case "all" (tuple u64 u32))))
  (export $v "v" (type $v-inner))
  (func (export "take") (param "it" $v) (result u32) (canon lift (core func $i "take") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
(component instance $i $Host)
(assert_return (invoke "take" (variant.const "none")) (u32.const 0))
(component instance $i $Host)
(assert_return (invoke "take" (variant.const "narrow" (u8.const 5))) (u32.const 1005))
(component instance $i $Host)
(assert_return (invoke "take" (variant.const "all" (tuple.const (u64.const 0x100000002) (u32.const 4)))) (u32.const 2007))

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
      (func (export "take") (param i32 i64 i32) (result i32)
        (i32.add (i32.mul (local.get 0) (i32.const 1000)) (i32.add (i32.wrap_i64 (local.get 1)) (i32.add (local.get 2) (i32.wrap_i64 (i64.shr_u (local.get 1) (i64.const 32))))))))
    (core instance $i (instantiate $m))
    (type $v-inner (variant (case "none") (case "narrow" u8) (case "all" (tuple u64 u32))))
    (export $v "v" (type $v-inner))
    (func (export "take") (param "it" $v) (result u32) (canon lift (core func $i "take") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
  (component $giver
    (import "taker" (instance $taker
        (type $v-inner (variant (case "none") (case "narrow" u8) (case "all" (tuple u64 u32))))
        (export "v" (type $v (eq $v-inner)))
      (export "take" (func (param "it" $v) (result u32)))))
    (core module $libc
      (memory (export "memory") 1)
      )
    (core instance $libc (instantiate $libc))
    (core func $take (canon lower (func $taker "take") (memory (core memory $libc "memory"))))
    (core module $m
      (import "taker" "take" (func $take (param i32 i64 i32) (result i32)))
      (func (export "none") (result i32) (call $take (i32.const 0) (i64.const -1) (i32.const 77)))
      (func (export "narrow") (result i32) (call $take (i32.const 1) (i64.const 0x1234567800000105) (i32.const 77)))
      (func (export "all") (result i32) (call $take (i32.const 2) (i64.const 0x100000002) (i32.const 4))))
    (core instance $i (instantiate $m
      (with "taker" (instance (export "take" (func $take))))))
    (func (export "none") (result u32) (canon lift (core func $i "none")))
    (func (export "narrow") (result u32) (canon lift (core func $i "narrow")))
    (func (export "all") (result u32) (canon lift (core func $i "all"))))
  (instance $taker (instantiate $taker))
  (instance $giver (instantiate $giver (with "taker" (instance $taker))))
  (export "none" (func $giver "none"))
  (export "narrow" (func $giver "narrow"))
  (export "all" (func $giver "all")))
(component instance $i $Fused)
(assert_return (invoke "none") (u32.const 0))
(component instance $i $Fused)
(assert_return (invoke "narrow") (u32.const 1005))
(component instance $i $Fused)
(assert_return (invoke "all") (u32.const 2007))
