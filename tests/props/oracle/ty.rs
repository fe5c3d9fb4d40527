//! Types as the canonical ABI sees them.
//!
//! Spec: `despecialize`.

use interfuse::adapt::{DefinedType, ResourceId, Types, ValType};

/// A despecialised type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ty {
    Bool,
    S8,
    U8,
    S16,
    U16,
    S32,
    U32,
    S64,
    U64,
    F32,
    F64,
    Char,
    String,
    List(Box<Ty>),
    FixedList(Box<Ty>, u32),
    Record(Vec<Ty>),
    Variant(Vec<Option<Ty>>),
    Flags(usize),
    Own(ResourceId),
    Borrow(ResourceId),
}

impl Ty {
    /// Returns what remains of a type.
    pub(crate) fn of(types: &Types, ty: ValType) -> Ty {
        let id = match ty {
            ValType::Bool => return Ty::Bool,
            ValType::S8 => return Ty::S8,
            ValType::U8 => return Ty::U8,
            ValType::S16 => return Ty::S16,
            ValType::U16 => return Ty::U16,
            ValType::S32 => return Ty::S32,
            ValType::U32 => return Ty::U32,
            ValType::S64 => return Ty::S64,
            ValType::U64 => return Ty::U64,
            ValType::F32 => return Ty::F32,
            ValType::F64 => return Ty::F64,
            ValType::Char => return Ty::Char,
            ValType::String => return Ty::String,
            ValType::Own(resource) => return Ty::Own(resource),
            ValType::Borrow(resource) => return Ty::Borrow(resource),
            ValType::Defined(id) => id,
        };
        let of = |ty: &ValType| Ty::of(types, *ty);
        let of_option = |ty: &Option<ValType>| ty.map(|ty| Ty::of(types, ty));
        match types.defined(id) {
            DefinedType::Record(fields) => Ty::Record(fields.iter().map(|it| of(&it.1)).collect()),
            DefinedType::Tuple(parts) => Ty::Record(parts.iter().map(of).collect()),
            DefinedType::Variant(cases) => {
                Ty::Variant(cases.iter().map(|it| of_option(&it.1)).collect())
            }
            DefinedType::Enum(names) => Ty::Variant(vec![None; names.len()]),
            DefinedType::Option(some) => Ty::Variant(vec![None, Some(of(some))]),
            DefinedType::Result { ok, err } => Ty::Variant(vec![of_option(ok), of_option(err)]),
            DefinedType::List(element) => Ty::List(Box::new(of(element))),
            DefinedType::Map(key, value) => {
                Ty::List(Box::new(Ty::Record(vec![of(key), of(value)])))
            }
            DefinedType::FixedList(element, len) => Ty::FixedList(Box::new(of(element)), *len),
            DefinedType::Flags(names) => Ty::Flags(names.len()),
        }
    }
}
