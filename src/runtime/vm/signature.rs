//! Types of functions as numbers that code compares.

use std::sync::{Arc, PoisonError, RwLock};

use indexmap::IndexSet;

use crate::runtime::types::FuncType;

/// The number of a type of functions in an engine; never 0, which is what null has in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::runtime) struct SignatureId(u64);

/// The types of functions that an engine has met. Equal types have equal numbers.
#[derive(Default)]
pub(in crate::runtime) struct Signatures {
    types: RwLock<IndexSet<Arc<FuncType>>>,
}

impl SignatureId {
    /// Returns the number.
    pub(in crate::runtime) fn number(self) -> u64 {
        self.0
    }

    fn of_position(position: usize) -> SignatureId {
        SignatureId(u64::try_from(position).expect("a usize has 64 bits") + 1)
    }
}

impl Signatures {
    /// Returns the number of a type.
    pub(in crate::runtime) fn intern(&self, ty: &FuncType) -> SignatureId {
        let known = self.types.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(position) = known.get_index_of(ty) {
            return SignatureId::of_position(position);
        }
        drop(known);
        let mut types = self.types.write().unwrap_or_else(PoisonError::into_inner);
        SignatureId::of_position(types.insert_full(Arc::new(ty.clone())).0)
    }

    /// Returns the type with a number that code holds.
    ///
    /// # Panics
    ///
    /// Panics if no type has it.
    pub(in crate::runtime) fn get(&self, number: u64) -> Arc<FuncType> {
        let position = number
            .checked_sub(1)
            .and_then(|it| usize::try_from(it).ok());
        let types = self.types.read().unwrap_or_else(PoisonError::into_inner);
        let found = position.and_then(|position| types.get_index(position));
        Arc::clone(found.unwrap_or_else(|| panic!("no signature has the number {number}")))
    }
}
