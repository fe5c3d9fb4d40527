;; A program: runs until it is stopped.
(component
  (core module $main
    (func $forever (export "run") (result i32) (loop $again (br $again)) unreachable))
  (core instance $main (instantiate $main))
  (func $run (result (result)) (canon lift (core func $main "run")))
  (instance (export "wasi:cli/run@0.2.0") (export "run" (func $run))))
