;; One component, two instances: two memories, two resource types, two adapters; they share nothing.
(component $twice
  (component $counter
    (core module $m
      (memory (export "memory") 1)
      (func (export "drop") (param i32))
      (func (export "make") (param i32) (result i32) local.get 0)
      (func (export "get") (param i32) (result i32) local.get 0))
    (core instance $i (instantiate $m))
    (type $counter' (resource (rep i32) (dtor (core func $i "drop"))))
    (export $counter "counter" (type $counter'))
    (core func $new (canon resource.new $counter'))
    (core module $glue
      (import "" "new" (func $new (param i32) (result i32)))
      (func (export "make") (param i32) (result i32) (call $new (local.get 0))))
    (core instance $glue (instantiate $glue (with "" (instance (export "new" (func $new))))))
    (func (export "make") (param "start" u32) (result (own $counter))
      (canon lift (core func $glue "make")))
    (func (export "get") (param "self" (borrow $counter)) (result u32)
      (canon lift (core func $i "get"))))
  (component $user
    (import "left" (instance $left
      (export "counter" (type $counter (sub resource)))
      (export "make" (func (param "start" u32) (result (own $counter))))
      (export "get" (func (param "self" (borrow $counter)) (result u32)))))
    (import "right" (instance $right
      (export "counter" (type $counter (sub resource)))
      (export "make" (func (param "start" u32) (result (own $counter))))
      (export "get" (func (param "self" (borrow $counter)) (result u32)))))
    (alias export $left "counter" (type $left-counter))
    (alias export $right "counter" (type $right-counter))
    (core func $left-make (canon lower (func $left "make")))
    (core func $left-get (canon lower (func $left "get")))
    (core func $left-drop (canon resource.drop $left-counter))
    (core func $right-make (canon lower (func $right "make")))
    (core func $right-drop (canon resource.drop $right-counter))
    (core module $m
      (import "left" "make" (func $left-make (param i32) (result i32)))
      (import "left" "get" (func $left-get (param i32) (result i32)))
      (import "left" "drop" (func $left-drop (param i32)))
      (import "right" "make" (func $right-make (param i32) (result i32)))
      (import "right" "drop" (func $right-drop (param i32)))
      (func (export "run") (result i32)
        (call $right-drop (call $right-make (i32.const 1)))
        (call $left-get (call $left-make (i32.const 2)))))
    (core instance $m (instantiate $m
      (with "left" (instance
        (export "make" (func $left-make))
        (export "get" (func $left-get))
        (export "drop" (func $left-drop))))
      (with "right" (instance
        (export "make" (func $right-make))
        (export "drop" (func $right-drop))))))
    (func (export "run") (result u32) (canon lift (core func $m "run"))))
  (instance $left (instantiate $counter))
  (instance $right (instantiate $counter))
  (instance $user (instantiate $user (with "left" (instance $left)) (with "right" (instance $right))))
  (export "run" (func $user "run")))
