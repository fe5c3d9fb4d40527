;; Which calls of realloc transcoding makes, and with what: none is given back where each byte is a unit.

;; An adapter lowers.
(component definition $Fused
  (component $taker
    (core module $m
      (memory (export "memory") 1)

      (global $n (mut i32) (i32.const 0))
      ;; Each call is a line in the memory at 32768: old size, alignment, new size.
      (func (export "realloc") (param $old i32) (param $old-len i32) (param $align i32) (param $len i32) (result i32)
        (local $line i32)
        (local.set $line (i32.add (i32.const 32768) (i32.mul (global.get $n) (i32.const 12))))
        (global.set $n (i32.add (global.get $n) (i32.const 1)))
        (i32.store (local.get $line) (local.get $old-len))
        (i32.store offset=4 (local.get $line) (local.get $align))
        (i32.store offset=8 (local.get $line) (local.get $len))
        (i32.const 1024))
      (func (export "take") (param i32 i32) (result i32)
        (local $calls i32)
        (local.set $calls (i32.add (local.get $calls) (i32.eq (global.get $n) (i32.const 1))))
        (local.set $calls (i32.add (local.get $calls) (i32.eq (i32.load (i32.const 32768)) (i32.const 0))))
        (local.set $calls (i32.add (local.get $calls) (i32.eq (i32.load (i32.const 32772)) (i32.const 2))))
        (local.set $calls (i32.add (local.get $calls) (i32.eq (i32.load (i32.const 32776)) (i32.const 4))))
        (local.get $calls)))
    (core instance $i (instantiate $m))
    (func (export "take") (param "it" string) (result u32) (canon lift (core func $i "take") string-encoding=utf16 (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
  (component $giver
    (import "taker" (instance $taker
      (export "take" (func (param "it" string) (result u32)))))
    (core module $libc
      (memory (export "memory") 1)
      (data (i32.const 64) "hi"))
    (core instance $libc (instantiate $libc))
    (core func $take (canon lower (func $taker "take") (memory (core memory $libc "memory"))))
    (core module $m
      (import "taker" "take" (func $take (param i32 i32) (result i32)))
      (func (export "run") (result i32) (call $take (i32.const 64) (i32.const 2))))
    (core instance $i (instantiate $m
      (with "taker" (instance (export "take" (func $take))))))
    (func (export "run") (result u32) (canon lift (core func $i "run"))))
  (instance $taker (instantiate $taker))
  (instance $giver (instantiate $giver (with "taker" (instance $taker))))
  (export "run" (func $giver "run")))
(component instance $i $Fused)
(assert_return (invoke "run") (u32.const 4))
