;; Strings of UTF-8 may lie anywhere.

;; The host lifts.
(component definition $Host
  (core module $m
    (memory (export "memory") 1)
    (data (i32.const 4097) "abc")
    (global $next (mut i32) (i32.const 2048))
    (func (export "realloc") (param $old i32) (param $old-len i32) (param $align i32) (param $len i32) (result i32)
      (local $at i32)
      (local.set $at (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
      (memory.copy (local.get $at) (local.get $old) (local.get $old-len))
      (global.set $next (i32.add (local.get $at) (local.get $len)))
      (local.get $at))
    (func (export "odd") (result i32) (i32.store offset=0 (i32.const 1024) (i32.const 4097)) (i32.store offset=4 (i32.const 1024) (i32.const 3)) (i32.const 1024)))
  (core instance $i (instantiate $m))
  (func (export "odd") (result string) (canon lift (core func $i "odd") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
(component instance $i $Host)
(assert_return (invoke "odd") (str.const "abc"))

;; An adapter lifts.
(component definition $Fused
  (component $giver
    (core module $m
      (memory (export "memory") 1)
      (data (i32.const 4097) "abc")
      (global $next (mut i32) (i32.const 2048))
      (func (export "realloc") (param $old i32) (param $old-len i32) (param $align i32) (param $len i32) (result i32)
        (local $at i32)
        (local.set $at (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
        (memory.copy (local.get $at) (local.get $old) (local.get $old-len))
        (global.set $next (i32.add (local.get $at) (local.get $len)))
        (local.get $at))
      (func (export "odd") (result i32) (i32.store offset=0 (i32.const 1024) (i32.const 4097)) (i32.store offset=4 (i32.const 1024) (i32.const 3)) (i32.const 1024)))
    (core instance $i (instantiate $m))
    (func (export "odd") (result string) (canon lift (core func $i "odd") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
  (component $taker
    (import "giver" (instance $giver
      (export "odd" (func (result string)))))
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
    (core func $odd (canon lower (func $giver "odd") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
    (core module $m
      (import "libc" "memory" (memory 1))
      (import "giver" "odd" (func $odd (param i32)))
      (func (export "odd") (result i32) (call $odd (i32.const 1024)) (i32.load (i32.const 1028))))
    (core instance $i (instantiate $m
      (with "libc" (instance $libc))
      (with "giver" (instance (export "odd" (func $odd))))))
    (func (export "odd") (result u32) (canon lift (core func $i "odd"))))
  (instance $giver (instantiate $giver))
  (instance $taker (instantiate $taker (with "giver" (instance $giver))))
  (export "odd" (func $taker "odd")))
(component instance $i $Fused)
(assert_return (invoke "odd") (u32.const 3))
