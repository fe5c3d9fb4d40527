;; func(r: tuple<u8, u16, u32, u64, u8, u16, u32, u64, u8, u16, u32, u64, u8, u16, u32, u64, bool>)
;; strings utf8 → utf8
(module $adapters
  (type (;0;) (func (param i32)))
  (type (;1;) (func (param i32 i32 i32 i32) (result i32)))
  (import "caller" "memory" (memory $caller.memory (;0;) 0))
  (import "callee" "memory" (memory $callee.memory (;1;) 0))
  (import "caller state" "may-leave" (global $"caller state.may-leave" (;0;) (mut i32)))
  (import "callee state" "may-leave" (global $"callee state.may-leave" (;1;) (mut i32)))
  (import "interfuse" "trap" (func $interfuse.trap (;0;) (type 0) (param i32)))
  (import "callee" "realloc" (func $callee.realloc (;1;) (type 1) (param i32 i32 i32 i32) (result i32)))
  (import "callee" "function" (func $callee.function (;2;) (type 0) (param i32)))
  (export "adapter" (func $"caller \u{2192} callee"))
  (func $"callee.realloc, checked" (;3;) (type 1) (param $old i32) (param $"old size" i32) (param $align i32) (param $size i32) (result i32)
    (local $new i32)
    i32.const 0
    global.set $"callee state.may-leave"
    local.get $old
    local.get $"old size"
    local.get $align
    local.get $size
    call $callee.realloc
    local.set $new
    i32.const 1
    global.set $"callee state.may-leave"
    local.get $new
    local.get $align
    i32.const 1
    i32.sub
    i32.and
    if ;; label = @1
      i32.const 13 ;; unaligned pointer (realloc return: result not aligned)
      call $interfuse.trap
      unreachable
    end
    local.get $new
    i64.extend_i32_u
    local.get $size
    i64.extend_i32_u
    i64.add
    memory.size $callee.memory
    i64.extend_i32_u
    i64.const 16
    i64.shl
    i64.gt_u
    if ;; label = @1
      i32.const 14 ;; parameters, string or list content out-of-bounds (realloc return: beyond end of memory)
      call $interfuse.trap
      unreachable
    end
    local.get $new
  )
  (func $"caller \u{2192} callee" (;4;) (type 0) (param $params i32)
    (local $new i32)
    global.get $"caller state.may-leave"
    i32.eqz
    if ;; label = @1
      i32.const 11 ;; cannot leave component instance
      call $interfuse.trap
      unreachable
    end
    local.get $params
    i32.const 7
    i32.and
    if ;; label = @1
      i32.const 1 ;; unaligned pointer
      call $interfuse.trap
      unreachable
    end
    local.get $params
    i64.extend_i32_u
    i64.const 72
    i64.add
    memory.size
    i64.extend_i32_u
    i64.const 16
    i64.shl
    i64.gt_u
    if ;; label = @1
      i32.const 4 ;; parameters or results out-of-bounds
      call $interfuse.trap
      unreachable
    end
    i32.const 0
    i32.const 0
    i32.const 8
    i32.const 72
    call $"callee.realloc, checked"
    local.set $new
    local.get $new
    local.get $params
    i32.load8_u
    i32.store8 $callee.memory
    local.get $new
    local.get $params
    i64.load offset=2 align=1
    i64.store $callee.memory offset=2 align=1
    local.get $new
    local.get $params
    i32.load offset=10 align=1
    i32.store $callee.memory offset=10 align=1
    local.get $new
    local.get $params
    i32.load16_u offset=14 align=1
    i32.store16 $callee.memory offset=14 align=1
    local.get $new
    local.get $params
    i32.load8_u offset=16
    i32.store8 $callee.memory offset=16
    local.get $new
    local.get $params
    i64.load offset=18 align=1
    i64.store $callee.memory offset=18 align=1
    local.get $new
    local.get $params
    i32.load offset=26 align=1
    i32.store $callee.memory offset=26 align=1
    local.get $new
    local.get $params
    i32.load16_u offset=30 align=1
    i32.store16 $callee.memory offset=30 align=1
    local.get $new
    local.get $params
    i32.load8_u offset=32
    i32.store8 $callee.memory offset=32
    local.get $new
    local.get $params
    i64.load offset=34 align=1
    i64.store $callee.memory offset=34 align=1
    local.get $new
    local.get $params
    i32.load offset=42 align=1
    i32.store $callee.memory offset=42 align=1
    local.get $new
    local.get $params
    i32.load16_u offset=46 align=1
    i32.store16 $callee.memory offset=46 align=1
    local.get $new
    local.get $params
    i32.load8_u offset=48
    i32.store8 $callee.memory offset=48
    local.get $new
    local.get $params
    i64.load offset=50 align=1
    i64.store $callee.memory offset=50 align=1
    local.get $new
    local.get $params
    i32.load offset=58 align=1
    i32.store $callee.memory offset=58 align=1
    local.get $new
    local.get $params
    i32.load16_u offset=62 align=1
    i32.store16 $callee.memory offset=62 align=1
    local.get $new
    local.get $params
    i32.load8_u offset=64
    i32.const 0
    i32.ne
    i32.store8 $callee.memory offset=64
    local.get $new
    call $callee.function
  )
)
