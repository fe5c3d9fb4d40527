;; Calls through a table, to one of eight functions in an order without a pattern.
(module
  (type $op (func (param i64 i64) (result i64)))
  (table funcref (elem $add $sub $xor $mul $rotate $and $or $square))
  (func $add (type $op) (i64.add (local.get 0) (local.get 1)))
  (func $sub (type $op) (i64.sub (local.get 0) (local.get 1)))
  (func $xor (type $op) (i64.xor (local.get 0) (local.get 1)))
  (func $mul (type $op) (i64.mul (local.get 0) (i64.or (local.get 1) (i64.const 1))))
  (func $rotate (type $op) (i64.rotl (local.get 0) (local.get 1)))
  (func $and (type $op) (i64.xor (local.get 0) (i64.and (local.get 1) (i64.const 0xff00ff))))
  (func $or (type $op) (i64.add (local.get 0) (i64.or (local.get 1) (i64.const 0x10001))))
  (func $square (type $op) (i64.add (i64.mul (local.get 1) (local.get 1)) (local.get 0)))
  (func (export "run") (param $n i32) (result i64)
    (local $state i64) (local $x i64)
    (local.set $state (i64.const 88172645463325252))
    (loop $again
      (local.set $state (i64.xor (local.get $state) (i64.shl (local.get $state) (i64.const 13))))
      (local.set $state (i64.xor (local.get $state) (i64.shr_u (local.get $state) (i64.const 7))))
      (local.set $state (i64.xor (local.get $state) (i64.shl (local.get $state) (i64.const 17))))
      (local.set $x
        (call_indirect (type $op) (local.get $x) (local.get $state)
          (i32.and (i32.wrap_i64 (local.get $state)) (i32.const 7))))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $x)))
