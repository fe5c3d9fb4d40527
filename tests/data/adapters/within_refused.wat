;; func(p: list<u8>)
;; strings utf8 → utf8
(module $adapters
  (type (;0;) (func (param i32)))
  (type (;1;) (func (param i32 i32 i32 i32) (result i32)))
  (type (;2;) (func (param i32 i32)))
  (import "instance" "memory" (memory $instance.memory (;0;) 0))
  (import "instance state" "may-leave" (global $"instance state.may-leave" (;0;) (mut i32)))
  (import "interfuse" "trap" (func $interfuse.trap (;0;) (type 0) (param i32)))
  (import "instance" "realloc" (func $instance.realloc (;1;) (type 1) (param i32 i32 i32 i32) (result i32)))
  (import "instance" "function" (func $instance.function (;2;) (type 2) (param i32 i32)))
  (export "adapter" (func $"instance \u{2192} instance"))
  (func $"instance.realloc, checked" (;3;) (type 1) (param $old i32) (param $"old size" i32) (param $align i32) (param $size i32) (result i32)
    (local $new i32)
    i32.const 0
    global.set $"instance state.may-leave"
    local.get $old
    local.get $"old size"
    local.get $align
    local.get $size
    call $instance.realloc
    local.set $new
    i32.const 1
    global.set $"instance state.may-leave"
    local.get $new
    local.get $align
    i32.const 1
    i32.sub
    i32.and
    if ;; label = @1
      i32.const 13 ;; realloc return: result not aligned
      call $interfuse.trap
      unreachable
    end
    local.get $new
    i64.extend_i32_u
    local.get $size
    i64.extend_i32_u
    i64.add
    memory.size
    i64.extend_i32_u
    i64.const 16
    i64.shl
    i64.gt_u
    if ;; label = @1
      i32.const 14 ;; realloc return: beyond end of memory
      call $interfuse.trap
      unreachable
    end
    local.get $new
  )
  (func $"instance \u{2192} instance" (;4;) (type 2) (param $p.ptr i32) (param $p.len i32)
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
