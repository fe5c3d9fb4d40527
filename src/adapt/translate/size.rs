//! The size that types have when nothing in them is shared.
//!
//! The validator renames the resources of every type that comes with an import, an export or an instance, and compares
//! what is given with what is wanted, each time item by item. Types share their parts, so a type of a thousand bytes may
//! have a million items. These sizes are known before the validator sees an item.

use std::collections::HashMap;
use std::rc::Rc;

use wasmparser::{ComponentDefinedType, ComponentFuncType, ComponentValType};

/// Size of a resource type (ours: renaming one takes the validator as long as other items take that many times).
const RESOURCE_SIZE: u64 = 16;

/// Depth to which instances and components are followed (ours: above that of the validator, which is 100).
const DEPTH_MAX: u32 = 1_000;

/// Something that a component has an index for.
#[derive(Clone, Debug)]
pub(in crate::adapt::translate) enum Item {
    /// Something that nothing can be taken out of, and its size.
    Leaf(u64),
    /// An instance or its type.
    Instance(Rc<Exports>),
    /// A component or its type.
    Component(Rc<Signature>),
}

/// What an instance exports.
#[derive(Debug, Default)]
pub(in crate::adapt::translate) struct Exports {
    size: u64,
    /// Number of levels of instances and components in it.
    depth: u32,
    items: HashMap<Box<str>, Item>,
}

/// What a component imports and exports.
#[derive(Debug)]
pub(in crate::adapt::translate) struct Signature {
    pub imports: u64,
    pub exports: Rc<Exports>,
}

impl Item {
    /// What is not valid has no size.
    pub(in crate::adapt::translate) const INVALID: Item = Item::Leaf(0);

    /// A resource type.
    pub(in crate::adapt::translate) const RESOURCE: Item = Item::Leaf(RESOURCE_SIZE);

    /// Returns its size.
    pub(in crate::adapt::translate) fn size(&self) -> u64 {
        match self {
            Item::Leaf(size) => *size,
            Item::Instance(exports) => exports.size,
            Item::Component(signature) => signature.imports.saturating_add(signature.exports.size),
        }
    }

    fn depth(&self) -> u32 {
        match self {
            Item::Leaf(_) => 0,
            Item::Instance(exports) => exports.depth,
            Item::Component(signature) => signature.exports.depth,
        }
    }

    /// Returns what an instance exports under a name.
    pub(in crate::adapt::translate) fn export(&self, name: &str) -> Item {
        match self {
            Item::Instance(exports) => exports.items.get(name).unwrap_or(&Item::INVALID).clone(),
            Item::Leaf(_) | Item::Component(_) => Item::INVALID,
        }
    }
}

impl Exports {
    /// Adds an export.
    pub(in crate::adapt::translate) fn add(&mut self, name: &str, item: Item) {
        let depth = item.depth() + 1;
        // What is nested deeper is not valid; to drop it takes a frame of the stack for each level.
        let item = match depth > DEPTH_MAX {
            true => Item::INVALID,
            false => item,
        };
        self.size = self.size.saturating_add(1).saturating_add(item.size());
        self.depth = self.depth.max(depth.min(DEPTH_MAX));
        self.items.insert(name.into(), item);
    }
}

/// Returns the type of a value.
pub(in crate::adapt::translate) fn defined(types: &[Item], ty: &ComponentDefinedType<'_>) -> Item {
    let val = |ty: &ComponentValType| val(types, *ty);
    let optional = |ty: &Option<ComponentValType>| ty.as_ref().map_or(0, val);
    let parts = match ty {
        ComponentDefinedType::Primitive(_) => 0,
        ComponentDefinedType::Record(fields) => sum(fields.iter().map(|(_, ty)| val(ty))),
        ComponentDefinedType::Variant(cases) => sum(cases.iter().map(|case| optional(&case.ty))),
        ComponentDefinedType::List(ty)
        | ComponentDefinedType::FixedLengthList(ty, _)
        | ComponentDefinedType::Option(ty) => val(ty),
        ComponentDefinedType::Map(key, value) => val(key).saturating_add(val(value)),
        ComponentDefinedType::Tuple(types) => sum(types.iter().map(val)),
        ComponentDefinedType::Flags(names) | ComponentDefinedType::Enum(names) => {
            u64::try_from(names.len()).expect("a vector is shorter")
        }
        ComponentDefinedType::Result { ok, err } => optional(ok).saturating_add(optional(err)),
        ComponentDefinedType::Own(_) | ComponentDefinedType::Borrow(_) => 1,
        ComponentDefinedType::Future(ty) | ComponentDefinedType::Stream(ty) => optional(ty),
    };
    Item::Leaf(parts.saturating_add(1))
}

/// Returns the type of a function.
pub(in crate::adapt::translate) fn func(types: &[Item], ty: &ComponentFuncType<'_>) -> Item {
    let params = sum(ty.params.iter().map(|(_, ty)| val(types, *ty)));
    let result = ty.result.map_or(0, |ty| val(types, ty));
    Item::Leaf(params.saturating_add(result).saturating_add(1))
}

fn val(types: &[Item], ty: ComponentValType) -> u64 {
    match ty {
        ComponentValType::Primitive(_) => 1,
        ComponentValType::Type(index) => types.get(index as usize).map_or(0, Item::size),
    }
}

fn sum(sizes: impl Iterator<Item = u64>) -> u64 {
    sizes.fold(0, u64::saturating_add)
}
