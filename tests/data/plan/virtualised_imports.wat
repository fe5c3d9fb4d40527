;; The component imports a log of the host and gives the application inside it a log of its own, which adds to each
;; line and hands it on: the application's import is an adapter, only the inner log's is the host's.
(component $virtualised
  (import "host:log/out" (instance $host
    (type $level' (enum "debug" "info" "error"))
    (export "level" (type $level (eq $level')))
    (export "write" (func (param "at" $level) (param "line" string)))))
  (alias export $host "level" (type $level))

  (component $prefix
    (type $level' (enum "debug" "info" "error"))
    (import "level" (type $level (eq $level')))
    (import "inner" (func $inner (param "at" $level) (param "line" string)))
    (core module $libc
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable))
    (core instance $libc (instantiate $libc))
    (core func $inner (canon lower (func $inner) (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
    (core module $m
      (import "inner" "write" (func $write (param i32 i32 i32)))
      (func (export "write") (param i32 i32 i32)
        (call $write (local.get 0) (local.get 1) (local.get 2))))
    (core instance $m (instantiate $m (with "inner" (instance (export "write" (func $inner))))))
    (func (export "write") (param "at" $level) (param "line" string)
      (canon lift (core func $m "write") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc")))))

  (component $app
    (import "host:log/out" (instance $log
      (type $level' (enum "debug" "info" "error"))
      (export "level" (type $level (eq $level')))
      (export "write" (func (param "at" $level) (param "line" string)))))
    (core module $libc (memory (export "memory") 1))
    (core instance $libc (instantiate $libc))
    (core func $write
      (canon lower (func $log "write") (memory (core memory $libc "memory")) string-encoding=utf16))
    (core module $m
      (import "log" "write" (func $write (param i32 i32 i32)))
      (func (export "run") (call $write (i32.const 1) (i32.const 0) (i32.const 0))))
    (core instance $m (instantiate $m (with "log" (instance (export "write" (func $write))))))
    (func (export "run") (canon lift (core func $m "run"))))

  (instance $prefix (instantiate $prefix
    (with "level" (type $level))
    (with "inner" (func $host "write"))))
  (instance $log
    (export "level" (type $level))
    (export "write" (func $prefix "write")))
  (instance $app (instantiate $app (with "host:log/out" (instance $log))))
  (export "run" (func $app "run")))
