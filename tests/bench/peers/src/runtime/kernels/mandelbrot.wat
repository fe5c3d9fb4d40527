;; Steps until points of a square leave the circle: f64 in registers, branches that depend on them.
(module
  (func $steps (param $x f64) (param $y f64) (result i32)
    (local $re f64) (local $im f64) (local $re2 f64) (local $im2 f64) (local $count i32)
    (loop $again (result i32)
      (local.set $im (f64.add (f64.mul (f64.mul (local.get $re) (local.get $im)) (f64.const 2)) (local.get $y)))
      (local.set $re (f64.add (f64.sub (local.get $re2) (local.get $im2)) (local.get $x)))
      (local.set $re2 (f64.mul (local.get $re) (local.get $re)))
      (local.set $im2 (f64.mul (local.get $im) (local.get $im)))
      (local.set $count (i32.add (local.get $count) (i32.const 1)))
      (local.get $count)
      (br_if $again
        (i32.and
          (f64.lt (f64.add (local.get $re2) (local.get $im2)) (f64.const 4))
          (i32.lt_u (local.get $count) (i32.const 200))))))
  (func (export "run") (param $n i32) (result i64)
    (local $i i32) (local $j i32) (local $total i64) (local $scale f64)
    (local.set $scale (f64.div (f64.const 2.5) (f64.convert_i32_u (local.get $n))))
    (loop $rows
      (local.set $j (i32.const 0))
      (loop $columns
        (local.set $total
          (i64.add (local.get $total)
            (i64.extend_i32_u
              (call $steps
                (f64.sub (f64.mul (f64.convert_i32_u (local.get $j)) (local.get $scale)) (f64.const 2))
                (f64.sub (f64.mul (f64.convert_i32_u (local.get $i)) (local.get $scale)) (f64.const 1.25))))))
        (local.set $j (i32.add (local.get $j) (i32.const 1)))
        (br_if $columns (i32.lt_u (local.get $j) (local.get $n))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $rows (i32.lt_u (local.get $i) (local.get $n))))
    (local.get $total)))
