;; A function goes through two components that lower it and lift it again without any core code between.
;; Nothing separates the three adapters: they share one module and call each other directly.
(component $chain
  (component $source
    (core module $m (func (export "answer") (param i32) (result i32) local.get 0))
    (core instance $i (instantiate $m))
    (func (export "answer") (param "x" u32) (result u32) (canon lift (core func $i "answer"))))
  (component $passage
    (import "answer" (func $answer (param "x" u32) (result u32)))
    (core func $lowered (canon lower (func $answer)))
    (func (export "answer") (param "x" u32) (result u32) (canon lift (core func $lowered))))
  (component $sink
    (import "answer" (func $answer (param "x" u32) (result u32)))
    (core func $lowered (canon lower (func $answer)))
    (core module $m
      (import "env" "answer" (func $answer (param i32) (result i32)))
      (func (export "run") (result i32) (call $answer (i32.const 42))))
    (core instance $i (instantiate $m (with "env" (instance (export "answer" (func $lowered))))))
    (func (export "run") (result u32) (canon lift (core func $i "run"))))
  (instance $source (instantiate $source))
  (instance $first (instantiate $passage (with "answer" (func $source "answer"))))
  (instance $second (instantiate $passage (with "answer" (func $first "answer"))))
  (instance $sink (instantiate $sink (with "answer" (func $second "answer"))))
  (export "run" (func $sink "run")))
