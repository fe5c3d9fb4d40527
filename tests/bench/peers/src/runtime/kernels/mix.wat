;; Mixes the words of a buffer into a state of four: rotations, xors and additions, as hashes do.
(module
  (memory 2)
  (func (export "run") (param $rounds i32) (result i64)
    (local $a i32) (local $b i32) (local $c i32) (local $d i32) (local $p i32) (local $w i32)
    (local.set $a (i32.const 0x61c88647))
    (local.set $b (i32.const 0x2545f491))
    (local.set $c (i32.const 0x1234567))
    (local.set $d (i32.const 0x7654321))
    (loop $round
      (local.set $p (i32.const 0))
      (loop $words
        (local.set $w (i32.add (i32.load (local.get $p)) (local.get $p)))
        (local.set $a (i32.add (i32.add (local.get $a) (local.get $b)) (local.get $w)))
        (local.set $d (i32.rotl (i32.xor (local.get $d) (local.get $a)) (i32.const 16)))
        (local.set $c (i32.add (local.get $c) (local.get $d)))
        (local.set $b (i32.rotl (i32.xor (local.get $b) (local.get $c)) (i32.const 12)))
        (local.set $a (i32.add (local.get $a) (i32.and (local.get $b) (i32.or (local.get $c) (local.get $d)))))
        (local.set $d (i32.rotl (i32.xor (local.get $d) (local.get $a)) (i32.const 8)))
        (local.set $c (i32.add (local.get $c) (local.get $d)))
        (local.set $b (i32.rotl (i32.xor (local.get $b) (local.get $c)) (i32.const 7)))
        (i32.store (local.get $p) (local.get $a))
        (local.set $p (i32.add (local.get $p) (i32.const 4)))
        (br_if $words (i32.lt_u (local.get $p) (i32.const 16384))))
      (br_if $round (local.tee $rounds (i32.sub (local.get $rounds) (i32.const 1)))))
    ;; The next run begins as this one did.
    (memory.fill (i32.const 0) (i32.const 0) (i32.const 16384))
    (i64.or
      (i64.shl (i64.extend_i32_u (i32.xor (local.get $a) (local.get $b))) (i64.const 32))
      (i64.extend_i32_u (i32.xor (local.get $c) (local.get $d))))))
