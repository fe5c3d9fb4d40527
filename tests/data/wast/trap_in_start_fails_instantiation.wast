;; A trap of a start function fails the instantiation of its component.

(component definition $good
  (core module $m (func $start) (start $start))
  (core instance (instantiate $m)))
(component instance $i $good)
(assert_trap
  (component
    (core module $m (func $start unreachable) (start $start))
    (core instance (instantiate $m)))
  "unreachable")
