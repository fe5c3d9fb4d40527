;; An empty string calls realloc, with size 0 and the alignment of its encoding.

;; The host lowers.
(component definition $Host
  (core module $m
    (memory (export "memory") 1)

    (global $calls (mut i32) (i32.const 0))
    (func (export "realloc") (param $old i32) (param $old-len i32) (param $align i32) (param $len i32) (result i32)
      (if (i32.or (i32.or (local.get $old) (local.get $old-len)) (i32.ne (local.get $align) (i32.const 2))) (then unreachable))
      (global.set $calls (i32.add (global.get $calls) (i32.add (i32.const 100) (local.get $len))))
      (i32.const 1024))
    (func (export "take") (param i32 i32) (result i32)
      (i32.add (local.get 0) (i32.add (global.get $calls) (local.get 1)))))
  (core instance $i (instantiate $m))
  (func (export "take") (param "it" string) (result u32) (canon lift (core func $i "take") string-encoding=utf16 (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
(component instance $i $Host)
(assert_return (invoke "take" (str.const "")) (u32.const 1124))

;; An adapter lowers.
(component definition $Fused
  (component $taker
    (core module $m
      (memory (export "memory") 1)

      (global $calls (mut i32) (i32.const 0))
      (func (export "realloc") (param $old i32) (param $old-len i32) (param $align i32) (param $len i32) (result i32)
        (if (i32.or (i32.or (local.get $old) (local.get $old-len)) (i32.ne (local.get $align) (i32.const 2))) (then unreachable))
        (global.set $calls (i32.add (global.get $calls) (i32.add (i32.const 100) (local.get $len))))
        (i32.const 1024))
      (func (export "take") (param i32 i32) (result i32)
        (i32.add (local.get 0) (i32.add (global.get $calls) (local.get 1)))))
    (core instance $i (instantiate $m))
    (func (export "take") (param "it" string) (result u32) (canon lift (core func $i "take") string-encoding=utf16 (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
  (component $giver
    (import "taker" (instance $taker
      (export "take" (func (param "it" string) (result u32)))))
    (core module $libc
      (memory (export "memory") 1)
      )
    (core instance $libc (instantiate $libc))
    (core func $take (canon lower (func $taker "take") (memory (core memory $libc "memory"))))
    (core module $m
      (import "taker" "take" (func $take (param i32 i32) (result i32)))
      (func (export "empty") (result i32) (call $take (i32.const 0) (i32.const 0))))
    (core instance $i (instantiate $m
      (with "taker" (instance (export "take" (func $take))))))
    (func (export "empty") (result u32) (canon lift (core func $i "empty"))))
  (instance $taker (instantiate $taker))
  (instance $giver (instantiate $giver (with "taker" (instance $taker))))
  (export "empty" (func $giver "empty")))
(component instance $i $Fused)
(assert_return (invoke "empty") (u32.const 1124))
