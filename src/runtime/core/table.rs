//! Tables.

use crate::runtime::core::store::AsContextMut;
use crate::runtime::core::val::Val;
use crate::runtime::error::Error;
use crate::runtime::trap::TrapKind;
use crate::runtime::types::{TableType, ValType};
use crate::runtime::vm::failure::Failure;
use crate::runtime::vm::object::TableId;
use crate::runtime::vm::value::RawRef;

/// A table in a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table(pub(in crate::runtime) TableId);

impl Table {
    /// Makes a table whose elements are `element`.
    ///
    /// # Errors
    ///
    /// Fails if `element` is no reference of its type, or the limiter refuses.
    pub fn new(mut store: impl AsContextMut, ty: TableType, element: Val) -> Result<Table, Error> {
        let mut store = store.as_context_mut();
        let mut objects = store.objects();
        check(ty, element)?;
        let reference = element.to_reference(&mut objects);
        Ok(Table(objects.new_table(ty, reference)?))
    }

    /// Returns its type, with the size it has now.
    pub fn ty(self, mut store: impl AsContextMut) -> TableType {
        store.as_context_mut().objects().table_type(self.0)
    }

    /// Returns the number of its elements.
    pub fn size(self, store: impl AsContextMut) -> u64 {
        self.ty(store).limits.min
    }

    /// Returns an element; none beyond the end.
    pub fn get(self, mut store: impl AsContextMut, index: u64) -> Option<Val> {
        let mut store = store.as_context_mut();
        let mut objects = store.objects();
        let ty = objects.table_type(self.0).element;
        let reference = objects.table_get(self.0, index)?;
        Some(Val::from_reference(reference, ty, &mut objects))
    }

    /// Sets an element.
    ///
    /// # Errors
    ///
    /// Fails beyond the end, or if `element` is no reference of its type.
    pub fn set(self, mut store: impl AsContextMut, index: u64, element: Val) -> Result<(), Error> {
        let mut store = store.as_context_mut();
        let mut objects = store.objects();
        check(objects.table_type(self.0), element)?;
        let reference: RawRef = element.to_reference(&mut objects);
        let set = objects.table_fill(self.0, index, reference, 1);
        set.map_err(|kind: TrapKind| Error::from(Failure::trap(kind)))
    }

    /// Grows it by some elements, and returns how many there were; none if that is not possible.
    ///
    /// # Errors
    ///
    /// Fails if `element` is no reference of its type.
    pub fn grow(
        self,
        mut store: impl AsContextMut,
        count: u64,
        element: Val,
    ) -> Result<Option<u64>, Error> {
        let mut store = store.as_context_mut();
        let mut objects = store.objects();
        check(objects.table_type(self.0), element)?;
        let reference = element.to_reference(&mut objects);
        Ok(objects.table_grow(self.0, count, reference))
    }
}

fn check(ty: TableType, element: Val) -> Result<(), Error> {
    if element.ty() == ValType::Ref(ty.element) {
        return Ok(());
    }
    let (found, expected) = (element.ty(), ty.element);
    Err(Error::call(format!(
        "an element of type {found} in a table of {expected}"
    )))
}
