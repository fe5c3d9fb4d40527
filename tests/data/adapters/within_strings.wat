;; func(names: list<string>) -> list<u8>
;; strings latin1+utf16 → latin1+utf16
(module $adapters
  (type (;0;) (func (param i32)))
  (type (;1;) (func (param i32 i32 i32 i32) (result i32)))
  (type (;2;) (func (param i32 i32) (result i32)))
  (type (;3;) (func (param i32 i32 i32)))
  (type (;4;) (func (param i32 i32) (result i32 i32)))
  (type (;5;) (func (param i32 i32)))
  (type (;6;) (func (param i32 i32 i32) (result i32)))
  (import "instance" "memory" (memory $instance.memory (;0;) 0))
  (import "instance state" "may-leave" (global $"instance state.may-leave" (;0;) (mut i32)))
  (import "interfuse" "trap" (func $interfuse.trap (;0;) (type 0) (param i32)))
  (import "instance" "realloc" (func $instance.realloc (;1;) (type 1) (param i32 i32 i32 i32) (result i32)))
  (import "instance" "function" (func $instance.function (;2;) (type 2) (param i32 i32) (result i32)))
  (memory $kept (;1;) 0)
  (global $"kept bytes" (;1;) (mut i32) i32.const 0)
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
      i32.const 13 ;; unaligned pointer (realloc return: result not aligned)
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
      i32.const 14 ;; parameters, string or list content out-of-bounds (realloc return: beyond end of memory)
      call $interfuse.trap
      unreachable
    end
    local.get $new
  )
  (func $"instance \u{2192} instance" (;4;) (type 3) (param $names.ptr i32) (param $names.len i32) (param $results i32)
    (local $lifted i32) (local $"lifted 2" i32) (local $returned i32) (local $new i32)
    global.get $"instance state.may-leave"
    i32.eqz
    if ;; label = @1
      i32.const 11 ;; cannot leave component instance
      call $interfuse.trap
      unreachable
    end
    i32.const 0
    global.set $"kept bytes"
    local.get $names.ptr
    local.get $names.len
    call $"move list"
    local.set $"lifted 2"
    local.set $lifted
    local.get $lifted
    local.get $"lifted 2"
    call $"move list 2"
    call $instance.function
    local.set $returned
    local.get $returned
    i32.const 3
    i32.and
    if ;; label = @1
      i32.const 1 ;; unaligned pointer
      call $interfuse.trap
      unreachable
    end
    local.get $returned
    i64.extend_i32_u
    i64.const 8
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
    global.set $"kept bytes"
    i32.const 0
    i32.const 0
    i32.const 4
    i32.const 8
    call $keep
    local.set $new
    local.get $returned
    local.get $new
    call $"move list 3"
    local.get $results
    i32.const 3
    i32.and
    if ;; label = @1
      i32.const 1 ;; unaligned pointer
      call $interfuse.trap
      unreachable
    end
    local.get $results
    i64.extend_i32_u
    i64.const 8
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
    local.get $new
    local.get $results
    call $"move list 4"
  )
  (func $keep (;5;) (type 1) (param $old i32) (param $"old size" i32) (param $align i32) (param $size i32) (result i32)
    (local $start i64) (local $end i64) (local $pages i64)
    global.get $"kept bytes"
    i64.extend_i32_u
    local.get $align
    i64.extend_i32_u
    i64.add
    i64.const 1
    i64.sub
    i64.const 0
    local.get $align
    i64.extend_i32_u
    i64.sub
    i64.and
    local.tee $start
    local.get $size
    i64.extend_i32_u
    i64.add
    local.tee $end
    i64.const 4294967295
    i64.gt_u
    if ;; label = @1
      i32.const 21 ;; too many bytes for a call within one instance
      call $interfuse.trap
      unreachable
    end
    block ;; label = @1
      local.get $end
      i64.const 65535
      i64.add
      i64.const 16
      i64.shr_u
      memory.size $kept
      i64.extend_i32_u
      i64.sub
      local.tee $pages
      i64.const 1
      i64.lt_s
      br_if 0 (;@1;)
      local.get $pages
      i32.wrap_i64
      memory.grow $kept
      i32.const -1
      i32.ne
      br_if 0 (;@1;)
      i32.const 21 ;; too many bytes for a call within one instance
      call $interfuse.trap
      unreachable
    end
    local.get $end
    i32.wrap_i64
    global.set $"kept bytes"
    local.get $start
    i32.wrap_i64
  )
  (func $"move list" (;6;) (type 4) (param $from.ptr i32) (param $from.len i32) (result i32 i32)
    (local $to.ptr i32) (local $to.len i32) (local $new i32) (local $end i32) (local $from i32) (local $elements i32) (local $len i32) (local $"new 2" i32)
    local.get $from.len
    i32.const 33554431
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
    i64.const 8
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
    i32.const 8
    i32.mul
    call $keep
    local.set $new
    local.get $new
    local.set $to.ptr
    local.get $from.len
    local.set $to.len
    local.get $from.len
    i32.const 8
    i32.mul
    local.get $from.ptr
    i32.add
    local.set $end
    local.get $from.ptr
    local.set $from
    local.get $from
    local.get $end
    i32.ne
    if ;; label = @1
      loop ;; label = @2
        local.get $from
        i32.load
        local.set $elements
        local.get $from
        i32.load offset=4
        local.set $len
        local.get $elements
        local.get $len
        call $keep-string-latin1+utf16
        local.set $len
        local.set $"new 2"
        local.get $new
        local.get $"new 2"
        i32.store $kept
        local.get $new
        local.get $len
        i32.store $kept offset=4
        local.get $new
        i32.const 8
        i32.add
        local.set $new
        local.get $from
        i32.const 8
        i32.add
        local.tee $from
        local.get $end
        i32.ne
        br_if 0 (;@2;)
      end
    end
    local.get $to.ptr
    local.get $to.len
  )
  (func $keep-string-latin1+utf16 (;7;) (type 4) (param $src_ptr i32) (param $src_len i32) (result i32 i32)
    (local $units i32) (local $dst_ptr i32) (local $dst_len i32)
    block ;; label = @1
      block ;; label = @2
        local.get $src_len
        i32.const -2147483648
        i32.and
        i32.eqz
        br_if 0 (;@2;)
        local.get $src_len
        i32.const -2147483648
        i32.xor
        local.set $src_len
        local.get $src_len
        i32.const 134217727
        i32.gt_u
        if ;; label = @3
          i32.const 6 ;; string longer than 2^28-1 bytes
          call $interfuse.trap
          unreachable
        end
        local.get $src_len
        local.set $units
        local.get $src_ptr
        i32.const 1
        i32.and
        if ;; label = @3
          i32.const 1 ;; unaligned pointer
          call $interfuse.trap
          unreachable
        end
        local.get $units
        i32.const 2
        i32.mul
        i64.extend_i32_u
        local.get $src_ptr
        i64.extend_i32_u
        i64.add
        memory.size
        i64.extend_i32_u
        i64.const 16
        i64.shl
        i64.gt_u
        if ;; label = @3
          i32.const 3 ;; string content out-of-bounds
          call $interfuse.trap
          unreachable
        end
        i32.const 0
        i32.const 0
        i32.const 2
        local.get $units
        i32.const 2
        i32.mul
        call $keep
        local.set $dst_ptr
        local.get $dst_ptr
        local.get $src_ptr
        local.get $units
        i32.const 2
        i32.mul
        memory.copy $kept $instance.memory
        local.get $dst_ptr
        local.get $units
        call $check-utf16
        local.get $units
        local.set $dst_len
        local.get $dst_len
        i32.const -2147483648
        i32.or
        local.set $dst_len
        br 1 (;@1;)
      end
      local.get $src_len
      i32.const 268435455
      i32.gt_u
      if ;; label = @2
        i32.const 6 ;; string longer than 2^28-1 bytes
        call $interfuse.trap
        unreachable
      end
      local.get $src_len
      local.set $units
      local.get $src_ptr
      i32.const 1
      i32.and
      if ;; label = @2
        i32.const 1 ;; unaligned pointer
        call $interfuse.trap
        unreachable
      end
      local.get $units
      i64.extend_i32_u
      local.get $src_ptr
      i64.extend_i32_u
      i64.add
      memory.size
      i64.extend_i32_u
      i64.const 16
      i64.shl
      i64.gt_u
      if ;; label = @2
        i32.const 3 ;; string content out-of-bounds
        call $interfuse.trap
        unreachable
      end
      i32.const 0
      i32.const 0
      i32.const 2
      local.get $units
      call $keep
      local.set $dst_ptr
      local.get $dst_ptr
      local.get $src_ptr
      local.get $units
      memory.copy $kept $instance.memory
      local.get $units
      local.set $dst_len
    end
    local.get $dst_ptr
    local.get $dst_len
  )
  (func $check-utf16 (;8;) (type 5) (param $src i32) (param $left i32)
    block ;; label = @1
      block ;; label = @2
        block ;; label = @3
          loop ;; label = @4
            local.get $left
            i32.eqz
            br_if 1 (;@3;)
            local.get $src
            i32.load16_u $kept align=1
            i32.const 63488
            i32.and
            i32.const 55296
            i32.eq
            if ;; label = @5
              local.get $left
              i32.const 2
              i32.lt_u
              br_if 3 (;@2;)
              local.get $src
              i32.load $kept align=1
              i32.const -67044352
              i32.and
              i32.const -603924480
              i32.ne
              br_if 3 (;@2;)
              local.get $src
              i32.const 2
              i32.add
              local.set $src
              local.get $left
              i32.const 1
              i32.sub
              local.set $left
            end
            local.get $src
            i32.const 2
            i32.add
            local.set $src
            local.get $left
            i32.const 1
            i32.sub
            local.set $left
            br 0 (;@4;)
          end
        end
        br 1 (;@1;)
      end
      i32.const 10 ;; invalid utf-16
      call $interfuse.trap
      unreachable
    end
  )
  (func $"move list 2" (;9;) (type 4) (param $from.ptr i32) (param $from.len i32) (result i32 i32)
    (local $to.ptr i32) (local $to.len i32) (local $new i32) (local $end i32) (local $from i32) (local $elements i32) (local $len i32) (local $"new 2" i32)
    local.get $from.len
    i32.const 33554431
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
    i64.const 8
    i64.mul
    i64.add
    memory.size $kept
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
    i32.const 8
    i32.mul
    call $"instance.realloc, checked"
    local.set $new
    local.get $new
    local.set $to.ptr
    local.get $from.len
    local.set $to.len
    local.get $from.len
    i32.const 8
    i32.mul
    local.get $from.ptr
    i32.add
    local.set $end
    local.get $from.ptr
    local.set $from
    local.get $from
    local.get $end
    i32.ne
    if ;; label = @1
      loop ;; label = @2
        local.get $from
        i32.load $kept
        local.set $elements
        local.get $from
        i32.load $kept offset=4
        local.set $len
        local.get $elements
        local.get $len
        call $string-latin1+utf16-to-latin1+utf16
        local.set $len
        local.set $"new 2"
        local.get $new
        local.get $"new 2"
        i32.store
        local.get $new
        local.get $len
        i32.store offset=4
        local.get $new
        i32.const 8
        i32.add
        local.set $new
        local.get $from
        i32.const 8
        i32.add
        local.tee $from
        local.get $end
        i32.ne
        br_if 0 (;@2;)
      end
    end
    local.get $to.ptr
    local.get $to.len
  )
  (func $string-latin1+utf16-to-latin1+utf16 (;10;) (type 4) (param $src_ptr i32) (param $src_len i32) (result i32 i32)
    (local $units i32) (local $dst_ptr i32) (local $dst_len i32)
    block ;; label = @1
      block ;; label = @2
        local.get $src_len
        i32.const -2147483648
        i32.and
        i32.eqz
        br_if 0 (;@2;)
        local.get $src_len
        i32.const -2147483648
        i32.xor
        local.set $src_len
        local.get $src_len
        i32.const 134217727
        i32.gt_u
        if ;; label = @3
          i32.const 6 ;; string longer than 2^28-1 bytes
          call $interfuse.trap
          unreachable
        end
        local.get $src_len
        local.set $units
        local.get $src_ptr
        i32.const 1
        i32.and
        if ;; label = @3
          i32.const 1 ;; unaligned pointer
          call $interfuse.trap
          unreachable
        end
        local.get $units
        i32.const 2
        i32.mul
        i64.extend_i32_u
        local.get $src_ptr
        i64.extend_i32_u
        i64.add
        memory.size $kept
        i64.extend_i32_u
        i64.const 16
        i64.shl
        i64.gt_u
        if ;; label = @3
          i32.const 3 ;; string content out-of-bounds
          call $interfuse.trap
          unreachable
        end
        i32.const 0
        i32.const 0
        i32.const 2
        local.get $units
        i32.const 2
        i32.mul
        call $"instance.realloc, checked"
        local.set $dst_ptr
        local.get $units
        local.set $dst_len
        block ;; label = @3
          local.get $src_ptr
          local.get $dst_ptr
          local.get $units
          call $narrow-latin1
          if ;; label = @4
            local.get $dst_ptr
            local.get $src_ptr
            local.get $units
            i32.const 2
            i32.mul
            memory.copy $instance.memory $kept
            local.get $dst_ptr
            local.get $units
            call $"check-utf16 2"
            local.get $dst_len
            i32.const -2147483648
            i32.or
            local.set $dst_len
            br 1 (;@3;)
          end
          local.get $dst_ptr
          local.get $units
          i32.const 2
          i32.mul
          i32.const 1
          local.get $units
          call $"instance.realloc, checked"
          local.set $dst_ptr
        end
        br 1 (;@1;)
      end
      local.get $src_len
      i32.const 268435455
      i32.gt_u
      if ;; label = @2
        i32.const 6 ;; string longer than 2^28-1 bytes
        call $interfuse.trap
        unreachable
      end
      local.get $src_len
      local.set $units
      local.get $src_ptr
      i32.const 1
      i32.and
      if ;; label = @2
        i32.const 1 ;; unaligned pointer
        call $interfuse.trap
        unreachable
      end
      local.get $units
      i64.extend_i32_u
      local.get $src_ptr
      i64.extend_i32_u
      i64.add
      memory.size $kept
      i64.extend_i32_u
      i64.const 16
      i64.shl
      i64.gt_u
      if ;; label = @2
        i32.const 3 ;; string content out-of-bounds
        call $interfuse.trap
        unreachable
      end
      i32.const 0
      i32.const 0
      i32.const 2
      local.get $units
      call $"instance.realloc, checked"
      local.set $dst_ptr
      local.get $dst_ptr
      local.get $src_ptr
      local.get $units
      memory.copy $instance.memory $kept
      local.get $units
      local.set $dst_len
    end
    local.get $dst_ptr
    local.get $dst_len
  )
  (func $narrow-latin1 (;11;) (type 6) (param $src i32) (param $dst i32) (param $left i32) (result i32)
    (local $block i64) (local $wide i64) (local $count i32) (local $unit i32)
    block ;; label = @1
      block ;; label = @2
        local.get $left
        i32.const 4
        i32.lt_u
        br_if 0 (;@2;)
        loop ;; label = @3
          local.get $src
          i64.load $kept align=1
          local.set $block
          local.get $dst
          local.get $block
          local.set $wide
          local.get $wide
          local.get $wide
          i64.const 8
          i64.shr_u
          i64.or
          i64.const 281470681808895
          i64.and
          local.set $wide
          local.get $wide
          local.get $wide
          i64.const 16
          i64.shr_u
          i64.or
          i64.const 4294967295
          i64.and
          i64.store32 align=1
          local.get $block
          i64.const -71777214294589696
          i64.and
          local.tee $block
          i64.eqz
          i32.eqz
          if ;; label = @4
            local.get $block
            i64.ctz
            i64.const 4
            i64.shr_u
            i32.wrap_i64
            local.set $count
            local.get $src
            local.get $count
            i32.const 1
            i32.shl
            i32.add
            local.set $src
            local.get $left
            local.get $count
            i32.sub
            local.set $left
            local.get $dst
            local.get $count
            i32.add
            local.set $dst
            br 3 (;@1;)
          end
          local.get $src
          i32.const 8
          i32.add
          local.set $src
          local.get $left
          i32.const 4
          i32.sub
          local.set $left
          local.get $dst
          i32.const 4
          i32.add
          local.set $dst
          local.get $left
          i32.const 4
          i32.ge_u
          br_if 0 (;@3;)
        end
      end
      loop ;; label = @2
        local.get $left
        i32.eqz
        br_if 1 (;@1;)
        local.get $src
        i32.load16_u $kept align=1
        local.set $unit
        local.get $unit
        i32.const 65280
        i32.and
        br_if 1 (;@1;)
        local.get $dst
        local.get $unit
        i32.store8
        local.get $src
        i32.const 2
        i32.add
        local.set $src
        local.get $left
        i32.const 1
        i32.sub
        local.set $left
        local.get $dst
        i32.const 1
        i32.add
        local.set $dst
        br 0 (;@2;)
      end
    end
    local.get $left
  )
  (func $"check-utf16 2" (;12;) (type 5) (param $src i32) (param $left i32)
    block ;; label = @1
      block ;; label = @2
        block ;; label = @3
          loop ;; label = @4
            local.get $left
            i32.eqz
            br_if 1 (;@3;)
            local.get $src
            i32.load16_u align=1
            i32.const 63488
            i32.and
            i32.const 55296
            i32.eq
            if ;; label = @5
              local.get $left
              i32.const 2
              i32.lt_u
              br_if 3 (;@2;)
              local.get $src
              i32.load align=1
              i32.const -67044352
              i32.and
              i32.const -603924480
              i32.ne
              br_if 3 (;@2;)
              local.get $src
              i32.const 2
              i32.add
              local.set $src
              local.get $left
              i32.const 1
              i32.sub
              local.set $left
            end
            local.get $src
            i32.const 2
            i32.add
            local.set $src
            local.get $left
            i32.const 1
            i32.sub
            local.set $left
            br 0 (;@4;)
          end
        end
        br 1 (;@1;)
      end
      i32.const 10 ;; invalid utf-16
      call $interfuse.trap
      unreachable
    end
  )
  (func $"move list 3" (;13;) (type 5) (param $from i32) (param $to i32)
    (local $elements i32) (local $len i32) (local $new i32)
    local.get $from
    i32.load
    local.set $elements
    local.get $from
    i32.load offset=4
    local.set $len
    local.get $len
    i32.const 268435455
    i32.gt_u
    if ;; label = @1
      i32.const 5 ;; list longer than 2^28-1 bytes
      call $interfuse.trap
      unreachable
    end
    local.get $elements
    i64.extend_i32_u
    local.get $len
    i64.extend_i32_u
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
    i32.const 1
    local.get $len
    call $keep
    local.set $new
    local.get $to
    local.get $new
    i32.store $kept
    local.get $to
    local.get $len
    i32.store $kept offset=4
    local.get $new
    local.get $elements
    local.get $len
    call $copy
  )
  (func $copy (;14;) (type 3) (param $to i32) (param $from i32) (param $bytes i32)
    local.get $bytes
    i32.const 17
    i32.ge_u
    if ;; label = @1
      local.get $to
      local.get $from
      local.get $bytes
      memory.copy $kept $instance.memory
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
        i64.store $kept align=1
        i64.store $kept align=1
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
          i32.store $kept align=1
          i32.store $kept align=1
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
              i32.store16 $kept align=1
              i32.store16 $kept align=1
            else
              local.get $to
              local.get $from
              i32.load8_u
              i32.store8 $kept
            end
          end
        end
      end
    end
  )
  (func $"move list 4" (;15;) (type 5) (param $from i32) (param $to i32)
    (local $elements i32) (local $len i32) (local $new i32)
    local.get $from
    i32.load $kept
    local.set $elements
    local.get $from
    i32.load $kept offset=4
    local.set $len
    local.get $len
    i32.const 268435455
    i32.gt_u
    if ;; label = @1
      i32.const 5 ;; list longer than 2^28-1 bytes
      call $interfuse.trap
      unreachable
    end
    local.get $elements
    i64.extend_i32_u
    local.get $len
    i64.extend_i32_u
    i64.add
    memory.size $kept
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
    i32.const 1
    local.get $len
    call $"instance.realloc, checked"
    local.set $new
    local.get $to
    local.get $new
    i32.store
    local.get $to
    local.get $len
    i32.store offset=4
    local.get $new
    local.get $elements
    local.get $len
    call $"copy 2"
  )
  (func $"copy 2" (;16;) (type 3) (param $to i32) (param $from i32) (param $bytes i32)
    local.get $bytes
    i32.const 17
    i32.ge_u
    if ;; label = @1
      local.get $to
      local.get $from
      local.get $bytes
      memory.copy $instance.memory $kept
    else
      local.get $bytes
      i32.const 8
      i32.ge_u
      if ;; label = @2
        local.get $to
        local.get $from
        i64.load $kept align=1
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
        i64.load $kept align=1
        i64.store align=1
        i64.store align=1
      else
        local.get $bytes
        i32.const 4
        i32.ge_u
        if ;; label = @3
          local.get $to
          local.get $from
          i32.load $kept align=1
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
          i32.load $kept align=1
          i32.store align=1
          i32.store align=1
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
              i32.load16_u $kept align=1
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
              i32.load16_u $kept align=1
              i32.store16 align=1
              i32.store16 align=1
            else
              local.get $to
              local.get $from
              i32.load8_u $kept
              i32.store8
            end
          end
        end
      end
    end
  )
)
