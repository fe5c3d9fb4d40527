;; func(l: list<list<u16, 3>>) -> list<u8, 4>
;; strings utf8 → utf8
(module $adapters
  (type (;0;) (func (param i32)))
  (type (;1;) (func (param i32 i32 i32 i32) (result i32)))
  (type (;2;) (func (param i32 i32) (result i32)))
  (type (;3;) (func (param i32 i32 i32)))
  (type (;4;) (func (param i32 i32) (result i32 i32)))
  (import "caller" "memory" (memory $caller.memory (;0;) 0))
  (import "callee" "memory" (memory $callee.memory (;1;) 0))
  (import "caller state" "may-leave" (global $"caller state.may-leave" (;0;) (mut i32)))
  (import "callee state" "may-leave" (global $"callee state.may-leave" (;1;) (mut i32)))
  (import "interfuse" "trap" (func $interfuse.trap (;0;) (type 0) (param i32)))
  (import "callee" "realloc" (func $callee.realloc (;1;) (type 1) (param i32 i32 i32 i32) (result i32)))
  (import "callee" "function" (func $callee.function (;2;) (type 2) (param i32 i32) (result i32)))
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
  (func $"caller \u{2192} callee" (;4;) (type 3) (param $l.ptr i32) (param $l.len i32) (param $results i32)
    (local $returned i32)
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
    local.set $returned
    local.get $returned
    i64.extend_i32_u
    i64.const 4
    i64.add
    memory.size $callee.memory
    i64.extend_i32_u
    i64.const 16
    i64.shl
    i64.gt_u
    if ;; label = @1
      i32.const 4 ;; parameters or results out-of-bounds
      call $interfuse.trap
      unreachable
    end
    local.get $results
    i64.extend_i32_u
    i64.const 4
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
    local.get $results
    local.get $returned
    i32.load $callee.memory align=1
    i32.store align=1
  )
  (func $"move list" (;5;) (type 4) (param $from.ptr i32) (param $from.len i32) (result i32 i32)
    (local $to.ptr i32) (local $to.len i32) (local $new i32)
    local.get $from.len
    i32.const 44739242
    i32.gt_u
    if ;; label = @1
      i32.const 5 ;; list longer than 2^28-1 bytes
      call $interfuse.trap
      unreachable
    end
    local.get $from.ptr
    i32.const 1
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
    i64.const 6
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
    i32.const 2
    local.get $from.len
    i32.const 6
    i32.mul
    call $"callee.realloc, checked"
    local.set $new
    local.get $new
    local.set $to.ptr
    local.get $from.len
    local.set $to.len
    local.get $new
    local.get $from.ptr
    local.get $from.len
    i32.const 6
    i32.mul
    call $copy
    local.get $to.ptr
    local.get $to.len
  )
  (func $copy (;6;) (type 3) (param $to i32) (param $from i32) (param $bytes i32)
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
        i32.add
        i32.const 8
        i32.sub
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
          i32.add
          i32.const 4
          i32.sub
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
              i32.add
              i32.const 2
              i32.sub
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
