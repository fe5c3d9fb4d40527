;; func(e: enum { a, b, c }) -> enum { x, y }
;; strings utf8 → utf8
(module $adapters
  (type (;0;) (func (param i32)))
  (type (;1;) (func (param i32) (result i32)))
  (import "caller state" "may-leave" (global $"caller state.may-leave" (;0;) (mut i32)))
  (import "interfuse" "trap" (func $interfuse.trap (;0;) (type 0) (param i32)))
  (import "callee" "function" (func $callee.function (;1;) (type 1) (param i32) (result i32)))
  (export "adapter" (func $"caller \u{2192} callee"))
  (func $"caller \u{2192} callee" (;2;) (type 1) (param $e i32) (result i32)
    (local $discriminant i32) (local $returned i32)
    global.get $"caller state.may-leave"
    i32.eqz
    if ;; label = @1
      i32.const 11 ;; cannot leave component instance
      call $interfuse.trap
      unreachable
    end
    local.get $e
    local.tee $discriminant
    i32.const 3
    i32.ge_u
    if ;; label = @1
      i32.const 7 ;; invalid variant discriminant
      call $interfuse.trap
      unreachable
    end
    local.get $discriminant
    call $callee.function
    local.set $returned
    local.get $returned
    local.tee $discriminant
    i32.const 2
    i32.ge_u
    if ;; label = @1
      i32.const 7 ;; invalid variant discriminant
      call $interfuse.trap
      unreachable
    end
    local.get $discriminant
  )
)
