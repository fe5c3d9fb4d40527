;; func(f: flags { a, b, c, d, e, f, g, h, i }) -> flags { x, y, z }
;; strings utf8 → utf8
(module $adapters
  (type (;0;) (func (param i32)))
  (type (;1;) (func (param i32) (result i32)))
  (import "caller state" "may-leave" (global $"caller state.may-leave" (;0;) (mut i32)))
  (import "interfuse" "trap" (func $interfuse.trap (;0;) (type 0) (param i32)))
  (import "callee" "function" (func $callee.function (;1;) (type 1) (param i32) (result i32)))
  (export "adapter" (func $"caller \u{2192} callee"))
  (func $"caller \u{2192} callee" (;2;) (type 1) (param $f i32) (result i32)
    (local $returned i32)
    global.get $"caller state.may-leave"
    i32.eqz
    if ;; label = @1
      i32.const 11 ;; cannot leave component instance
      call $interfuse.trap
      unreachable
    end
    local.get $f
    i32.const 511
    i32.and
    call $callee.function
    local.set $returned
    local.get $returned
    i32.const 7
    i32.and
  )
)
