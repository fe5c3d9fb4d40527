;; Where a caller wants results is checked when the callee has run, not before: the callee leaves a mark by a trap of
;; its own.

(component definition $C
  (component $callee
    (core module $m
      (memory (export "memory") 1)
      (func (export "fine") (result i32) (i32.const 16))
      (func (export "trap") (result i32) unreachable))
    (core instance $i (instantiate $m))
    (func (export "fine") (result (tuple u32 u32)) (canon lift (core func $i "fine") (memory (core memory $i "memory"))))
    (func (export "trap") (result (tuple u32 u32)) (canon lift (core func $i "trap") (memory (core memory $i "memory")))))
  (component $caller
    (import "fine" (func $fine (result (tuple u32 u32))))
    (import "trap" (func $trap (result (tuple u32 u32))))
    (core module $libc (memory (export "memory") 1))
    (core instance $libc (instantiate $libc))
    (core func $fine (canon lower (func $fine) (memory (core memory $libc "memory"))))
    (core func $trap (canon lower (func $trap) (memory (core memory $libc "memory"))))
    (core module $m
      (import "" "fine" (func $fine (param i32)))
      (import "" "trap" (func $trap (param i32)))
      (func (export "fine") (param i32) (call $fine (local.get 0)))
      (func (export "trap") (param i32) (call $trap (local.get 0))))
    (core instance $i (instantiate $m (with "" (instance (export "fine" (func $fine)) (export "trap" (func $trap))))))
    (func (export "fine") (param "at" u32) (canon lift (core func $i "fine")))
    (func (export "trap") (param "at" u32) (canon lift (core func $i "trap"))))
  (instance $callee (instantiate $callee))
  (instance $caller (instantiate $caller (with "fine" (func $callee "fine")) (with "trap" (func $callee "trap"))))
  (export "fine" (func $caller "fine"))
  (export "trap" (func $caller "trap")))

(component instance $i $C)
(assert_return (invoke "fine" (u32.const 65528)))
(assert_trap (invoke "fine" (u32.const 65532)) "parameters or results out-of-bounds")
(component instance $i $C)
(assert_trap (invoke "fine" (u32.const 65534)) "unaligned pointer")
(component instance $i $C)
(assert_trap (invoke "trap" (u32.const 65534)) "unreachable")
