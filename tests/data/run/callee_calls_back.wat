;; # A child borrows a handle of its parent and calls the parent, which cannot drop what it lent; afterwards it can.
;; make(5) = 1
;; make(6) = 2
;; lend(1, 0) = 0
;; lend(1, 2) = 0
;; lend(1, 1) traps with cannot remove owned resource while borrowed
;; make(5) = 1
;; lend(1, 0) = 0
;; end(1) =
;; lend(1, 0) traps with unknown handle index
(component
  (type $r (resource (rep i32)))
  (core func $new (canon resource.new $r))
  (core func $drop (canon resource.drop $r))
  (func $end (param "handle" u32) (canon lift (core func $drop)))
  (component $child
    (import "r" (type $r (sub resource)))
    (import "end" (func $end (param "handle" u32)))
    (core func $end (canon lower (func $end)))
    (core func $drop (canon resource.drop $r))
    (core module $m
      (import "" "end" (func $end (param i32)))
      (import "" "drop" (func $drop (param i32)))
      (func (export "use") (param i32 i32) (result i32)
        (if (local.get 1) (then (call $end (local.get 1))))
        (call $drop (local.get 0))
        (i32.const 0)))
    (core instance $m (instantiate $m (with "" (instance
      (export "end" (func $end)) (export "drop" (func $drop))))))
    (func (export "use") (param "r" (borrow $r)) (param "end" u32) (result u32)
      (canon lift (core func $m "use"))))
  (instance $child (instantiate $child (with "r" (type $r)) (with "end" (func $end))))
  (core func $lend (canon lower (func $child "use")))
  (func (export "make") (param "n" u32) (result u32) (canon lift (core func $new)))
  (func (export "end") (param "handle" u32) (canon lift (core func $drop)))
  (func (export "lend") (param "handle" u32) (param "end" u32) (result u32)
    (canon lift (core func $lend))))
