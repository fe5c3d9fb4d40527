;; A post-return function that calls an import traps, whoever called: the host or an adapter. (targets.md, mistake 1)

(component definition $C
  (component $other
    (core module $m (func (export "f")))
    (core instance $i (instantiate $m))
    (func (export "f") (canon lift (core func $i "f"))))
  (component $leaver
    (import "f" (func $f))
    (core func $f (canon lower (func $f)))
    (core module $m
      (import "" "f" (func $f))
      (func (export "run") (result i32) (i32.const 5))
      (func (export "post") (param i32) (call $f)))
    (core instance $i (instantiate $m (with "" (instance (export "f" (func $f))))))
    (func (export "run") (result u32) (canon lift (core func $i "run") (post-return (core func $i "post"))))
    (func (export "no-post") (result u32) (canon lift (core func $i "run"))))
  (component $caller
    (import "run" (func $run (result u32)))
    (core func $run (canon lower (func $run)))
    (core module $m
      (import "" "run" (func $run (result i32)))
      (func (export "run") (result i32) (call $run)))
    (core instance $i (instantiate $m (with "" (instance (export "run" (func $run))))))
    (func (export "run") (result u32) (canon lift (core func $i "run"))))
  (instance $other (instantiate $other))
  (instance $leaver (instantiate $leaver (with "f" (func $other "f"))))
  (instance $caller (instantiate $caller (with "run" (func $leaver "run"))))
  (export "by-host" (func $leaver "run"))
  (export "by-adapter" (func $caller "run"))
  (export "no-post" (func $leaver "no-post")))

(component instance $i $C)
(assert_return (invoke "no-post") (u32.const 5))
(assert_trap (invoke "by-host") "cannot leave component instance")
(component instance $i $C)
(assert_trap (invoke "by-adapter") "cannot leave component instance")
