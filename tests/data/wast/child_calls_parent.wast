;; Instances may be entered while they run, as the spec has it since its change 705: a child calls its parent, which
;; called it.

(component definition $C
  (core module $shared
    (table (export "table") 1 funcref))
  (core instance $shared (instantiate $shared))
  (core module $parent
    (import "" "table" (table $table 1 funcref))
    (global $depth (mut i32) (i32.const 0))
    (type $f (func (param i32) (result i32)))
    ;; It calls the child, through the table since the child is made later.
    (func (export "f") (param i32) (result i32)
      (if (result i32) (local.get 0)
        (then
          (global.set $depth (i32.add (global.get $depth) (i32.const 1)))
          (call_indirect (type $f) (i32.sub (local.get 0) (i32.const 1)) (i32.const 0)))
        (else (global.get $depth)))))
  (core instance $parent (instantiate $parent (with "" (instance $shared))))
  (func $f (param "n" u32) (result u32) (canon lift (core func $parent "f")))
  (component $child
    (import "f" (func $f (param "n" u32) (result u32)))
    (core func $f (canon lower (func $f)))
    (core module $m
      (import "" "f" (func $f (param i32) (result i32)))
      (func (export "g") (param i32) (result i32) (i32.add (call $f (local.get 0)) (i32.const 100))))
    (core instance $i (instantiate $m (with "" (instance (export "f" (func $f))))))
    (func (export "g") (param "n" u32) (result u32) (canon lift (core func $i "g"))))
  (instance $child (instantiate $child (with "f" (func $f))))
  (core func $g (canon lower (func $child "g")))
  (core module $fill
    (import "" "table" (table 1 funcref))
    (import "" "g" (func $g (param i32) (result i32)))
    (elem (i32.const 0) func $g))
  (core instance (instantiate $fill (with "" (instance (export "table" (table $shared "table")) (export "g" (func $g))))))
  (export "f" (func $f)))

(component instance $i $C)
(assert_return (invoke "f" (u32.const 0)) (u32.const 0))
(assert_return (invoke "f" (u32.const 3)) (u32.const 303))
(assert_return (invoke "f" (u32.const 0)) (u32.const 3))
