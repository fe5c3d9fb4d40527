//! Calls of the host's own functions, which a component imports and exports again: values pass through memory of the host's.

use crate::adapt::{ImportedFuncId, ResourceId, StringEncoding};
use crate::fact::MAX_FLAT_PARAMS;
use crate::fact::emit::Width;
use crate::runtime::component::canon::{
    CanonFunc, Guest, LIFT_BYTES_MAX, LiftCx, LowerCx, Options, in_scope,
};
use crate::runtime::component::given::Given;
use crate::runtime::component::host::{Caller, HostFunc, Imported};
use crate::runtime::component::resource::{Giver, HostResources, ResourceType};
use crate::runtime::component::state::{Shared, State};
use crate::runtime::core::store::{AsContextMut, StoreContextMut};
use crate::runtime::error::Error;
use crate::runtime::vm::layout::RawValue;

/// A caller without an instance: a memory, and handles that last as long as the call.
struct Bounce<'a, T: 'static> {
    store: StoreContextMut<'a, T>,
    state: &'a State,
    memory: Vec<u8>,
    /// The numbers of resources, by handle.
    handles: Vec<Option<u32>>,
}

/// How values lie in the memory.
const OPTIONS: &Options = &Options {
    encoding: StringEncoding::Utf8,
    width: Width::W64,
    lift_bytes_max: LIFT_BYTES_MAX,
};

/// Calls a function of the host: `lower` writes the parameters to the values, `lift` reads the result from them.
///
/// # Errors
///
/// Fails if one of them or the function does.
pub(in crate::runtime) fn call_host<T: 'static, R>(
    store: &mut StoreContextMut<'_, T>,
    state: &State,
    (id, canon): (ImportedFuncId, &CanonFunc),
    lower: impl FnOnce(&mut LowerCx<'_>, &mut [RawValue]) -> Result<(), Error>,
    lift: impl FnOnce(&mut LiftCx<'_>, &[RawValue]) -> Result<R, Error>,
) -> Result<R, Error> {
    let func = &Given::<T>::of(state).funcs[id];
    let imported = Imported {
        space: &state.space,
        ty: state.code.outline.imported_funcs[id].ty,
        types: &state.code.types,
        canon,
        options: OPTIONS,
    };
    let mut caller = Bounce {
        store: store.as_context_mut(),
        state,
        memory: Vec::new(),
        handles: Vec::new(),
    };
    in_scope(&mut caller, |caller| {
        caller.call(func, &imported, lower, lift)
    })
}

impl<T: 'static> Bounce<'_, T> {
    fn call<R>(
        &mut self,
        func: &HostFunc<T>,
        imported: &Imported<'_>,
        lower: impl FnOnce(&mut LowerCx<'_>, &mut [RawValue]) -> Result<(), Error>,
        lift: impl FnOnce(&mut LiftCx<'_>, &[RawValue]) -> Result<R, Error>,
    ) -> Result<R, Error> {
        let Imported { types, canon, .. } = *imported;
        // Behind the parameters is room for the address of a result.
        let mut values = [RawValue::ZERO; MAX_FLAT_PARAMS + 1];
        let scope = self.resources().enter();
        if let Err(error) = lower(&mut LowerCx::new(self, types, OPTIONS), &mut values) {
            self.resources().take_back(scope);
            return Err(error);
        }
        let result = canon.result.filter(|_| canon.is_result_in_memory);
        let room = match result {
            Some(ty) => {
                let layout = types.layout(ty, OPTIONS.width);
                let (at, _) = self.realloc(layout.align, u64::from(layout.size))?;
                Some(at)
            }
            None => None,
        };
        if let Some(at) = room {
            values[canon.param_slots()].set_u64(at);
        }
        func.run(self, imported, &mut values)?;
        if let Some(at) = room {
            values[0].set_u64(at);
        }
        lift(&mut LiftCx::new(self, types, OPTIONS), &values)
    }

    fn put(&mut self, rep: u32) -> u32 {
        self.handles.push(Some(rep));
        u32::try_from(self.handles.len() - 1).expect("a call passes less than 2^28 handles")
    }

    fn handle(&mut self, handle: u32) -> &mut Option<u32> {
        let index = usize::try_from(handle).expect("a usize has 32 bits or more");
        &mut self.handles[index]
    }
}

impl<T: 'static> Caller<T> for Bounce<'_, T> {
    fn guest(&mut self) -> &mut dyn Guest {
        self
    }

    fn store(&mut self) -> StoreContextMut<'_, T> {
        self.store.as_context_mut()
    }
}

impl<T: 'static> Guest for Bounce<'_, T> {
    fn memory(&mut self) -> &mut [u8] {
        &mut self.memory
    }

    fn realloc(&mut self, align: u32, len_bytes: u64) -> Result<(u64, &mut [u8]), Error> {
        let align = usize::try_from(align).expect("an alignment is small");
        let at = self.memory.len().next_multiple_of(align);
        let len = usize::try_from(len_bytes).expect("a value has less than 2^28 bytes");
        self.memory.resize(at + len, 0);
        let address = u64::try_from(at).expect("an address fits into 64 bits");
        Ok((address, &mut self.memory))
    }

    fn resource_type(&self, id: ResourceId) -> ResourceType {
        self.state.space.resource(id)
    }

    fn giver(&self, id: ResourceId) -> Option<Giver> {
        Some(Giver {
            instance: self.state.number,
            resource: id,
        })
    }

    fn resources(&mut self) -> &mut HostResources {
        &mut self.store.raw().into_attached::<Shared>().resources
    }

    fn take_own(&mut self, _: ResourceId, handle: u32) -> Result<u32, Error> {
        let rep = self.handle(handle).take();
        Ok(rep.expect("a handle that was put is taken once"))
    }

    fn lend(&mut self, _: ResourceId, handle: u32) -> Result<u32, Error> {
        let rep = *self.handle(handle);
        Ok(rep.expect("a handle that was put is there"))
    }

    fn put_own(&mut self, _: ResourceId, rep: u32) -> Result<u32, Error> {
        Ok(self.put(rep))
    }

    fn put_borrow(&mut self, _: ResourceId, rep: u32) -> Result<u32, Error> {
        Ok(self.put(rep))
    }
}
