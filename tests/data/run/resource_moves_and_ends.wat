;; # A resource goes from the instance that implements it to another, and is dropped there: one destructor call.
;; make(7) = 1
;; make(8) = 2
;; ended() = 0
;; end(1) =
;; ended() = 7
;; make(9) = 1
;; end(1) =
;; end(2) =
;; ended() = 798
;; end(1) traps with unknown handle index
;; end(0) traps with unknown handle index
(component
  (component $kit
    (core module $state
      (global (export "ended") (mut i32) (i32.const 0))
      ;; Notes representations as the digits of a number.
      (func (export "dtor") (param i32)
        (global.set 0 (i32.add (i32.mul (global.get 0) (i32.const 10)) (local.get 0))))
      (func (export "ended-as-number") (result i32) (global.get 0)))
    (core instance $state (instantiate $state))
    (type $r (resource (rep i32) (dtor (core func $state "dtor"))))
    (export $r-x "r" (type $r))
    (core func $new (canon resource.new $r))
    (core module $main
      (import "r" "new" (func $new (param i32) (result i32)))
      (func (export "make") (param i32) (result i32) (call $new (local.get 0))))
    (core instance $main (instantiate $main (with "r" (instance (export "new" (func $new))))))
    (func (export "make") (param "n" u32) (result (own $r-x)) (canon lift (core func $main "make")))
    (func (export "ended") (result u32) (canon lift (core func $state "ended-as-number"))))
  (instance $kit (instantiate $kit))
  (component $app
    (import "kit" (instance $kit
      (export "r" (type $r (sub resource)))
      (export "make" (func (param "n" u32) (result (own $r))))))
    (alias export $kit "r" (type $r))
    (core func $make (canon lower (func $kit "make")))
    (core func $drop (canon resource.drop $r))
    (core module $main
      (import "kit" "make" (func $make (param i32) (result i32)))
      (import "kit" "drop" (func $drop (param i32)))
      (func (export "make") (param i32) (result i32) (call $make (local.get 0)))
      (func (export "end") (param i32) (call $drop (local.get 0))))
    (core instance $main (instantiate $main
      (with "kit" (instance (export "make" (func $make)) (export "drop" (func $drop))))))
    (func (export "make") (param "n" u32) (result u32) (canon lift (core func $main "make")))
    (func (export "end") (param "handle" u32) (canon lift (core func $main "end"))))
  (instance $app (instantiate $app (with "kit" (instance $kit))))
  (export "make" (func $app "make"))
  (export "end" (func $app "end"))
  (export "ended" (func $kit "ended")))
