;; func(l: list<tuple<u8, list<u8>>>)
;; strings utf8 → utf8
(module $adapters
  (type (;0;) (func (param i32)))
  (type (;1;) (func (param i32 i32 i32 i32) (result i32)))
  (type (;2;) (func (param i32 i32)))
  (type (;3;) (func (param i64 i64)))
  (type (;4;) (func (param i64 i64) (result i32 i32)))
  (type (;5;) (func (param i64 i32)))
  (type (;6;) (func (param i32 i64 i32)))
  (import "caller" "memory" (memory $caller.memory (;0;) i64 0))
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
  (func $"caller \u{2192} callee" (;4;) (type 3) (param $l.ptr i64) (param $l.len i64)
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
  (func $"move list" (;5;) (type 4) (param $from.ptr i64) (param $from.len i64) (result i32 i32)
    (local $to.ptr i32) (local $to.len i32) (local $"memory size" i64) (local $new i32) (local $end i64) (local $from i64)
    local.get $from.len
    i64.const 11184810
    i64.gt_u
    if ;; label = @1
      i32.const 5 ;; list longer than 2^28-1 bytes
      call $interfuse.trap
      unreachable
    end
    local.get $from.ptr
    i32.wrap_i64
    i32.const 7
    i32.and
    if ;; label = @1
      i32.const 1 ;; unaligned pointer
      call $interfuse.trap
      unreachable
    end
    memory.size
    i64.const 16
    i64.shl
    local.tee $"memory size"
    local.get $from.ptr
    i64.lt_u
    local.get $"memory size"
    local.get $from.ptr
    i64.sub
    local.get $from.len
    i64.const 24
    i64.mul
    i64.lt_u
    i32.or
    if ;; label = @1
      i32.const 2 ;; list content out-of-bounds
      call $interfuse.trap
      unreachable
    end
    i32.const 0
    i32.const 0
    i32.const 4
    local.get $from.len
    i32.wrap_i64
    i32.const 12
    i32.mul
    call $"callee.realloc, checked"
    local.set $new
    local.get $new
    local.set $to.ptr
    local.get $from.len
    i32.wrap_i64
    local.set $to.len
    local.get $from.len
    i64.const 24
    i64.mul
    local.get $from.ptr
    i64.add
    local.set $end
    local.get $from.ptr
    local.set $from
    local.get $from
    local.get $end
    i64.ne
    if ;; label = @1
      loop ;; label = @2
        local.get $new
        local.get $from
        i32.load8_u
        i32.store8 $callee.memory
        local.get $from
        i64.const 8
        i64.add
        local.get $new
        i32.const 4
        i32.add
        call $"move list 2"
        local.get $new
        i32.const 12
        i32.add
        local.set $new
        local.get $from
        i64.const 24
        i64.add
        local.tee $from
        local.get $end
        i64.ne
        br_if 0 (;@2;)
      end
    end
    local.get $to.ptr
    local.get $to.len
  )
  (func $"move list 2" (;6;) (type 5) (param $from i64) (param $to i32)
    (local $elements i64) (local $len i64) (local $"memory size" i64) (local $new i32)
    local.get $from
    i64.load
    local.set $elements
    local.get $from
    i64.load offset=8
    local.set $len
    local.get $len
    i64.const 268435455
    i64.gt_u
    if ;; label = @1
      i32.const 5 ;; list longer than 2^28-1 bytes
      call $interfuse.trap
      unreachable
    end
    memory.size
    i64.const 16
    i64.shl
    local.tee $"memory size"
    local.get $elements
    i64.lt_u
    local.get $"memory size"
    local.get $elements
    i64.sub
    local.get $len
    i64.lt_u
    i32.or
    if ;; label = @1
      i32.const 2 ;; list content out-of-bounds
      call $interfuse.trap
      unreachable
    end
    i32.const 0
    i32.const 0
    i32.const 1
    local.get $len
    i32.wrap_i64
    call $"callee.realloc, checked"
    local.set $new
    local.get $to
    local.get $new
    i32.store $callee.memory
    local.get $to
    local.get $len
    i32.wrap_i64
    i32.store $callee.memory offset=4
    local.get $new
    local.get $elements
    local.get $len
    i32.wrap_i64
    call $copy
  )
  (func $copy (;7;) (type 6) (param $to i32) (param $from i64) (param $bytes i32)
    local.get $bytes
    i32.const 17
    i32.ge_u
    if ;; label = @1
      local.get $to
      local.get $from
      local.get $bytes
      memory.copy $callee.memory $caller.memory
    else
      local.get $bytes
      i32.const 8
      i32.ge_u
      if ;; label = @2
        local.get $to
        local.get $from
        i64.load align=1
        local.get $to
        local.get $bytes
        i32.add
        i32.const 8
        i32.sub
        local.get $from
        local.get $bytes
        i64.extend_i32_u
        i64.add
        i64.const 8
        i64.sub
        i64.load align=1
        i64.store $callee.memory align=1
        i64.store $callee.memory align=1
      else
        local.get $bytes
        i32.const 4
        i32.ge_u
        if ;; label = @3
          local.get $to
          local.get $from
          i32.load align=1
          local.get $to
          local.get $bytes
          i32.add
          i32.const 4
          i32.sub
          local.get $from
          local.get $bytes
          i64.extend_i32_u
          i64.add
          i64.const 4
          i64.sub
          i32.load align=1
          i32.store $callee.memory align=1
          i32.store $callee.memory align=1
        else
          block ;; label = @4
            local.get $bytes
            i32.eqz
            br_if 0 (;@4;)
            local.get $bytes
            i32.const 2
            i32.ge_u
            if ;; label = @5
              local.get $to
              local.get $from
              i32.load16_u align=1
              local.get $to
              local.get $bytes
              i32.add
              i32.const 2
              i32.sub
              local.get $from
              local.get $bytes
              i64.extend_i32_u
              i64.add
              i64.const 2
              i64.sub
              i32.load16_u align=1
              i32.store16 $callee.memory align=1
              i32.store16 $callee.memory align=1
            else
              local.get $to
              local.get $from
              i32.load8_u
              i32.store8 $callee.memory
            end
          end
        end
      end
    end
  )
)
