;; Sorts random numbers: loads, stores, branches that nobody foresees, recursion.
(module
  (memory 16)
  (func $sort (param $low i32) (param $high i32)
    (local $i i32) (local $j i32) (local $pivot i32) (local $x i32) (local $y i32)
    (block $done
      (br_if $done (i32.ge_s (local.get $low) (local.get $high)))
      (local.set $i (i32.sub (local.get $low) (i32.const 4)))
      (local.set $j (i32.add (local.get $high) (i32.const 4)))
      (local.set $pivot
        (i32.load
          (i32.and
            (i32.shr_u (i32.add (local.get $low) (local.get $high)) (i32.const 1))
            (i32.const -4))))
      (block $split
        (loop $swap
          (loop $left
            (local.set $i (i32.add (local.get $i) (i32.const 4)))
            (br_if $left (i32.lt_u (local.tee $x (i32.load (local.get $i))) (local.get $pivot))))
          (loop $right
            (local.set $j (i32.sub (local.get $j) (i32.const 4)))
            (br_if $right (i32.gt_u (local.tee $y (i32.load (local.get $j))) (local.get $pivot))))
          (br_if $split (i32.ge_s (local.get $i) (local.get $j)))
          (i32.store (local.get $i) (local.get $y))
          (i32.store (local.get $j) (local.get $x))
          (br $swap)))
      (call $sort (local.get $low) (local.get $j))
      (call $sort (i32.add (local.get $j) (i32.const 4)) (local.get $high))))
  (func (export "run") (param $n i32) (result i64)
    (local $p i32) (local $end i32) (local $x i32) (local $sum i64)
    (local.set $end (i32.shl (local.get $n) (i32.const 2)))
    (local.set $x (i32.const 12345))
    (loop $fill
      (local.set $x (i32.xor (local.get $x) (i32.shl (local.get $x) (i32.const 13))))
      (local.set $x (i32.xor (local.get $x) (i32.shr_u (local.get $x) (i32.const 17))))
      (local.set $x (i32.xor (local.get $x) (i32.shl (local.get $x) (i32.const 5))))
      (i32.store (local.get $p) (local.get $x))
      (local.set $p (i32.add (local.get $p) (i32.const 4)))
      (br_if $fill (i32.lt_u (local.get $p) (local.get $end))))
    (call $sort (i32.const 0) (i32.sub (local.get $end) (i32.const 4)))
    (local.set $p (i32.const 0))
    (loop $check
      (local.set $sum
        (i64.add
          (i64.mul (local.get $sum) (i64.const 31))
          (i64.load32_u (local.get $p))))
      (local.set $p (i32.add (local.get $p) (i32.const 4)))
      (br_if $check (i32.lt_u (local.get $p) (local.get $end))))
    (local.get $sum)))
