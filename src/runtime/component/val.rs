//! Values of any type.

use crate::runtime::component::resource::ResourceAny;

/// A value of any type.
///
/// Two values are equal if nothing tells them apart for a component: a NaN equals every other of its type, and zero does
/// not equal negative zero.
///
/// # Examples
///
/// ```
/// use interfuse::component::Val;
///
/// let point = Val::Record(vec![("x".into(), Val::F32(1.0)), ("y".into(), Val::F32(f32::NAN))]);
/// assert_eq!(point, point.clone());
/// assert_ne!(Val::F32(0.0), Val::F32(-0.0));
/// ```
#[derive(Clone, Debug)]
pub enum Val {
    /// Of type `bool`.
    Bool(bool),
    /// Of type `s8`.
    S8(i8),
    /// Of type `u8`.
    U8(u8),
    /// Of type `s16`.
    S16(i16),
    /// Of type `u16`.
    U16(u16),
    /// Of type `s32`.
    S32(i32),
    /// Of type `u32`.
    U32(u32),
    /// Of type `s64`.
    S64(i64),
    /// Of type `u64`.
    U64(u64),
    /// Of type `f32`.
    F32(f32),
    /// Of type `f64`.
    F64(f64),
    /// Of type `char`.
    Char(char),
    /// Of type `string`.
    String(String),
    /// Of a list, or of a list of fixed length.
    List(Vec<Val>),
    /// Of a map: its entries, of which several may have one key.
    Map(Vec<(Val, Val)>),
    /// Of a record: its fields in the order of the type.
    Record(Vec<(String, Val)>),
    /// Of a tuple.
    Tuple(Vec<Val>),
    /// Of a variant: the name of the case and its payload.
    Variant(String, Option<Box<Val>>),
    /// Of an enum: the name of the case.
    Enum(String),
    /// Of an option.
    Option(Option<Box<Val>>),
    /// Of a result.
    Result(Result<Option<Box<Val>>, Option<Box<Val>>>),
    /// Of flags: the names of those that are set.
    Flags(Vec<String>),
    /// A handle, of a type that owns or borrows.
    Resource(ResourceAny),
}

impl Val {
    /// Returns what kind of type it is of, in one word of WIT.
    pub fn kind(&self) -> &'static str {
        match self {
            Val::Bool(_) => "bool",
            Val::S8(_) => "s8",
            Val::U8(_) => "u8",
            Val::S16(_) => "s16",
            Val::U16(_) => "u16",
            Val::S32(_) => "s32",
            Val::U32(_) => "u32",
            Val::S64(_) => "s64",
            Val::U64(_) => "u64",
            Val::F32(_) => "f32",
            Val::F64(_) => "f64",
            Val::Char(_) => "char",
            Val::String(_) => "string",
            Val::List(_) => "list",
            Val::Map(_) => "map",
            Val::Record(_) => "record",
            Val::Tuple(_) => "tuple",
            Val::Variant(..) => "variant",
            Val::Enum(_) => "enum",
            Val::Option(_) => "option",
            Val::Result(_) => "result",
            Val::Flags(_) => "flags",
            Val::Resource(_) => "resource",
        }
    }
}

impl PartialEq for Val {
    fn eq(&self, other: &Val) -> bool {
        match (self, other) {
            (Val::Bool(a), Val::Bool(b)) => a == b,
            (Val::S8(a), Val::S8(b)) => a == b,
            (Val::U8(a), Val::U8(b)) => a == b,
            (Val::S16(a), Val::S16(b)) => a == b,
            (Val::U16(a), Val::U16(b)) => a == b,
            (Val::S32(a), Val::S32(b)) => a == b,
            (Val::U32(a), Val::U32(b)) => a == b,
            (Val::S64(a), Val::S64(b)) => a == b,
            (Val::U64(a), Val::U64(b)) => a == b,
            (Val::F32(a), Val::F32(b)) => a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan(),
            (Val::F64(a), Val::F64(b)) => a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan(),
            (Val::Char(a), Val::Char(b)) => a == b,
            (Val::String(a), Val::String(b)) | (Val::Enum(a), Val::Enum(b)) => a == b,
            (Val::List(a), Val::List(b)) | (Val::Tuple(a), Val::Tuple(b)) => a == b,
            (Val::Map(a), Val::Map(b)) => a == b,
            (Val::Record(a), Val::Record(b)) => a == b,
            (Val::Variant(a, a_payload), Val::Variant(b, b_payload)) => {
                a == b && a_payload == b_payload
            }
            (Val::Option(a), Val::Option(b)) => a == b,
            (Val::Result(a), Val::Result(b)) => a == b,
            (Val::Flags(a), Val::Flags(b)) => {
                a.iter().all(|flag| b.contains(flag)) && b.iter().all(|flag| a.contains(flag))
            }
            (Val::Resource(a), Val::Resource(b)) => a == b,
            _ => false,
        }
    }
}

impl Eq for Val {}
