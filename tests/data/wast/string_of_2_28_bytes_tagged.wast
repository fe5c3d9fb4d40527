;; Strings of 2^28 bytes trap even where the memory has them: the limit is on bytes, not on units. (targets.md, mistake
;; 3)

;; The host lifts.
(component definition $Host
  (core module $m
    (memory (export "memory") 4097)

    (global $next (mut i32) (i32.const 2048))
    (func (export "realloc") (param $old i32) (param $old-len i32) (param $align i32) (param $len i32) (result i32)
      (local $at i32)
      (local.set $at (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
      (memory.copy (local.get $at) (local.get $old) (local.get $old-len))
      (global.set $next (i32.add (local.get $at) (local.get $len)))
      (local.get $at))
    (func (export "too-long") (result i32) (i32.store offset=0 (i32.const 1024) (i32.const 0)) (i32.store offset=4 (i32.const 1024) (i32.const -2013265920)) (i32.const 1024)))
  (core instance $i (instantiate $m))
  (func (export "too-long") (result string) (canon lift (core func $i "too-long") string-encoding=latin1+utf16 (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
(component instance $i $Host)
(assert_trap (invoke "too-long") "string longer than 2^28-1 bytes")

;; An adapter lifts.
(component definition $Fused
  (component $giver
    (core module $m
      (memory (export "memory") 4097)

      (global $next (mut i32) (i32.const 2048))
      (func (export "realloc") (param $old i32) (param $old-len i32) (param $align i32) (param $len i32) (result i32)
        (local $at i32)
        (local.set $at (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
        (memory.copy (local.get $at) (local.get $old) (local.get $old-len))
        (global.set $next (i32.add (local.get $at) (local.get $len)))
        (local.get $at))
      (func (export "too-long") (result i32) (i32.store offset=0 (i32.const 1024) (i32.const 0)) (i32.store offset=4 (i32.const 1024) (i32.const -2013265920)) (i32.const 1024)))
    (core instance $i (instantiate $m))
    (func (export "too-long") (result string) (canon lift (core func $i "too-long") string-encoding=latin1+utf16 (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
  (component $taker
    (import "giver" (instance $giver
      (export "too-long" (func (result string)))))
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
    (core module $m
      (import "libc" "memory" (memory 1))
      (import "giver" "too-long" (func $too-long (param i32)))
      (func (export "too-long") (result i32) (call $too-long (i32.const 1024)) (i32.const 0)))
    (core instance $i (instantiate $m
      (with "libc" (instance $libc))
      (with "giver" (instance (export "too-long" (func $too-long))))))
    (func (export "too-long") (result u32) (canon lift (core func $i "too-long"))))
  (instance $giver (instantiate $giver))
  (instance $taker (instantiate $taker (with "giver" (instance $giver))))
  (export "too-long" (func $taker "too-long")))
(component instance $i $Fused)
(assert_trap (invoke "too-long") "string longer than 2^28-1 bytes")
