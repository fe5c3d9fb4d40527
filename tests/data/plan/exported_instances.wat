;; The root exports instances in instances, a function of the host, a core module and a component that captures it.
(component $exporter
  (import "clock" (instance $clock
    (export "now" (func (result u64)))
    (export "sleep" (func (param "ms" u32)))))
  (core module $lib (func (export "zero") (result i32) i32.const 0))
  (component $maker
    (alias outer $exporter $lib (core module $m))
    (core instance $i (instantiate $m))
    (func (export "zero") (result u32) (canon lift (core func $i "zero"))))
  (instance $made (instantiate $maker))
  (type $point' (record (field "x" s32) (field "y" s32)))
  (component $shapes
    (type $point' (record (field "x" s32) (field "y" s32)))
    (export $point "point" (type $point'))
    (core module $m
      (memory (export "memory") 1)
      (func (export "origin") (result i32) i32.const 0))
    (core instance $i (instantiate $m))
    (func (export "origin") (result $point)
      (canon lift (core func $i "origin") (memory (core memory $i "memory")))))
  (instance $shapes (instantiate $shapes))
  (instance $all
    (export "numbers" (instance $made))
    (export "shapes" (instance $shapes)))
  (export "example:all/all" (instance $all))
  (export "clock" (instance $clock))
  (export "sleep" (func $clock "sleep"))
  (export "lib" (core module $lib))
  (export "maker" (component $maker)))
