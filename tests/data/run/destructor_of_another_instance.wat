;; # The destructor of `thing` is a function of another instance, lowered; the `resource.drop` is lifted without any code
;; # around it. Neither adapter needs a memory, but the module that drops lies between theirs.
;; make(5) = 1
;; end(1) =
;; ended() = 5
(component
  (component $log
    (core module $m
      (global $ended (mut i32) (i32.const 0))
      (func (export "note") (param i32) (global.set 0 (local.get 0)))
      (func (export "ended") (result i32) (global.get 0)))
    (core instance $m (instantiate $m))
    (func (export "note") (param "n" u32) (canon lift (core func $m "note")))
    (func (export "ended") (result u32) (canon lift (core func $m "ended"))))
  (instance $log (instantiate $log))
  (component $kit
    (import "note" (func $note (param "n" u32)))
    (core func $note (canon lower (func $note)))
    (type $thing (resource (rep i32) (dtor (core func $note))))
    (core func $new (canon resource.new $thing))
    (core func $drop (canon resource.drop $thing))
    (func (export "make") (param "n" u32) (result u32) (canon lift (core func $new)))
    (func (export "end") (param "handle" u32) (canon lift (core func $drop))))
  (instance $kit (instantiate $kit (with "note" (func $log "note"))))
  (component $app
    (import "kit" (instance $kit
      (export "make" (func (param "n" u32) (result u32)))
      (export "end" (func (param "handle" u32)))))
    (core func $make (canon lower (func $kit "make")))
    (core func $end (canon lower (func $kit "end")))
    (func (export "make") (param "n" u32) (result u32) (canon lift (core func $make)))
    (func (export "end") (param "handle" u32) (canon lift (core func $end))))
  (instance $app (instantiate $app (with "kit" (instance $kit))))
  (export "make" (func $app "make"))
  (export "end" (func $app "end"))
  (export "ended" (func $log "ended")))
