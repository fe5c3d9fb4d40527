;; A call within one instance takes all handles out of the table before it puts any back: two that are passed on come
;; back in each other's places.

(component definition $C
  (component $shop
    (type $r (resource (rep i32)))
    (core func $new (canon resource.new $r))
    (core module $m
      (import "" "new" (func $new (param i32) (result i32)))
      (func (export "make") (param i32) (result i32) (call $new (local.get 0))))
    (core instance $i (instantiate $m (with "" (instance (export "new" (func $new))))))
    (export $R "r" (type $r))
    (func (export "make") (param "rep" u32) (result (own $R)) (canon lift (core func $i "make"))))
  (instance $shop (instantiate $shop))
  (component $user
    (import "shop" (instance $shop
      (export "r" (type $r (sub resource)))
      (export "make" (func (param "rep" u32) (result (own $r))))))
    (alias export $shop "r" (type $r))
    (core func $make (canon lower (func $shop "make")))
    (core module $callee
      (func (export "take") (param i32 i32) (result i32)
        (i32.add (i32.mul (local.get 0) (i32.const 10)) (local.get 1))))
    (core instance $callee (instantiate $callee))
    (func $take (param "a" (own $r)) (param "b" (own $r)) (result u32) (canon lift (core func $callee "take")))
    (core func $take-lowered (canon lower (func $take)))
    (core module $caller
      (import "" "make" (func $make (param i32) (result i32)))
      (import "" "take" (func $take (param i32 i32) (result i32)))
      (func (export "run") (result i32)
        (call $take (call $make (i32.const 7)) (call $make (i32.const 8)))))
    (core instance $caller (instantiate $caller (with "" (instance
      (export "make" (func $make)) (export "take" (func $take-lowered))))))
    (func (export "run") (result u32) (canon lift (core func $caller "run"))))
  (instance $user (instantiate $user (with "shop" (instance $shop))))
  (export "run" (func $user "run")))

(component instance $i $C)
(assert_return (invoke "run") (u32.const 21))
