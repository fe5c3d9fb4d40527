//! Types of components, to look at.
//!
//! Long for one small type for each kind of compound type, all of one shape.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use cranelift_entity::PrimaryMap;

use crate::adapt::{DefinedType, ResourceId, TypeId, Types, ValType};
use crate::runtime::component::resource::ResourceType;

/// The types of a component or of an instance, and which resources they speak of.
#[derive(Debug)]
pub(in crate::runtime) struct TypeSpace {
    types: Arc<Types>,
    resources: PrimaryMap<ResourceId, ResourceType>,
}

impl TypeSpace {
    /// Makes one, with a resource type for every [`ResourceId`] in the types.
    pub(in crate::runtime) fn new(
        types: Arc<Types>,
        resources: PrimaryMap<ResourceId, ResourceType>,
    ) -> Arc<TypeSpace> {
        Arc::new(TypeSpace { types, resources })
    }

    /// Returns the types.
    pub(in crate::runtime) fn types(&self) -> &Arc<Types> {
        &self.types
    }

    /// Returns which resource type an id is.
    pub(in crate::runtime) fn resource(&self, id: ResourceId) -> ResourceType {
        self.resources[id]
    }
}

/// The type of a value.
///
/// Two types are equal if they have the same structure, whatever component they come from and whatever names they have
/// there. They print as in WIT.
#[derive(Clone, PartialEq, Eq)]
pub enum Type {
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
    /// `list<type>`
    List(List),
    /// `list<type, length>`
    FixedList(FixedList),
    /// `map<key, value>`
    Map(Map),
    /// `record { name: type, … }`
    Record(Record),
    /// `tuple<type, …>`
    Tuple(Tuple),
    /// `variant { name(type), … }`
    Variant(Variant),
    /// `enum { name, … }`
    Enum(Enum),
    /// `option<type>`
    Option(OptionType),
    /// `result<ok, err>`
    Result(ResultType),
    /// `flags { name, … }`
    Flags(Flags),
    /// `own<resource>`
    Own(ResourceType),
    /// `borrow<resource>`
    Borrow(ResourceType),
}

/// A compound type, and the space it is in.
#[derive(Clone)]
struct Compound {
    space: Arc<TypeSpace>,
    id: TypeId,
}

/// A field of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its type.
    pub ty: Type,
}

/// A case of a variant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case<'a> {
    /// Its name.
    pub name: &'a str,
    /// The type of its payload, if it has one.
    pub ty: Option<Type>,
}

macro_rules! compounds {
    ($( $(#[$doc:meta])* $name:ident; )*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, PartialEq, Eq)]
            pub struct $name(Compound);

            impl $name {
                /// Returns the name that its component gives it, if it gives it one.
                pub fn name(&self) -> Option<&str> {
                    self.0.space.types.shown_name(self.0.id).map(|name| &**name)
                }
            }

            impl fmt::Display for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    fmt::Display::fmt(&self.0, f)
                }
            }

            impl fmt::Debug for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    fmt::Display::fmt(&self.0, f)
                }
            }
        )*
    };
}

compounds! {
    /// The type of a list.
    List;
    /// The type of a list whose length is part of its type.
    FixedList;
    /// The type of a map.
    Map;
    /// The type of a record.
    Record;
    /// The type of a tuple.
    Tuple;
    /// The type of a variant.
    Variant;
    /// The type of an enum.
    Enum;
    /// The type of an option.
    OptionType;
    /// The type of a result.
    ResultType;
    /// The type of a set of flags.
    Flags;
}

impl Type {
    /// Returns a type of a space.
    pub(in crate::runtime) fn of(space: &Arc<TypeSpace>, ty: ValType) -> Type {
        match ty {
            ValType::Bool => Type::Bool,
            ValType::S8 => Type::S8,
            ValType::U8 => Type::U8,
            ValType::S16 => Type::S16,
            ValType::U16 => Type::U16,
            ValType::S32 => Type::S32,
            ValType::U32 => Type::U32,
            ValType::S64 => Type::S64,
            ValType::U64 => Type::U64,
            ValType::F32 => Type::F32,
            ValType::F64 => Type::F64,
            ValType::Char => Type::Char,
            ValType::String => Type::String,
            ValType::Own(id) => Type::Own(space.resource(id)),
            ValType::Borrow(id) => Type::Borrow(space.resource(id)),
            ValType::Defined(id) => Type::of_defined(space, id),
        }
    }

    fn of_defined(space: &Arc<TypeSpace>, id: TypeId) -> Type {
        let compound = Compound {
            space: Arc::clone(space),
            id,
        };
        match space.types.defined(id) {
            DefinedType::Record(_) => Type::Record(Record(compound)),
            DefinedType::Variant(_) => Type::Variant(Variant(compound)),
            DefinedType::List(_) => Type::List(List(compound)),
            DefinedType::FixedList(..) => Type::FixedList(FixedList(compound)),
            DefinedType::Map(..) => Type::Map(Map(compound)),
            DefinedType::Tuple(_) => Type::Tuple(Tuple(compound)),
            DefinedType::Flags(_) => Type::Flags(Flags(compound)),
            DefinedType::Enum(_) => Type::Enum(Enum(compound)),
            DefinedType::Option(_) => Type::Option(OptionType(compound)),
            DefinedType::Result { .. } => Type::Result(ResultType(compound)),
        }
    }

    /// Returns what kind of type it is, in one word of WIT.
    pub fn kind(&self) -> &'static str {
        match self {
            Type::Bool => "bool",
            Type::S8 => "s8",
            Type::U8 => "u8",
            Type::S16 => "s16",
            Type::U16 => "u16",
            Type::S32 => "s32",
            Type::U32 => "u32",
            Type::S64 => "s64",
            Type::U64 => "u64",
            Type::F32 => "f32",
            Type::F64 => "f64",
            Type::Char => "char",
            Type::String => "string",
            Type::List(_) | Type::FixedList(_) => "list",
            Type::Map(_) => "map",
            Type::Record(_) => "record",
            Type::Tuple(_) => "tuple",
            Type::Variant(_) => "variant",
            Type::Enum(_) => "enum",
            Type::Option(_) => "option",
            Type::Result(_) => "result",
            Type::Flags(_) => "flags",
            Type::Own(_) => "own",
            Type::Borrow(_) => "borrow",
        }
    }

    /// Returns the compound type, if it is one.
    fn compound(&self) -> Option<&Compound> {
        match self {
            Type::List(List(it))
            | Type::FixedList(FixedList(it))
            | Type::Map(Map(it))
            | Type::Record(Record(it))
            | Type::Tuple(Tuple(it))
            | Type::Variant(Variant(it))
            | Type::Enum(Enum(it))
            | Type::Option(OptionType(it))
            | Type::Result(ResultType(it))
            | Type::Flags(Flags(it)) => Some(it),
            _ => None,
        }
    }
}

impl Compound {
    fn defined(&self) -> &DefinedType {
        self.space.types.defined(self.id)
    }

    fn ty(&self, ty: ValType) -> Type {
        Type::of(&self.space, ty)
    }

    fn unexpected(&self) -> ! {
        unreachable!("{:?} was made for another kind of type", self.defined())
    }
}

impl List {
    /// Returns the type of the elements.
    pub fn ty(&self) -> Type {
        match self.0.defined() {
            DefinedType::List(ty) => self.0.ty(*ty),
            _ => self.0.unexpected(),
        }
    }
}

impl FixedList {
    /// Returns the type of the elements.
    pub fn ty(&self) -> Type {
        match self.0.defined() {
            DefinedType::FixedList(ty, _) => self.0.ty(*ty),
            _ => self.0.unexpected(),
        }
    }

    /// Returns how many elements there are.
    pub fn size(&self) -> u32 {
        match self.0.defined() {
            DefinedType::FixedList(_, size) => *size,
            _ => self.0.unexpected(),
        }
    }
}

impl Map {
    fn parts(&self) -> (ValType, ValType) {
        match self.0.defined() {
            DefinedType::Map(key, value) => (*key, *value),
            _ => self.0.unexpected(),
        }
    }

    /// Returns the type of the keys.
    pub fn key(&self) -> Type {
        self.0.ty(self.parts().0)
    }

    /// Returns the type of the values.
    pub fn value(&self) -> Type {
        self.0.ty(self.parts().1)
    }
}

impl Record {
    /// Returns the fields in their order.
    pub fn fields(&self) -> impl ExactSizeIterator<Item = Field<'_>> {
        let fields = match self.0.defined() {
            DefinedType::Record(fields) => fields,
            _ => self.0.unexpected(),
        };
        fields.iter().map(|(name, ty)| Field {
            name,
            ty: self.0.ty(*ty),
        })
    }
}

impl Tuple {
    /// Returns the types of the parts in their order.
    pub fn types(&self) -> impl ExactSizeIterator<Item = Type> + '_ {
        let types = match self.0.defined() {
            DefinedType::Tuple(types) => types,
            _ => self.0.unexpected(),
        };
        types.iter().map(|ty| self.0.ty(*ty))
    }
}

impl Variant {
    /// Returns the cases in their order.
    pub fn cases(&self) -> impl ExactSizeIterator<Item = Case<'_>> {
        let cases = match self.0.defined() {
            DefinedType::Variant(cases) => cases,
            _ => self.0.unexpected(),
        };
        cases.iter().map(|(name, ty)| Case {
            name,
            ty: ty.map(|ty| self.0.ty(ty)),
        })
    }
}

impl Enum {
    /// Returns the names of the cases in their order.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        let names = match self.0.defined() {
            DefinedType::Enum(names) => names,
            _ => self.0.unexpected(),
        };
        names.iter().map(|name| &**name)
    }
}

impl OptionType {
    /// Returns the type of what may be there.
    pub fn ty(&self) -> Type {
        match self.0.defined() {
            DefinedType::Option(ty) => self.0.ty(*ty),
            _ => self.0.unexpected(),
        }
    }
}

impl ResultType {
    fn parts(&self) -> (Option<ValType>, Option<ValType>) {
        match self.0.defined() {
            DefinedType::Result { ok, err } => (*ok, *err),
            _ => self.0.unexpected(),
        }
    }

    /// Returns the type of the payload of `ok`, if it has one.
    pub fn ok(&self) -> Option<Type> {
        self.parts().0.map(|ty| self.0.ty(ty))
    }

    /// Returns the type of the payload of `error`, if it has one.
    pub fn err(&self) -> Option<Type> {
        self.parts().1.map(|ty| self.0.ty(ty))
    }
}

impl Flags {
    /// Returns the names of the flags in their order.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        let names = match self.0.defined() {
            DefinedType::Flags(names) => names,
            _ => self.0.unexpected(),
        };
        names.iter().map(|name| &**name)
    }
}

impl fmt::Display for Compound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ty = self.space.types.display(ValType::Defined(self.id));
        fmt::Display::fmt(&ty, f)
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.compound(), self) {
            (Some(compound), _) => fmt::Display::fmt(compound, f),
            (None, Type::Own(resource)) => write!(f, "own<{resource}>"),
            (None, Type::Borrow(resource)) => write!(f, "borrow<{resource}>"),
            (None, plain) => f.write_str(plain.kind()),
        }
    }
}

impl fmt::Debug for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl PartialEq for Compound {
    fn eq(&self, other: &Compound) -> bool {
        let mut equal = HashSet::new();
        Comparison {
            left: &self.space,
            right: &other.space,
            equal: &mut equal,
        }
        .compounds(self.id, other.id)
    }
}

impl Eq for Compound {}

/// A comparison of types of two spaces.
struct Comparison<'a> {
    left: &'a Arc<TypeSpace>,
    right: &'a Arc<TypeSpace>,
    /// What was found equal: a type of a few bytes may have 2^60 parts, but few different ones.
    equal: &'a mut HashSet<(TypeId, TypeId)>,
}

impl Comparison<'_> {
    fn values(&mut self, left: ValType, right: ValType) -> bool {
        match (left, right) {
            (ValType::Defined(left), ValType::Defined(right)) => self.compounds(left, right),
            (ValType::Own(left), ValType::Own(right))
            | (ValType::Borrow(left), ValType::Borrow(right)) => {
                self.left.resource(left) == self.right.resource(right)
            }
            (left, right) => left == right,
        }
    }

    fn options(&mut self, left: Option<ValType>, right: Option<ValType>) -> bool {
        match (left, right) {
            (Some(left), Some(right)) => self.values(left, right),
            (left, right) => left.is_none() && right.is_none(),
        }
    }

    fn compounds(&mut self, left: TypeId, right: TypeId) -> bool {
        if Arc::ptr_eq(self.left, self.right) && left == right {
            return true;
        }
        if self.equal.contains(&(left, right)) {
            return true;
        }
        let types = (
            self.left.types.defined(left),
            self.right.types.defined(right),
        );
        let is_equal = match types {
            (DefinedType::Record(left), DefinedType::Record(right)) => {
                left.len() == right.len()
                    && left
                        .iter()
                        .zip(right)
                        .all(|((left_name, left), (name, right))| {
                            left_name == name && self.values(*left, *right)
                        })
            }
            (DefinedType::Variant(left), DefinedType::Variant(right)) => {
                left.len() == right.len()
                    && left
                        .iter()
                        .zip(right)
                        .all(|((left_name, left), (name, right))| {
                            left_name == name && self.options(*left, *right)
                        })
            }
            (DefinedType::Tuple(left), DefinedType::Tuple(right)) => {
                left.len() == right.len()
                    && left
                        .iter()
                        .zip(right)
                        .all(|(left, right)| self.values(*left, *right))
            }
            (DefinedType::List(left), DefinedType::List(right))
            | (DefinedType::Option(left), DefinedType::Option(right)) => self.values(*left, *right),
            (DefinedType::FixedList(left, size), DefinedType::FixedList(right, other)) => {
                size == other && self.values(*left, *right)
            }
            (DefinedType::Map(left_key, left), DefinedType::Map(key, right)) => {
                self.values(*left_key, *key) && self.values(*left, *right)
            }
            (
                DefinedType::Result { ok, err },
                DefinedType::Result {
                    ok: other_ok,
                    err: other_err,
                },
            ) => self.options(*ok, *other_ok) && self.options(*err, *other_err),
            (DefinedType::Flags(left), DefinedType::Flags(right))
            | (DefinedType::Enum(left), DefinedType::Enum(right)) => left == right,
            _ => false,
        };
        if is_equal {
            self.equal.insert((left, right));
        }
        is_equal
    }
}
