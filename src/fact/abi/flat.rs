//! Flattening: values as core values.
//!
//! Spec: `flatten_type`, `flatten_variant`, `join`.

use std::collections::HashMap;
use std::rc::Rc;

use wasm_encoder::ValType;

use crate::adapt::{Shape, ShapeId, Shapes};
use crate::fact::abi::limit::MAX_FLAT_PARAMS;
use crate::fact::emit::Width;

/// A core type that values are flattened to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum FlatType {
    /// `i32`
    I32,
    /// `i64`
    I64,
    /// `f32`
    F32,
    /// `f64`
    F64,
}

impl FlatType {
    /// Returns the type in the words of the assembler.
    pub(crate) fn val_type(self) -> ValType {
        match self {
            FlatType::I32 => ValType::I32,
            FlatType::I64 => ValType::I64,
            FlatType::F32 => ValType::F32,
            FlatType::F64 => ValType::F64,
        }
    }

    /// Returns the type of a pointer.
    pub(crate) fn pointer(width: Width) -> FlatType {
        match width {
            Width::W32 => FlatType::I32,
            Width::W64 => FlatType::I64,
        }
    }
}

/// The flat types of a value; none if there are more than [`MAX_FLAT_PARAMS`].
pub(crate) type FlatTypes = Option<Rc<[FlatType]>>;

/// Flat types of shapes for one width of pointers, each computed once.
#[derive(Debug)]
pub(crate) struct Flattener {
    width: Width,
    known: HashMap<ShapeId, FlatTypes>,
}

impl Flattener {
    /// Begins with nothing known.
    pub(crate) fn new(width: Width) -> Flattener {
        Flattener {
            width,
            known: HashMap::new(),
        }
    }

    /// Returns the flat types of a shape; none if there are more than [`MAX_FLAT_PARAMS`].
    pub(crate) fn of(&mut self, shapes: &Shapes, id: ShapeId) -> FlatTypes {
        if let Some(known) = self.known.get(&id) {
            return known.clone();
        }
        let pointer = FlatType::pointer(self.width);
        let one = |ty: FlatType| Some([ty].into());
        let flat: FlatTypes = match shapes.get(id) {
            Shape::Bool
            | Shape::S8
            | Shape::U8
            | Shape::S16
            | Shape::U16
            | Shape::S32
            | Shape::U32
            | Shape::Char
            | Shape::Flags(_)
            | Shape::Own(_)
            | Shape::Borrow(_) => one(FlatType::I32),
            Shape::S64 | Shape::U64 => one(FlatType::I64),
            Shape::F32 => one(FlatType::F32),
            Shape::F64 => one(FlatType::F64),
            Shape::String | Shape::List(_) => Some([pointer, pointer].into()),
            Shape::FixedList(element, length) => {
                // An element has at least one flat value: a longer list cannot be flat.
                let length = usize::try_from(*length).unwrap_or(usize::MAX);
                let copies = length.min(MAX_FLAT_PARAMS + 1);
                self.all(shapes, std::iter::repeat_n(*element, copies))
            }
            Shape::Record(fields) => self.all(shapes, fields.iter().copied()),
            Shape::Variant(cases) => self.variant(shapes, cases),
        };
        self.known.insert(id, flat.clone());
        flat
    }

    /// Returns the flat types of several values one after the other.
    pub(crate) fn all(
        &mut self,
        shapes: &Shapes,
        ids: impl IntoIterator<Item = ShapeId>,
    ) -> FlatTypes {
        let mut all = Vec::new();
        for id in ids {
            all.extend_from_slice(&self.of(shapes, id)?);
            if all.len() > MAX_FLAT_PARAMS {
                return None;
            }
        }
        Some(all.into())
    }

    fn variant(&mut self, shapes: &Shapes, cases: &[Option<ShapeId>]) -> FlatTypes {
        let mut joined: Vec<FlatType> = Vec::new();
        for payload in cases.iter().flatten() {
            let flat = self.of(shapes, *payload)?;
            for (i, ty) in flat.iter().enumerate() {
                match joined.get_mut(i) {
                    Some(known) => *known = join(*known, *ty),
                    None => joined.push(*ty),
                }
            }
        }
        if joined.len() >= MAX_FLAT_PARAMS {
            return None;
        }
        joined.insert(0, FlatType::I32);
        Some(joined.into())
    }
}

/// Returns the type that holds values of either type.
fn join(a: FlatType, b: FlatType) -> FlatType {
    match (a, b) {
        _ if a == b => a,
        (FlatType::I32, FlatType::F32) | (FlatType::F32, FlatType::I32) => FlatType::I32,
        _ => FlatType::I64,
    }
}
