;; The limit on lists is the same where addresses and lengths have 64 bits: 2^28 bytes trap, and so does a length whose
;; product with the element size wraps.

;; The host lifts.
(component definition $Host
  (core module $m
    (memory (export "memory") i64 4097)

    (global $next (mut i64) (i64.const 2048))
    (func (export "realloc") (param $old i64) (param $old-len i64) (param $align i64) (param $len i64) (result i64)
      (local $at i64)
      (local.set $at (i64.and (i64.add (global.get $next) (i64.const 7)) (i64.const -8)))
      (memory.copy (local.get $at) (local.get $old) (local.get $old-len))
      (global.set $next (i64.add (local.get $at) (local.get $len)))
      (local.get $at))
    (func (export "too-long") (result i64) (i64.store offset=0 (i64.const 1024) (i64.const 0)) (i64.store offset=8 (i64.const 1024) (i64.const 33554432)) (i64.const 1024))
    (func (export "product-wraps") (result i64) (i64.store offset=0 (i64.const 1024) (i64.const 0)) (i64.store offset=8 (i64.const 1024) (i64.const 2305843009213693952)) (i64.const 1024)))
  (core instance $i (instantiate $m))
  (func (export "too-long") (result (list u64)) (canon lift (core func $i "too-long") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
  (func (export "product-wraps") (result (list u64)) (canon lift (core func $i "product-wraps") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
(component instance $i $Host)
(assert_trap (invoke "too-long") "list longer than 2^28-1 bytes")
(component instance $i $Host)
(assert_trap (invoke "product-wraps") "list longer than 2^28-1 bytes")

;; An adapter lifts.
(component definition $Fused
  (component $giver
    (core module $m
      (memory (export "memory") i64 4097)

      (global $next (mut i64) (i64.const 2048))
      (func (export "realloc") (param $old i64) (param $old-len i64) (param $align i64) (param $len i64) (result i64)
        (local $at i64)
        (local.set $at (i64.and (i64.add (global.get $next) (i64.const 7)) (i64.const -8)))
        (memory.copy (local.get $at) (local.get $old) (local.get $old-len))
        (global.set $next (i64.add (local.get $at) (local.get $len)))
        (local.get $at))
      (func (export "too-long") (result i64) (i64.store offset=0 (i64.const 1024) (i64.const 0)) (i64.store offset=8 (i64.const 1024) (i64.const 33554432)) (i64.const 1024))
      (func (export "product-wraps") (result i64) (i64.store offset=0 (i64.const 1024) (i64.const 0)) (i64.store offset=8 (i64.const 1024) (i64.const 2305843009213693952)) (i64.const 1024)))
    (core instance $i (instantiate $m))
    (func (export "too-long") (result (list u64)) (canon lift (core func $i "too-long") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
    (func (export "product-wraps") (result (list u64)) (canon lift (core func $i "product-wraps") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
  (component $taker
    (import "giver" (instance $giver
      (export "too-long" (func (result (list u64))))
      (export "product-wraps" (func (result (list u64))))))
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
    (core func $too-long (canon lower (func $giver "too-long") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
    (core func $product-wraps (canon lower (func $giver "product-wraps") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
    (core module $m
      (import "libc" "memory" (memory 1))
      (import "giver" "too-long" (func $too-long (param i32)))
      (import "giver" "product-wraps" (func $product-wraps (param i32)))
      (func (export "too-long") (result i32) (call $too-long (i32.const 1024)) (i32.const 0))
      (func (export "product-wraps") (result i32) (call $product-wraps (i32.const 1024)) (i32.const 0)))
    (core instance $i (instantiate $m
      (with "libc" (instance $libc))
      (with "giver" (instance (export "too-long" (func $too-long)) (export "product-wraps" (func $product-wraps))))))
    (func (export "too-long") (result u32) (canon lift (core func $i "too-long")))
    (func (export "product-wraps") (result u32) (canon lift (core func $i "product-wraps"))))
  (instance $giver (instantiate $giver))
  (instance $taker (instantiate $taker (with "giver" (instance $giver))))
  (export "too-long" (func $taker "too-long"))
  (export "product-wraps" (func $taker "product-wraps")))
(component instance $i $Fused)
(assert_trap (invoke "too-long") "list longer than 2^28-1 bytes")
(component instance $i $Fused)
(assert_trap (invoke "product-wraps") "list longer than 2^28-1 bytes")
