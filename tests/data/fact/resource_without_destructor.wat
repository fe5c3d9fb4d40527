(module $"thing in app"
  (type (;0;) (func (param i32)))
  (type (;1;) (func (param i32 i32) (result i32 i32)))
  (import "state app" "resource-drop" (func $"state app.resource-drop" (;0;) (type 1) (param i32 i32) (result i32 i32)))
  (export "drop" (func $drop))
  (func $drop (;1;) (type 0) (param $handle i32)
    i32.const 3
    local.get $handle
    call $"state app.resource-drop"
    drop
    drop
  )
)
