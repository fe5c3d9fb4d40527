;; func(l: list<char>)
;; strings utf8 → utf8
(module $adapters
  (type (;0;) (func (param i32)))
  (type (;1;) (func (param i32 i32 i32 i32) (result i32)))
  (type (;2;) (func (param i32 i32)))
  (type (;3;) (func (param i32 i32) (result i32 i32)))
  (type (;4;) (func (param i32 i32 i32)))
  (import "caller" "memory" (memory $caller.memory (;0;) 0))
  (import "callee" "memory" (memory $callee.memory (;1;) 0))
  (import "caller state" "may-leave" (global $"caller state.may-leave" (;0;) (mut i32)))
  (import "callee state" "may-leave" (global $"callee state.may-leave" (;1;) (mut i32)))
  (import "interfuse" "trap" (func $interfuse.trap (;0;) (type 0) (param i32)))
  (import "callee" "realloc" (func $callee.realloc (;1;) (type 1) (param i32 i32 i32 i32) (result i32)))
  (import "callee" "function" (func $callee.function (;2;) (type 2) (param i32 i32)))
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
  (func $"caller \u{2192} callee" (;4;) (type 2) (param $l.ptr i32) (param $l.len i32)
    global.get $"caller state.may-leave"
    i32.eqz
    if ;; label = @1
      i32.const 11 ;; cannot leave component instance
      call $interfuse.trap
      unreachable
    end
    local.get $l.ptr
    local.get $l.len
    call $"move list"
    call $callee.function
  )
  (func $"move list" (;5;) (type 3) (param $from.ptr i32) (param $from.len i32) (result i32 i32)
    (local $to.ptr i32) (local $to.len i32) (local $new i32)
    local.get $from.len
    i32.const 67108863
    i32.gt_u
    if ;; label = @1
      i32.const 5 ;; list longer than 2^28-1 bytes
      call $interfuse.trap
      unreachable
    end
    local.get $from.ptr
    i32.const 3
    i32.and
    if ;; label = @1
      i32.const 1 ;; unaligned pointer
      call $interfuse.trap
      unreachable
    end
    local.get $from.ptr
    i64.extend_i32_u
    local.get $from.len
    i64.extend_i32_u
    i64.const 4
    i64.mul
    i64.add
    memory.size
    i64.extend_i32_u
    i64.const 16
    i64.shl
    i64.gt_u
    if ;; label = @1
      i32.const 2 ;; list content out-of-bounds
      call $interfuse.trap
      unreachable
    end
    i32.const 0
    i32.const 0
    i32.const 4
    local.get $from.len
    i32.const 4
    i32.mul
    call $"callee.realloc, checked"
    local.set $new
    local.get $new
    local.set $to.ptr
    local.get $from.len
    local.set $to.len
    local.get $from.ptr
    local.get $new
    local.get $from.len
    i32.const 4
    i32.mul
    call $"move scalars"
    local.get $to.ptr
    local.get $to.len
  )
  (func $"move scalars" (;6;) (type 4) (param $from i32) (param $to i32) (param $bytes i32)
    (local $refused v128) (local $numbers v128) (local $char i32)
    block ;; label = @1
      loop ;; label = @2
        local.get $bytes
        i32.const 32
        i32.lt_u
        br_if 1 (;@1;)
        local.get $to
        local.get $from
        v128.load align=1
        local.tee $numbers
        local.get $numbers
        v128.const i32x4 0x0000d800 0x0000d800 0x0000d800 0x0000d800
        v128.xor
        v128.const i32x4 0x00000800 0x00000800 0x00000800 0x00000800
        i32x4.sub
        v128.const i32x4 0x0010f800 0x0010f800 0x0010f800 0x0010f800
        i32x4.ge_u
        local.get $refused
        v128.or
        local.set $refused
        v128.store $callee.memory align=1
        local.get $to
        local.get $from
        v128.load offset=16 align=1
        local.tee $numbers
        local.get $numbers
        v128.const i32x4 0x0000d800 0x0000d800 0x0000d800 0x0000d800
        v128.xor
        v128.const i32x4 0x00000800 0x00000800 0x00000800 0x00000800
        i32x4.sub
        v128.const i32x4 0x0010f800 0x0010f800 0x0010f800 0x0010f800
        i32x4.ge_u
        local.get $refused
        v128.or
        local.set $refused
        v128.store $callee.memory offset=16 align=1
        local.get $from
        i32.const 32
        i32.add
        local.set $from
        local.get $to
        i32.const 32
        i32.add
        local.set $to
        local.get $bytes
        i32.const 32
        i32.sub
        local.set $bytes
        br 0 (;@2;)
      end
    end
    local.get $refused
    v128.any_true
    if ;; label = @1
      i32.const 8 ;; invalid `char` bit pattern
      call $interfuse.trap
      unreachable
    end
    local.get $bytes
    if ;; label = @1
      loop ;; label = @2
        local.get $to
        local.get $from
        i32.load
        local.tee $char
        i32.const 55296
        i32.xor
        i32.const 2048
        i32.sub
        i32.const 1112064
        i32.ge_u
        if ;; label = @3
          i32.const 8 ;; invalid `char` bit pattern
          call $interfuse.trap
          unreachable
        end
        local.get $char
        i32.store $callee.memory
        local.get $from
        i32.const 4
        i32.add
        local.set $from
        local.get $to
        i32.const 4
        i32.add
        local.set $to
        local.get $bytes
        i32.const 4
        i32.sub
        local.tee $bytes
        br_if 0 (;@2;)
      end
    end
  )
)
