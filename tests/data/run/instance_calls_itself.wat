;; # An instance calls itself. All values are lifted before any is lowered, so `realloc` may overwrite what is passed.
;; make(5) = 1
;; make(6) = 2
;; # Both handles are taken before either is put back: the row that was freed last is used first.
;; swap(1, 2) = 21
;; rep(1) = 6
;; rep(2) = 5
;; # The instance implements the resource, so it borrows the representation, and no row is taken.
;; use(1) = 3
;; make(7) = 3
;; # A handle cannot be lent and given away by one call.
;; both(2, 2) traps with cannot remove owned resource while borrowed
;; # 1 + 2 + 3, and twice 65 + 66: a list and strings that are transcoded to UTF-16.
;; pass() = 268
;; # What comes back is read before it is overwritten as well.
;; return() = 6
(component
  (core module $state
    (memory (export "memory") 1)
    (global $next (mut i32) (i32.const 1024))
    ;; Allocates above 1024, and overwrites all that is below, where callers and callees put what they pass.
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (local $new i32)
      (memory.fill (i32.const 0) (i32.const 0xdb) (i32.const 1024))
      (local.set $new (global.get $next))
      (global.set $next (i32.and (i32.const -8)
        (i32.add (i32.const 7) (i32.add (local.get $new) (local.get 3)))))
      (local.get $new)))
  (core instance $state (instantiate $state))
  (type $r (resource (rep i32)))
  (core func $new (canon resource.new $r))
  (core func $rep (canon resource.rep $r))
  (core func $drop (canon resource.drop $r))

  (core module $callee
    (import "state" "memory" (memory 1))
    (func (export "swap") (param i32 i32) (result i32)
      (i32.add (i32.mul (local.get 0) (i32.const 10)) (local.get 1)))
    ;; The instance implements the resource: it borrows the representation.
    (func (export "use") (param i32) (result i32)
      (i32.sub (local.get 0) (i32.const 3)))
    (func (export "both") (param i32 i32) (result i32) unreachable)
    (func $sum (param $ptr i32) (param $len i32) (param $size i32) (result i32)
      (local $sum i32)
      (block $end (loop $again
        (br_if $end (i32.eqz (local.get $len)))
        (local.set $sum (i32.add (local.get $sum) (i32.load8_u (local.get $ptr))))
        (local.set $ptr (i32.add (local.get $ptr) (local.get $size)))
        (local.set $len (i32.sub (local.get $len) (i32.const 1)))
        (br $again)))
      (local.get $sum))
    (func (export "pass") (param i32 i32 i32 i32 i32 i32) (result i32)
      (i32.add
        (call $sum (local.get 0) (local.get 1) (i32.const 4))
        (i32.add
          (call $sum (local.get 2) (local.get 3) (i32.const 2))
          (call $sum (local.get 4) (local.get 5) (i32.const 2)))))
    (func (export "return") (result i32)
      (i64.store (i32.const 8) (i64.const 0x0000_0003_0000_0010))
      (i32.store (i32.const 16) (i32.const 0x030201))
      (i32.const 8)))
  (core instance $callee (instantiate $callee (with "state" (instance $state))))
  (func $swap (param "a" (own $r)) (param "b" (own $r)) (result u32)
    (canon lift (core func $callee "swap")))
  (func $use (param "r" (borrow $r)) (result u32) (canon lift (core func $callee "use")))
  (func $both (param "b" (borrow $r)) (param "o" (own $r)) (result u32)
    (canon lift (core func $callee "both")))
  (func $pass (param "l" (list u32)) (param "s" string) (param "t" string) (result u32)
    (canon lift (core func $callee "pass") string-encoding=utf16
      (memory (core memory $state "memory")) (realloc (core func $state "realloc"))))
  (func $return (result (list u8))
    (canon lift (core func $callee "return") (memory (core memory $state "memory"))))

  (core func $swap (canon lower (func $swap)))
  (core func $use (canon lower (func $use)))
  (core func $both (canon lower (func $both)))
  (core func $pass (canon lower (func $pass) (memory (core memory $state "memory"))))
  (core func $return (canon lower (func $return)
    (memory (core memory $state "memory")) (realloc (core func $state "realloc"))))
  (core module $caller
    (import "state" "memory" (memory 1))
    (import "callee" "pass" (func $pass (param i32 i32 i32 i32 i32 i32) (result i32)))
    (import "callee" "return" (func $return (param i32)))
    (func (export "pass") (result i32)
      (i64.store (i32.const 16) (i64.const 0x0000_0002_0000_0001))
      (i32.store (i32.const 24) (i32.const 3))
      (i32.store (i32.const 32) (i32.const 0x4241))
      (call $pass (i32.const 16) (i32.const 3)
        (i32.const 32) (i32.const 2) (i32.const 32) (i32.const 2)))
    (func (export "return") (result i32)
      (local $ptr i32)
      (call $return (i32.const 512))
      (local.set $ptr (i32.load (i32.const 512)))
      (if (i32.ne (i32.load (i32.const 516)) (i32.const 3)) (then unreachable))
      (i32.add (i32.load8_u (local.get $ptr))
        (i32.add (i32.load8_u offset=1 (local.get $ptr)) (i32.load8_u offset=2 (local.get $ptr))))))
  (core instance $caller (instantiate $caller
    (with "state" (instance $state))
    (with "callee" (instance (export "pass" (func $pass)) (export "return" (func $return))))))

  (func (export "make") (param "n" u32) (result u32) (canon lift (core func $new)))
  (func (export "rep") (param "handle" u32) (result u32) (canon lift (core func $rep)))
  (func (export "swap") (param "a" u32) (param "b" u32) (result u32)
    (canon lift (core func $swap)))
  (func (export "use") (param "handle" u32) (result u32) (canon lift (core func $use)))
  (func (export "both") (param "b" u32) (param "o" u32) (result u32)
    (canon lift (core func $both)))
  (func (export "pass") (result u32) (canon lift (core func $caller "pass")))
  (func (export "return") (result u32) (canon lift (core func $caller "return"))))
