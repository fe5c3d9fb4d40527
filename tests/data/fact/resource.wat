(module $"thing in app"
  (type (;0;) (func (param i32) (result i32)))
  (type (;1;) (func (param i32 i32) (result i32)))
  (type (;2;) (func (param i32)))
  (type (;3;) (func (param i32 i32) (result i32 i32)))
  (import "state app" "resource-new" (func $"state app.resource-new" (;0;) (type 1) (param i32 i32) (result i32)))
  (import "state app" "resource-rep" (func $"state app.resource-rep" (;1;) (type 1) (param i32 i32) (result i32)))
  (import "state app" "resource-drop" (func $"state app.resource-drop" (;2;) (type 3) (param i32 i32) (result i32 i32)))
  (import "kit" "dtor" (func $kit.dtor (;3;) (type 2) (param i32)))
  (export "new" (func $new))
  (export "rep" (func $rep))
  (export "drop" (func $drop))
  (func $new (;4;) (type 0) (param $rep i32) (result i32)
    i32.const 3
    local.get $rep
    call $"state app.resource-new"
  )
  (func $rep (;5;) (type 0) (param $handle i32) (result i32)
    i32.const 3
    local.get $handle
    call $"state app.resource-rep"
  )
  (func $drop (;6;) (type 2) (param $handle i32)
    (local $owned i32) (local $rep i32)
    i32.const 3
    local.get $handle
    call $"state app.resource-drop"
    local.set $owned
    local.set $rep
    local.get $owned
    if ;; label = @1
      local.get $rep
      call $kit.dtor
    end
  )
)
