//! Where types are interned: equal types have equal ids.

use cranelift_entity::{EntityRef, PrimaryMap, SecondaryMap};
use indexmap::IndexSet;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::adapt::index::{FuncTypeId, ResourceId, SignatureId, TypeId};
use crate::adapt::types::core_type::Signature;
use crate::adapt::types::name::NameSet;
use crate::adapt::types::value::{DefinedType, FuncType, Label, ValType};

/// Largest nesting of a value type (ours: keeps recursion over types bounded; the validator's limit is the same).
pub const TYPE_DEPTH_MAX: u32 = 100;

/// Largest number of compound types of one component (ours: bounds the memory they take).
pub const TYPE_COUNT_MAX: usize = 1_000_000;

/// Largest number of flags of one type (spec: `flags` of more than 32 members do not exist).
pub const FLAGS_MAX: usize = 32;

/// Largest number of names that a type keeps (ours: they are for people, and are copied with every instance).
pub const TYPE_NAMES_MAX: usize = 16;

/// Why a type cannot exist.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum InvalidType {
    /// The type has no members where it needs one.
    #[error("a {0} needs at least one member")]
    Empty(&'static str),
    /// The type has too many flags.
    #[error("flags of {0} members: at most {FLAGS_MAX} are possible")]
    TooManyFlags(usize),
    /// The keys of a map have a type that keys cannot have.
    #[error("the key of a map is a bool, an integer, a char or a string")]
    MapKey,
    /// The type is nested too deeply.
    #[error("types nested deeper than {TYPE_DEPTH_MAX}")]
    TooDeep,
    /// There are too many types.
    #[error("more than {TYPE_COUNT_MAX} types")]
    TooMany,
}

/// What is known about a compound type without looking into it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct TypeInfo {
    /// Nesting: 1 for a type without compound parts.
    depth: u32,
    /// Whether a handle occurs in it.
    has_handles: bool,
}

/// An arena of interned types: equal types have equal ids.
///
/// # Examples
///
/// ```
/// use interfuse::adapt::{DefinedType, Types, ValType};
///
/// let mut types = Types::default();
/// let bytes = types.define(DefinedType::List(ValType::U8))?;
/// assert_eq!(types.define(DefinedType::List(ValType::U8))?, bytes);
/// assert_eq!(types.display(bytes).to_string(), "list<u8>");
/// # Ok::<(), interfuse::adapt::InvalidType>(())
/// ```
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Types {
    defined: IndexSet<DefinedType>,
    infos: PrimaryMap<TypeId, TypeInfo>,
    names: SecondaryMap<TypeId, Vec<Label>>,
    /// The name by which each type prints: its first, made unique.
    shown_names: SecondaryMap<TypeId, Option<Label>>,
    name_set: NameSet,
    resource_names: SecondaryMap<ResourceId, Option<Label>>,
    funcs: IndexSet<FuncType>,
    signatures: IndexSet<Signature>,
}

impl Types {
    /// Returns the value type that stands for `ty`, interned.
    ///
    /// # Errors
    ///
    /// Fails if the type cannot exist, is nested deeper than [`TYPE_DEPTH_MAX`], or is one more than
    /// [`TYPE_COUNT_MAX`].
    ///
    /// # Panics
    ///
    /// Panics if `ty` is made of types of another arena whose ids do not exist here.
    pub fn define(&mut self, ty: DefinedType) -> Result<ValType, InvalidType> {
        if let Some(index) = self.defined.get_index_of(&ty) {
            return Ok(ValType::Defined(TypeId::new(index)));
        }
        check_members(&ty)?;
        let mut info = TypeInfo {
            depth: 1,
            has_handles: false,
        };
        ty.for_each_part(|part| {
            info.depth = info.depth.max(self.depth(part) + 1);
            info.has_handles |= self.has_handles(part);
        });
        if info.depth > TYPE_DEPTH_MAX {
            return Err(InvalidType::TooDeep);
        }
        if self.defined.len() == TYPE_COUNT_MAX {
            return Err(InvalidType::TooMany);
        }
        self.defined.insert(ty);
        Ok(ValType::Defined(self.infos.push(info)))
    }

    /// Returns the id of a function type, interned.
    pub fn define_func(&mut self, ty: FuncType) -> FuncTypeId {
        FuncTypeId::new(self.funcs.insert_full(ty).0)
    }

    /// Returns the id of a core signature, interned.
    pub fn define_signature(&mut self, signature: Signature) -> SignatureId {
        SignatureId::new(self.signatures.insert_full(signature).0)
    }

    /// Returns an arena with the same signatures, under the same ids, and nothing else.
    pub(in crate::adapt) fn signatures_only(&self) -> Types {
        Types {
            signatures: self.signatures.clone(),
            ..Types::default()
        }
    }

    /// Returns a compound type.
    pub fn defined(&self, id: TypeId) -> &DefinedType {
        &self.defined[id.index()]
    }

    /// Returns a function type.
    pub fn func(&self, id: FuncTypeId) -> &FuncType {
        &self.funcs[id.index()]
    }

    /// Returns a core signature.
    pub fn signature(&self, id: SignatureId) -> &Signature {
        &self.signatures[id.index()]
    }

    /// Returns every compound type with its id, parts before what is made of them.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (TypeId, &DefinedType)> {
        self.defined
            .iter()
            .enumerate()
            .map(|(index, ty)| (TypeId::new(index), ty))
    }

    /// Returns how deeply a type is nested: 0 for a type that is made of no other, at most [`TYPE_DEPTH_MAX`].
    pub fn depth(&self, ty: ValType) -> u32 {
        match ty {
            ValType::Defined(id) => self.infos[id].depth,
            _ => 0,
        }
    }

    /// Returns whether a handle, owned or borrowed, occurs in a type.
    pub fn has_handles(&self, ty: ValType) -> bool {
        match ty {
            ValType::Own(_) | ValType::Borrow(_) => true,
            ValType::Defined(id) => self.infos[id].has_handles,
            _ => false,
        }
    }

    /// Gives a compound type a name by which a component exports or imports it. A type may have several, of which
    /// the first [`TYPE_NAMES_MAX`] stay.
    pub fn add_name(&mut self, id: TypeId, name: &Label) {
        let names = &mut self.names[id];
        if names.len() == TYPE_NAMES_MAX || names.contains(name) {
            return;
        }
        names.push(name.clone());
        let set = &mut self.name_set;
        self.shown_names[id].get_or_insert_with(|| set.give(name));
    }

    /// Gives a resource the name by which it prints.
    pub fn set_resource_name(&mut self, id: ResourceId, name: Label) {
        self.resource_names[id] = Some(name);
    }

    /// Returns the name by which a resource prints, if it was given one.
    pub fn resource_name(&self, id: ResourceId) -> Option<&Label> {
        self.resource_names[id].as_ref()
    }

    /// Returns the name by which a type prints: its first, with a number behind it if another type has it too.
    pub fn shown_name(&self, id: TypeId) -> Option<&Label> {
        self.shown_names[id].as_ref()
    }

    /// Returns the names of a type in the order in which it was given them.
    pub fn names(&self, id: TypeId) -> &[Label] {
        &self.names[id]
    }
}

/// Checks the number and kind of members of `ty`.
fn check_members(ty: &DefinedType) -> Result<(), InvalidType> {
    match ty {
        DefinedType::Record(fields) if fields.is_empty() => Err(InvalidType::Empty("record")),
        DefinedType::Variant(cases) if cases.is_empty() => Err(InvalidType::Empty("variant")),
        DefinedType::FixedList(_, 0) => Err(InvalidType::Empty("fixed-length list")),
        DefinedType::Tuple(types) if types.is_empty() => Err(InvalidType::Empty("tuple")),
        DefinedType::Flags(names) if names.is_empty() => Err(InvalidType::Empty("flags type")),
        DefinedType::Flags(names) if names.len() > FLAGS_MAX => {
            Err(InvalidType::TooManyFlags(names.len()))
        }
        DefinedType::Enum(names) if names.is_empty() => Err(InvalidType::Empty("enum")),
        DefinedType::Map(key, _) if !is_key(*key) => Err(InvalidType::MapKey),
        _ => Ok(()),
    }
}

/// Returns whether the keys of a map may have type `ty`.
fn is_key(ty: ValType) -> bool {
    !matches!(
        ty,
        ValType::F32 | ValType::F64 | ValType::Own(_) | ValType::Borrow(_) | ValType::Defined(_)
    )
}
