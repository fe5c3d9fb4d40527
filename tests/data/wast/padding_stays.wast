;; Padding is not part of a value: what the giver has there does not reach the taker, and what the taker has there
;; stays.

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
    (func (export "two") (result i32) (memory.fill (i32.const 4096) (i32.const 0xaa) (i32.const 16)) (i32.store offset=0 (i32.const 1024) (i32.const 4096)) (i32.store offset=4 (i32.const 1024) (i32.const 2)) (i32.const 1024)))
  (core instance $i (instantiate $m))
  (func (export "two") (result (list (tuple u8 u32))) (canon lift (core func $i "two") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
(component instance $i $Host)
(assert_return (invoke "two") (list.const (tuple.const (u8.const 0xaa) (u32.const 0xaaaaaaaa)) (tuple.const (u8.const 0xaa) (u32.const 0xaaaaaaaa))))

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
      (func (export "two") (result i32) (memory.fill (i32.const 4096) (i32.const 0xaa) (i32.const 16)) (i32.store offset=0 (i32.const 1024) (i32.const 4096)) (i32.store offset=4 (i32.const 1024) (i32.const 2)) (i32.const 1024)))
    (core instance $i (instantiate $m))
    (func (export "two") (result (list (tuple u8 u32))) (canon lift (core func $i "two") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
  (component $taker
    (import "giver" (instance $giver
      (export "two" (func (result (list (tuple u8 u32)))))))
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
    (core func $two (canon lower (func $giver "two") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
    (core module $m
      (import "libc" "memory" (memory 1))
      (import "giver" "two" (func $two (param i32)))
      (func (export "two") (result i32) (call $two (i32.const 1024)) (i32.load (i32.load (i32.const 1024)))))
    (core instance $i (instantiate $m
      (with "libc" (instance $libc))
      (with "giver" (instance (export "two" (func $two))))))
    (func (export "two") (result u32) (canon lift (core func $i "two"))))
  (instance $giver (instantiate $giver))
  (instance $taker (instantiate $taker (with "giver" (instance $giver))))
  (export "two" (func $taker "two")))
(component instance $i $Fused)
(assert_return (invoke "two") (u32.const 0xaa))
