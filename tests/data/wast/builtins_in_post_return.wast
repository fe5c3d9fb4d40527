;; In a post-return function an instance may not leave: it can neither make nor drop a resource, but it can ask what a
;; handle stands for.

(component definition $C
  (type $r (resource (rep i32)))
  (core func $new (canon resource.new $r))
  (core func $drop (canon resource.drop $r))
  (core func $rep (canon resource.rep $r))
  (core module $m
    (import "" "new" (func $new (param i32) (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (import "" "rep" (func $rep (param i32) (result i32)))
    (func (export "run") (result i32) (call $new (i32.const 42)))
    (func (export "new") (param i32) (drop (call $new (i32.const 1))))
    (func (export "drop") (param i32) (call $drop (local.get 0)))
    (func (export "rep") (param i32)
      (if (i32.ne (call $rep (local.get 0)) (i32.const 42)) (then unreachable))))
  (core instance $i (instantiate $m (with "" (instance
    (export "new" (func $new)) (export "drop" (func $drop)) (export "rep" (func $rep))))))
  (func (export "new") (result u32) (canon lift (core func $i "run") (post-return (core func $i "new"))))
  (func (export "drop") (result u32) (canon lift (core func $i "run") (post-return (core func $i "drop"))))
  (func (export "rep") (result u32) (canon lift (core func $i "run") (post-return (core func $i "rep")))))

(component instance $i $C)
(assert_return (invoke "rep") (u32.const 1))
(assert_return (invoke "rep") (u32.const 2))
(assert_trap (invoke "new") "cannot leave component instance")
(component instance $i $C)
(assert_trap (invoke "drop") "cannot leave component instance")
