;; # Nothing can be made of a type of the host without it, and its built-in is there nevertheless.
;; end(1) traps with unknown handle index
;; dropped =
(component
  (import "foreign" (type $foreign (sub resource)))
  (core func $end (canon resource.drop $foreign))
  (core module $m (import "" "end" (func $end (param i32))) (export "end" (func $end)))
  (core instance $m (instantiate $m (with "" (instance (export "end" (func $end))))))
  (func (export "end") (param "handle" u32) (canon lift (core func $m "end"))))
