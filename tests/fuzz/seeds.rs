//! Components to mutate, written out: every kind of section, item, type and option occurs in one of them.

/// Components by name. Those that begin with `unsupported` are valid and refused.
pub(crate) const SEEDS: &[(&str, &str)] = &[
    ("core-sections", CORE_SECTIONS),
    ("calls", CALLS),
    ("resources", RESOURCES),
    ("imports", IMPORTS),
    ("nesting", NESTING),
    ("types", TYPES),
    ("core-links", CORE_LINKS),
    ("twice", TWICE),
    ("fixed-lists", FIXED_LISTS),
    ("unsupported-async", UNSUPPORTED_ASYNC),
    ("unsupported-component-import", UNSUPPORTED_COMPONENT_IMPORT),
];

/// A module with every kind of section.
const CORE_SECTIONS: &str = r#"(component $root
  (core module $m
    (@custom "note" "some bytes")
    (type $f (func (param i32 i64) (result f32)))
    (import "a" "f" (func $imported (type $f)))
    (import "a" "t" (table 1 10 funcref))
    (import "a" "m" (memory 1))
    (import "a" "g" (global $g (mut i32)))
    (import "a" "e" (tag (param i32)))
    (table $t 2 funcref)
    (memory $m i64 1 4)
    (global $h i32 (i32.const 7))
    (tag $e (param i64))
    (export "f" (func $own)) (export "t" (table $t)) (export "m" (memory $m))
    (export "g" (global $g)) (export "e" (tag $e)) (export "again" (func $own))
    (start $begin)
    (elem (table $t) (i32.const 0) func $own)
    (elem declare func $imported)
    (func $own (type $f) (local i32) (drop (ref.func $imported)) f32.const 1)
    (func $begin (memory.init $m $d (i64.const 0) (i32.const 0) (i32.const 1)) data.drop $d)
    (data $d "abc"))
  (core module $args
    (func (export "f") (param i32 i64) (result f32) unreachable)
    (table (export "t") 1 10 funcref) (memory (export "m") 1)
    (global (export "g") (mut i32) (i32.const 0)) (tag (export "e") (param i32)))
  (core instance $args (instantiate $args))
  (core instance $i (instantiate $m (with "a" (instance $args)))))"#;

/// Calls between components with strings and lists, in three encodings and with a 64-bit memory.
const CALLS: &str = r#"(component $calls
  (component $callee
    (core module $m
      (memory (export "mem") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable)
      (func (export "join") (param i32 i32 i32 i32) (result i32) unreachable)
      (func (export "sum") (param i32 i32) (result i64) unreachable)
      (func (export "post") (param i32)))
    (core instance $m (instantiate $m))
    (alias core export $m "mem" (core memory $mem))
    (type $join (func (param "a" string) (param "b" string) (result string)))
    (func $join (type $join) (canon lift (core func $m "join") (memory $mem)
      (realloc (core func $m "realloc")) (post-return (core func $m "post")) string-encoding=utf16))
    (func $sum (param "xs" (list u32)) (result u64)
      (canon lift (core func $m "sum") (memory $mem) (realloc (core func $m "realloc"))))
    (instance $text (export "join" (func $join)))
    (export "test:calls/text@1.0.0" (instance $text))
    (export "sum" (func $sum)))
  (component $caller
    (import "test:calls/text@1.0.0" (instance $text
      (export "join" (func (param "a" string) (param "b" string) (result string)))))
    (import "sum" (func $sum (param "xs" (list u32)) (result u64)))
    (core module $libc
      (memory (export "mem") 1)
      (memory (export "wide") i64 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable)
      (func (export "realloc64") (param i64 i64 i64 i64) (result i64) unreachable))
    (core instance $libc (instantiate $libc))
    (alias core export $libc "mem" (core memory $mem))
    (alias core export $libc "wide" (core memory $wide))
    (core func $join (canon lower (func $text "join") (memory $mem)
      (realloc (core func $libc "realloc")) string-encoding=latin1+utf16))
    (core func $join64 (canon lower (func $text "join") (memory $wide)
      (realloc (core func $libc "realloc64"))))
    (core func $sum (canon lower (func $sum) (memory $mem)))
    (core module $m
      (import "in" "join" (func (param i32 i32 i32 i32 i32)))
      (import "in" "join64" (func (param i64 i64 i64 i64 i64)))
      (import "in" "sum" (func $sum (param i32 i32) (result i64)))
      (func (export "run") (result i64) (call $sum (i32.const 0) (i32.const 0))))
    (core instance $m (instantiate $m (with "in" (instance
      (export "join" (func $join)) (export "join64" (func $join64)) (export "sum" (func $sum))))))
    (func (export "run") (result u64) (canon lift (core func $m "run"))))
  (instance $callee (instantiate $callee))
  (instance $a (instantiate $caller
    (with "test:calls/text@1.0.0" (instance $callee "test:calls/text@1.0.0"))
    (with "sum" (func $callee "sum"))))
  (instance $b (instantiate $caller
    (with "test:calls/text@1.0.0" (instance $callee "test:calls/text@1.0.0"))
    (with "sum" (func $callee "sum"))))
  (export "run" (func $a "run"))
  (export "b" (instance $b)))"#;

/// Resources that are defined, handed on, exported abstractly and dropped.
const RESOURCES: &str = r#"(component $resources
  (component $files
    (core module $d (func (export "dtor") (param i32)))
    (core instance $d (instantiate $d))
    (type $file (resource (rep i32) (dtor (core func $d "dtor"))))
    (core func $new (canon resource.new $file))
    (core func $rep (canon resource.rep $file))
    (core func $drop (canon resource.drop $file))
    (core module $m
      (import "" "new" (func $new (param i32) (result i32)))
      (import "" "rep" (func (param i32) (result i32)))
      (import "" "drop" (func (param i32)))
      (func (export "open") (param i32) (result i32) (call $new (local.get 0)))
      (func (export "size") (param i32) (result i64) i64.const 1))
    (core instance $m (instantiate $m (with "" (instance
      (export "new" (func $new)) (export "rep" (func $rep)) (export "drop" (func $drop))))))
    (export $file' "file" (type $file))
    (func (export "[constructor]file") (param "fd" u32) (result (own $file'))
      (canon lift (core func $m "open")))
    (func (export "[method]file.size") (param "self" (borrow $file')) (result u64)
      (canon lift (core func $m "size"))))
  (component $reader
    (import "files" (instance $files
      (export "file" (type $file (sub resource)))
      (export "[constructor]file" (func (param "fd" u32) (result (own $file))))
      (export "[method]file.size" (func (param "self" (borrow $file)) (result u64)))))
    (alias export $files "file" (type $file))
    (core func $open (canon lower (func $files "[constructor]file")))
    (core func $size (canon lower (func $files "[method]file.size")))
    (core func $drop (canon resource.drop $file))
    (core module $m
      (import "" "open" (func $open (param i32) (result i32)))
      (import "" "size" (func $size (param i32) (result i64)))
      (import "" "drop" (func (param i32)))
      (func (export "go") (result i64) (call $size (call $open (i32.const 3)))))
    (core instance $m (instantiate $m (with "" (instance
      (export "open" (func $open)) (export "size" (func $size)) (export "drop" (func $drop))))))
    (func (export "go") (result u64) (canon lift (core func $m "go")))
    (export "through" (instance $files)))
  (instance $files (instantiate $files))
  (instance $reader (instantiate $reader (with "files" (instance $files))))
  (alias export $reader "through" (instance $through))
  (instance $again (instantiate $reader (with "files" (instance $through))))
  (export "files" (instance $files))
  (export "go" (func $again "go")))"#;

/// Imports of every kind, used and passed on.
const IMPORTS: &str = r#"(component $imports
  (type $level' (enum "low" "high"))
  (import "level" (type $level (eq $level')))
  (import "handle" (type $handle (sub resource)))
  (import "now" (func $now (result u64)))
  (import "sink" (implements "wasi:log/sink@0.2.0") (instance $sink))
  (import "log" (external-id "log-1") (instance $log
    (alias outer $imports $level (type $level))
    (export "level" (type $l (eq $level)))
    (export "inner" (instance
      (export "entry" (type $entry (sub resource)))
      (export "write" (func (param "at" (borrow $entry)) (param "text" string)))))
    (export "set" (func (param "to" $l) (param "from" (own $handle))))))
  (import "code" (core module $code
    (import "env" "now" (func (result i64)))
    (export "memory" (memory 1))
    (export "run" (func (param i32)))))
  (core func $now' (canon lower (func $now)))
  (core instance $env (export "now" (func $now')))
  (core instance $c (instantiate $code (with "env" (instance $env))))
  (alias export $log "inner" (instance $inner))
  (core func $write (canon lower (func $inner "write") (memory (core memory $c "memory"))))
  (core func $set (canon lower (func $log "set")))
  (core func $drop (canon resource.drop $handle))
  (core module $m
    (import "h" "write" (func (param i32 i32 i32)))
    (import "h" "set" (func (param i32 i32)))
    (import "h" "drop" (func (param i32))))
  (core instance $m (instantiate $m (with "h" (instance
    (export "write" (func $write)) (export "set" (func $set)) (export "drop" (func $drop))))))
  (func $run (param "n" u32) (canon lift (core func $c "run")))
  (export "run" (func $run))
  (export "now2" (func $now))
  (export "code2" (core module $code))
  (export "log2" (instance $log)))"#;

/// Components in components, as arguments, captured and exported.
const NESTING: &str = r#"(component $nesting
  (core module $m (func (export "f") (result i32) i32.const 1))
  (type $pair (tuple u32 u32))
  (core type $ct (func (param i32)))
  (component $leaf
    (core instance $i (instantiate $m))
    (func (export "f") (result u32) (canon lift (core func $i "f"))))
  (component $maker
    (import "c" (component $c (export "f" (func (result u32)))))
    (component $inner
      (alias outer $nesting $pair (type $pair))
      (alias outer $nesting $ct (core type $ct))
      (alias outer $nesting $m (core module $m))
      (alias outer $maker $c (component $c))
      (core instance (instantiate $m))
      (instance $a (instantiate $c))
      (instance $b (instantiate $c))
      (export "f" (func $a "f"))
      (export "g" (func $b "f"))
      (export "p" (type $pair)))
    (export "made" (component $inner)))
  (instance $one (instantiate $maker (with "c" (component $leaf))))
  (alias export $one "made" (component $made))
  (instance $two (instantiate $maker (with "c" (component $made))))
  (instance $three (instantiate (component $two "made")))
  (instance $mixed
    (export "c" (component $leaf)) (export "m" (core module $m)) (export "i" (instance $three))
    (export "f" (func $three "f")) (export "p" (type $pair)))
  (instance $outer (export "mixed" (instance $mixed)) (export "again" (instance $mixed)))
  (export "made" (component $made))
  (export "m" (core module $m))
  (export "p" (type $pair))
  (export "outer" (instance $outer)))"#;

/// Value types of every kind.
const TYPES: &str = r#"(component $types
  (type $r (resource (rep i32)))
  (type $record (record (field "a" u8) (field "b" s64) (field "c" f32) (field "d" char)))
  (type $variant (variant (case "none") (case "some" $record) (case "text" string)))
  (type $flags (flags "x" "y" "z"))
  (type $enum (enum "p" "q"))
  (type $map (map string u16))
  (type $list (list $variant))
  (type $option (option $flags))
  (type $result (result $list (error $enum)))
  (type $tuple (tuple bool s8 s16 u64 f64 $option))
  (type $own (own $r))
  (type $iface (instance (type $t (record (field "x" u8))) (export "t" (type (eq $t)))))
  (type $world (component (import "f" (func)) (export "g" (func))))
  (core module $m
    (memory (export "mem") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable)
    (func (export "f") (param i32) (result i32) unreachable))
  (core instance $m (instantiate $m))
  (export $r' "r" (type $r))
  (export $record' "record" (type $record))
  (export $flags' "flags" (type $flags))
  (export $enum' "enum" (type $enum))
  (type $variant' (variant (case "none") (case "some" $record') (case "text" string)))
  (export $variant'' "variant" (type $variant'))
  (func (export "f")
    (param "a" $record') (param "b" $variant'') (param "c" (option $flags')) (param "d" $map)
    (param "e" (result (list $variant'') (error $enum'))) (param "h" (own $r'))
    (param "g" (tuple bool s8 s16 u64 f64))
    (result (list (result (own $r') (error string))))
    (canon lift (core func $m "f") (memory (core memory $m "mem"))
      (realloc (core func $m "realloc")))))"#;

/// Core types, core instances made of items, and aliases of every kind of core item.
const CORE_LINKS: &str = r#"(component $links
  (core type $sig (func (param i32) (result i32)))
  (core type $shape (module
    (type (func (result i32)))
    (import "a" "f" (func (type 0)))
    (export "m" (memory 1))))
  (core module $all
    (func (export "f") (result i32) i32.const 2)
    (table (export "t") 1 funcref) (memory (export "m") 1)
    (global (export "g") i32 (i32.const 1)) (tag (export "e")))
  (core module $takes
    (import "a" "f" (func (result i32))) (import "a" "t" (table 0 funcref))
    (import "b" "m" (memory 0)) (import "b" "g" (global i32)) (import "b" "e" (tag)))
  (core instance $all (instantiate $all))
  (alias core export $all "f" (core func $f))
  (alias core export $all "t" (core table $t))
  (alias core export $all "m" (core memory $m))
  (alias core export $all "g" (core global $g))
  (alias core export $all "e" (core tag $e))
  (core instance $a (export "f" (func $f)) (export "t" (table $t)))
  (core instance $b
    (export "m" (memory $m)) (export "g" (global $g)) (export "e" (tag $e)) (export "f" (func $f)))
  (core instance $c (instantiate $takes (with "a" (instance $a)) (with "b" (instance $b))))
  (core instance $d (instantiate $takes (with "a" (instance $all)) (with "b" (instance $all))))
  (component $takes-module
    (import "m" (core module (export "f" (func (result i32)))))
    (export "again" (core module 0)))
  (instance $tm (instantiate $takes-module (with "m" (core module $all))))
  (export "all" (core module $tm "again")))"#;

/// One component, several times, with arguments that could be swapped.
const TWICE: &str = r#"(component $twice
  (component $c
    (import "x" (instance $x (export "f" (func (result u32)))))
    (import "y" (instance $y (export "f" (func (result u32)))))
    (import "z" (func $z (result u32)))
    (core func $x (canon lower (func $x "f")))
    (core func $y (canon lower (func $y "f")))
    (core func $z (canon lower (func $z)))
    (core module $m
      (import "i" "x" (func $x (result i32)))
      (import "i" "y" (func (result i32)))
      (import "j" "z" (func (result i32)))
      (func (export "f") (result i32) (call $x)))
    (core instance $i (export "x" (func $x)) (export "y" (func $y)) (export "z" (func $z)))
    (core instance $m (instantiate $m (with "i" (instance $i)) (with "j" (instance $i))))
    (func (export "f") (result u32) (canon lift (core func $m "f"))))
  (component $one
    (core module $m (func (export "f") (result i32) i32.const 1))
    (core instance $m (instantiate $m))
    (func (export "f") (result u32) (canon lift (core func $m "f"))))
  (instance $a (instantiate $one))
  (instance $b (instantiate $one))
  (alias export $a "f" (func $fa))
  (alias export $b "f" (func $fb))
  (instance $p (instantiate $c (with "x" (instance $a)) (with "y" (instance $b)) (with "z" (func $fa))))
  (instance $q (instantiate $c (with "x" (instance $p)) (with "y" (instance $a)) (with "z" (func $fb))))
  (instance $r (instantiate $c (with "x" (instance $q)) (with "y" (instance $q)) (with "z" (func $q "f"))))
  (export "p" (instance $p)) (export "q" (instance $q)) (export "r" (instance $r))
  (export "f" (func $r "f")))"#;

/// Lists whose length is part of their type: an option of translation.
const FIXED_LISTS: &str = r#"(component
  (import "f" (func $f (param "x" (list u8 4)) (result (list (tuple u32 bool) 2))))
  (core module $m (memory (export "mem") 1))
  (core instance $m (instantiate $m))
  (core func (canon lower (func $f) (memory (core memory $m "mem")))))"#;

/// Asynchronous functions, streams and futures, which are valid and not supported.
const UNSUPPORTED_ASYNC: &str = r#"(component
  (type $s (stream u8))
  (type $t (future string))
  (core func (canon stream.new $s))
  (core func (canon future.new $t))
  (core func $ret (canon task.return (result u32)))
  (core module $m (func (export "f") unreachable))
  (core instance $m (instantiate $m))
  (func (export "f") async (result u32) (canon lift (core func $m "f") async)))"#;

/// An import of a component, which is to be supplied.
const UNSUPPORTED_COMPONENT_IMPORT: &str = r#"(component
  (import "c" (component $c (export "f" (func))))
  (instance $i (instantiate $c))
  (export "f" (func $i "f")))"#;
