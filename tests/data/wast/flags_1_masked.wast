;; Bits of flags that have no name are no error and get lost: 1 of 32. (targets.md, mistake 21)

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
    (func (export "all") (result i32) (i32.const -1))
    (func (export "none") (result i32) (i32.const 4294967294)))
  (core instance $i (instantiate $m))
  (type $some-inner (flags "f0"))
  (export $some "some" (type $some-inner))
  (func (export "all") (result $some) (canon lift (core func $i "all") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
  (func (export "none") (result $some) (canon lift (core func $i "none") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
(component instance $i $Host)
(assert_return (invoke "all") (flags.const "f0"))
(component instance $i $Host)
(assert_return (invoke "none") (flags.const))

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
      (func (export "all") (result i32) (i32.const -1))
      (func (export "none") (result i32) (i32.const 4294967294)))
    (core instance $i (instantiate $m))
    (type $some-inner (flags "f0"))
    (export $some "some" (type $some-inner))
    (func (export "all") (result $some) (canon lift (core func $i "all") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
    (func (export "none") (result $some) (canon lift (core func $i "none") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
  (component $taker
    (import "giver" (instance $giver
        (type $some-inner (flags "f0"))
        (export "some" (type $some (eq $some-inner)))
      (export "all" (func (result $some)))
      (export "none" (func (result $some)))))
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
    (core func $all (canon lower (func $giver "all") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
    (core func $none (canon lower (func $giver "none") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
    (core module $m
      (import "libc" "memory" (memory 1))
      (import "giver" "all" (func $all (result i32)))
      (import "giver" "none" (func $none (result i32)))
      (func (export "all") (result i32) (call $all))
      (func (export "none") (result i32) (call $none)))
    (core instance $i (instantiate $m
      (with "libc" (instance $libc))
      (with "giver" (instance (export "all" (func $all)) (export "none" (func $none))))))
    (func (export "all") (result u32) (canon lift (core func $i "all")))
    (func (export "none") (result u32) (canon lift (core func $i "none"))))
  (instance $giver (instantiate $giver))
  (instance $taker (instantiate $taker (with "giver" (instance $giver))))
  (export "all" (func $taker "all"))
  (export "none" (func $taker "none")))
(component instance $i $Fused)
(assert_return (invoke "all") (u32.const 1))
(component instance $i $Fused)
(assert_return (invoke "none") (u32.const 0))
