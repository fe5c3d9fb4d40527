;; func(o: option<f32>)
;; strings utf8 → utf8
(module $adapters
  (type (;0;) (func (param i32)))
  (type (;1;) (func (param i32 f32)))
  (import "caller state" "may-leave" (global $"caller state.may-leave" (;0;) (mut i32)))
  (import "interfuse" "trap" (func $interfuse.trap (;0;) (type 0) (param i32)))
  (import "callee" "function" (func $callee.function (;1;) (type 1) (param i32 f32)))
  (export "adapter" (func $"caller \u{2192} callee"))
  (func $"caller \u{2192} callee" (;2;) (type 1) (param $arg i32) (param $"#local1 arg" (@name "arg") f32)
    (local $param i32) (local $"#local3 param" (@name "param") f32) (local $discriminant i32)
    global.get $"caller state.may-leave"
    i32.eqz
    if ;; label = @1
      i32.const 11
      call $interfuse.trap
      unreachable
    end
    local.get $arg
    local.tee $discriminant
    i32.const 2
    i32.ge_u
    if ;; label = @1
      i32.const 7
      call $interfuse.trap
      unreachable
    end
    local.get $discriminant
    local.set $param
    f32.const 0x0p+0 (;=0;)
    local.set $"#local3 param"
    local.get $discriminant
    if ;; label = @1
      local.get $"#local1 arg"
      local.set $"#local3 param"
    end
    local.get $param
    local.get $"#local3 param"
    call $callee.function
  )
)

