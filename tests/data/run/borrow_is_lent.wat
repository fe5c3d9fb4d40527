;; # The kit implements `r` and `s`, the middle borrows handles of `r` that the app owns.
;; app/make(7) = 1
;; # The kit gets the representation.
;; app/peek(1) = 7
;; # The middle gets handles, which it uses and drops.
;; app/use(1, 0) = 0
;; app/use(1, 1) = 7
;; app/use(1, 1) = 7
;; # A handle that it does not own cannot be given away; that it was not dropped is found first.
;; app/use(1, 3) traps with borrow handles still remain at the end of the call
;; app/make(7) = 1
;; app/use(1, 2) traps with borrow handles still remain at the end of the call
;; app/make(7) = 1
;; app/swap(1, 1) traps with cannot remove owned resource while borrowed
;; app/make(7) = 1
;; app/make(8) = 2
;; app/swap(1, 2) = 15
;; ended() = 8
;; app/peek(2) traps with unknown handle index
;; app/make(7) = 1
;; app/end-s(1) traps with handle index used with the wrong type
;; app/make(7) = 1
;; app/ask(1) traps with cannot leave component instance
;; app/make(7) = 1
;; app/ask(0) = 0
;; app/end(1) =
;; ended() = 7
(component
  (component $kit
    (core module $state
      (memory (export "memory") 1)
      (global (export "ended") (mut i32) (i32.const 0))
      (func (export "dtor") (param i32)
        (global.set 0 (i32.add (i32.mul (global.get 0) (i32.const 10)) (local.get 0))))
      (func (export "peek") (param i32) (result i32) (local.get 0))
      (func (export "name") (result i32) (i32.const 8))
      (func (export "get-ended") (result i32) (global.get 0)))
    (core instance $state (instantiate $state))
    (type $r (resource (rep i32) (dtor (core func $state "dtor"))))
    (type $s (resource (rep i32)))
    (export $r-x "r" (type $r))
    (export $s-x "s" (type $s))
    (core func $new (canon resource.new $r))
    (func (export "make") (param "n" u32) (result (own $r-x)) (canon lift (core func $new)))
    (func (export "peek") (param "r" (borrow $r-x)) (result u32)
      (canon lift (core func $state "peek")))
    (func (export "name") (result string)
      (canon lift (core func $state "name") (memory (core memory $state "memory"))))
    (func (export "ended") (result u32) (canon lift (core func $state "get-ended"))))
  (instance $kit (instantiate $kit))
  (component $middle
    (import "kit" (instance $kit
      (export "r" (type $r (sub resource)))
      (export "peek" (func (param "r" (borrow $r)) (result u32)))))
    (alias export $kit "r" (type $r))
    (core func $peek (canon lower (func $kit "peek")))
    (core func $drop (canon resource.drop $r))
    (core module $main
      (import "kit" "peek" (func $peek (param i32) (result i32)))
      (import "kit" "drop" (func $drop (param i32)))
      (func (export "use") (param i32 i32) (result i32) (local $seen i32)
        (if (i32.eq (local.get 1) (i32.const 3)) (then (return (local.get 0))))
        (if (i32.eq (local.get 1) (i32.const 1))
          (then (local.set $seen (call $peek (local.get 0)))))
        (if (i32.ne (local.get 1) (i32.const 2)) (then (call $drop (local.get 0))))
        (local.get $seen))
      (func (export "give") (param i32) (result i32) (local.get 0))
      (func (export "swap") (param i32 i32) (result i32)
        (i32.add (call $peek (local.get 0)) (call $peek (local.get 1)))
        (call $drop (local.get 0))
        (call $drop (local.get 1))))
    (core instance $main (instantiate $main
      (with "kit" (instance (export "peek" (func $peek)) (export "drop" (func $drop))))))
    (func (export "use") (param "r" (borrow $r)) (param "how" u32) (result u32)
      (canon lift (core func $main "use")))
    (func (export "give") (param "r" (borrow $r)) (result (own $r))
      (canon lift (core func $main "give")))
    (func (export "swap") (param "b" (borrow $r)) (param "o" (own $r)) (result u32)
      (canon lift (core func $main "swap"))))
  (instance $middle (instantiate $middle (with "kit" (instance $kit))))
  (component $app
    (import "kit" (instance $kit
      (export "r" (type $r (sub resource)))
      (export "s" (type $s (sub resource)))
      (export "make" (func (param "n" u32) (result (own $r))))
      (export "peek" (func (param "r" (borrow $r)) (result u32)))
      (export "name" (func (result string)))))
    (alias export $kit "r" (type $r))
    (alias export $kit "s" (type $s))
    (import "middle" (instance $middle
      (export "use" (func (param "r" (borrow $r)) (param "how" u32) (result u32)))
      (export "give" (func (param "r" (borrow $r)) (result (own $r))))
      (export "swap" (func (param "b" (borrow $r)) (param "o" (own $r)) (result u32)))))
    (core func $make (canon lower (func $kit "make")))
    (core func $peek (canon lower (func $kit "peek")))
    (core func $use (canon lower (func $middle "use")))
    (core func $give (canon lower (func $middle "give")))
    (core func $swap (canon lower (func $middle "swap")))
    (core func $end (canon resource.drop $r))
    (core func $end-s (canon resource.drop $s))
    (core module $memory
      (import "r" "drop" (func $drop (param i32)))
      (memory (export "memory") 1)
      (global $doomed (mut i32) (i32.const 0))
      (func (export "doom") (param i32) (global.set 0 (local.get 0)))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32)
        (if (global.get $doomed) (then (call $drop (global.get $doomed))))
        (i32.const 64)))
    (core instance $memory (instantiate $memory
      (with "r" (instance (export "drop" (func $end))))))
    (core func $name (canon lower (func $kit "name") (memory (core memory $memory "memory"))
      (realloc (core func $memory "realloc"))))
    (core module $main
      (import "middle" "use" (func $use (param i32 i32) (result i32)))
      (import "middle" "give" (func $give (param i32) (result i32)))
      (import "middle" "name" (func $name (param i32)))
      (import "memory" "doom" (func $doom (param i32)))
      (func (export "use") (param i32 i32) (result i32)
        (if (i32.eq (local.get 1) (i32.const 3)) (then (return (call $give (local.get 0)))))
        (call $use (local.get 0) (local.get 1)))
      ;; Asks for a string; `realloc` drops a handle meanwhile.
      (func (export "ask") (param i32) (result i32)
        (call $doom (local.get 0))
        (call $name (i32.const 32))
        (i32.const 0)))
    (core instance $main (instantiate $main
      (with "memory" (instance $memory))
      (with "middle" (instance (export "use" (func $use)) (export "give" (func $give))
        (export "name" (func $name))))))
    (core module $pass
      (import "" "make" (func $make (param i32) (result i32)))
      (import "" "peek" (func $peek (param i32) (result i32)))
      (import "" "swap" (func $swap (param i32 i32) (result i32)))
      (import "" "end" (func $end (param i32)))
      (import "" "end-s" (func $end-s (param i32)))
      (export "make" (func $make)) (export "peek" (func $peek)) (export "swap" (func $swap))
      (export "end" (func $end)) (export "end-s" (func $end-s)))
    (core instance $pass (instantiate $pass (with "" (instance
      (export "make" (func $make)) (export "peek" (func $peek)) (export "swap" (func $swap))
      (export "end" (func $end)) (export "end-s" (func $end-s))))))
    (func (export "make") (param "n" u32) (result u32) (canon lift (core func $pass "make")))
    (func (export "peek") (param "r" u32) (result u32) (canon lift (core func $pass "peek")))
    (func (export "swap") (param "b" u32) (param "o" u32) (result u32)
      (canon lift (core func $pass "swap")))
    (func (export "end") (param "r" u32) (canon lift (core func $pass "end")))
    (func (export "end-s") (param "s" u32) (canon lift (core func $pass "end-s")))
    (func (export "use") (param "r" u32) (param "how" u32) (result u32)
      (canon lift (core func $main "use")))
    (func (export "ask") (param "r" u32) (result u32) (canon lift (core func $main "ask"))))
  (instance $app (instantiate $app (with "kit" (instance $kit)) (with "middle" (instance $middle))))
  (export "app" (instance $app))
  (export "ended" (func $kit "ended")))
