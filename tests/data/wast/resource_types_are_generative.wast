;; A resource type is another one in each instance of the component that defines it: a handle of one is not accepted
;; where one of the other is expected, though index and representation are the same.

(component definition $C
  (component $maker
    (type $r (resource (rep i32)))
    (core func $new (canon resource.new $r))
    (core module $m
      (import "" "new" (func $new (param i32) (result i32)))
      (func (export "make") (param i32) (result i32) (call $new (local.get 0)))
      (func (export "rep") (param i32) (result i32) (local.get 0)))
    (core instance $i (instantiate $m (with "" (instance (export "new" (func $new))))))
    (export $R "r" (type $r))
    (func (export "make") (param "rep" u32) (result (own $R)) (canon lift (core func $i "make")))
    (func (export "rep") (param "it" (borrow $R)) (result u32) (canon lift (core func $i "rep"))))
  (instance $a (instantiate $maker))
  (instance $b (instantiate $maker))
  (core func $make-a (canon lower (func $a "make")))
  (core func $make-b (canon lower (func $b "make")))
  (core func $rep-a (canon lower (func $a "rep")))
  (core module $m
    (import "" "make-a" (func $make-a (param i32) (result i32)))
    (import "" "make-b" (func $make-b (param i32) (result i32)))
    (import "" "rep-a" (func $rep-a (param i32) (result i32)))
    (func (export "same") (result i32) (call $rep-a (call $make-a (i32.const 42))))
    (func (export "other") (result i32) (call $rep-a (call $make-b (i32.const 42)))))
  (core instance $i (instantiate $m (with "" (instance
    (export "make-a" (func $make-a)) (export "make-b" (func $make-b)) (export "rep-a" (func $rep-a))))))
  (func (export "same") (result u32) (canon lift (core func $i "same")))
  (func (export "other") (result u32) (canon lift (core func $i "other"))))

(component instance $i $C)
(assert_return (invoke "same") (u32.const 42))
(component instance $i $C)
(assert_trap (invoke "other") "handle index 1 used with the wrong type")

;; The validator knows as much.
(assert_invalid
  (component
    (component $maker
      (type $r (resource (rep i32)))
      (export "r" (type $r)))
    (instance $a (instantiate $maker))
    (instance $b (instantiate $maker))
    (component $user
      (import "r" (type $r (sub resource)))
      (import "f" (func (param "it" (own $r)))))
    (alias export $a "r" (type $r))
    (import "g" (func $g (param "it" (own $r))))
    (alias export $b "r" (type $other))
    (instance (instantiate $user (with "r" (type $other)) (with "f" (func $g)))))
  "type mismatch")
