//! What an adapter module imports, made of the scripts of a call.

use wasmi::{
    Caller, Error, F32, F64, Func, FuncType, Global, Instance, Memory, Store, Val, ValType,
};

use interfuse::adapt::{IndexType, ResourceId};
use interfuse::fact::{StateExport, TrapCode};

use crate::oracle::flat::{Core, CoreFunc, Flat, pointer_core};
use crate::oracle::guest::{Allocator, Bytes, CalleeScript, ReallocCall, scribble};
use crate::oracle::observation::{Event, Fault, GuestCall, Side};
use crate::oracle::scenario::PostReturnScript;

/// The state of the guests while an adapter runs.
pub(crate) struct Host {
    pub(crate) memories: [Option<Memory>; 2],
    pub(crate) allocators: [Option<Allocator>; 2],
    /// The memories that the functions `realloc` overwrite.
    pub(crate) scribbled: [Option<Memory>; 2],
    pub(crate) flags: [Option<Global>; 2],
    /// The state modules of both sides.
    pub(crate) states: [Option<Instance>; 2],
    pub(crate) drops: Vec<(Side, ResourceId, u32)>,
    pub(crate) callee: CalleeScript,
    pub(crate) post_return: Option<PostReturnScript>,
    pub(crate) events: Vec<Event>,
    /// Why the adapter will not return.
    pub(crate) fault: Option<Fault>,
}

/// A memory of the engine.
struct GuestMemory<'a, 'b> {
    memory: Memory,
    caller: &'a mut Caller<'b, Host>,
}

impl Bytes for GuestMemory<'_, '_> {
    fn bytes(&mut self) -> &mut [u8] {
        self.memory.data_mut(&mut *self.caller)
    }

    fn grow(&mut self, pages: u64) {
        let grown = self.memory.grow(&mut *self.caller, pages);
        grown.expect("there is room");
    }
}

/// Returns whether each side may leave.
pub(crate) fn may_leave(store: &impl wasmi::AsContext<Data = Host>) -> [bool; 2] {
    let flags = store.as_context().data().flags;
    flags.map(|flag| {
        flag.is_none_or(|flag| match flag.get(store) {
            Val::I32(bits) => {
                assert!(bits == 0 || bits == 1, "a flag is {bits}");
                bits == 1
            }
            other => panic!("a flag is {other:?}"),
        })
    })
}

fn note(caller: &mut Caller<'_, Host>, call: GuestCall) {
    let may_leave = may_leave(caller);
    caller.data_mut().events.push(Event { call, may_leave });
}

/// Notes why the adapter does not go on.
fn fault(caller: &mut Caller<'_, Host>, fault: Fault) -> Error {
    caller.data_mut().fault = Some(fault);
    Error::new(format!("{fault:?}"))
}

/// Returns the function `trap`.
pub(crate) fn trap(store: &mut Store<Host>) -> Func {
    Func::wrap(store, |mut caller: Caller<'_, Host>, number: u32| {
        let code = TrapCode::from_number(number).expect("the number of a code");
        Err::<(), Error>(fault(&mut caller, Fault::Trap(code)))
    })
}

/// Returns a side's function `realloc`.
pub(crate) fn realloc(store: &mut Store<Host>, side: Side, width: IndexType) -> Func {
    let ty = val_type(pointer_core(width));
    let ty = FuncType::new([ty; 4], [ty]);
    Func::new(store, ty, move |mut caller, params, results| {
        let [old, old_size, align, new_size] = [0, 1, 2, 3].map(|at| flat(&params[at]).bits());
        let call = ReallocCall {
            old,
            old_size,
            align,
            new_size,
        };
        let index = side.index();
        let memory = caller.data().memories[index].expect("there is a memory");
        let allocator = caller.data_mut().allocators[index].take();
        let mut allocator = allocator.expect("there is an allocator");
        let may_leave = may_leave(&caller);
        let mut bytes = GuestMemory {
            memory,
            caller: &mut caller,
        };
        let answer = allocator.realloc(&mut bytes, call);
        if let Some(memory) = caller.data().scribbled[index] {
            scribble(&mut GuestMemory {
                memory,
                caller: &mut caller,
            });
        }
        caller.data_mut().allocators[index] = Some(allocator);
        let call = GuestCall::Realloc { side, call, answer };
        caller.data_mut().events.push(Event { call, may_leave });
        let Some(answer) = answer else {
            return Err(fault(&mut caller, Fault::Guest));
        };
        results[0] = val(Flat::of(pointer_core(width), answer));
        Ok(())
    })
}

/// Returns the function that the adapter calls.
pub(crate) fn callee(store: &mut Store<Host>, ty: &CoreFunc) -> Func {
    let ty = func_type(&ty.params, &ty.results);
    Func::new(store, ty, move |mut caller, params, results| {
        let flats = params.iter().map(flat).collect();
        note(&mut caller, GuestCall::Callee(flats));
        for (side, ty, handle) in caller.data().drops.clone() {
            drop_handle(&mut caller, side, ty, handle)?;
        }
        let script = caller.data().callee.clone();
        let memory = caller.data().memories[Side::Callee.index()];
        let mut memory = memory.map(|memory| GuestMemory {
            memory,
            caller: &mut caller,
        });
        let memory = memory.as_mut().map(|it| it as &mut dyn Bytes);
        let Some(flats) = script.run(memory) else {
            return Err(fault(&mut caller, Fault::Guest));
        };
        assert_eq!(flats.len(), results.len());
        for (result, flat) in results.iter_mut().zip(flats) {
            *result = val(flat);
        }
        Ok(())
    })
}

/// Drops a handle of a side.
fn drop_handle(
    caller: &mut Caller<'_, Host>,
    side: Side,
    ty: ResourceId,
    handle: u32,
) -> Result<(), Error> {
    let state = caller.data().states[side.index()].expect("handles are passed");
    let name = StateExport::ResourceDrop.name();
    let drop = state.get_typed_func::<(u32, u32), (u32, u32)>(&*caller, name);
    let drop = drop.expect("it is exported");
    let (rep, owned) = drop.call(&mut *caller, (ty.as_u32(), handle))?;
    let owned = owned != 0;
    note(caller, GuestCall::Drop { side, rep, owned });
    Ok(())
}

/// Returns the callee's post-return function.
pub(crate) fn post_return(store: &mut Store<Host>, ty: &CoreFunc) -> Func {
    let ty = func_type(&ty.results, &[]);
    Func::new(store, ty, move |mut caller, params, _| {
        let flats = params.iter().map(flat).collect();
        note(&mut caller, GuestCall::PostReturn(flats));
        let script = caller.data().post_return.expect("there is a script");
        if script.traps {
            return Err(fault(&mut caller, Fault::Guest));
        }
        Ok(())
    })
}

fn func_type(params: &[Core], results: &[Core]) -> FuncType {
    let types = |cores: &[Core]| cores.iter().copied().map(val_type).collect::<Vec<_>>();
    FuncType::new(types(params), types(results))
}

fn val_type(core: Core) -> ValType {
    match core {
        Core::I32 => ValType::I32,
        Core::I64 => ValType::I64,
        Core::F32 => ValType::F32,
        Core::F64 => ValType::F64,
    }
}

/// Returns a register as the engine has it.
pub(crate) fn val(flat: Flat) -> Val {
    match flat {
        Flat::I32(bits) => Val::I32(bits.cast_signed()),
        Flat::I64(bits) => Val::I64(bits.cast_signed()),
        Flat::F32(bits) => Val::F32(F32::from_bits(bits)),
        Flat::F64(bits) => Val::F64(F64::from_bits(bits)),
    }
}

/// Returns a register from the engine.
pub(crate) fn flat(val: &Val) -> Flat {
    match val {
        Val::I32(int) => Flat::I32(int.cast_unsigned()),
        Val::I64(int) => Flat::I64(int.cast_unsigned()),
        Val::F32(float) => Flat::F32(float.to_bits()),
        Val::F64(float) => Flat::F64(float.to_bits()),
        other => panic!("an adapter has no {other:?}"),
    }
}
