;; Within one instance a string may be lowered to where it is lifted from: what arrives is what was there before
;; realloc was called. (targets.md, mistake 10)

(component definition $C
  (core module $libc
    (memory (export "memory") 1)
    (global (export "at") (mut i32) (i32.const 64))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      ;; What is overwritten before anything is copied.
      (i32.store8 (i32.const 65) (i32.const 0x7a))
      (i32.const 64))
    (data (i32.const 64) "abcdefgh"))
  (core instance $libc (instantiate $libc))
  (core module $callee
    (import "libc" "memory" (memory 1))
    (func (export "utf16") (param i32 i32) (result i32)
      (i32.and
        (i64.eq (i64.load (local.get 0)) (i64.const 0x0064006300620061))
        (i32.and (i64.eq (i64.load offset=8 (local.get 0)) (i64.const 0x0068006700660065)) (i32.eq (local.get 1) (i32.const 8)))))
    (func (export "utf8") (param i32 i32) (result i32)
      (i64.eq (i64.load (local.get 0)) (i64.const 0x6867666564636261))))
  (core instance $callee (instantiate $callee (with "libc" (instance $libc))))
  (func $utf16 (param "it" string) (result u32)
    (canon lift (core func $callee "utf16") string-encoding=utf16 (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (func $utf8 (param "it" string) (result u32)
    (canon lift (core func $callee "utf8") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (core func $utf16-lowered (canon lower (func $utf16) (memory (core memory $libc "memory"))))
  (core func $utf8-lowered (canon lower (func $utf8) (memory (core memory $libc "memory"))))
  (core module $caller
    (import "" "utf16" (func $utf16 (param i32 i32) (result i32)))
    (import "" "utf8" (func $utf8 (param i32 i32) (result i32)))
    (func (export "utf16") (result i32) (call $utf16 (i32.const 64) (i32.const 8)))
    (func (export "utf8") (result i32) (call $utf8 (i32.const 64) (i32.const 8))))
  (core instance $caller (instantiate $caller
    (with "" (instance (export "utf16" (func $utf16-lowered)) (export "utf8" (func $utf8-lowered))))))
  (func (export "utf16") (result u32) (canon lift (core func $caller "utf16")))
  (func (export "utf8") (result u32) (canon lift (core func $caller "utf8"))))

(component instance $i $C)
(assert_return (invoke "utf16") (u32.const 1))
(component instance $i $C)
(assert_return (invoke "utf8") (u32.const 1))
