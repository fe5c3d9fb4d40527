//! Types in the JSON of a plan.

use serde::Serialize;

use crate::adapt::index::{FuncTypeId, SignatureId};
use crate::adapt::print::escape;
use crate::adapt::types::{DefinedType, Label, Types, ValType};

/// A value type: the name of a primitive one, as in `"u32"`, or an object with one member, which is an id.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ValTypeView {
    /// `"bool"`
    Bool,
    /// `"s8"`
    S8,
    /// `"u8"`
    U8,
    /// `"s16"`
    S16,
    /// `"u16"`
    U16,
    /// `"s32"`
    S32,
    /// `"u32"`
    U32,
    /// `"s64"`
    S64,
    /// `"u64"`
    U64,
    /// `"f32"`
    F32,
    /// `"f64"`
    F64,
    /// `"char"`
    Char,
    /// `"string"`
    String,
    /// `{"own": 0}`: a handle that owns a resource, which is an element of `resources`.
    Own(u32),
    /// `{"borrow": 0}`: a handle that borrows a resource, which is an element of `resources`.
    Borrow(u32),
    /// `{"type": 0}`: an element of `types`.
    Type(u32),
}

impl From<ValType> for ValTypeView {
    fn from(ty: ValType) -> Self {
        match ty {
            ValType::Bool => ValTypeView::Bool,
            ValType::S8 => ValTypeView::S8,
            ValType::U8 => ValTypeView::U8,
            ValType::S16 => ValTypeView::S16,
            ValType::U16 => ValTypeView::U16,
            ValType::S32 => ValTypeView::S32,
            ValType::U32 => ValTypeView::U32,
            ValType::S64 => ValTypeView::S64,
            ValType::U64 => ValTypeView::U64,
            ValType::F32 => ValTypeView::F32,
            ValType::F64 => ValTypeView::F64,
            ValType::Char => ValTypeView::Char,
            ValType::String => ValTypeView::String,
            ValType::Own(id) => ValTypeView::Own(id.as_u32()),
            ValType::Borrow(id) => ValTypeView::Borrow(id.as_u32()),
            ValType::Defined(id) => ValTypeView::Type(id.as_u32()),
        }
    }
}

/// A name with the type of what it names: a field, a case, a parameter.
#[derive(Clone, Debug, Serialize)]
pub struct NamedTypeView<'a> {
    /// The name.
    pub name: &'a str,
    /// The type; `null` for a case without payload.
    #[serde(rename = "type")]
    pub ty: Option<ValTypeView>,
}

/// How a compound type is made; `kind` says which members there are.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum DefinitionView<'a> {
    /// `record`
    Record {
        /// The fields in their order.
        fields: Vec<NamedTypeView<'a>>,
    },
    /// `variant`
    Variant {
        /// The cases in their order.
        cases: Vec<NamedTypeView<'a>>,
    },
    /// `list`
    List {
        /// The type of the elements.
        element: ValTypeView,
    },
    /// `fixed-list`: a list whose length is part of its type.
    FixedList {
        /// The type of the elements.
        element: ValTypeView,
        /// The number of elements.
        length: u32,
    },
    /// `map`
    Map {
        /// The type of the keys.
        key: ValTypeView,
        /// The type of the values.
        value: ValTypeView,
    },
    /// `tuple`
    Tuple {
        /// The types of the members.
        members: Vec<ValTypeView>,
    },
    /// `flags`
    Flags {
        /// The names of the flags.
        names: Vec<&'a str>,
    },
    /// `enum`
    Enum {
        /// The names of the cases.
        names: Vec<&'a str>,
    },
    /// `option`
    Option {
        /// The type of the payload.
        some: ValTypeView,
    },
    /// `result`
    Result {
        /// The payload of `ok`.
        ok: Option<ValTypeView>,
        /// The payload of `error`.
        error: Option<ValTypeView>,
    },
}

impl<'a> From<&'a DefinedType> for DefinitionView<'a> {
    fn from(ty: &'a DefinedType) -> Self {
        match ty {
            DefinedType::Record(fields) => DefinitionView::Record {
                fields: fields
                    .iter()
                    .map(|(name, ty)| named(name, Some(*ty)))
                    .collect(),
            },
            DefinedType::Variant(cases) => DefinitionView::Variant {
                cases: cases.iter().map(|(name, ty)| named(name, *ty)).collect(),
            },
            DefinedType::List(ty) => DefinitionView::List {
                element: (*ty).into(),
            },
            DefinedType::FixedList(ty, length) => DefinitionView::FixedList {
                element: (*ty).into(),
                length: *length,
            },
            DefinedType::Map(key, value) => DefinitionView::Map {
                key: (*key).into(),
                value: (*value).into(),
            },
            DefinedType::Tuple(types) => DefinitionView::Tuple {
                members: types.iter().map(|ty| (*ty).into()).collect(),
            },
            DefinedType::Flags(names) => DefinitionView::Flags {
                names: names.iter().map(|name| &**name).collect(),
            },
            DefinedType::Enum(names) => DefinitionView::Enum {
                names: names.iter().map(|name| &**name).collect(),
            },
            DefinedType::Option(ty) => DefinitionView::Option { some: (*ty).into() },
            DefinedType::Result { ok, err } => DefinitionView::Result {
                ok: ok.map(Into::into),
                error: err.map(Into::into),
            },
        }
    }
}

fn named(name: &Label, ty: Option<ValType>) -> NamedTypeView<'_> {
    NamedTypeView {
        name,
        ty: ty.map(Into::into),
    }
}

/// A compound type.
#[derive(Clone, Debug, Serialize)]
pub struct TypeView<'a> {
    /// Its id, which is its position in `types`; parts have smaller ids than what is made of them.
    pub id: u32,
    /// The names by which components export or import it; mostly one or none.
    pub names: Vec<&'a str>,
    /// Its definition in WIT, for people; a long one is cut.
    pub wit: String,
    /// Its definition.
    pub definition: DefinitionView<'a>,
}

/// Returns all compound types.
pub(crate) fn types(types: &Types) -> Vec<TypeView<'_>> {
    types
        .iter()
        .map(|(id, ty)| TypeView {
            id: id.as_u32(),
            names: types.names(id).iter().map(|name| &**name).collect(),
            wit: escape::wit(types.display_definition(id)),
            definition: ty.into(),
        })
        .collect()
}

/// The type of a function.
#[derive(Clone, Debug, Serialize)]
pub struct FuncTypeView<'a> {
    /// Its id; ids of types that nothing uses are missing.
    pub id: u32,
    /// The type in WIT, for people; a long one is cut.
    pub wit: String,
    /// The parameters in their order.
    pub params: Vec<NamedTypeView<'a>>,
    /// The result.
    pub result: Option<ValTypeView>,
}

/// Returns a function type.
pub(crate) fn func_type(types: &Types, id: FuncTypeId) -> FuncTypeView<'_> {
    let ty = types.func(id);
    FuncTypeView {
        id: id.as_u32(),
        wit: escape::wit(types.display_func(id)),
        params: ty
            .params
            .iter()
            .map(|(name, ty)| named(name, Some(*ty)))
            .collect(),
        result: ty.result.map(Into::into),
    }
}

/// A function type where it is used.
#[derive(Clone, Debug, Serialize)]
pub struct FuncTypeRef {
    /// The id of an element of `func_types`.
    pub id: u32,
    /// The type in WIT, for people; a long one is cut.
    pub wit: String,
}

impl FuncTypeRef {
    /// Returns the mention of a function type.
    pub(crate) fn new(types: &Types, id: FuncTypeId) -> Self {
        FuncTypeRef {
            id: id.as_u32(),
            wit: escape::wit(types.display_func(id)),
        }
    }
}

/// The type of a core function.
#[derive(Clone, Debug, Serialize)]
pub struct SignatureView {
    /// Its id; ids of signatures that nothing uses are missing.
    pub id: u32,
    /// The types of the parameters in the text format: `"i32"`, `"(ref null extern)"`.
    pub params: Vec<String>,
    /// The types of the results.
    pub results: Vec<String>,
}

/// Returns a signature.
pub(crate) fn signature(types: &Types, id: SignatureId) -> SignatureView {
    let signature = types.signature(id);
    SignatureView {
        id: id.as_u32(),
        params: signature.params.iter().map(ToString::to_string).collect(),
        results: signature.results.iter().map(ToString::to_string).collect(),
    }
}
