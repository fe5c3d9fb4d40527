;; func(v: variant { none, int(u64), float(f32), text(tuple<f32, f64>) })
;; strings utf8 → utf8
(module $adapters
  (type (;0;) (func (param i32)))
  (type (;1;) (func (param i32 i64 f64)))
  (import "caller state" "may-leave" (global $"caller state.may-leave" (;0;) (mut i32)))
  (import "interfuse" "trap" (func $interfuse.trap (;0;) (type 0) (param i32)))
  (import "callee" "function" (func $callee.function (;1;) (type 1) (param i32 i64 f64)))
  (export "adapter" (func $"caller \u{2192} callee"))
  (func $"caller \u{2192} callee" (;2;) (type 1) (param $arg i32) (param $"#local1 arg" (@name "arg") i64) (param $"#local2 arg" (@name "arg") f64)
    (local $param i32) (local $"#local4 param" (@name "param") i64) (local $"#local5 param" (@name "param") f64) (local $discriminant i32)
    global.get $"caller state.may-leave"
    i32.eqz
    if ;; label = @1
      i32.const 11
      call $interfuse.trap
      unreachable
    end
    local.get $arg
    local.tee $discriminant
    i32.const 4
    i32.ge_u
    if ;; label = @1
      i32.const 7
      call $interfuse.trap
      unreachable
    end
    local.get $discriminant
    local.set $param
    i64.const 0
    local.set $"#local4 param"
    f64.const 0x0p+0 (;=0;)
    local.set $"#local5 param"
    block ;; label = @1
      block ;; label = @2
        block ;; label = @3
          block ;; label = @4
            local.get $discriminant
            br_table 3 (;@1;) 0 (;@4;) 1 (;@3;) 2 (;@2;) 3 (;@1;)
          end
          local.get $"#local1 arg"
          local.set $"#local4 param"
          br 2 (;@1;)
        end
        local.get $"#local1 arg"
        i32.wrap_i64
        f32.reinterpret_i32
        i32.reinterpret_f32
        i64.extend_i32_u
        local.set $"#local4 param"
        br 1 (;@1;)
      end
      local.get $"#local1 arg"
      i32.wrap_i64
      f32.reinterpret_i32
      i32.reinterpret_f32
      i64.extend_i32_u
      local.set $"#local4 param"
      local.get $"#local2 arg"
      local.set $"#local5 param"
      br 0 (;@1;)
    end
    local.get $param
    local.get $"#local4 param"
    local.get $"#local5 param"
    call $callee.function
  )
)

