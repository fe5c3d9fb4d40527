;; func(v: variant { a(u64), b(u8), c(u64), d(u8), e(tuple<u16, f64>), f(tuple<u16, f64>), g })
;; strings utf8 → utf8
(module $adapters
  (type (;0;) (func (param i32)))
  (type (;1;) (func (param i32 i64 f64)))
  (type (;2;) (func (param i32 i64 f64) (result i32 i64 f64)))
  (import "caller state" "may-leave" (global $"caller state.may-leave" (;0;) (mut i32)))
  (import "interfuse" "trap" (func $interfuse.trap (;0;) (type 0) (param i32)))
  (import "callee" "function" (func $callee.function (;1;) (type 1) (param i32 i64 f64)))
  (export "adapter" (func $"caller \u{2192} callee"))
  (func $"caller \u{2192} callee" (;2;) (type 1) (param $v.case i32) (param $v.0 i64) (param $v.1 f64)
    global.get $"caller state.may-leave"
    i32.eqz
    if ;; label = @1
      i32.const 11 ;; cannot leave component instance
      call $interfuse.trap
      unreachable
    end
    local.get $v.case
    local.get $v.0
    local.get $v.1
    call $"move variant"
    call $callee.function
  )
  (func $"move variant" (;3;) (type 2) (param $from.case i32) (param $from.0 i64) (param $from.1 f64) (result i32 i64 f64)
    (local $to.case i32) (local $to.0 i64) (local $to.1 f64) (local $discriminant i32)
    local.get $from.case
    local.tee $discriminant
    i32.const 7
    i32.ge_u
    if ;; label = @1
      i32.const 7 ;; invalid variant discriminant
      call $interfuse.trap
      unreachable
    end
    local.get $discriminant
    local.set $to.case
    local.get $from.0
    local.get $from.0
    i64.const 255
    i64.and
    i32.const 117
    local.get $discriminant
    i32.shr_u
    i32.const 1
    i32.and
    select
    local.get $from.0
    i64.const 65535
    i64.and
    local.get $discriminant
    i32.const 4
    i32.sub
    i32.const 2
    i32.ge_u
    select
    i64.const 0
    local.get $discriminant
    i32.const 6
    i32.ne
    select
    local.set $to.0
    f64.const 0x0p+0 (;=0;)
    local.get $from.1
    local.get $discriminant
    i32.const 4
    i32.sub
    i32.const 2
    i32.ge_u
    select
    local.set $to.1
    local.get $to.case
    local.get $to.0
    local.get $to.1
  )
)
