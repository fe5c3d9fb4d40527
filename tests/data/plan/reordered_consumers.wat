;; Consumers of `base` and of `middle` alternate. Adapters made in the order of their consumers would need four
;; modules; by level two are enough: what calls `base`, and what calls `middle`.
(component $reordered
  (component $base
    (core module $m
      (func (export "f") (result i32) i32.const 1)
      (func (export "g") (result i32) i32.const 2))
    (core instance $i (instantiate $m))
    (func (export "f") (result u32) (canon lift (core func $i "f")))
    (func (export "g") (result u32) (canon lift (core func $i "g"))))
  (component $middle
    (import "f" (func $f (result u32)))
    (core func $f (canon lower (func $f)))
    (core module $m
      (import "base" "f" (func $f (result i32)))
      (func (export "h") (result i32) call $f)
      (func (export "k") (result i32) (i32.add (call $f) (call $f))))
    (core instance $i (instantiate $m (with "base" (instance (export "f" (func $f))))))
    (func (export "h") (result u32) (canon lift (core func $i "h")))
    (func (export "k") (result u32) (canon lift (core func $i "k"))))
  (component $consumer
    (import "f" (func $f (result u32)))
    (core func $f (canon lower (func $f)))
    (core module $m
      (import "it" "f" (func $f (result i32)))
      (func (export "run") (result i32) call $f))
    (core instance $i (instantiate $m (with "it" (instance (export "f" (func $f))))))
    (func (export "run") (result u32) (canon lift (core func $i "run"))))
  (instance $base (instantiate $base))
  (instance $middle (instantiate $middle (with "f" (func $base "f"))))
  (instance $of-middle (instantiate $consumer (with "f" (func $middle "h"))))
  (instance $of-base (instantiate $consumer (with "f" (func $base "g"))))
  (instance $of-middle-again (instantiate $consumer (with "f" (func $middle "k"))))
  (export "a" (func $of-middle "run"))
  (export "b" (func $of-base "run"))
  (export "c" (func $of-middle-again "run")))
