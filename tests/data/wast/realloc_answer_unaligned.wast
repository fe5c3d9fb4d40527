;; What realloc returns is checked, alignment first, also for an empty list. (targets.md, mistake 14)

;; The host lowers.
(component definition $Host
  (core module $m
    (memory (export "memory") 1)

    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 65533))
    (func (export "take") (param i32 i32) (result i32)
      (i32.const 0)))
  (core instance $i (instantiate $m))
  (func (export "take") (param "it" (list u32)) (result u32) (canon lift (core func $i "take") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
(component instance $i $Host)
(assert_trap (invoke "take" (list.const)) "realloc return: result not aligned")
(component instance $i $Host)
(assert_trap (invoke "take" (list.const (u32.const 1))) "realloc return: result not aligned")

;; An adapter lowers.
(component definition $Fused
  (component $taker
    (core module $m
      (memory (export "memory") 1)

      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 65533))
      (func (export "take") (param i32 i32) (result i32)
        (i32.const 0)))
    (core instance $i (instantiate $m))
    (func (export "take") (param "it" (list u32)) (result u32) (canon lift (core func $i "take") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
  (component $giver
    (import "taker" (instance $taker
      (export "take" (func (param "it" (list u32)) (result u32)))))
    (core module $libc
      (memory (export "memory") 1)
      )
    (core instance $libc (instantiate $libc))
    (core func $take (canon lower (func $taker "take") (memory (core memory $libc "memory"))))
    (core module $m
      (import "taker" "take" (func $take (param i32 i32) (result i32)))
      (func (export "empty") (result i32) (call $take (i32.const 0) (i32.const 0)))
      (func (export "one") (result i32) (call $take (i32.const 0) (i32.const 1))))
    (core instance $i (instantiate $m
      (with "taker" (instance (export "take" (func $take))))))
    (func (export "empty") (result u32) (canon lift (core func $i "empty")))
    (func (export "one") (result u32) (canon lift (core func $i "one"))))
  (instance $taker (instantiate $taker))
  (instance $giver (instantiate $giver (with "taker" (instance $taker))))
  (export "empty" (func $giver "empty"))
  (export "one" (func $giver "one")))
(component instance $i $Fused)
(assert_trap (invoke "empty") "unaligned pointer")
(component instance $i $Fused)
(assert_trap (invoke "one") "unaligned pointer")
