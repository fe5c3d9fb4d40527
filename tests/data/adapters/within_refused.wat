;; func(p: list<u8>)
;; strings utf8 → utf8
(module $adapters
  (type (;0;) (func (param i32)))
  (type (;1;) (func (param i32 i32)))
  (import "instance" "memory" (memory $instance.memory (;0;) 0))
  (import "instance state" "may-leave" (global $"instance state.may-leave" (;0;) (mut i32)))
  (import "interfuse" "trap" (func $interfuse.trap (;0;) (type 0) (param i32)))
  (import "instance" "function" (func $instance.function (;1;) (type 1) (param i32 i32)))
  (export "adapter" (func $"instance \u{2192} instance"))
  (func $"instance \u{2192} instance" (;2;) (type 1) (param $p.ptr i32) (param $p.len i32)
    global.get $"instance state.may-leave"
    i32.eqz
    if ;; label = @1
      i32.const 11 ;; cannot leave component instance
      call $interfuse.trap
      unreachable
    end
    i32.const 12 ;; cannot enter component instance
    call $interfuse.trap
    unreachable
  )
)
