;; func(a: bool, b: s8, c: u16, d: char) -> bool
;; strings utf8 → utf8
(module $adapters
  (type (;0;) (func (param i32)))
  (type (;1;) (func (param i32 i32 i32 i32) (result i32)))
  (import "caller state" "may-leave" (global $"caller state.may-leave" (;0;) (mut i32)))
  (import "interfuse" "trap" (func $interfuse.trap (;0;) (type 0) (param i32)))
  (import "callee" "function" (func $callee.function (;1;) (type 1) (param i32 i32 i32 i32) (result i32)))
  (export "adapter" (func $"caller \u{2192} callee"))
  (func $"caller \u{2192} callee" (;2;) (type 1) (param $a i32) (param $b i32) (param $c i32) (param $d i32) (result i32)
    (local $char i32) (local $returned i32)
    global.get $"caller state.may-leave"
    i32.eqz
    if ;; label = @1
      i32.const 11 ;; cannot leave component instance
      call $interfuse.trap
      unreachable
    end
    local.get $a
    i32.const 0
    i32.ne
    local.get $b
    i32.extend8_s
    local.get $c
    i32.const 65535
    i32.and
    local.get $d
    local.tee $char
    i32.const 55296
    i32.xor
    i32.const 2048
    i32.sub
    i32.const 1112064
    i32.ge_u
    if ;; label = @1
      i32.const 8 ;; invalid `char` bit pattern
      call $interfuse.trap
      unreachable
    end
    local.get $char
    call $callee.function
    local.set $returned
    local.get $returned
    i32.const 0
    i32.ne
  )
)
