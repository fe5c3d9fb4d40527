;; What trapped cannot be entered any more, nor can what called it; another instance of the same component can.

(component definition $C
  (component $inner
    (core module $m (func (export "trap") unreachable) (func (export "ok")))
    (core instance $i (instantiate $m))
    (func (export "trap") (canon lift (core func $i "trap")))
    (func (export "ok") (canon lift (core func $i "ok"))))
  (component $outer
    (import "trap" (func $trap))
    (core func $trap (canon lower (func $trap)))
    (core module $m
      (import "" "trap" (func $trap))
      (func (export "trap") (call $trap))
      (func (export "ok")))
    (core instance $i (instantiate $m (with "" (instance (export "trap" (func $trap))))))
    (func (export "trap") (canon lift (core func $i "trap")))
    (func (export "ok") (canon lift (core func $i "ok"))))
  (instance $inner (instantiate $inner))
  (instance $outer (instantiate $outer (with "trap" (func $inner "trap"))))
  (export "trap" (func $outer "trap"))
  (export "outer-ok" (func $outer "ok"))
  (export "inner-ok" (func $inner "ok")))

(component instance $a $C)
(component instance $b $C)
(assert_return (invoke $a "outer-ok"))
(assert_return (invoke $a "inner-ok"))
(assert_trap (invoke $a "trap") "unreachable")
(assert_trap (invoke $a "outer-ok") "cannot enter component instance")
(assert_trap (invoke $a "inner-ok") "cannot enter component instance")
(assert_return (invoke $b "outer-ok"))
