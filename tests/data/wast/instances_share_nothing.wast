;; Two instances of one component have memories, globals and handle tables of their own. (targets.md, mistake 12)

(component definition $C
  (component $counter
    (type $r (resource (rep i32)))
    (core func $new (canon resource.new $r))
    (core module $m
      (import "" "new" (func $new (param i32) (result i32)))
      (memory 1)
      (global $n (mut i32) (i32.const 0))
      (func (export "up") (result i32)
        (global.set $n (i32.add (global.get $n) (i32.const 1)))
        (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 10)))
        (i32.add (i32.add (global.get $n) (i32.load (i32.const 0)))
          (i32.mul (i32.const 100) (call $new (i32.const 0))))))
    (core instance $i (instantiate $m (with "" (instance (export "new" (func $new))))))
    (func (export "up") (result u32) (canon lift (core func $i "up"))))
  (instance $a (instantiate $counter))
  (instance $b (instantiate $counter))
  (export "up-a" (func $a "up"))
  (export "up-b" (func $b "up")))

(component instance $one $C)
(component instance $two $C)
(assert_return (invoke $one "up-a") (u32.const 111))
(assert_return (invoke $one "up-a") (u32.const 222))
(assert_return (invoke $one "up-b") (u32.const 111))
(assert_return (invoke $two "up-a") (u32.const 111))
(assert_return (invoke $one "up-a") (u32.const 333))
