;; What toolchains emit for a module that needs its own memory to lower its imports: a shim module with a table of
;; stubs comes first, the main module is given the stubs, and a fix-up module fills the table with the adapters.
(component $app
  (component $kit
    (core module $main
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable)
      (func (export "greet") (param i32 i32) (result i32) unreachable)
      (func (export "post-greet") (param i32)))
    (core instance $main (instantiate $main))
    (func (export "greet") (param "name" string) (result string)
      (canon lift (core func $main "greet") (memory (core memory $main "memory")) (realloc (core func $main "realloc"))
        (post-return (core func $main "post-greet")))))
  (component $driver
    (import "greet" (func $greet (param "name" string) (result string)))
    (core module $wit-component-shim
      (table (export "$imports") 1 1 funcref)
      (func (export "0") (param i32 i32 i32)
        (call_indirect (param i32 i32 i32) (local.get 0) (local.get 1) (local.get 2) (i32.const 0))))
    (core module $main
      (import "kit" "greet" (func $greet (param i32 i32 i32)))
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable)
      (func (export "run") (call $greet (i32.const 0) (i32.const 0) (i32.const 8))))
    (core module $wit-component-fixup
      (import "" "0" (func $greet (param i32 i32 i32)))
      (import "" "$imports" (table 1 1 funcref))
      (elem (i32.const 0) func $greet))
    (core instance $shim (instantiate $wit-component-shim))
    (core instance $main (instantiate $main
      (with "kit" (instance (export "greet" (func $shim "0"))))))
    (core func $greet
      (canon lower (func $greet) (memory (core memory $main "memory")) (realloc (core func $main "realloc"))
        string-encoding=utf16))
    (core instance $fixup (instantiate $wit-component-fixup
      (with "" (instance
        (export "0" (func $greet))
        (export "$imports" (table $shim "$imports"))))))
    (func (export "run") (canon lift (core func $main "run"))))
  (instance $kit (instantiate $kit))
  (instance $driver (instantiate $driver (with "greet" (func $kit "greet"))))
  (export "run" (func $driver "run")))
