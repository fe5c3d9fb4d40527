;; A program: traps if it does not get 64 MiB of memory.
(component
  (core module $main
    (memory 1)
    (func $demand (if (i32.lt_s (memory.grow (i32.const 1023)) (i32.const 0)) (then unreachable)))
    (func (export "run") (result i32) (call $demand) (i32.const 0)))
  (core instance $main (instantiate $main))
  (func $run (result (result)) (canon lift (core func $main "run")))
  (instance (export "wasi:cli/run@0.2.0") (export "run" (func $run))))
