//! Types with their layouts, computed once for a component.

use std::sync::Arc;

use cranelift_entity::PrimaryMap;

use crate::adapt::{DefinedType, FuncTypeId, Shape, ShapeId, Shapes, TypeId, Types, ValType};
use crate::fact::abi::{Flattener, Layout, Layouts, number, pointer_pair, record_layout};
use crate::fact::emit::Width;
use crate::fact::{MAX_FLAT_PARAMS, MAX_FLAT_RESULTS};

/// Something for each width of pointers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::runtime) struct PerWidth<T> {
    narrow: T,
    wide: T,
}

impl<T> PerWidth<T> {
    /// Computes it for each width.
    pub(in crate::runtime) fn new(mut of: impl FnMut(Width) -> T) -> PerWidth<T> {
        PerWidth {
            narrow: of(Width::W32),
            wide: of(Width::W64),
        }
    }

    /// Returns that for one width.
    #[inline]
    pub(in crate::runtime) fn get(&self, width: Width) -> &T {
        match width {
            Width::W32 => &self.narrow,
            Width::W64 => &self.wide,
        }
    }
}

/// How values of a type lie in memory, and how many core values they are.
#[derive(Clone, Debug)]
pub(in crate::runtime) struct CanonType {
    layout: PerWidth<Layout>,
    /// The number of flat values; [`MANY`] if there are more than [`MAX_FLAT_PARAMS`].
    flat_count: usize,
    /// Offsets of fields, or that of every payload.
    offsets: PerWidth<Box<[u32]>>,
}

/// Stands for more flat values than parameters may have.
const MANY: usize = MAX_FLAT_PARAMS + 1;

/// The types of a component with their layouts. They are computed once, and the same for every instance.
#[derive(Debug)]
pub(in crate::runtime) struct CanonTypes {
    types: Arc<Types>,
    defined: PrimaryMap<TypeId, CanonType>,
}

/// A function type with the layouts of its parameters as a whole.
#[derive(Debug)]
pub(in crate::runtime) struct CanonFunc {
    /// Types of the parameters.
    pub(in crate::runtime) params: Box<[ValType]>,
    /// The type of the result.
    pub(in crate::runtime) result: Option<ValType>,
    /// The number of flat parameters; none if they are passed in memory.
    pub(in crate::runtime) flat_params: Option<usize>,
    /// Whether the result is passed in memory.
    pub(in crate::runtime) is_result_in_memory: bool,
    /// The layout of the parameters in memory.
    layout: PerWidth<Layout>,
    offsets: PerWidth<Box<[u32]>>,
}

impl CanonTypes {
    /// Computes the layouts of all compound types.
    pub(in crate::runtime) fn new(types: &Arc<Types>) -> CanonTypes {
        let mut shapes = Shapes::default();
        let mut layouts = PerWidth::new(Layouts::new);
        // The number of flat values does not depend on the width of pointers.
        let mut flattener = Flattener::new(Width::W32);
        let mut defined = PrimaryMap::with_capacity(types.iter().len());
        for (id, _) in types.iter() {
            let shape = shapes.of(types, ValType::Defined(id));
            let narrow = parts(&mut layouts.narrow, &shapes, shape);
            let wide = parts(&mut layouts.wide, &shapes, shape);
            let flat = flattener.of(&shapes, shape);
            defined.push(CanonType {
                layout: PerWidth {
                    narrow: narrow.0,
                    wide: wide.0,
                },
                flat_count: flat.map_or(MANY, |flat| flat.len()),
                offsets: PerWidth {
                    narrow: narrow.1,
                    wide: wide.1,
                },
            });
        }
        let types = Arc::clone(types);
        CanonTypes { types, defined }
    }

    /// Returns the types.
    pub(in crate::runtime) fn types(&self) -> &Types {
        &self.types
    }

    /// Returns a compound type.
    #[inline]
    pub(in crate::runtime) fn defined(&self, id: TypeId) -> &DefinedType {
        self.types.defined(id)
    }

    /// Returns the size and alignment of a type.
    #[inline]
    pub(in crate::runtime) fn layout(&self, ty: ValType, width: Width) -> Layout {
        match ty {
            ValType::Bool | ValType::S8 | ValType::U8 => number(1),
            ValType::S16 | ValType::U16 => number(2),
            ValType::S32 | ValType::U32 | ValType::F32 | ValType::Char => number(4),
            ValType::S64 | ValType::U64 | ValType::F64 => number(8),
            ValType::Own(_) | ValType::Borrow(_) => number(4),
            ValType::String => pointer_pair(width),
            ValType::Defined(id) => *self.defined[id].layout.get(width),
        }
    }

    /// Returns the number of flat values of a type; more than [`MAX_FLAT_PARAMS`] if there are too many.
    pub(in crate::runtime) fn flat_count(&self, ty: ValType) -> usize {
        match ty {
            ValType::Bool
            | ValType::S8
            | ValType::U8
            | ValType::S16
            | ValType::U16
            | ValType::S32
            | ValType::U32
            | ValType::S64
            | ValType::U64
            | ValType::F32
            | ValType::F64
            | ValType::Char
            | ValType::Own(_)
            | ValType::Borrow(_) => 1,
            ValType::String => 2,
            ValType::Defined(id) => self.defined[id].flat_count,
        }
    }

    /// Returns the offset of a field of a record or tuple, or with `index` 0 that of the payload of a variant.
    #[inline]
    pub(in crate::runtime) fn offset(&self, id: TypeId, index: usize, width: Width) -> u32 {
        self.defined[id].offsets.get(width)[index]
    }

    /// Returns the type of the entries of a map in memory: a size, an alignment, and the offset of the value.
    pub(in crate::runtime) fn entry(
        &self,
        key: ValType,
        value: ValType,
        width: Width,
    ) -> (Layout, u32) {
        let mut offsets = [0; 2];
        let parts = [self.layout(key, width), self.layout(value, width)];
        (record_layout(&parts, &mut offsets), offsets[1])
    }

    /// Returns a type that another is made of, by its position.
    ///
    /// # Panics
    ///
    /// Panics if the type has no such part.
    pub(in crate::runtime) fn part(&self, ty: ValType, index: usize) -> ValType {
        let ValType::Defined(id) = ty else {
            panic!("{ty:?} has no parts")
        };
        let part = match self.types.defined(id) {
            DefinedType::Record(fields) => fields.get(index).map(|(_, ty)| *ty),
            DefinedType::Tuple(types) => types.get(index).copied(),
            DefinedType::Variant(cases) => cases.get(index).and_then(|(_, ty)| *ty),
            DefinedType::List(ty) | DefinedType::FixedList(ty, _) | DefinedType::Option(ty) => {
                Some(*ty)
            }
            DefinedType::Map(key, value) => [*key, *value].get(index).copied(),
            DefinedType::Result { ok, err } => [*ok, *err].get(index).copied().flatten(),
            DefinedType::Flags(_) | DefinedType::Enum(_) => None,
        };
        part.unwrap_or_else(|| panic!("{ty:?} has no part {index}"))
    }

    /// Computes how a function's parameters and result are passed.
    pub(in crate::runtime) fn func(&self, id: FuncTypeId) -> CanonFunc {
        let func = self.types.func(id);
        let params: Box<[ValType]> = func.params.iter().map(|(_, ty)| *ty).collect();
        let flat_params = params
            .iter()
            .map(|ty| self.flat_count(*ty))
            .try_fold(0, |sum, count| {
                Some(sum + count).filter(|sum| *sum <= MAX_FLAT_PARAMS)
            });
        let tuple = |width| {
            let parts: Vec<_> = params.iter().map(|ty| self.layout(*ty, width)).collect();
            let mut offsets = vec![0; parts.len()];
            (record_layout(&parts, &mut offsets), offsets)
        };
        let (narrow, wide) = (tuple(Width::W32), tuple(Width::W64));
        CanonFunc {
            result: func.result,
            flat_params,
            is_result_in_memory: func
                .result
                .is_some_and(|ty| self.flat_count(ty) > MAX_FLAT_RESULTS),
            layout: PerWidth {
                narrow: narrow.0,
                wide: wide.0,
            },
            offsets: PerWidth {
                narrow: narrow.1.into(),
                wide: wide.1.into(),
            },
            params,
        }
    }
}

impl CanonFunc {
    /// Returns how the parameters lie in memory, if they are there: as a tuple.
    pub(in crate::runtime) fn params_layout(&self, width: Width) -> Layout {
        *self.layout.get(width)
    }

    /// Returns the offsets of the parameters in memory.
    pub(in crate::runtime) fn param_offsets(&self, width: Width) -> &[u32] {
        self.offsets.get(width)
    }

    /// Returns the number of core values that are the parameters: 1 if they are in memory.
    pub(in crate::runtime) fn param_slots(&self) -> usize {
        self.flat_params.unwrap_or(1)
    }
}

/// Returns the layout of a shape and the offsets of its parts: of fields, or that of every payload.
fn parts(layouts: &mut Layouts, shapes: &Shapes, id: ShapeId) -> (Layout, Box<[u32]>) {
    let layout = layouts.of(shapes, id);
    let offsets = match shapes.get(id) {
        Shape::Record(fields) => layouts.record(shapes, fields).1.into(),
        Shape::Variant(cases) => [layouts.payload_offset(shapes, cases)].into(),
        _ => Box::default(),
    };
    (layout, offsets)
}
