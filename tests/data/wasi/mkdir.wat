;; A program: makes a folder `new` in each folder that it was given, and exits with the number of those that it could not
;; make one in.
(component
  (type $codes (enum "access" "would-block" "already" "bad-descriptor" "busy" "deadlock" "quota" "exist" "file-too-large"
    "illegal-byte-sequence" "in-progress" "interrupted" "invalid" "io" "is-directory" "loop" "too-many-links"
    "message-size" "name-too-long" "no-device" "no-entry" "no-lock" "insufficient-memory" "insufficient-space"
    "not-directory" "not-empty" "not-recoverable" "unsupported" "no-tty" "no-such-device" "overflow" "not-permitted"
    "pipe" "read-only" "invalid-seek" "text-file-busy" "cross-device"))
  (import "wasi:filesystem/types@0.2.0" (instance $types
    (alias outer 1 $codes (type $outer))
    (export "error-code" (type $code (eq $outer)))
    (export "descriptor" (type $descriptor (sub resource)))
    (export "[method]descriptor.create-directory-at"
      (func (param "self" (borrow $descriptor)) (param "path" string) (result (result (error $code)))))))
  (alias export $types "descriptor" (type $descriptor))
  (import "wasi:filesystem/preopens@0.2.0" (instance $preopens
    (alias outer 1 $descriptor (type $outer))
    (export "descriptor" (type $descriptor (eq $outer)))
    (export "get-directories" (func (result (list (tuple (own $descriptor) string)))))))
  (import "wasi:cli/exit@0.2.0" (instance $exit
    (export "exit-with-code" (func (param "status-code" u8)))))
  (core module $libc
    (memory (export "memory") 1)
    (data (i32.const 0) "new")
    (global $next (mut i32) (i32.const 4096))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (local $at i32)
      (local.set $at (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
      (global.set $next (i32.add (local.get $at) (local.get 3)))
      (local.get $at)))
  (core instance $libc (instantiate $libc))
  (core func $directories (canon lower (func $preopens "get-directories")
    (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (core func $create (canon lower (func $types "[method]descriptor.create-directory-at")
    (memory (core memory $libc "memory"))))
  (core func $exit (canon lower (func $exit "exit-with-code")))
  (core module $main
    (import "libc" "memory" (memory 1))
    (import "host" "directories" (func $directories (param i32)))
    (import "host" "create" (func $create (param i32 i32 i32 i32)))
    (import "host" "exit" (func $exit (param i32)))
    (func (export "run") (result i32)
      (local $at i32) (local $rest i32) (local $failed i32)
      (call $directories (i32.const 16))
      (local.set $at (i32.load (i32.const 16)))
      (local.set $rest (i32.load (i32.const 20)))
      (loop $next
        (if (local.get $rest) (then
          (call $create (i32.load (local.get $at)) (i32.const 0) (i32.const 3) (i32.const 32))
          (local.set $failed (i32.add (local.get $failed) (i32.load8_u (i32.const 32))))
          (local.set $at (i32.add (local.get $at) (i32.const 12)))
          (local.set $rest (i32.sub (local.get $rest) (i32.const 1)))
          (br $next))))
      (call $exit (local.get $failed))
      unreachable))
  (core instance $main (instantiate $main
    (with "libc" (instance $libc))
    (with "host" (instance
      (export "directories" (func $directories))
      (export "create" (func $create))
      (export "exit" (func $exit))))))
  (func $run (result (result)) (canon lift (core func $main "run")))
  (instance (export "wasi:cli/run@0.2.0") (export "run" (func $run))))
