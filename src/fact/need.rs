//! What a function type needs of the two sides of an adapter.

use std::collections::{BTreeSet, HashMap};

use crate::adapt::{FuncShape, ResourceId, Shape, ShapeId, Shapes};
use crate::fact::abi::{Flattener, Layouts, MAX_FLAT_PARAMS, MAX_FLAT_RESULTS, MAX_VALUE_BYTES};
use crate::fact::emit::Width;

/// What a function type needs of the two sides of an adapter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::fact) struct Needs {
    /// The caller's memory.
    pub(in crate::fact) lower_memory: bool,
    /// The caller's function that allocates.
    pub(in crate::fact) lower_realloc: bool,
    /// The callee's memory.
    pub(in crate::fact) lift_memory: bool,
    /// The callee's function that allocates.
    pub(in crate::fact) lift_realloc: bool,
    /// Handle tables.
    pub(in crate::fact) handles: bool,
    /// The types of the resources that are borrowed.
    pub(in crate::fact) borrows: BTreeSet<ResourceId>,
    /// A resource is given away of a type that is borrowed as well: it might be the same.
    pub(in crate::fact) owns_borrowed: bool,
    /// There is a value that is too large for any memory.
    pub(in crate::fact) too_large: bool,
    /// How the parameters move.
    pub(in crate::fact) params: Passing,
    /// How the results move.
    pub(in crate::fact) results: Passing,
}

/// How the values of one direction move.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::fact) struct Passing {
    /// Some of them are in memory.
    pub(in crate::fact) memory: bool,
    /// Some of them are handles.
    pub(in crate::fact) handles: bool,
}

/// Finds out what function types need.
#[derive(Debug)]
pub(in crate::fact) struct NeedFinder {
    flats: Flattener,
    layouts: Layouts,
    known: HashMap<ShapeId, Contents>,
}

/// What occurs in a type.
#[derive(Clone, Debug, Default)]
struct Contents {
    pointers: bool,
    handles: bool,
    owns: BTreeSet<ResourceId>,
    borrows: BTreeSet<ResourceId>,
    too_large: bool,
}

impl NeedFinder {
    /// Begins with nothing known.
    pub(in crate::fact) fn new() -> NeedFinder {
        NeedFinder {
            flats: Flattener::new(Width::W64),
            layouts: Layouts::new(Width::W64),
            known: HashMap::new(),
        }
    }

    /// Returns what a function type needs.
    pub(in crate::fact) fn of(&mut self, shapes: &Shapes, func: &FuncShape) -> Needs {
        let mut params = Contents::default();
        func.params
            .iter()
            .for_each(|shape| params.add(self.contents(shapes, *shape)));
        let mut results = Contents::default();
        func.result
            .iter()
            .for_each(|shape| results.add(self.contents(shapes, *shape)));
        let flat = |flat: Option<std::rc::Rc<[_]>>, max| flat.is_some_and(|it| it.len() <= max);
        let spilled_params = !flat(
            self.flats.all(shapes, func.params.iter().copied()),
            MAX_FLAT_PARAMS,
        );
        let spilled_results = !flat(self.flats.all(shapes, func.result), MAX_FLAT_RESULTS);
        let (params_layout, _) = self.layouts.record(shapes, &func.params);
        let passing = |contents: &Contents, is_spilled| Passing {
            memory: contents.pointers || is_spilled,
            handles: contents.handles,
        };
        let there = passing(&params, spilled_params);
        let back = passing(&results, spilled_results);
        Needs {
            lower_memory: there.memory || back.memory,
            lower_realloc: results.pointers,
            lift_memory: there.memory || back.memory,
            lift_realloc: there.memory,
            params: there,
            results: back,
            handles: params.handles || results.handles,
            owns_borrowed: !params.owns.is_disjoint(&params.borrows),
            borrows: params.borrows,
            too_large: params.too_large
                || results.too_large
                || params_layout.size > MAX_VALUE_BYTES,
        }
    }

    fn contents(&mut self, shapes: &Shapes, id: ShapeId) -> Contents {
        if let Some(known) = self.known.get(&id) {
            return known.clone();
        }
        let too_large = self.layouts.of(shapes, id).size > MAX_VALUE_BYTES;
        let mut contents = Contents {
            too_large,
            ..Contents::default()
        };
        match shapes.get(id) {
            Shape::String => contents.pointers = true,
            Shape::List(element) => {
                contents.add(self.contents(shapes, *element));
                contents.pointers = true;
            }
            Shape::FixedList(element, _) => contents.add(self.contents(shapes, *element)),
            Shape::Record(fields) => {
                fields
                    .iter()
                    .for_each(|field| contents.add(self.contents(shapes, *field)));
            }
            Shape::Variant(cases) => {
                let payloads = cases.iter().flatten();
                payloads.for_each(|payload| contents.add(self.contents(shapes, *payload)));
            }
            Shape::Own(resource) => {
                contents.handles = true;
                contents.owns.insert(*resource);
            }
            Shape::Borrow(resource) => {
                contents.handles = true;
                contents.borrows.insert(*resource);
            }
            Shape::Bool
            | Shape::S8
            | Shape::U8
            | Shape::S16
            | Shape::U16
            | Shape::S32
            | Shape::U32
            | Shape::S64
            | Shape::U64
            | Shape::F32
            | Shape::F64
            | Shape::Char
            | Shape::Flags(_) => {}
        }
        self.known.insert(id, contents.clone());
        contents
    }
}

impl Contents {
    fn add(&mut self, other: Contents) {
        self.pointers |= other.pointers;
        self.handles |= other.handles;
        self.owns.extend(other.owns);
        self.borrows.extend(other.borrows);
        self.too_large |= other.too_large;
    }
}
