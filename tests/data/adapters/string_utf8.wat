;; func(s: string)
;; strings utf8 → utf8
(module $adapters
  (type (;0;) (func (param i32)))
  (type (;1;) (func (param i32 i32 i32 i32) (result i32)))
  (type (;2;) (func (param i32 i32)))
  (type (;3;) (func (param i32 i32) (result i32 i32)))
  (type (;4;) (func (param i32 i32 i32) (result i32)))
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
  (func $"caller \u{2192} callee" (;4;) (type 2) (param $s.ptr i32) (param $s.len i32)
    global.get $"caller state.may-leave"
    i32.eqz
    if ;; label = @1
      i32.const 11 ;; cannot leave component instance
      call $interfuse.trap
      unreachable
    end
    local.get $s.ptr
    local.get $s.len
    call $string-utf8-to-utf8
    call $callee.function
  )
  (func $string-utf8-to-utf8 (;5;) (type 3) (param $src_ptr i32) (param $src_len i32) (result i32 i32)
    (local $units i32) (local $dst_ptr i32) (local $dst_len i32) (local $left i32) (local $done i32)
    local.get $src_len
    i32.const 268435455
    i32.gt_u
    if ;; label = @1
      i32.const 6 ;; string longer than 2^28-1 bytes
      call $interfuse.trap
      unreachable
    end
    local.get $src_len
    local.set $units
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
    if ;; label = @1
      i32.const 3 ;; string content out-of-bounds
      call $interfuse.trap
      unreachable
    end
    i32.const 0
    i32.const 0
    i32.const 1
    local.get $units
    call $"callee.realloc, checked"
    local.set $dst_ptr
    local.get $units
    local.set $dst_len
    local.get $src_ptr
    local.get $dst_ptr
    local.get $units
    call $copy-ascii
    local.set $left
    local.get $left
    if ;; label = @1
      local.get $units
      local.get $left
      i32.sub
      local.set $done
      local.get $dst_ptr
      local.get $done
      i32.add
      local.get $src_ptr
      local.get $done
      i32.add
      local.get $left
      memory.copy $callee.memory $caller.memory
      local.get $dst_ptr
      local.get $done
      i32.add
      local.get $left
      call $check-utf8
    end
    local.get $dst_ptr
    local.get $dst_len
  )
  (func $copy-ascii (;6;) (type 4) (param $src i32) (param $dst i32) (param $left i32) (result i32)
    (local $block i64) (local $count i32) (local $unit i32)
    block ;; label = @1
      block ;; label = @2
        local.get $left
        i32.const 8
        i32.lt_u
        br_if 0 (;@2;)
        loop ;; label = @3
          local.get $src
          i64.load align=1
          local.set $block
          local.get $dst
          local.get $block
          i64.store $callee.memory align=1
          local.get $block
          i64.const -9187201950435737472
          i64.and
          local.tee $block
          i64.eqz
          i32.eqz
          if ;; label = @4
            local.get $block
            i64.ctz
            i64.const 3
            i64.shr_u
            i32.wrap_i64
            local.set $count
            local.get $src
            local.get $count
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
          i32.const 8
          i32.sub
          local.set $left
          local.get $dst
          i32.const 8
          i32.add
          local.set $dst
          local.get $left
          i32.const 8
          i32.ge_u
          br_if 0 (;@3;)
        end
      end
      block ;; label = @2
        local.get $left
        i32.const 4
        i32.lt_u
        br_if 0 (;@2;)
        loop ;; label = @3
          local.get $src
          i64.load32_u align=1
          local.set $block
          local.get $dst
          local.get $block
          i64.store32 $callee.memory align=1
          local.get $block
          i64.const -9187201950435737472
          i64.and
          local.tee $block
          i64.eqz
          i32.eqz
          if ;; label = @4
            local.get $block
            i64.ctz
            i64.const 3
            i64.shr_u
            i32.wrap_i64
            local.set $count
            local.get $src
            local.get $count
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
          i32.const 4
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
        i32.load8_u
        local.set $unit
        local.get $unit
        i32.const 128
        i32.and
        br_if 1 (;@1;)
        local.get $dst
        local.get $unit
        i32.store8 $callee.memory
        local.get $src
        i32.const 1
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
  (func $check-utf8 (;7;) (type 2) (param $src i32) (param $left i32)
    (local $block i64) (local $count i32) (local $unit i32) (local $lead i32) (local $second i32) (local $scalar i32) (local $third i32) (local $fourth i32)
    block ;; label = @1
      block ;; label = @2
        block ;; label = @3
          loop ;; label = @4
            block ;; label = @5
              block ;; label = @6
                local.get $left
                i32.const 8
                i32.lt_u
                br_if 0 (;@6;)
                loop ;; label = @7
                  local.get $src
                  i64.load $callee.memory align=1
                  local.set $block
                  local.get $block
                  i64.const -9187201950435737472
                  i64.and
                  local.tee $block
                  i64.eqz
                  i32.eqz
                  if ;; label = @8
                    local.get $block
                    i64.ctz
                    i64.const 3
                    i64.shr_u
                    i32.wrap_i64
                    local.set $count
                    local.get $src
                    local.get $count
                    i32.add
                    local.set $src
                    local.get $left
                    local.get $count
                    i32.sub
                    local.set $left
                    br 3 (;@5;)
                  end
                  local.get $src
                  i32.const 8
                  i32.add
                  local.set $src
                  local.get $left
                  i32.const 8
                  i32.sub
                  local.set $left
                  local.get $left
                  i32.const 8
                  i32.ge_u
                  br_if 0 (;@7;)
                end
              end
              block ;; label = @6
                local.get $left
                i32.const 4
                i32.lt_u
                br_if 0 (;@6;)
                loop ;; label = @7
                  local.get $src
                  i64.load32_u $callee.memory align=1
                  local.set $block
                  local.get $block
                  i64.const -9187201950435737472
                  i64.and
                  local.tee $block
                  i64.eqz
                  i32.eqz
                  if ;; label = @8
                    local.get $block
                    i64.ctz
                    i64.const 3
                    i64.shr_u
                    i32.wrap_i64
                    local.set $count
                    local.get $src
                    local.get $count
                    i32.add
                    local.set $src
                    local.get $left
                    local.get $count
                    i32.sub
                    local.set $left
                    br 3 (;@5;)
                  end
                  local.get $src
                  i32.const 4
                  i32.add
                  local.set $src
                  local.get $left
                  i32.const 4
                  i32.sub
                  local.set $left
                  local.get $left
                  i32.const 4
                  i32.ge_u
                  br_if 0 (;@7;)
                end
              end
              loop ;; label = @6
                local.get $left
                i32.eqz
                br_if 3 (;@3;)
                local.get $src
                i32.load8_u $callee.memory
                local.set $unit
                local.get $unit
                i32.const 128
                i32.and
                br_if 1 (;@5;)
                local.get $src
                i32.const 1
                i32.add
                local.set $src
                local.get $left
                i32.const 1
                i32.sub
                local.set $left
                br 0 (;@6;)
              end
            end
            loop ;; label = @5
              local.get $src
              i32.load8_u $callee.memory
              local.set $lead
              block ;; label = @6
                local.get $lead
                i32.const 224
                i32.lt_u
                if ;; label = @7
                  local.get $left
                  i32.const 2
                  i32.lt_u
                  br_if 5 (;@2;)
                  local.get $src
                  i32.load8_u $callee.memory offset=1
                  i32.const 128
                  i32.xor
                  local.set $second
                  local.get $second
                  i32.const 63
                  i32.gt_u
                  br_if 5 (;@2;)
                  local.get $lead
                  i32.const 192
                  i32.sub
                  i32.const 6
                  i32.shl
                  local.get $second
                  i32.or
                  local.set $scalar
                  local.get $scalar
                  i32.const 128
                  i32.sub
                  i32.const 1920
                  i32.ge_u
                  br_if 5 (;@2;)
                  local.get $src
                  i32.const 2
                  i32.add
                  local.set $src
                  local.get $left
                  i32.const 2
                  i32.sub
                  local.set $left
                  br 1 (;@6;)
                end
                local.get $lead
                i32.const 240
                i32.lt_u
                if ;; label = @7
                  local.get $left
                  i32.const 3
                  i32.lt_u
                  br_if 5 (;@2;)
                  local.get $src
                  i32.load8_u $callee.memory offset=1
                  i32.const 128
                  i32.xor
                  local.set $second
                  local.get $src
                  i32.load8_u $callee.memory offset=2
                  i32.const 128
                  i32.xor
                  local.set $third
                  local.get $second
                  local.get $third
                  i32.or
                  i32.const 63
                  i32.gt_u
                  br_if 5 (;@2;)
                  local.get $lead
                  i32.const 224
                  i32.sub
                  i32.const 6
                  i32.shl
                  local.get $second
                  i32.or
                  i32.const 6
                  i32.shl
                  local.get $third
                  i32.or
                  local.set $scalar
                  local.get $scalar
                  i32.const 2048
                  i32.sub
                  i32.const 63488
                  i32.ge_u
                  br_if 5 (;@2;)
                  local.get $scalar
                  i32.const 63488
                  i32.and
                  i32.const 55296
                  i32.eq
                  br_if 5 (;@2;)
                  local.get $src
                  i32.const 3
                  i32.add
                  local.set $src
                  local.get $left
                  i32.const 3
                  i32.sub
                  local.set $left
                  br 1 (;@6;)
                end
                local.get $left
                i32.const 4
                i32.lt_u
                br_if 4 (;@2;)
                local.get $src
                i32.load8_u $callee.memory offset=1
                i32.const 128
                i32.xor
                local.set $second
                local.get $src
                i32.load8_u $callee.memory offset=2
                i32.const 128
                i32.xor
                local.set $third
                local.get $src
                i32.load8_u $callee.memory offset=3
                i32.const 128
                i32.xor
                local.set $fourth
                local.get $second
                local.get $third
                i32.or
                local.get $fourth
                i32.or
                i32.const 63
                i32.gt_u
                br_if 4 (;@2;)
                local.get $lead
                i32.const 240
                i32.sub
                i32.const 6
                i32.shl
                local.get $second
                i32.or
                i32.const 6
                i32.shl
                local.get $third
                i32.or
                i32.const 6
                i32.shl
                local.get $fourth
                i32.or
                local.set $scalar
                local.get $scalar
                i32.const 65536
                i32.sub
                i32.const 1048576
                i32.ge_u
                br_if 4 (;@2;)
                local.get $src
                i32.const 4
                i32.add
                local.set $src
                local.get $left
                i32.const 4
                i32.sub
                local.set $left
              end
              local.get $left
              i32.eqz
              br_if 2 (;@3;)
              local.get $src
              i32.load8_u $callee.memory
              i32.const 128
              i32.ge_u
              br_if 0 (;@5;)
            end
            br 0 (;@4;)
          end
        end
        br 1 (;@1;)
      end
      i32.const 9 ;; invalid utf-8
      call $interfuse.trap
      unreachable
    end
  )
)
