;; The product of two square matrices of f64, the plain way.
(module
  (memory 8)
  (func $at (param $row i32) (param $column i32) (param $n i32) (result i32)
    (i32.shl
      (i32.add (i32.mul (local.get $row) (local.get $n)) (local.get $column))
      (i32.const 3)))
  (func $fill (param $n i32)
    (local $i i32)
    (loop $again
      (f64.store (i32.shl (local.get $i) (i32.const 3))
        (f64.convert_i32_u (i32.rem_u (local.get $i) (i32.const 17))))
      (f64.store offset=131072 (i32.shl (local.get $i) (i32.const 3))
        (f64.convert_i32_u (i32.rem_u (local.get $i) (i32.const 13))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $i) (i32.mul (local.get $n) (local.get $n))))))
  (func (export "run") (param $n i32) (result i64)
    (local $i i32) (local $j i32) (local $k i32) (local $sum f64) (local $total f64)
    (call $fill (local.get $n))
    (loop $rows
      (local.set $j (i32.const 0))
      (loop $columns
        (local.set $sum (f64.const 0))
        (local.set $k (i32.const 0))
        (loop $terms
          (local.set $sum
            (f64.add (local.get $sum)
              (f64.mul
                (f64.load (i32.shl (i32.add (i32.mul (local.get $i) (local.get $n)) (local.get $k)) (i32.const 3)))
                (f64.load offset=131072 (i32.shl (i32.add (i32.mul (local.get $k) (local.get $n)) (local.get $j)) (i32.const 3))))))
          (local.set $k (i32.add (local.get $k) (i32.const 1)))
          (br_if $terms (i32.lt_u (local.get $k) (local.get $n))))
        (f64.store offset=262144 (call $at (local.get $i) (local.get $j) (local.get $n)) (local.get $sum))
        (local.set $total (f64.add (f64.mul (local.get $total) (f64.const 0.5)) (local.get $sum)))
        (local.set $j (i32.add (local.get $j) (i32.const 1)))
        (br_if $columns (i32.lt_u (local.get $j) (local.get $n))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $rows (i32.lt_u (local.get $i) (local.get $n))))
    (i64.reinterpret_f64 (local.get $total))))
