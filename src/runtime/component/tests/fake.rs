//! A guest that is made up: a memory, an allocator that goes upwards, and a table of handles.

use std::sync::Arc;

use cranelift_entity::PrimaryMap;

use crate::adapt::{FuncType, FuncTypeId, ResourceId, StringEncoding, Types, ValType};
use crate::fact::TrapCode;
use crate::fact::emit::Width;
use crate::runtime::component::canon::{
    CanonFunc, CanonTypes, Guest, LIFT_BYTES_MAX, LiftCx, LowerCx, Options, lift_params,
    lift_result, lower_params, lower_result,
};
use crate::runtime::component::func_type::ComponentFunc;
use crate::runtime::component::resource::{Giver, HostResources, ResourceType};
use crate::runtime::component::ty::{Type, TypeSpace};
use crate::runtime::component::val::Val;
use crate::runtime::error::Error;
use crate::runtime::vm::layout::RawValue;

/// Number of resource types.
pub(super) const RESOURCES: u32 = 2;

/// What the padding and everything else that nobody wrote is.
pub(super) const FILL: u8 = 0xa5;

/// A guest.
pub(super) struct Fake {
    pub(super) memory: Vec<u8>,
    pub(super) reallocs: Vec<(u32, u64)>,
    /// What every call of `realloc` answers, if not something good.
    pub(super) answer: Option<u64>,
    pub(super) resources: HostResources,
    /// Type, representation, and whether it owns it. Index 0 is nothing.
    pub(super) handles: Vec<Option<(ResourceId, u32, bool)>>,
    next: u64,
}

impl Fake {
    pub(super) fn new() -> Fake {
        Fake {
            memory: Vec::new(),
            reallocs: Vec::new(),
            answer: None,
            resources: HostResources::default(),
            handles: vec![None],
            next: 8,
        }
    }

    fn put(&mut self, id: ResourceId, rep: u32, owns: bool) -> u32 {
        self.handles.push(Some((id, rep, owns)));
        u32::try_from(self.handles.len() - 1).expect("the test made it so")
    }
}

impl Guest for Fake {
    fn memory(&mut self) -> &mut [u8] {
        &mut self.memory
    }

    fn realloc(&mut self, align: u32, len_bytes: u64) -> Result<(u64, &mut [u8]), Error> {
        self.reallocs.push((align, len_bytes));
        if let Some(answer) = self.answer {
            return Ok((answer, &mut self.memory));
        }
        let at = self.next.next_multiple_of(u64::from(align));
        self.next = at + len_bytes;
        let end = usize::try_from(self.next).expect("the test made it so");
        if end > self.memory.len() {
            self.memory.resize(end, FILL);
        }
        Ok((at, &mut self.memory))
    }

    fn resource_type(&self, id: ResourceId) -> ResourceType {
        ResourceType::host_dynamic(id.as_u32())
    }

    fn giver(&self, _: ResourceId) -> Option<Giver> {
        None
    }

    fn resources(&mut self) -> &mut HostResources {
        &mut self.resources
    }

    fn take_own(&mut self, id: ResourceId, handle: u32) -> Result<u32, Error> {
        let rep = self.lend(id, handle)?;
        let slot = &mut self.handles[usize::try_from(handle).expect("the test made it so")];
        if slot.take_if(|(_, _, owns)| *owns).is_none() {
            return Err(Error::abi_trap(TrapCode::NotOwned));
        }
        Ok(rep)
    }

    fn lend(&mut self, id: ResourceId, handle: u32) -> Result<u32, Error> {
        let slot = self
            .handles
            .get(usize::try_from(handle).expect("the test made it so"));
        match slot.copied().flatten() {
            None => Err(Error::abi_trap(TrapCode::UnknownHandle)),
            Some((ty, ..)) if ty != id => Err(Error::abi_trap(TrapCode::WrongHandleType)),
            Some((_, rep, _)) => Ok(rep),
        }
    }

    fn put_own(&mut self, id: ResourceId, rep: u32) -> Result<u32, Error> {
        Ok(self.put(id, rep, true))
    }

    fn put_borrow(&mut self, id: ResourceId, rep: u32) -> Result<u32, Error> {
        Ok(self.put(id, rep, false))
    }
}

/// A function type and the guest that has a function of it.
pub(super) struct Fixture {
    pub(super) guest: Fake,
    pub(super) canon: CanonTypes,
    pub(super) func: CanonFunc,
    pub(super) ty: ComponentFunc,
    pub(super) options: Options,
}

impl Fixture {
    pub(super) fn new(types: Types, id: FuncTypeId, options: Options) -> Fixture {
        let types = Arc::new(types);
        let mut resources = PrimaryMap::new();
        for number in 0..RESOURCES {
            resources.push(ResourceType::host_dynamic(number));
        }
        let canon = CanonTypes::new(&types);
        let space = TypeSpace::new(types, resources);
        Fixture {
            guest: Fake::new(),
            func: canon.func(id),
            canon,
            ty: ComponentFunc::of(&space, id),
            options,
        }
    }

    /// Makes one of a function that takes and returns one type.
    pub(super) fn of(mut types: Types, ty: ValType, options: Options) -> Fixture {
        let func = FuncType {
            params: [("it".into(), ty)].into(),
            result: Some(ty),
        };
        let id = types.define_func(func);
        Fixture::new(types, id, options)
    }

    /// Returns the type of the first parameter.
    pub(super) fn param(&self) -> Type {
        self.ty.params().next().expect("the test made it so").1
    }

    pub(super) fn lower_cx(&mut self) -> (LowerCx<'_>, &CanonFunc) {
        let cx = LowerCx::new(&mut self.guest, &self.canon, &self.options);
        (cx, &self.func)
    }

    pub(super) fn lift_cx(&mut self) -> (LiftCx<'_>, &CanonFunc) {
        let cx = LiftCx::new(&mut self.guest, &self.canon, &self.options);
        (cx, &self.func)
    }

    pub(super) fn lower_params(&mut self, params: &[Val]) -> Result<Vec<RawValue>, Error> {
        let ty = self.ty.clone();
        let mut values = garbage();
        let (mut cx, func) = self.lower_cx();
        lower_params(&mut cx, func, &ty, params, &mut values)?;
        let slots = func.param_slots();
        assert!(values[slots..].iter().all(is_garbage), "beyond {slots}");
        values.truncate(slots);
        Ok(values)
    }

    pub(super) fn lift_params(&mut self, values: &[RawValue]) -> Result<Vec<Val>, Error> {
        let (mut cx, func) = self.lift_cx();
        lift_params(&mut cx, func, values)
    }

    /// Lowers a result as that of an import, and returns it as an export would return it.
    pub(super) fn lower_result(&mut self, result: Option<&Val>) -> Result<Vec<RawValue>, Error> {
        let ty = self.ty.clone();
        let mut values = garbage();
        if self.func.is_result_in_memory {
            let result = self.func.result.expect("the test made it so");
            let layout = self.canon.layout(result, self.options.width);
            let (at, _) = self.guest.realloc(layout.align, layout.size.into())?;
            values[self.func.param_slots()].set_u64(at);
        }
        let (mut cx, func) = self.lower_cx();
        lower_result(&mut cx, func, &ty, result, &mut values)?;
        if func.is_result_in_memory {
            values.swap(0, func.param_slots());
        }
        Ok(values)
    }

    pub(super) fn lift_result(&mut self, values: &[RawValue]) -> Result<Option<Val>, Error> {
        let (mut cx, func) = self.lift_cx();
        lift_result(&mut cx, func, values)
    }
}

/// Returns values that nobody wrote.
pub(super) fn garbage() -> Vec<RawValue> {
    vec![RawValue::from_u128(u128::from_le_bytes([FILL; 16])); 18]
}

fn is_garbage(value: &RawValue) -> bool {
    value.as_u128() == u128::from_le_bytes([FILL; 16])
}

pub(super) fn options(encoding: StringEncoding, width: Width) -> Options {
    Options {
        encoding,
        width,
        lift_bytes_max: LIFT_BYTES_MAX,
    }
}

/// Every combination of options.
pub(super) fn all_options() -> Vec<Options> {
    let encodings = [
        StringEncoding::Utf8,
        StringEncoding::Utf16,
        StringEncoding::Latin1OrUtf16,
    ];
    let both = |encoding| [Width::W32, Width::W64].map(|width| options(encoding, width));
    encodings.into_iter().flat_map(both).collect()
}
