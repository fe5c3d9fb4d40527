;; func(v: variant { none, int(u64), float(f32), text(tuple<f32, f64>) })
;; strings utf8 → utf8
(module $adapters
  (type (;0;) (func (param i32)))
  (type (;1;) (func (param i32 i64 f64)))
  (import "caller state" "may-leave" (global $"caller state.may-leave" (;0;) (mut i32)))
  (import "interfuse" "trap" (func $interfuse.trap (;0;) (type 0) (param i32)))
  (import "callee" "function" (func $callee.function (;1;) (type 1) (param i32 i64 f64)))
  (export "adapter" (func $"caller \u{2192} callee"))
  (func $"caller \u{2192} callee" (;2;) (type 1) (param $v.case i32) (param $v.0 i64) (param $v.1 f64)
    (local $lowered i32) (local $"lowered 2" i64) (local $"lowered 3" f64) (local $discriminant i32)
    global.get $"caller state.may-leave"
    i32.eqz
    if ;; label = @1
      i32.const 11 ;; cannot leave component instance
      call $interfuse.trap
      unreachable
    end
    local.get $v.case
    local.tee $discriminant
    i32.const 4
    i32.ge_u
    if ;; label = @1
      i32.const 7 ;; invalid variant discriminant
      call $interfuse.trap
      unreachable
    end
    local.get $discriminant
    local.set $lowered
    local.get $v.0
    i64.const 4294967295
    i64.and
    i64.const 0
    local.get $discriminant
    select
    local.get $v.0
    local.get $discriminant
    i32.const 1
    i32.ne
    select
    local.set $"lowered 2"
    f64.const 0x0p+0 (;=0;)
    local.get $v.1
    local.get $discriminant
    i32.const 3
    i32.ne
    select
    local.set $"lowered 3"
    local.get $lowered
    local.get $"lowered 2"
    local.get $"lowered 3"
    call $callee.function
  )
)
