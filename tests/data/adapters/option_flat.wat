;; func(o: option<f32>)
;; strings utf8 → utf8
(module $adapters
  (type (;0;) (func (param i32)))
  (type (;1;) (func (param i32 f32)))
  (import "caller state" "may-leave" (global $"caller state.may-leave" (;0;) (mut i32)))
  (import "interfuse" "trap" (func $interfuse.trap (;0;) (type 0) (param i32)))
  (import "callee" "function" (func $callee.function (;1;) (type 1) (param i32 f32)))
  (export "adapter" (func $"caller \u{2192} callee"))
  (func $"caller \u{2192} callee" (;2;) (type 1) (param $o.case i32) (param $o.value f32)
    (local $lowered i32) (local $"lowered 2" f32) (local $discriminant i32)
    global.get $"caller state.may-leave"
    i32.eqz
    if ;; label = @1
      i32.const 11 ;; cannot leave component instance
      call $interfuse.trap
      unreachable
    end
    local.get $o.case
    local.tee $discriminant
    i32.const 2
    i32.ge_u
    if ;; label = @1
      i32.const 7 ;; invalid variant discriminant
      call $interfuse.trap
      unreachable
    end
    local.get $discriminant
    local.set $lowered
    f32.const 0x0p+0 (;=0;)
    local.get $o.value
    local.get $discriminant
    i32.const 1
    i32.ne
    select
    local.set $"lowered 2"
    local.get $lowered
    local.get $"lowered 2"
    call $callee.function
  )
)
