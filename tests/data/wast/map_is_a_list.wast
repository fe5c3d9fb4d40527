;; A map is a list of pairs: neither order nor repeated keys matter.

;; The host lifts.
(component definition $Host
  (core module $m
    (memory (export "memory") 1)
    (data (i32.const 4096) "\02\00\00\00\40\10\00\00\01\00\00\00\02\00\00\00\41\10\00\00\01\00\00\00") (data (i32.const 4160) "ab")
    (global $next (mut i32) (i32.const 2048))
    (func (export "realloc") (param $old i32) (param $old-len i32) (param $align i32) (param $len i32) (result i32)
      (local $at i32)
      (local.set $at (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
      (memory.copy (local.get $at) (local.get $old) (local.get $old-len))
      (global.set $next (i32.add (local.get $at) (local.get $len)))
      (local.get $at))
    (func (export "twice") (result i32) (i32.store offset=0 (i32.const 1024) (i32.const 4096)) (i32.store offset=4 (i32.const 1024) (i32.const 2)) (i32.const 1024)))
  (core instance $i (instantiate $m))
  (func (export "twice") (result (map u8 string)) (canon lift (core func $i "twice") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
(component instance $i $Host)
(assert_return (invoke "twice") (map.const (entry (u8.const 2) (str.const "a")) (entry (u8.const 2) (str.const "b"))))

;; An adapter lifts.
(component definition $Fused
  (component $giver
    (core module $m
      (memory (export "memory") 1)
      (data (i32.const 4096) "\02\00\00\00\40\10\00\00\01\00\00\00\02\00\00\00\41\10\00\00\01\00\00\00") (data (i32.const 4160) "ab")
      (global $next (mut i32) (i32.const 2048))
      (func (export "realloc") (param $old i32) (param $old-len i32) (param $align i32) (param $len i32) (result i32)
        (local $at i32)
        (local.set $at (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
        (memory.copy (local.get $at) (local.get $old) (local.get $old-len))
        (global.set $next (i32.add (local.get $at) (local.get $len)))
        (local.get $at))
      (func (export "twice") (result i32) (i32.store offset=0 (i32.const 1024) (i32.const 4096)) (i32.store offset=4 (i32.const 1024) (i32.const 2)) (i32.const 1024)))
    (core instance $i (instantiate $m))
    (func (export "twice") (result (map u8 string)) (canon lift (core func $i "twice") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
  (component $taker
    (import "giver" (instance $giver
      (export "twice" (func (result (map u8 string))))))
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
    (core func $twice (canon lower (func $giver "twice") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
    (core module $m
      (import "libc" "memory" (memory 1))
      (import "giver" "twice" (func $twice (param i32)))
      (func (export "twice") (result i32) (call $twice (i32.const 1024)) (i32.load (i32.const 1028))))
    (core instance $i (instantiate $m
      (with "libc" (instance $libc))
      (with "giver" (instance (export "twice" (func $twice))))))
    (func (export "twice") (result u32) (canon lift (core func $i "twice"))))
  (instance $giver (instantiate $giver))
  (instance $taker (instantiate $taker (with "giver" (instance $giver))))
  (export "twice" (func $taker "twice")))
(component instance $i $Fused)
(assert_return (invoke "twice") (u32.const 2))
