;; A core module and a component are taken from three levels further out: every component between captures them.
(component $outermost
  (core module $lib (func (export "one") (result i32) i32.const 1))
  (component $leaf
    (core module $m (func (export "two") (result i32) i32.const 2))
    (core instance $i (instantiate $m))
    (func (export "two") (result u32) (canon lift (core func $i "two"))))
  (type $pair (tuple u32 u32))
  (component $a
    (component $b
      (component $c
        (alias outer $outermost $lib (core module $lib))
        (alias outer $outermost $leaf (component $leaf))
        (alias outer $outermost $pair (type $pair))
        (core instance $lib (instantiate $lib))
        (instance $leaf (instantiate $leaf))
        (core func $two (canon lower (func $leaf "two")))
        (core module $m
          (import "lib" "one" (func $one (result i32)))
          (import "leaf" "two" (func $two (result i32)))
          (memory (export "memory") 1)
          (func (export "both") (result i32)
            (i32.store (i32.const 0) (call $one))
            (i32.store (i32.const 4) (call $two))
            i32.const 0))
        (core instance $m (instantiate $m
          (with "lib" (instance $lib))
          (with "leaf" (instance (export "two" (func $two))))))
        (func (export "both") (result $pair)
          (canon lift (core func $m "both") (memory (core memory $m "memory")))))
      (instance $c (instantiate $c))
      (export "both" (func $c "both")))
    (instance $b (instantiate $b))
    (export "both" (func $b "both")))
  (instance $a (instantiate $a))
  (export "both" (func $a "both")))
