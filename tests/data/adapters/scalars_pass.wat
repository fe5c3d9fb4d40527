;; func(a: u32, b: u64, c: f32) -> f64
;; strings utf8 → utf8
(module $adapters
  (type (;0;) (func (param i32)))
  (type (;1;) (func (param i32 i64 f32) (result f64)))
  (import "caller state" "may-leave" (global $"caller state.may-leave" (;0;) (mut i32)))
  (import "interfuse" "trap" (func $interfuse.trap (;0;) (type 0) (param i32)))
  (import "callee" "function" (func $callee.function (;1;) (type 1) (param i32 i64 f32) (result f64)))
  (export "adapter" (func $"caller \u{2192} callee"))
  (func $"caller \u{2192} callee" (;2;) (type 1) (param $a i32) (param $b i64) (param $c f32) (result f64)
    (local $returned f64)
    global.get $"caller state.may-leave"
    i32.eqz
    if ;; label = @1
      i32.const 11 ;; cannot leave component instance
      call $interfuse.trap
      unreachable
    end
    local.get $a
    local.get $b
    local.get $c
    call $callee.function
    local.set $returned
    local.get $returned
  )
)
