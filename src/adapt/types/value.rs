//! Component-model types of values and functions.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::adapt::index::{ResourceId, TypeId};

/// A label: the name of a field, case, flag or parameter.
pub type Label = Arc<str>;

/// The type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ValType {
    /// `bool`
    Bool,
    /// `s8`
    S8,
    /// `u8`
    U8,
    /// `s16`
    S16,
    /// `u16`
    U16,
    /// `s32`
    S32,
    /// `u32`
    U32,
    /// `s64`
    S64,
    /// `u64`
    U64,
    /// `f32`
    F32,
    /// `f64`
    F64,
    /// `char`: a Unicode scalar value.
    Char,
    /// `string`
    String,
    /// `own<r>`: a handle that owns a resource.
    Own(ResourceId),
    /// `borrow<r>`: a handle that borrows a resource for the time of a call.
    Borrow(ResourceId),
    /// A type made of others.
    Defined(TypeId),
}

/// A type made of others. [`Types::define`](crate::adapt::Types::define) checks and interns it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum DefinedType {
    /// `record { name: type, … }`, not empty.
    Record(Box<[(Label, ValType)]>),
    /// `variant { name(type), … }`, not empty.
    Variant(Box<[(Label, Option<ValType>)]>),
    /// `list<type>`
    List(ValType),
    /// `list<type, length>`, of a length above 0.
    FixedList(ValType, u32),
    /// `map<key, value>`, with a key that is a bool, an integer, a char or a string.
    Map(ValType, ValType),
    /// `tuple<type, …>`, not empty.
    Tuple(Box<[ValType]>),
    /// `flags { name, … }`, of 1 to 32 members.
    Flags(Box<[Label]>),
    /// `enum { name, … }`, not empty.
    Enum(Box<[Label]>),
    /// `option<type>`
    Option(ValType),
    /// `result<ok, err>`
    Result {
        /// The payload of `ok`.
        ok: Option<ValType>,
        /// The payload of `error`.
        err: Option<ValType>,
    },
}

impl DefinedType {
    /// Returns the number of its members, with a type or without: fields, cases, flags.
    pub fn member_count(&self) -> usize {
        match self {
            DefinedType::Record(fields) => fields.len(),
            DefinedType::Variant(cases) => cases.len(),
            DefinedType::Tuple(types) => types.len(),
            DefinedType::Flags(names) | DefinedType::Enum(names) => names.len(),
            DefinedType::List(_) | DefinedType::FixedList(..) | DefinedType::Option(_) => 1,
            DefinedType::Map(..) | DefinedType::Result { .. } => 2,
        }
    }

    /// Calls `visit` with every type this one is directly made of, in order.
    pub fn for_each_part(&self, mut visit: impl FnMut(ValType)) {
        match self {
            DefinedType::Record(fields) => fields.iter().for_each(|(_, ty)| visit(*ty)),
            DefinedType::Variant(cases) => cases.iter().filter_map(|(_, ty)| *ty).for_each(visit),
            DefinedType::List(ty) | DefinedType::FixedList(ty, _) | DefinedType::Option(ty) => {
                visit(*ty)
            }
            DefinedType::Map(key, value) => [*key, *value].into_iter().for_each(visit),
            DefinedType::Tuple(types) => types.iter().copied().for_each(visit),
            DefinedType::Flags(_) | DefinedType::Enum(_) => {}
            DefinedType::Result { ok, err } => [*ok, *err].into_iter().flatten().for_each(visit),
        }
    }

    /// Returns the same type made of what `map` gives for each of its parts, called in the order of
    /// [`DefinedType::for_each_part`].
    pub fn map_parts(&self, mut map: impl FnMut(ValType) -> ValType) -> DefinedType {
        match self {
            DefinedType::Record(fields) => DefinedType::Record(
                fields
                    .iter()
                    .map(|(name, ty)| (name.clone(), map(*ty)))
                    .collect(),
            ),
            DefinedType::Variant(cases) => DefinedType::Variant(
                cases
                    .iter()
                    .map(|(name, ty)| (name.clone(), ty.map(&mut map)))
                    .collect(),
            ),
            DefinedType::List(ty) => DefinedType::List(map(*ty)),
            DefinedType::FixedList(ty, length) => DefinedType::FixedList(map(*ty), *length),
            DefinedType::Map(key, value) => DefinedType::Map(map(*key), map(*value)),
            DefinedType::Tuple(types) => {
                DefinedType::Tuple(types.iter().map(|ty| map(*ty)).collect())
            }
            DefinedType::Flags(names) => DefinedType::Flags(names.clone()),
            DefinedType::Enum(names) => DefinedType::Enum(names.clone()),
            DefinedType::Option(ty) => DefinedType::Option(map(*ty)),
            DefinedType::Result { ok, err } => DefinedType::Result {
                ok: ok.map(&mut map),
                err: err.map(&mut map),
            },
        }
    }
}

/// The type of a component function.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct FuncType {
    /// Names and types of the parameters.
    pub params: Box<[(Label, ValType)]>,
    /// The type of the result.
    pub result: Option<ValType>,
}

impl FuncType {
    /// Returns the types of the parameters, then that of the result.
    pub fn val_types(&self) -> impl Iterator<Item = ValType> + '_ {
        self.params.iter().map(|(_, ty)| *ty).chain(self.result)
    }
}
