;; Memory that realloc grows may be where the value goes: nothing remembers how large it was.

;; The host lowers.
(component definition $Host
  (core module $m
    (memory (export "memory") 1)

    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.mul (memory.grow (i32.const 1)) (i32.const 65536)))
    (func (export "take") (param i32 i32) (result i32)
      (i32.load8_u (i32.load (i32.add (local.get 0) (i32.const 8))))))
  (core instance $i (instantiate $m))
  (func (export "take") (param "it" (list string)) (result u32) (canon lift (core func $i "take") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
(component instance $i $Host)
(assert_return (invoke "take" (list.const (str.const "a") (str.const "bc"))) (u32.const 98))

;; An adapter lowers.
(component definition $Fused
  (component $taker
    (core module $m
      (memory (export "memory") 1)

      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.mul (memory.grow (i32.const 1)) (i32.const 65536)))
      (func (export "take") (param i32 i32) (result i32)
        (i32.load8_u (i32.load (i32.add (local.get 0) (i32.const 8))))))
    (core instance $i (instantiate $m))
    (func (export "take") (param "it" (list string)) (result u32) (canon lift (core func $i "take") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
  (component $giver
    (import "taker" (instance $taker
      (export "take" (func (param "it" (list string)) (result u32)))))
    (core module $libc
      (memory (export "memory") 1)
      (data (i32.const 64) "\80\00\00\00\01\00\00\00\81\00\00\00\02\00\00\00") (data (i32.const 128) "abc"))
    (core instance $libc (instantiate $libc))
    (core func $take (canon lower (func $taker "take") (memory (core memory $libc "memory"))))
    (core module $m
      (import "taker" "take" (func $take (param i32 i32) (result i32)))
      (func (export "two") (result i32) (call $take (i32.const 64) (i32.const 2))))
    (core instance $i (instantiate $m
      (with "taker" (instance (export "take" (func $take))))))
    (func (export "two") (result u32) (canon lift (core func $i "two"))))
  (instance $taker (instantiate $taker))
  (instance $giver (instantiate $giver (with "taker" (instance $taker))))
  (export "two" (func $giver "two")))
(component instance $i $Fused)
(assert_return (invoke "two") (u32.const 98))
