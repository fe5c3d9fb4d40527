;; # The destructor of `outer` is the `resource.drop` of `inner`, a handle of which is what represents `outer`.
;; make(5) = 1
;; make(6) = 2
;; end(2) =
;; ended() = 6
;; end(1) =
;; ended() = 65
(component
  (component $kit
    (core module $state
      (global (export "ended") (mut i32) (i32.const 0))
      (func (export "dtor") (param i32)
        (global.set 0 (i32.add (i32.mul (global.get 0) (i32.const 10)) (local.get 0))))
      (func (export "get-ended") (result i32) (global.get 0)))
    (core instance $state (instantiate $state))
    (type $inner (resource (rep i32) (dtor (core func $state "dtor"))))
    (core func $drop-inner (canon resource.drop $inner))
    (core func $new-inner (canon resource.new $inner))
    (type $outer (resource (rep i32) (dtor (core func $drop-inner))))
    (export $outer-x "outer" (type $outer))
    (core func $new-outer (canon resource.new $outer))
    (core module $main
      (import "" "new-inner" (func $new-inner (param i32) (result i32)))
      (import "" "new-outer" (func $new-outer (param i32) (result i32)))
      (func (export "make") (param i32) (result i32)
        (call $new-outer (call $new-inner (local.get 0)))))
    (core instance $main (instantiate $main (with "" (instance
      (export "new-inner" (func $new-inner)) (export "new-outer" (func $new-outer))))))
    (func (export "make") (param "n" u32) (result (own $outer-x))
      (canon lift (core func $main "make")))
    (func (export "ended") (result u32) (canon lift (core func $state "get-ended"))))
  (instance $kit (instantiate $kit))
  (component $app
    (import "kit" (instance $kit
      (export "outer" (type $outer (sub resource)))
      (export "make" (func (param "n" u32) (result (own $outer))))))
    (alias export $kit "outer" (type $outer))
    (core func $make (canon lower (func $kit "make")))
    (core func $end (canon resource.drop $outer))
    ;; These are lifted without any code around them.
    (func (export "make") (param "n" u32) (result u32) (canon lift (core func $make)))
    (func (export "end") (param "handle" u32) (canon lift (core func $end))))
  (instance $app (instantiate $app (with "kit" (instance $kit))))
  (export "make" (func $app "make"))
  (export "end" (func $app "end"))
  (export "ended" (func $kit "ended")))
