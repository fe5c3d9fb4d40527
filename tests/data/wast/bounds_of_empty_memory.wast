;; In a memory of size 0 there is room for what is empty. (targets.md, mistake 9)

;; The host lowers.
(component definition $Host
  (core module $m
    (memory (export "memory") 0)

    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0))
    (func (export "take") (param i32 i32) (result i32)
      (i32.add (local.get 0) (local.get 1))))
  (core instance $i (instantiate $m))
  (func (export "take") (param "it" (list u8)) (result u32) (canon lift (core func $i "take") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
(component instance $i $Host)
(assert_return (invoke "take" (list.const)) (u32.const 0))
(component instance $i $Host)
(assert_trap (invoke "take" (list.const (u8.const 1))) "realloc return: beyond end of memory")

;; An adapter lowers.
(component definition $Fused
  (component $taker
    (core module $m
      (memory (export "memory") 0)

      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0))
      (func (export "take") (param i32 i32) (result i32)
        (i32.add (local.get 0) (local.get 1))))
    (core instance $i (instantiate $m))
    (func (export "take") (param "it" (list u8)) (result u32) (canon lift (core func $i "take") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
  (component $giver
    (import "taker" (instance $taker
      (export "take" (func (param "it" (list u8)) (result u32)))))
    (core module $libc
      (memory (export "memory") 0)
      )
    (core instance $libc (instantiate $libc))
    (core func $take (canon lower (func $taker "take") (memory (core memory $libc "memory"))))
    (core module $m
      (import "taker" "take" (func $take (param i32 i32) (result i32)))
      (func (export "empty") (result i32) (call $take (i32.const 0) (i32.const 0)))
      (func (export "outside") (result i32) (call $take (i32.const 1) (i32.const 0)))
      (func (export "byte") (result i32) (call $take (i32.const 0) (i32.const 1))))
    (core instance $i (instantiate $m
      (with "taker" (instance (export "take" (func $take))))))
    (func (export "empty") (result u32) (canon lift (core func $i "empty")))
    (func (export "outside") (result u32) (canon lift (core func $i "outside")))
    (func (export "byte") (result u32) (canon lift (core func $i "byte"))))
  (instance $taker (instantiate $taker))
  (instance $giver (instantiate $giver (with "taker" (instance $taker))))
  (export "empty" (func $giver "empty"))
  (export "outside" (func $giver "outside"))
  (export "byte" (func $giver "byte")))
(component instance $i $Fused)
(assert_return (invoke "empty") (u32.const 0))
(component instance $i $Fused)
(assert_trap (invoke "outside") "list content out-of-bounds")
(component instance $i $Fused)
(assert_trap (invoke "byte") "list content out-of-bounds")
