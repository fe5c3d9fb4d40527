;; func() -> result<u8, tuple<u8, u64>>
;; strings utf8 → utf8
(module $adapters
  (type (;0;) (func (param i32)))
  (type (;1;) (func (result i32)))
  (import "caller" "memory" (memory $caller.memory (;0;) 0))
  (import "callee" "memory" (memory $callee.memory (;1;) 0))
  (import "caller state" "may-leave" (global $"caller state.may-leave" (;0;) (mut i32)))
  (import "interfuse" "trap" (func $interfuse.trap (;0;) (type 0) (param i32)))
  (import "callee" "function" (func $callee.function (;1;) (type 1) (result i32)))
  (export "adapter" (func $"caller \u{2192} callee"))
  (func $"caller \u{2192} callee" (;2;) (type 0) (param $results i32)
    (local $returned i32) (local $discriminant i32)
    global.get $"caller state.may-leave"
    i32.eqz
    if ;; label = @1
      i32.const 11 ;; cannot leave component instance
      call $interfuse.trap
      unreachable
    end
    call $callee.function
    local.set $returned
    local.get $returned
    i32.const 7
    i32.and
    if ;; label = @1
      i32.const 1 ;; unaligned pointer
      call $interfuse.trap
      unreachable
    end
    local.get $returned
    i64.extend_i32_u
    i64.const 24
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
    i32.const 7
    i32.and
    if ;; label = @1
      i32.const 1 ;; unaligned pointer
      call $interfuse.trap
      unreachable
    end
    local.get $results
    i64.extend_i32_u
    i64.const 24
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
    local.get $returned
    i32.load8_u $callee.memory
    local.tee $discriminant
    i32.const 2
    i32.ge_u
    if ;; label = @1
      i32.const 7 ;; invalid variant discriminant
      call $interfuse.trap
      unreachable
    end
    local.get $results
    local.get $discriminant
    i32.store8
    block ;; label = @1
      block ;; label = @2
        block ;; label = @3
          local.get $discriminant
          br_table 0 (;@3;) 1 (;@2;) 2 (;@1;)
        end
        local.get $results
        local.get $returned
        i32.load8_u $callee.memory offset=8
        i32.store8 offset=8
        br 1 (;@1;)
      end
      local.get $results
      local.get $returned
      i32.load8_u $callee.memory offset=8
      i32.store8 offset=8
      local.get $results
      local.get $returned
      i64.load $callee.memory offset=16 align=1
      i64.store offset=16 align=1
      br 0 (;@1;)
    end
  )
)
