//! Values of core WebAssembly.

use std::any::Any;

use crate::runtime::core::store::AsContextMut;
use crate::runtime::types::{RefType, ValType};
use crate::runtime::vm::layout::RawValue;
use crate::runtime::vm::object::{FuncId, StoreId};
use crate::runtime::vm::state::Objects;
use crate::runtime::vm::value::RawRef;

/// A function in a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Func(pub(in crate::runtime) FuncId);

/// A reference to something of the host, in a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExternRef {
    store: StoreId,
    raw: RawRef,
}

/// A value.
#[derive(Clone, Copy, Debug)]
pub enum Val {
    /// A 32-bit integer.
    I32(i32),
    /// A 64-bit integer.
    I64(i64),
    /// The bits of a 32-bit float.
    F32(u32),
    /// The bits of a 64-bit float.
    F64(u64),
    /// A vector, little-endian.
    V128(u128),
    /// A reference to a function.
    FuncRef(Option<Func>),
    /// A reference to something of the host.
    ExternRef(Option<ExternRef>),
}

impl ExternRef {
    /// Puts something into a store, and returns a reference to it.
    ///
    /// It stays there until the store is dropped, also when no guest has the reference any more: guests keep references in
    /// registers, on the stack, in tables and in globals, and nothing looks for those that are left. A host that would make
    /// one in each call, of things that come and go, keeps them in the data of the store and gives guests numbers for them,
    /// or makes stores that live as long as what they are for.
    pub fn new(mut store: impl AsContextMut, value: impl Any + Send + Sync) -> ExternRef {
        let mut store = store.as_context_mut();
        let mut objects = store.objects();
        let raw = objects.new_extern(Box::new(value));
        let store = objects.id();
        ExternRef { store, raw }
    }

    /// Does something with what it refers to.
    ///
    /// # Panics
    ///
    /// Panics if it belongs to another store.
    pub fn with<R>(
        self,
        mut store: impl AsContextMut,
        read: impl FnOnce(&(dyn Any + Send + Sync)) -> R,
    ) -> R {
        let mut store = store.as_context_mut();
        let mut objects = store.objects();
        let raw = self.raw(&objects);
        let referenced = objects.referenced_extern(raw);
        read(referenced.expect("an `ExternRef` is not null"))
    }

    fn raw(self, objects: &Objects<'_>) -> RawRef {
        assert!(
            self.store == objects.id(),
            "used with a store it does not belong to"
        );
        self.raw
    }
}

impl Val {
    /// Returns the type.
    pub fn ty(&self) -> ValType {
        match self {
            Val::I32(_) => ValType::I32,
            Val::I64(_) => ValType::I64,
            Val::F32(_) => ValType::F32,
            Val::F64(_) => ValType::F64,
            Val::V128(_) => ValType::V128,
            Val::FuncRef(_) => ValType::Ref(RefType::Func),
            Val::ExternRef(_) => ValType::Ref(RefType::Extern),
        }
    }

    /// Returns zero, or a reference to nothing.
    pub fn default_of(ty: ValType) -> Val {
        match ty {
            ValType::I32 => Val::I32(0),
            ValType::I64 => Val::I64(0),
            ValType::F32 => Val::F32(0),
            ValType::F64 => Val::F64(0),
            ValType::V128 => Val::V128(0),
            ValType::Ref(RefType::Func) => Val::FuncRef(None),
            ValType::Ref(RefType::Extern) => Val::ExternRef(None),
        }
    }

    /// Returns the value as code takes it.
    ///
    /// # Panics
    ///
    /// Panics if it belongs to another store.
    pub(in crate::runtime) fn to_raw(self, objects: &mut Objects<'_>) -> RawValue {
        match self {
            Val::I32(it) => RawValue::from_u32(it.cast_unsigned()),
            Val::I64(it) => RawValue::from_u64(it.cast_unsigned()),
            Val::F32(bits) => RawValue::from_u32(bits),
            Val::F64(bits) => RawValue::from_u64(bits),
            Val::V128(bits) => RawValue::from_u128(bits),
            Val::FuncRef(_) | Val::ExternRef(_) => self.to_reference(objects).into(),
        }
    }

    /// Returns a reference as code takes it.
    ///
    /// # Panics
    ///
    /// Panics if it is none, or belongs to another store.
    pub(in crate::runtime) fn to_reference(self, objects: &mut Objects<'_>) -> RawRef {
        match self {
            Val::FuncRef(Some(func)) => objects.reference_to(func.0),
            Val::ExternRef(Some(it)) => it.raw(objects),
            Val::FuncRef(None) | Val::ExternRef(None) => RawRef::NULL,
            other => panic!("{other:?} is no reference"),
        }
    }

    /// Returns a value that came from code.
    pub(in crate::runtime) fn from_raw(
        raw: RawValue,
        ty: ValType,
        objects: &mut Objects<'_>,
    ) -> Val {
        match ty {
            ValType::I32 => Val::I32(raw.as_u32().cast_signed()),
            ValType::I64 => Val::I64(raw.as_u64().cast_signed()),
            ValType::F32 => Val::F32(raw.as_u32()),
            ValType::F64 => Val::F64(raw.as_u64()),
            ValType::V128 => Val::V128(raw.as_u128()),
            ValType::Ref(ty) => Val::from_reference(RawRef(raw.as_u64()), ty, objects),
        }
    }

    /// Returns a reference that came from code.
    pub(in crate::runtime) fn from_reference(
        raw: RawRef,
        ty: RefType,
        objects: &mut Objects<'_>,
    ) -> Val {
        match ty {
            RefType::Func => Val::FuncRef(objects.referenced_func(raw).map(Func)),
            RefType::Extern => {
                let store = objects.id();
                Val::ExternRef((raw != RawRef::NULL).then_some(ExternRef { store, raw }))
            }
        }
    }
}
