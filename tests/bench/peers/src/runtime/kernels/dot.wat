;; Products of vectors of f32, four lanes at a time, into four sums.
(module
  (memory 2)
  (func $fill
    (local $p i32)
    (loop $again
      (f32.store (local.get $p) (f32.convert_i32_u (i32.rem_u (local.get $p) (i32.const 251))))
      (local.set $p (i32.add (local.get $p) (i32.const 4)))
      (br_if $again (i32.lt_u (local.get $p) (i32.const 32768)))))
  (start $fill)
  (func (export "run") (param $n i32) (result i64)
    (local $p i32) (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (loop $again
      (local.set $p (i32.const 0))
      (loop $terms
        (local.set $a (f32x4.add (local.get $a)
          (f32x4.mul (v128.load (local.get $p)) (v128.load offset=16384 (local.get $p)))))
        (local.set $b (f32x4.add (local.get $b)
          (f32x4.mul (v128.load offset=16 (local.get $p)) (v128.load offset=16400 (local.get $p)))))
        (local.set $c (f32x4.add (local.get $c)
          (f32x4.mul (v128.load offset=32 (local.get $p)) (v128.load offset=16416 (local.get $p)))))
        (local.set $d (f32x4.add (local.get $d)
          (f32x4.mul (v128.load offset=48 (local.get $p)) (v128.load offset=16432 (local.get $p)))))
        (local.set $p (i32.add (local.get $p) (i32.const 64)))
        (br_if $terms (i32.lt_u (local.get $p) (i32.const 16384))))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.set $a
      (f32x4.add
        (f32x4.add (local.get $a) (local.get $b))
        (f32x4.add (local.get $c) (local.get $d))))
    (i64.xor (i64x2.extract_lane 0 (local.get $a)) (i64x2.extract_lane 1 (local.get $a)))))
