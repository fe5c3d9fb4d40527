;; func(r: tuple<u32, u32, f32, u64, f64, u32, u32, u64, u64, u64, u64, u64, u64>, q: tuple<u64, u32, f32, u8, u8, u16>)
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
    i64.const 112
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
    i32.const 112
    call $"callee.realloc, checked"
    local.set $new
    local.get $new
    local.get $params
    i32.load align=1
    i32.store $callee.memory align=1
    local.get $new
    local.get $params
    i32.load offset=4 align=1
    i32.store $callee.memory offset=4 align=1
    local.get $new
    local.get $params
    i32.load offset=8 align=1
    i32.store $callee.memory offset=8 align=1
    local.get $new
    local.get $params
    i32.load offset=16 align=1
    i32.store $callee.memory offset=16 align=1
    local.get $new
    local.get $params
    i32.load offset=20 align=1
    i32.store $callee.memory offset=20 align=1
    local.get $new
    local.get $params
    i32.load offset=24 align=1
    i32.store $callee.memory offset=24 align=1
    local.get $new
    local.get $params
    i32.load offset=28 align=1
    i32.store $callee.memory offset=28 align=1
    local.get $new
    local.get $params
    i32.load offset=32 align=1
    i32.store $callee.memory offset=32 align=1
    local.get $new
    local.get $params
    i32.load offset=36 align=1
    i32.store $callee.memory offset=36 align=1
    local.get $new
    local.get $params
    i32.load offset=40 align=1
    i32.store $callee.memory offset=40 align=1
    local.get $new
    local.get $params
    i32.load offset=44 align=1
    i32.store $callee.memory offset=44 align=1
    local.get $new
    local.get $params
    i32.load offset=48 align=1
    i32.store $callee.memory offset=48 align=1
    local.get $new
    local.get $params
    i32.load offset=52 align=1
    i32.store $callee.memory offset=52 align=1
    local.get $new
    local.get $params
    i32.load offset=56 align=1
    i32.store $callee.memory offset=56 align=1
    local.get $new
    local.get $params
    i32.load offset=60 align=1
    i32.store $callee.memory offset=60 align=1
    local.get $new
    local.get $params
    i32.load offset=64 align=1
    i32.store $callee.memory offset=64 align=1
    local.get $new
    local.get $params
    i32.load offset=68 align=1
    i32.store $callee.memory offset=68 align=1
    local.get $new
    local.get $params
    i32.load offset=72 align=1
    i32.store $callee.memory offset=72 align=1
    local.get $new
    local.get $params
    i32.load offset=76 align=1
    i32.store $callee.memory offset=76 align=1
    local.get $new
    local.get $params
    i32.load offset=80 align=1
    i32.store $callee.memory offset=80 align=1
    local.get $new
    local.get $params
    i32.load offset=84 align=1
    i32.store $callee.memory offset=84 align=1
    local.get $new
    local.get $params
    i64.load offset=88 align=1
    i64.store $callee.memory offset=88 align=1
    local.get $new
    local.get $params
    i64.load offset=96 align=1
    i64.store $callee.memory offset=96 align=1
    local.get $new
    local.get $params
    i32.load offset=104 align=1
    i32.store $callee.memory offset=104 align=1
    local.get $new
    call $callee.function
  )
)
