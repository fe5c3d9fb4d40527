//! What calls with handles cost, with generated handle tables, beside calls without.

use anyhow::{Context, Result, ensure};
use interfuse::adapt::{FuncType, ResourceId, StringEncoding, Types, ValType};
use interfuse::fact::{AdapterSpec, Callee, FactConfig, ImportName, StateExport, compile};
use serde::Serialize;
use wasmtime::{Engine, Instance};

use crate::sample::{Contender, Settings, medians};
use crate::spec::{Owner, adapter, with_handles};
use crate::world::{Loop, World};

/// The representation of the resource that is made.
const REP: u32 = 7;

/// A guest that implements a resource, or is lent one. It counts how often it is used and destroyed.
const RESOURCE: &str = r#"
(module
  (import "callee-state" "resource-new" (func $new (param i32 i32) (result i32)))
  (import "callee-state" "resource-drop" (func $drop (param i32 i32) (result i32 i32)))
  (global $uses (export "uses") (mut i32) (i32.const 0))
  (global $destroyed (export "destroyed") (mut i32) (i32.const 0))
  (func (export "make") (result i32)
    (call $new (i32.const 0) (i32.const 7)))
  (func (export "destroy") (param i32)
    (global.set $destroyed (i32.add (global.get $destroyed) (i32.const 1))))
  (func $use (export "use") (param i32)
    (global.set $uses (i32.add (global.get $uses) (i32.const 1))))
  (func (export "use-and-drop") (param i32)
    (call $use (local.get 0))
    (call $drop (i32.const 0) (local.get 0))
    drop
    drop))
"#;

/// Makes a resource and drops it.
const MAKE_AND_DROP: &str = r#"
(module
  (import "adapter" "adapter" (func $make (result i32)))
  (import "caller-state" "resource-drop" (func $drop (param i32 i32) (result i32 i32)))
  (import "resource" "destroy" (func $destroy (param i32)))
  (func (export "run") (param $count i32) (param $handle i32) (param $unused i32)
    (loop $again
      (call $drop (i32.const 0) (call $make))
      (if (param i32)
        (then (call $destroy))
        (else (drop)))
      (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))))
"#;

/// Calls a function with a handle.
fn caller(module: &str, name: &str) -> String {
    format!(
        r#"
(module
  (import "{module}" "{name}" (func $use (param i32)))
  (func (export "run") (param $count i32) (param $handle i32) (param $unused i32)
    (loop $again
      (call $use (local.get $handle))
      (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))))
"#
    )
}

/// A kind of call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// A core function of another instance, with a number.
    Core,
    /// An adapter, with a number.
    Number,
    /// A resource is made, given away and dropped.
    Own,
    /// A resource is lent to the guest that implements it.
    BorrowSelf,
    /// A resource is lent to a guest that does not implement it, which drops its handle.
    BorrowForeign,
}

/// What was measured of a case.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// The kind of call.
    pub name: &'static str,
    /// Nanoseconds of a call of a core function.
    pub core_ns: f64,
    /// Nanoseconds of a call of this kind.
    pub call_ns: f64,
    /// Nanoseconds that are to be reached.
    pub goal_ns: Option<f64>,
}

/// A case with what is timed.
pub struct Prepared {
    world: World,
    core: Loop,
    call: Loop,
    handle: u32,
}

impl Case {
    /// All kinds.
    pub const ALL: [Case; 5] = [
        Case::Core,
        Case::Number,
        Case::Own,
        Case::BorrowSelf,
        Case::BorrowForeign,
    ];

    /// Returns a name for people.
    pub fn name(self) -> &'static str {
        match self {
            Case::Core => "core call",
            Case::Number => "u32",
            Case::Own => "own: make and drop",
            Case::BorrowSelf => "borrow<self>",
            Case::BorrowForeign => "borrow of another's",
        }
    }

    /// Returns what is to be reached, if anything is.
    fn goal_ns(self) -> Option<f64> {
        match self {
            Case::Own => Some(15.0),
            Case::BorrowSelf => Some(6.0),
            Case::Core | Case::Number | Case::BorrowForeign => None,
        }
    }

    /// Returns the adapter.
    fn spec(self, types: &mut Types) -> AdapterSpec {
        let resource = ResourceId::from_u32(0);
        let utf8 = StringEncoding::Utf8;
        let (param, callee, owner) = match self {
            Case::Core | Case::Number => (ValType::U32, "use", Owner::Another),
            Case::Own => (ValType::Own(resource), "make", Owner::Callee),
            Case::BorrowSelf => (ValType::Borrow(resource), "use", Owner::Callee),
            Case::BorrowForeign => (ValType::Borrow(resource), "use-and-drop", Owner::Another),
        };
        let mut spec = adapter(types, &[param], utf8, utf8);
        if self == Case::Own {
            spec.ty = types.define_func(FuncType {
                params: [].into(),
                result: Some(param),
            });
        }
        spec.callee = Callee::Import(ImportName::new("resource", callee));
        let mut spec = with_handles(spec, resource, owner);
        let flag = |module: &str| Some(ImportName::new(module, StateExport::MayLeave.name()));
        spec.lower.may_leave = flag("caller-state");
        spec.lift.may_leave = flag("callee-state");
        spec
    }

    /// Makes everything that is timed, and checks what the adapter does.
    ///
    /// # Errors
    ///
    /// Fails if the adapter does something wrong.
    pub fn prepare(self, engine: &Engine) -> Result<Prepared> {
        let mut world = World::new(engine)?;
        let state = world.add_states()?;
        let resource = world.add("resource", &wat::parse_str(RESOURCE)?)?;
        let mut types = Types::default();
        let spec = self.spec(&mut types);
        let wasm = compile(&types, &[spec], &FactConfig::default())?.wasm;
        world.add("adapter", &wasm)?;
        let core = world.looping(&caller("resource", "use"))?;
        let call = match self {
            Case::Core => core.clone(),
            Case::Own => world.looping(MAKE_AND_DROP)?,
            _ => world.looping(&caller("adapter", "adapter"))?,
        };
        let new = StateExport::ResourceNew.name();
        let new = state.get_typed_func::<(u32, u32), u32>(&mut world.store, new)?;
        let handle = new.call(&mut world.store, (0, REP))?;
        let mut prepared = Prepared {
            world,
            core,
            call,
            handle,
        };
        prepared.call(3)?;
        let uses = prepared.count(resource, "uses")?;
        let destroyed = prepared.count(resource, "destroyed")?;
        let expected = if self == Case::Own { (0, 3) } else { (3, 0) };
        ensure!(
            (uses, destroyed) == expected,
            "{self:?}: {uses}, {destroyed}"
        );
        Ok(prepared)
    }

    /// Measures the case.
    ///
    /// # Errors
    ///
    /// As [`Case::prepare`].
    pub fn measure(self, engine: &Engine, settings: Settings) -> Result<Row> {
        let mut prepared = self.prepare(engine)?;
        let contenders: [Contender<'_, Prepared>; 2] = [&Prepared::core, &Prepared::call];
        let times = medians(settings, &mut prepared, &contenders)?;
        Ok(Row {
            name: self.name(),
            core_ns: times[0],
            call_ns: times[1],
            goal_ns: self.goal_ns(),
        })
    }
}

impl Prepared {
    /// Calls a core function.
    ///
    /// # Errors
    ///
    /// Does not fail.
    pub fn core(&mut self, count: u32) -> Result<()> {
        Ok(self
            .core
            .call(&mut self.world.store, (count, self.handle, 0))?)
    }

    /// Calls as the case says.
    ///
    /// # Errors
    ///
    /// Does not fail.
    pub fn call(&mut self, count: u32) -> Result<()> {
        Ok(self
            .call
            .call(&mut self.world.store, (count, self.handle, 0))?)
    }

    fn count(&mut self, guest: Instance, name: &str) -> Result<i32> {
        let global = guest.get_global(&mut self.world.store, name);
        let value = global
            .context("the guest counts")?
            .get(&mut self.world.store);
        value.i32().context("a count is a number")
    }
}
