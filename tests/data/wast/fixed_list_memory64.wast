;; A list of fixed length lies where it is, without pointer, also in a memory of 64-bit addresses. (targets.md, mistake
;; 16)

;; The host lifts.
(component definition $Host
  (core module $m
    (memory (export "memory") i64 1)
    (data (i64.const 4096) "abc")
    (global $next (mut i64) (i64.const 2048))
    (func (export "realloc") (param $old i64) (param $old-len i64) (param $align i64) (param $len i64) (result i64)
      (local $at i64)
      (local.set $at (i64.and (i64.add (global.get $next) (i64.const 7)) (i64.const -8)))
      (memory.copy (local.get $at) (local.get $old) (local.get $old-len))
      (global.set $next (i64.add (local.get $at) (local.get $len)))
      (local.get $at))
    (func (export "mixed") (result i64) (i64.store (i64.const 1024) (i64.const 0x300020001)) (i64.store offset=8 (i64.const 1024) (i64.const 4096)) (i64.store offset=16 (i64.const 1024) (i64.const 2)) (i64.store offset=24 (i64.const 1024) (i64.const 4098)) (i64.store offset=32 (i64.const 1024) (i64.const 1)) (i64.const 1024)))
  (core instance $i (instantiate $m))
  (func (export "mixed") (result (tuple (list u16 3) (list string 2))) (canon lift (core func $i "mixed") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
(component instance $i $Host)
(assert_return (invoke "mixed") (tuple.const (list.const (u16.const 1) (u16.const 2) (u16.const 3)) (list.const (str.const "ab") (str.const "c"))))

;; An adapter lifts.
(component definition $Fused
  (component $giver
    (core module $m
      (memory (export "memory") i64 1)
      (data (i64.const 4096) "abc")
      (global $next (mut i64) (i64.const 2048))
      (func (export "realloc") (param $old i64) (param $old-len i64) (param $align i64) (param $len i64) (result i64)
        (local $at i64)
        (local.set $at (i64.and (i64.add (global.get $next) (i64.const 7)) (i64.const -8)))
        (memory.copy (local.get $at) (local.get $old) (local.get $old-len))
        (global.set $next (i64.add (local.get $at) (local.get $len)))
        (local.get $at))
      (func (export "mixed") (result i64) (i64.store (i64.const 1024) (i64.const 0x300020001)) (i64.store offset=8 (i64.const 1024) (i64.const 4096)) (i64.store offset=16 (i64.const 1024) (i64.const 2)) (i64.store offset=24 (i64.const 1024) (i64.const 4098)) (i64.store offset=32 (i64.const 1024) (i64.const 1)) (i64.const 1024)))
    (core instance $i (instantiate $m))
    (func (export "mixed") (result (tuple (list u16 3) (list string 2))) (canon lift (core func $i "mixed") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
  (component $taker
    (import "giver" (instance $giver
      (export "mixed" (func (result (tuple (list u16 3) (list string 2)))))))
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
    (core func $mixed (canon lower (func $giver "mixed") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
    (core module $m
      (import "libc" "memory" (memory 1))
      (import "giver" "mixed" (func $mixed (param i32)))
      (func (export "mixed") (result i32) (call $mixed (i32.const 1024)) (i32.add (i32.load16_u (i32.const 1028)) (i32.add (i32.load (i32.const 1036)) (i32.mul (i32.const 100) (i32.load8_u (i32.load (i32.const 1040))))))))
    (core instance $i (instantiate $m
      (with "libc" (instance $libc))
      (with "giver" (instance (export "mixed" (func $mixed))))))
    (func (export "mixed") (result u32) (canon lift (core func $i "mixed"))))
  (instance $giver (instantiate $giver))
  (instance $taker (instantiate $taker (with "giver" (instance $giver))))
  (export "mixed" (func $taker "mixed")))
(component instance $i $Fused)
(assert_return (invoke "mixed") (u32.const 9905))
