;; func(a: u32, b: tuple<u8, u16>) -> u32
;; strings utf8 → utf8
(module $adapters
  (type (;0;) (func (param i32)))
  (type (;1;) (func (param i32 i32 i32) (result i32)))
  (import "instance state" "may-leave" (global $"instance state.may-leave" (;0;) (mut i32)))
  (import "interfuse" "trap" (func $interfuse.trap (;0;) (type 0) (param i32)))
  (import "instance" "function" (func $instance.function (;1;) (type 1) (param i32 i32 i32) (result i32)))
  (export "adapter" (func $"instance \u{2192} instance"))
  (func $"instance \u{2192} instance" (;2;) (type 1) (param $a i32) (param $b.0 i32) (param $b.1 i32) (result i32)
    (local $lowered i32) (local $"lowered 2" i32) (local $returned i32)
    global.get $"instance state.may-leave"
    i32.eqz
    if ;; label = @1
      i32.const 11 ;; cannot leave component instance
      call $interfuse.trap
      unreachable
    end
    local.get $a
    local.get $b.0
    i32.const 255
    i32.and
    local.set $lowered
    local.get $b.1
    i32.const 65535
    i32.and
    local.set $"lowered 2"
    local.get $lowered
    local.get $"lowered 2"
    call $instance.function
    local.set $returned
    local.get $returned
  )
)
