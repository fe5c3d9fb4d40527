(module $state
  (type (;0;) (func (param i32)))
  (type (;1;) (func))
  (type (;2;) (func (result i32)))
  (type (;3;) (func (param i32 i32)))
  (type (;4;) (func (param i32 i32) (result i32)))
  (type (;5;) (func (param i32 i32) (result i32 i32)))
  (import "interfuse" "trap" (func $interfuse.trap (;0;) (type 0) (param i32)))
  (memory $table (;0;) 1)
  (global $may-leave (;0;) (mut i32) i32.const 1)
  (global $lent (;1;) (mut i32) i32.const 0)
  (global $fault (;2;) (mut i32) i32.const -1)
  (global $length (;3;) (mut i32) i32.const 1)
  (global $free (;4;) (mut i32) i32.const 0)
  (global $scope (;5;) (mut i32) i32.const 65536)
  (global $end (;6;) (mut i32) i32.const 65536)
  (export "may-leave" (global $may-leave))
  (export "lent" (global $lent))
  (export "fault" (global $fault))
  (export "resource-new" (func $resource-new))
  (export "resource-rep" (func $resource-rep))
  (export "resource-drop" (func $resource-drop))
  (export "take-own" (func $take-own))
  (export "put-own" (func $put-own))
  (export "lend" (func $lend))
  (export "release" (func $release))
  (export "put-borrow" (func $put-borrow))
  (export "enter-scope" (func $enter-scope))
  (export "exit-scope" (func $exit-scope))
  (func $grow (;1;) (type 1)
    (local $len-bytes i32) (local $moved i32)
    block ;; label = @1
      memory.size
      memory.grow
      i32.const -1
      i32.ne
      br_if 0 (;@1;)
      i32.const 1
      memory.grow
      i32.const -1
      i32.ne
      br_if 0 (;@1;)
      i32.const 20
      call $interfuse.trap
      unreachable
    end
    global.get $end
    global.get $scope
    i32.sub
    local.set $len-bytes
    memory.size
    i32.const 16
    i32.shl
    global.set $end
    global.get $end
    local.get $len-bytes
    i32.sub
    local.tee $moved
    global.get $scope
    local.get $len-bytes
    memory.copy
    local.get $moved
    global.set $scope
  )
  (func $extend (;2;) (type 2) (result i32)
    global.get $scope
    global.get $length
    i32.const 4
    i32.shl
    i32.sub
    i32.const 16
    i32.lt_u
    if ;; label = @1
      call $grow
    end
    global.get $length
    global.get $length
    i32.const 1
    i32.add
    global.set $length
  )
  (func $refuse (;3;) (type 3) (param $type i32) (param $handle i32)
    (local $tag i32)
    local.get $handle
    global.set $fault
    block ;; label = @1
      local.get $handle
      global.get $length
      i32.lt_u
      if ;; label = @2
        local.get $handle
        i32.const 4
        i32.shl
        i32.load
        local.tee $tag
        br_if 1 (;@1;)
      end
      i32.const 15
      call $interfuse.trap
      unreachable
    end
    local.get $tag
    i32.const -4
    i32.and
    local.get $type
    i32.const 2
    i32.shl
    i32.const 4
    i32.add
    i32.ne
    if ;; label = @1
      i32.const 16
      call $interfuse.trap
      unreachable
    end
    local.get $tag
    i32.const 2
    i32.and
    if ;; label = @1
      i32.const 18
      call $interfuse.trap
      unreachable
    end
    i32.const 17
    call $interfuse.trap
    unreachable
  )
  (func $resource-new (;4;) (type 4) (param $type i32) (param $rep i32) (result i32)
    (local $handle i32) (local $row i32)
    global.get $may-leave
    i32.eqz
    if ;; label = @1
      i32.const 11
      call $interfuse.trap
      unreachable
    end
    global.get $free
    local.tee $handle
    if ;; label = @1
      local.get $handle
      i32.const 4
      i32.shl
      i32.load offset=8
      global.set $free
    else
      call $extend
      local.set $handle
    end
    local.get $handle
    i32.const 4
    i32.shl
    local.set $row
    local.get $row
    local.get $type
    i32.const 2
    i32.shl
    i32.const 5
    i32.add
    i32.store
    local.get $row
    local.get $rep
    i32.store offset=4
    local.get $handle
  )
  (func $resource-rep (;5;) (type 4) (param $type i32) (param $handle i32) (result i32)
    (local $row i32) (local $tag i32)
    block ;; label = @1
      local.get $handle
      global.get $length
      i32.ge_u
      br_if 0 (;@1;)
      local.get $handle
      i32.const 4
      i32.shl
      local.tee $row
      i32.load
      local.tee $tag
      i32.const 3
      i32.or
      local.get $type
      i32.const 2
      i32.shl
      i32.const 7
      i32.add
      i32.ne
      br_if 0 (;@1;)
      local.get $row
      i32.load offset=4
      return
    end
    local.get $type
    local.get $handle
    call $refuse
    unreachable
  )
  (func $resource-drop (;6;) (type 5) (param $type i32) (param $handle i32) (result i32 i32)
    (local $row i32) (local $tag i32) (local $owned i32) (local $scope i32)
    global.get $may-leave
    i32.eqz
    if ;; label = @1
      i32.const 11
      call $interfuse.trap
      unreachable
    end
    block ;; label = @1
      local.get $handle
      global.get $length
      i32.ge_u
      br_if 0 (;@1;)
      local.get $handle
      i32.const 4
      i32.shl
      local.tee $row
      i32.load
      local.tee $tag
      i32.const 1
      i32.or
      local.get $type
      i32.const 2
      i32.shl
      i32.const 5
      i32.add
      i32.ne
      br_if 0 (;@1;)
      local.get $row
      i32.const 0
      i32.store
      local.get $row
      global.get $free
      i32.store offset=8
      local.get $handle
      global.set $free
      local.get $row
      i32.load offset=4
      local.get $tag
      i32.const 1
      i32.and
      local.tee $owned
      local.get $owned
      i32.eqz
      if ;; label = @2
        global.get $end
        local.get $row
        i32.load offset=12
        i32.sub
        local.set $scope
        local.get $scope
        local.get $scope
        i32.load
        i32.const -1
        i32.add
        i32.store
      end
      return
    end
    local.get $type
    local.get $handle
    call $refuse
    unreachable
  )
  (func $take-own (;7;) (type 4) (param $type i32) (param $handle i32) (result i32)
    (local $row i32) (local $tag i32)
    block ;; label = @1
      local.get $handle
      global.get $length
      i32.ge_u
      br_if 0 (;@1;)
      local.get $handle
      i32.const 4
      i32.shl
      local.tee $row
      i32.load
      local.tee $tag
      local.get $type
      i32.const 2
      i32.shl
      i32.const 5
      i32.add
      i32.ne
      br_if 0 (;@1;)
      local.get $row
      i32.const 0
      i32.store
      local.get $row
      global.get $free
      i32.store offset=8
      local.get $handle
      global.set $free
      local.get $row
      i32.load offset=4
      return
    end
    local.get $type
    local.get $handle
    call $refuse
    unreachable
  )
  (func $put-own (;8;) (type 4) (param $type i32) (param $rep i32) (result i32)
    (local $handle i32) (local $row i32)
    global.get $free
    local.tee $handle
    if ;; label = @1
      local.get $handle
      i32.const 4
      i32.shl
      i32.load offset=8
      global.set $free
    else
      call $extend
      local.set $handle
    end
    local.get $handle
    i32.const 4
    i32.shl
    local.set $row
    local.get $row
    local.get $type
    i32.const 2
    i32.shl
    i32.const 5
    i32.add
    i32.store
    local.get $row
    local.get $rep
    i32.store offset=4
    local.get $handle
  )
  (func $lend (;9;) (type 4) (param $type i32) (param $handle i32) (result i32)
    (local $row i32) (local $tag i32)
    block ;; label = @1
      local.get $handle
      global.get $length
      i32.ge_u
      br_if 0 (;@1;)
      local.get $handle
      i32.const 4
      i32.shl
      local.tee $row
      i32.load
      local.tee $tag
      i32.const 3
      i32.or
      local.get $type
      i32.const 2
      i32.shl
      i32.const 7
      i32.add
      i32.ne
      br_if 0 (;@1;)
      local.get $tag
      i32.const 2
      i32.and
      i32.eqz
      if ;; label = @2
        local.get $row
        local.get $tag
        i32.const 2
        i32.or
        i32.store
        local.get $row
        global.get $lent
        i32.store offset=8
        local.get $handle
        global.set $lent
      end
      local.get $row
      i32.load offset=4
      return
    end
    local.get $type
    local.get $handle
    call $refuse
    unreachable
  )
  (func $release (;10;) (type 0) (param $mark i32)
    (local $handle i32) (local $row i32)
    global.get $lent
    local.set $handle
    block ;; label = @1
      loop ;; label = @2
        local.get $handle
        local.get $mark
        i32.eq
        br_if 1 (;@1;)
        local.get $handle
        i32.const 4
        i32.shl
        local.set $row
        local.get $row
        local.get $row
        i32.load
        i32.const -3
        i32.and
        i32.store
        local.get $row
        i32.load offset=8
        local.set $handle
        br 0 (;@2;)
      end
    end
    local.get $mark
    global.set $lent
  )
  (func $put-borrow (;11;) (type 4) (param $type i32) (param $rep i32) (result i32)
    (local $handle i32) (local $row i32) (local $scope i32)
    global.get $free
    local.tee $handle
    if ;; label = @1
      local.get $handle
      i32.const 4
      i32.shl
      i32.load offset=8
      global.set $free
    else
      call $extend
      local.set $handle
    end
    local.get $handle
    i32.const 4
    i32.shl
    local.set $row
    local.get $row
    local.get $type
    i32.const 2
    i32.shl
    i32.const 4
    i32.add
    i32.store
    local.get $row
    local.get $rep
    i32.store offset=4
    global.get $scope
    local.set $scope
    local.get $row
    global.get $end
    local.get $scope
    i32.sub
    i32.store offset=12
    local.get $scope
    local.get $scope
    i32.load
    i32.const 1
    i32.add
    i32.store
    local.get $handle
  )
  (func $enter-scope (;12;) (type 1)
    (local $scope i32)
    global.get $scope
    global.get $length
    i32.const 4
    i32.shl
    i32.sub
    i32.const 4
    i32.lt_u
    if ;; label = @1
      call $grow
    end
    global.get $scope
    i32.const 4
    i32.sub
    local.tee $scope
    global.set $scope
    local.get $scope
    i32.const 0
    i32.store
  )
  (func $exit-scope (;13;) (type 1)
    (local $scope i32)
    global.get $scope
    local.tee $scope
    i32.load
    if ;; label = @1
      i32.const 19
      call $interfuse.trap
      unreachable
    end
    local.get $scope
    i32.const 4
    i32.add
    global.set $scope
  )
)
