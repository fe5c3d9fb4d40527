//! What an adapter module imports, made of the scripts of a call.

use interfuse::adapt::{IndexType, ResourceId};
use interfuse::fact::{StateExport, TrapCode};
use interfuse::runtime::{
    BoxError, Func, FuncType, Global, Instance, Memory, Store, StoreContextMut, Val, ValType,
};

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

/// What functions of the host are given.
type Context<'a> = StoreContextMut<'a, Host>;

/// A memory of the engine.
struct GuestMemory<'a, 'b> {
    memory: Memory,
    store: &'a mut Context<'b>,
}

impl Bytes for GuestMemory<'_, '_> {
    fn bytes(&mut self) -> &mut [u8] {
        self.memory.data(self.store)
    }

    fn grow(&mut self, pages: u64) {
        let grown = self.memory.grow(&mut *self.store, pages);
        grown.expect("there is room");
    }
}

/// Returns whether each side may leave.
pub(crate) fn may_leave(store: &mut Context<'_>) -> [bool; 2] {
    let flags = store.data().flags;
    flags.map(|flag| {
        flag.is_none_or(|flag| match flag.get(&mut *store) {
            Val::I32(bits) => {
                assert!(bits == 0 || bits == 1, "a flag is {bits}");
                bits == 1
            }
            other => panic!("a flag is {other:?}"),
        })
    })
}

fn note(store: &mut Context<'_>, call: GuestCall) {
    let may_leave = may_leave(store);
    store.data_mut().events.push(Event { call, may_leave });
}

/// Notes why the adapter does not go on.
fn fault(store: &mut Context<'_>, fault: Fault) -> BoxError {
    store.data_mut().fault = Some(fault);
    format!("{fault:?}").into()
}

/// Returns the function `trap`.
pub(crate) fn trap(store: &mut Store<Host>) -> Func {
    let func = Func::wrap(store, |mut store: Context<'_>, number: u32| {
        let code = TrapCode::from_number(number).expect("the number of a code");
        Err::<(), BoxError>(fault(&mut store, Fault::Trap(code)))
    });
    func.expect("the code for it can be made")
}

/// Returns a side's function `realloc`.
pub(crate) fn realloc(store: &mut Store<Host>, side: Side, width: IndexType) -> Func {
    let pointer = pointer_core(width);
    let ty = func_type(&[pointer; 4], &[pointer]);
    let func = Func::new(store, ty, move |mut store: Context<'_>, params, results| {
        let [old, old_size, align, new_size] = [0, 1, 2, 3].map(|at| flat(&params[at]).bits());
        let call = ReallocCall {
            old,
            old_size,
            align,
            new_size,
        };
        let index = side.index();
        let memory = store.data().memories[index].expect("there is a memory");
        let allocator = store.data_mut().allocators[index].take();
        let mut allocator = allocator.expect("there is an allocator");
        let may_leave = may_leave(&mut store);
        let mut bytes = GuestMemory {
            memory,
            store: &mut store,
        };
        let answer = allocator.realloc(&mut bytes, call);
        if let Some(memory) = store.data().scribbled[index] {
            scribble(&mut GuestMemory {
                memory,
                store: &mut store,
            });
        }
        store.data_mut().allocators[index] = Some(allocator);
        let call = GuestCall::Realloc { side, call, answer };
        store.data_mut().events.push(Event { call, may_leave });
        let Some(answer) = answer else {
            return Err(fault(&mut store, Fault::Guest));
        };
        results[0] = val(Flat::of(pointer, answer));
        Ok(())
    });
    func.expect("the code for it can be made")
}

/// Returns the function that the adapter calls.
pub(crate) fn callee(store: &mut Store<Host>, ty: &CoreFunc) -> Func {
    let ty = func_type(&ty.params, &ty.results);
    let func = Func::new(store, ty, move |mut store: Context<'_>, params, results| {
        let flats = params.iter().map(flat).collect();
        note(&mut store, GuestCall::Callee(flats));
        for (side, ty, handle) in store.data().drops.clone() {
            drop_handle(&mut store, side, ty, handle)?;
        }
        let script = store.data().callee.clone();
        let memory = store.data().memories[Side::Callee.index()];
        let mut memory = memory.map(|memory| GuestMemory {
            memory,
            store: &mut store,
        });
        let memory = memory.as_mut().map(|it| it as &mut dyn Bytes);
        let Some(flats) = script.run(memory) else {
            return Err(fault(&mut store, Fault::Guest));
        };
        assert_eq!(flats.len(), results.len());
        for (result, flat) in results.iter_mut().zip(flats) {
            *result = val(flat);
        }
        Ok(())
    });
    func.expect("the code for it can be made")
}

/// Drops a handle of a side: the guest calls the adapter's neighbour while the adapter waits.
fn drop_handle(
    store: &mut Context<'_>,
    side: Side,
    ty: ResourceId,
    handle: u32,
) -> Result<(), BoxError> {
    let state = store.data().states[side.index()].expect("handles are passed");
    let name = StateExport::ResourceDrop.name();
    let drop = state.get_typed_func::<(u32, u32), (u32, u32)>(&mut *store, name)?;
    let (rep, owned) = drop.call(&mut *store, (ty.as_u32(), handle))?;
    let owned = owned != 0;
    note(store, GuestCall::Drop { side, rep, owned });
    Ok(())
}

/// Returns the callee's post-return function.
pub(crate) fn post_return(store: &mut Store<Host>, ty: &CoreFunc) -> Func {
    let ty = func_type(&ty.results, &[]);
    let func = Func::new(store, ty, move |mut store: Context<'_>, params, _| {
        let flats = params.iter().map(flat).collect();
        note(&mut store, GuestCall::PostReturn(flats));
        let script = store.data().post_return.expect("there is a script");
        if script.traps {
            return Err(fault(&mut store, Fault::Guest));
        }
        Ok(())
    });
    func.expect("the code for it can be made")
}

fn func_type(params: &[Core], results: &[Core]) -> FuncType {
    let types = |cores: &[Core]| cores.iter().copied().map(val_type).collect();
    FuncType {
        params: types(params),
        results: types(results),
    }
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
        Flat::F32(bits) => Val::F32(bits),
        Flat::F64(bits) => Val::F64(bits),
    }
}

/// Returns a register from the engine.
pub(crate) fn flat(val: &Val) -> Flat {
    match val {
        Val::I32(int) => Flat::I32(int.cast_unsigned()),
        Val::I64(int) => Flat::I64(int.cast_unsigned()),
        Val::F32(bits) => Flat::F32(*bits),
        Val::F64(bits) => Flat::F64(*bits),
        other => panic!("an adapter has no {other:?}"),
    }
}
