;; A string that grows or shrinks while it is transcoded may move each time. (targets.md, mistake 7)

;; An adapter lowers.
(component definition $Fused
  (component $taker
    (core module $m
      (memory (export "memory") 1)

      (global $n (mut i32) (i32.const 0))
      (func (export "realloc") (param $old i32) (param $old-len i32) (param $align i32) (param $len i32) (result i32)
        (global.set $n (i32.add (global.get $n) (i32.const 1)))
        (if (result i32) (i32.eq (global.get $n) (i32.const 1)) (then (i32.const 1024)) (else (if (result i32) (i32.eq (global.get $n) (i32.const 2)) (then (block (result i32) (memory.copy (i32.const 2049) (local.get $old) (select (local.get $old-len) (local.get $len) (i32.lt_u (local.get $old-len) (local.get $len)))) (i32.const 2049))) (else (if (result i32) (i32.eq (global.get $n) (i32.const 3)) (then (block (result i32) (memory.copy (i32.const 3001) (local.get $old) (select (local.get $old-len) (local.get $len) (i32.lt_u (local.get $old-len) (local.get $len)))) (i32.const 3001))) (else (unreachable))))))))
      (func (export "take") (param i32 i32) (result i32)
        (i32.add (i32.mul (global.get $n) (i32.const 100)) (i32.add (i32.load8_u (i32.add (local.get 0) (i32.const 3))) (i32.mul (local.get 1) (i32.const 1000))))))
    (core instance $i (instantiate $m))
    (func (export "take") (param "it" string) (result u32) (canon lift (core func $i "take") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
  (component $giver
    (import "taker" (instance $taker
      (export "take" (func (param "it" string) (result u32)))))
    (core module $libc
      (memory (export "memory") 1)
      (data (i32.const 64) "a\00b\00\e9\00"))
    (core instance $libc (instantiate $libc))
    (core func $take (canon lower (func $taker "take") string-encoding=utf16 (memory (core memory $libc "memory"))))
    (core module $m
      (import "taker" "take" (func $take (param i32 i32) (result i32)))
      (func (export "moves") (result i32) (call $take (i32.const 64) (i32.const 3))))
    (core instance $i (instantiate $m
      (with "taker" (instance (export "take" (func $take))))))
    (func (export "moves") (result u32) (canon lift (core func $i "moves"))))
  (instance $taker (instantiate $taker))
  (instance $giver (instantiate $giver (with "taker" (instance $taker))))
  (export "moves" (func $giver "moves")))
(component instance $i $Fused)
(assert_return (invoke "moves") (u32.const 4469))
