//! Despecialised types: what the canonical ABI sees of a type.
//!
//! Spec: `despecialize`. Two types with one shape have the same layout, the same flattening and the same checks, so
//! code that moves values of one moves values of the other.

use std::collections::HashMap;

use cranelift_entity::EntityRef;
use indexmap::IndexSet;

use crate::adapt::index::{FuncTypeId, ResourceId, ShapeId, TypeId};
use crate::adapt::types::store::Types;
use crate::adapt::types::value::{DefinedType, ValType};

/// A type without names: records and tuples are one kind, so are variants, enums, options and results, and so are
/// maps and lists of pairs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
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
    /// `char`
    Char,
    /// `string`
    String,
    /// A list, or a map as the list of its entries.
    List(ShapeId),
    /// A list whose length is part of its type.
    FixedList(ShapeId, u32),
    /// A record or tuple.
    Record(Box<[ShapeId]>),
    /// A variant, enum, option or result: for each case its payload.
    Variant(Box<[Option<ShapeId>]>),
    /// Flags, of a number of members.
    Flags(u32),
    /// A handle that owns.
    Own(ResourceId),
    /// A handle that borrows.
    Borrow(ResourceId),
}

/// The shapes of a function's parameters and result.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FuncShape {
    /// Shapes of the parameters.
    pub params: Box<[ShapeId]>,
    /// The shape of the result.
    pub result: Option<ShapeId>,
}

/// An arena of interned shapes for the types of one [`Types`].
#[derive(Clone, Debug, Default)]
pub struct Shapes {
    shapes: IndexSet<Shape>,
    of_type: HashMap<TypeId, ShapeId>,
}

impl Shapes {
    /// Returns the shape of a type of `types`, which must be the same arena in every call.
    pub fn of(&mut self, types: &Types, ty: ValType) -> ShapeId {
        let shape = match ty {
            ValType::Bool => Shape::Bool,
            ValType::S8 => Shape::S8,
            ValType::U8 => Shape::U8,
            ValType::S16 => Shape::S16,
            ValType::U16 => Shape::U16,
            ValType::S32 => Shape::S32,
            ValType::U32 => Shape::U32,
            ValType::S64 => Shape::S64,
            ValType::U64 => Shape::U64,
            ValType::F32 => Shape::F32,
            ValType::F64 => Shape::F64,
            ValType::Char => Shape::Char,
            ValType::String => Shape::String,
            ValType::Own(resource) => Shape::Own(resource),
            ValType::Borrow(resource) => Shape::Borrow(resource),
            ValType::Defined(id) => return self.of_defined(types, id),
        };
        self.intern(shape)
    }

    /// Returns the shapes of a function type of `types`.
    pub fn of_func(&mut self, types: &Types, func: FuncTypeId) -> FuncShape {
        let func = types.func(func);
        FuncShape {
            params: func
                .params
                .iter()
                .map(|(_, ty)| self.of(types, *ty))
                .collect(),
            result: func.result.map(|ty| self.of(types, ty)),
        }
    }

    /// Returns a shape.
    pub fn get(&self, id: ShapeId) -> &Shape {
        &self.shapes[id.index()]
    }

    fn of_defined(&mut self, types: &Types, id: TypeId) -> ShapeId {
        if let Some(shape) = self.of_type.get(&id) {
            return *shape;
        }
        let shape = match types.defined(id) {
            DefinedType::Record(fields) => {
                Shape::Record(fields.iter().map(|(_, ty)| self.of(types, *ty)).collect())
            }
            DefinedType::Tuple(parts) => {
                Shape::Record(parts.iter().map(|ty| self.of(types, *ty)).collect())
            }
            DefinedType::Variant(cases) => Shape::Variant(
                cases
                    .iter()
                    .map(|(_, ty)| ty.map(|ty| self.of(types, ty)))
                    .collect(),
            ),
            DefinedType::Enum(names) => Shape::Variant(vec![None; names.len()].into()),
            DefinedType::Option(ty) => Shape::Variant([None, Some(self.of(types, *ty))].into()),
            DefinedType::Result { ok, err } => Shape::Variant(
                [*ok, *err]
                    .into_iter()
                    .map(|ty| ty.map(|ty| self.of(types, ty)))
                    .collect(),
            ),
            DefinedType::List(ty) => Shape::List(self.of(types, *ty)),
            DefinedType::Map(key, value) => {
                let entry = [self.of(types, *key), self.of(types, *value)];
                Shape::List(self.intern(Shape::Record(entry.into())))
            }
            DefinedType::FixedList(ty, length) => Shape::FixedList(self.of(types, *ty), *length),
            DefinedType::Flags(names) => Shape::Flags(
                u32::try_from(names.len()).expect("a flags type has at most 32 members"),
            ),
        };
        let shape = self.intern(shape);
        self.of_type.insert(id, shape);
        shape
    }

    fn intern(&mut self, shape: Shape) -> ShapeId {
        ShapeId::new(self.shapes.insert_full(shape).0)
    }
}
