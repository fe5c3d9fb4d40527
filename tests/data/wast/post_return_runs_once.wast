;; A post-return function is called once, with what the core function returned, after the results were read: it may
;; destroy them.

(component definition $C
  (component $giver
    (core module $m
      (memory (export "memory") 1)
      (global $calls (mut i32) (i32.const 0))
      (func (export "give") (result i32)
        (i64.store (i32.const 64) (i64.const 0x6f6c6c6568))
        (i32.store (i32.const 16) (i32.const 64))
        (i32.store (i32.const 20) (i32.const 5))
        (i32.const 16))
      (func (export "post") (param i32)
        (if (i32.ne (local.get 0) (i32.const 16)) (then unreachable))
        (memory.fill (i32.const 0) (i32.const 0xff) (i32.const 65536))
        (global.set $calls (i32.add (global.get $calls) (i32.const 1))))
      (func (export "calls") (result i32) (global.get $calls)))
    (core instance $i (instantiate $m))
    (func (export "give") (result string)
      (canon lift (core func $i "give") (memory (core memory $i "memory")) (post-return (core func $i "post"))))
    (func (export "calls") (result u32) (canon lift (core func $i "calls"))))
  (component $taker
    (import "give" (func $give (result string)))
    (core module $libc
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 256)))
    (core instance $libc (instantiate $libc))
    (core func $give (canon lower (func $give) (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
    (core module $m
      (import "" "give" (func $give (param i32)))
      (import "libc" "memory" (memory 1))
      (func (export "take") (result i32) (call $give (i32.const 16)) (i32.load8_u (i32.load (i32.const 16)))))
    (core instance $i (instantiate $m
      (with "" (instance (export "give" (func $give)))) (with "libc" (instance $libc))))
    (func (export "take") (result u32) (canon lift (core func $i "take"))))
  (instance $giver (instantiate $giver))
  (instance $taker (instantiate $taker (with "give" (func $giver "give"))))
  (export "give" (func $giver "give"))
  (export "calls" (func $giver "calls"))
  (export "take" (func $taker "take")))

(component instance $i $C)
(assert_return (invoke "give") (str.const "hello"))
(assert_return (invoke "calls") (u32.const 1))
(assert_return (invoke "take") (u32.const 0x68))
(assert_return (invoke "calls") (u32.const 2))
