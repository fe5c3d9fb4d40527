;; A bool is true if it is not 0, and integers lose the bits that they have no room for. (targets.md, mistake 13)

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
    (func (export "in-memory") (result i32) (i64.store (i32.const 1024) (i64.const 0x0080ffffff80ff04)) (i32.const 1024)))
  (core instance $i (instantiate $m))
  (func (export "in-memory") (result (tuple bool u8 s8 u16 s16)) (canon lift (core func $i "in-memory") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
(component instance $i $Host)
(assert_return (invoke "in-memory") (tuple.const (bool.const true) (u8.const 255) (s8.const -128) (u16.const 65535) (s16.const 128)))

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
      (func (export "in-memory") (result i32) (i64.store (i32.const 1024) (i64.const 0x0080ffffff80ff04)) (i32.const 1024)))
    (core instance $i (instantiate $m))
    (func (export "in-memory") (result (tuple bool u8 s8 u16 s16)) (canon lift (core func $i "in-memory") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
  (component $taker
    (import "giver" (instance $giver
      (export "in-memory" (func (result (tuple bool u8 s8 u16 s16))))))
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
    (core func $in-memory (canon lower (func $giver "in-memory") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
    (core module $m
      (import "libc" "memory" (memory 1))
      (import "giver" "in-memory" (func $in-memory (param i32)))
      (func (export "in-memory") (result i32) (call $in-memory (i32.const 1024)) (i32.load8_u (i32.const 1024))))
    (core instance $i (instantiate $m
      (with "libc" (instance $libc))
      (with "giver" (instance (export "in-memory" (func $in-memory))))))
    (func (export "in-memory") (result u32) (canon lift (core func $i "in-memory"))))
  (instance $giver (instantiate $giver))
  (instance $taker (instantiate $taker (with "giver" (instance $giver))))
  (export "in-memory" (func $taker "in-memory")))
(component instance $i $Fused)
(assert_return (invoke "in-memory") (u32.const 1))
