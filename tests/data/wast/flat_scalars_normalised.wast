;; A bool is true if it is not 0, and integers lose the bits that they have no room for, also in parameters: the core
;; function sees them as numbers of 32 bits. (targets.md, mistake 13)

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
    (func (export "take") (param i32 i32 i32 i32 i32) (result i32)
      (i32.and (i32.and (i32.eq (local.get 0) (i32.const 1)) (i32.eq (local.get 1) (i32.const 255))) (i32.and (i32.and (i32.eq (local.get 2) (i32.const -128)) (i32.eq (local.get 3) (i32.const 65535))) (i32.eq (local.get 4) (i32.const -1))))))
  (core instance $i (instantiate $m))
  (func (export "take") (param "a" bool) (param "b" u8) (param "c" s8) (param "d" u16) (param "e" s16) (result u32) (canon lift (core func $i "take") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
(component instance $i $Host)
(assert_return (invoke "take" (bool.const true) (u8.const 255) (s8.const -128) (u16.const 65535) (s16.const -1)) (u32.const 1))

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
      (func (export "take") (param i32 i32 i32 i32 i32) (result i32)
        (i32.and (i32.and (i32.eq (local.get 0) (i32.const 1)) (i32.eq (local.get 1) (i32.const 255))) (i32.and (i32.and (i32.eq (local.get 2) (i32.const -128)) (i32.eq (local.get 3) (i32.const 65535))) (i32.eq (local.get 4) (i32.const -1))))))
    (core instance $i (instantiate $m))
    (func (export "take") (param "a" bool) (param "b" u8) (param "c" s8) (param "d" u16) (param "e" s16) (result u32) (canon lift (core func $i "take") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
  (component $giver
    (import "taker" (instance $taker
      (export "take" (func (param "a" bool) (param "b" u8) (param "c" s8) (param "d" u16) (param "e" s16) (result u32)))))
    (core module $libc
      (memory (export "memory") 1)
      )
    (core instance $libc (instantiate $libc))
    (core func $take (canon lower (func $taker "take") (memory (core memory $libc "memory"))))
    (core module $m
      (import "taker" "take" (func $take (param i32 i32 i32 i32 i32) (result i32)))
      (func (export "wide") (result i32) (call $take (i32.const 4) (i32.const 511) (i32.const 0x180) (i32.const 0x1ffff) (i32.const 0x1ffff)))
      (func (export "high-bit") (result i32) (call $take (i32.const 0x80000000) (i32.const -1) (i32.const 128) (i32.const -1) (i32.const -1))))
    (core instance $i (instantiate $m
      (with "taker" (instance (export "take" (func $take))))))
    (func (export "wide") (result u32) (canon lift (core func $i "wide")))
    (func (export "high-bit") (result u32) (canon lift (core func $i "high-bit"))))
  (instance $taker (instantiate $taker))
  (instance $giver (instantiate $giver (with "taker" (instance $taker))))
  (export "wide" (func $giver "wide"))
  (export "high-bit" (func $giver "high-bit")))
(component instance $i $Fused)
(assert_return (invoke "wide") (u32.const 1))
(component instance $i $Fused)
(assert_return (invoke "high-bit") (u32.const 1))
