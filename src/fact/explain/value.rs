//! How the values of an adapter move: a line for each parameter, the result, and each type inside of them to which
//! something happens.

use std::collections::HashMap;
use std::fmt;

use serde::Serialize;

use crate::adapt::print::escape;
use crate::adapt::{DefinedType, Label, Shape, ShapeId, Shapes, TypeId, Types, ValType};
use crate::fact::abi::Layout;
use crate::fact::transfer::{
    Printer, Route, Setting, TransferId, TransferKind, Transfers, Values, is_told, route_words,
};

/// Largest number of characters of a type (ours: a line is to be read; a type of a few bytes may unfold to 2^40 parts).
const TYPE_CHARS_MAX: usize = 120;

/// The parameters of an adapter, or its result.
#[derive(Clone, Debug, Serialize)]
pub struct ValuesExplanation {
    /// `flat` if they are passed as core values, `memory` if there are too many of them for that.
    pub passing: &'static str,
    /// Where they are kept if all are lifted before any is lowered, as within one instance: in `memory`, which is the
    /// module's own, so that they move twice, or in `locals`. None if each is lowered before the next is lifted.
    pub kept: Option<&'static str>,
    /// How many core values there are, if they are flat.
    pub flat_count: Option<usize>,
    /// Bytes that they take where they come from, as the fields of a tuple.
    pub src_bytes: u32,
    /// Bytes that they take where they go.
    pub dst_bytes: u32,
    /// Name of each parameter, or an empty name for the result, and how it moves: an element of the module's `moves`.
    pub values: Vec<PartExplanation>,
}

/// How values of a type move.
#[derive(Clone, Debug, Serialize)]
pub struct MoveExplanation {
    /// Its position in the module's `moves`.
    pub id: usize,
    /// The type in WIT, cut if it is long.
    #[serde(rename = "type")]
    pub ty: String,
    /// In words, what happens.
    pub how: String,
    /// The parts that do not merely move: fields, cases, elements.
    pub parts: Vec<PartExplanation>,
}

/// A part of a value.
#[derive(Clone, Debug, Serialize)]
pub struct PartExplanation {
    /// Its name.
    pub name: String,
    /// How it moves: a position in the module's `moves`.
    #[serde(rename = "move")]
    pub how: usize,
}

/// Something whose move is explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum What {
    Val(ValType),
    /// The entry of a map.
    Entry(TypeId),
}

/// What finds out how the values of a module's adapters move.
pub(in crate::fact::explain) struct Explainer<'a> {
    types: &'a Types,
    /// The shapes of all types.
    pub(in crate::fact::explain) shapes: Shapes,
    directions: HashMap<Setting, Direction>,
    /// What was found out.
    pub(in crate::fact::explain) moves: Vec<MoveExplanation>,
}

/// What is known of moves from one kind of place to another.
struct Direction {
    transfers: Transfers,
    printer: Printer,
    known: HashMap<(What, Route), usize>,
}

impl<'a> Explainer<'a> {
    /// Begins with nothing explained.
    pub(in crate::fact::explain) fn new(types: &'a Types) -> Explainer<'a> {
        Explainer {
            types,
            shapes: Shapes::default(),
            directions: HashMap::new(),
            moves: Vec::new(),
        }
    }

    /// Explains values that are passed flat if there are at most `max` flat values.
    pub(in crate::fact::explain) fn values(
        &mut self,
        setting: Setting,
        values: &[(Label, ValType)],
        max: usize,
    ) -> ValuesExplanation {
        let known = self.directions.remove(&setting);
        let mut direction = known.unwrap_or_else(|| Direction {
            transfers: Transfers::new(setting.src_width, setting.dst_width),
            printer: Printer::new(setting.clone()),
            known: HashMap::new(),
        });
        let shapes = values.iter().map(|(_, ty)| self.shapes.of(self.types, *ty));
        let shapes: Vec<ShapeId> = shapes.collect();
        let planned = direction.transfers.values(&self.shapes, &shapes, max);
        let Values {
            route,
            src_layout: Layout { size: src, .. },
            dst_layout: Layout { size: dst, .. },
            ..
        } = planned;
        let mut parts = Vec::new();
        for (name, ty) in values {
            parts.push(PartExplanation {
                name: escape::visible(&escape::cut(name, escape::NAME_CHARS_MAX)),
                how: self.explain(&mut direction, What::Val(*ty), route),
            });
        }
        self.directions.insert(setting, direction);
        ValuesExplanation {
            passing: route_words(route),
            kept: None,
            flat_count: planned.are_flat().then_some(planned.src_flat.len()),
            src_bytes: src,
            dst_bytes: dst,
            values: parts,
        }
    }

    /// Explains a type, and the types in it, once. Types are not recursive, and not deep.
    fn explain(&mut self, direction: &mut Direction, what: What, route: Route) -> usize {
        if let Some(known) = direction.known.get(&(what, route)) {
            return *known;
        }
        let shape = self.shape(what);
        let transfer = direction.transfers.build(&self.shapes, shape, route);
        let printer = &mut direction.printer;
        let how = printer.words(&self.shapes, &direction.transfers, transfer);
        let mut parts = Vec::new();
        if let Some(inner) = direction.inner_route(transfer, route) {
            for (name, part) in self.parts(what) {
                let shape = self.shape(part);
                let of_part = direction.transfers.build(&self.shapes, shape, inner);
                if !is_told(&direction.transfers, transfer, of_part) {
                    let how = self.explain(direction, part, inner);
                    parts.push(PartExplanation { name, how });
                }
            }
        }
        let id = self.moves.len();
        self.moves.push(MoveExplanation {
            id,
            ty: self.text(what),
            how,
            parts,
        });
        direction.known.insert((what, route), id);
        id
    }

    fn shape(&mut self, what: What) -> ShapeId {
        match what {
            What::Val(ty) => self.shapes.of(self.types, ty),
            What::Entry(map) => {
                let list = self.shapes.of(self.types, ValType::Defined(map));
                match self.shapes.get(list) {
                    Shape::List(entry) => *entry,
                    other => unreachable!("a map is a list, not {other:?}"),
                }
            }
        }
    }

    /// Returns the parts of a type with their names.
    fn parts(&self, what: What) -> Vec<(String, What)> {
        let name = |name: &Label| escape::visible(&escape::cut(name, escape::NAME_CHARS_MAX));
        let id = match what {
            What::Val(ValType::Defined(id)) => id,
            What::Val(_) => return Vec::new(),
            What::Entry(map) => match self.types.defined(map) {
                DefinedType::Map(key, value) => {
                    return vec![
                        ("key".into(), What::Val(*key)),
                        ("value".into(), What::Val(*value)),
                    ];
                }
                other => unreachable!("only a map has entries: {other:?}"),
            },
        };
        let one = |name: &str, ty: &ValType| (name.to_owned(), What::Val(*ty));
        match self.types.defined(id) {
            DefinedType::Record(fields) => fields
                .iter()
                .map(|(label, ty)| (name(label), What::Val(*ty)))
                .collect(),
            DefinedType::Variant(cases) => cases
                .iter()
                .filter_map(|(label, ty)| Some((name(label), What::Val((*ty)?))))
                .collect(),
            DefinedType::Tuple(types) => types
                .iter()
                .enumerate()
                .map(|(position, ty)| one(&position.to_string(), ty))
                .collect(),
            DefinedType::List(ty) | DefinedType::FixedList(ty, _) => vec![one("element", ty)],
            DefinedType::Map(..) => vec![("entry".into(), What::Entry(id))],
            DefinedType::Option(ty) => vec![one("some", ty)],
            DefinedType::Result { ok, err } => {
                let ok = ok.iter().map(|ty| one("ok", ty));
                ok.chain(err.iter().map(|ty| one("err", ty))).collect()
            }
            DefinedType::Flags(_) | DefinedType::Enum(_) => Vec::new(),
        }
    }

    fn text(&self, what: What) -> String {
        let cut = |text: &dyn fmt::Display| escape::visible(&escape::cut(text, TYPE_CHARS_MAX));
        match what {
            What::Val(ty) => cut(&self.types.display(ty)),
            What::Entry(map) => match self.types.defined(map) {
                DefinedType::Map(key, value) => {
                    let (key, value) = (self.types.display(*key), self.types.display(*value));
                    cut(&format_args!("tuple<{key}, {value}>"))
                }
                other => unreachable!("only a map has entries: {other:?}"),
            },
        }
    }
}

impl Direction {
    /// Returns how the parts of a value move if they are worth a line.
    fn inner_route(&self, id: TransferId, route: Route) -> Option<Route> {
        match &self.transfers.get(id).kind {
            TransferKind::Scalar(_) | TransferKind::Bytes(_) | TransferKind::String => None,
            TransferKind::Sequence(_) | TransferKind::Variant(_) => Some(route),
            TransferKind::Repeat { .. } => Some(Route::IN_MEMORY),
            TransferKind::List(list) => match self.transfers.get(list.element).kind {
                TransferKind::Scalar(scalar) if self.printer.is_bulk(scalar) => None,
                _ if self.printer.mask(&self.transfers, list).is_some() => None,
                _ => Some(Route::IN_MEMORY),
            },
        }
    }
}
