//! Values of any type.

use std::fmt;

use thiserror::Error;

use crate::runtime::component::resource::ResourceAny;
use crate::runtime::component::ty::Type;

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

    /// Checks that it is of a type.
    ///
    /// # Errors
    ///
    /// Fails if it is not; the error says which part of it is wrong.
    ///
    /// # Examples
    ///
    /// ```
    /// use interfuse::component::{Type, Val};
    ///
    /// assert!(Val::U8(1).check(&Type::U8).is_ok());
    /// let wrong = Val::String("1".into()).check(&Type::U8).unwrap_err();
    /// assert_eq!(wrong.to_string(), "expected u8, found string");
    /// ```
    pub fn check(&self, ty: &Type) -> Result<(), Mismatch> {
        check(self, ty)
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

/// Why a value is not of a type, and which part of it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub struct Mismatch {
    /// Where, from the innermost part to the outermost.
    path: Vec<Step>,
    message: String,
}

/// A step into a value.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Param(usize),
    Result,
    Field(String),
    Part(usize),
    Element(usize),
    Key(usize),
    Value(usize),
    Case(String),
}

impl Mismatch {
    fn new(message: impl Into<String>) -> Mismatch {
        Mismatch {
            path: Vec::new(),
            message: message.into(),
        }
    }

    fn within(mut self, step: Step) -> Mismatch {
        self.path.push(step);
        self
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Param(index) => write!(f, "parameter {}", index + 1),
            Step::Result => f.write_str("result"),
            Step::Field(name) => write!(f, "field `{name}`"),
            Step::Part(index) => write!(f, "part {index}"),
            Step::Element(index) => write!(f, "element {index}"),
            Step::Key(index) => write!(f, "key of entry {index}"),
            Step::Value(index) => write!(f, "value of entry {index}"),
            Step::Case(name) => write!(f, "case `{name}`"),
        }
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.path.iter().rev().enumerate() {
            write!(f, "{}{step}", if i == 0 { "" } else { ", " })?;
        }
        let colon = if self.path.is_empty() { "" } else { ": " };
        write!(f, "{colon}{}", self.message)
    }
}

/// Checks the arguments of a call against the types of the parameters.
pub(in crate::runtime) fn check_params<'t>(
    vals: &[Val],
    types: impl ExactSizeIterator<Item = (&'t str, Type)>,
) -> Result<(), Mismatch> {
    count("parameter", types.len(), vals.len())?;
    for (i, (val, (_, ty))) in vals.iter().zip(types).enumerate() {
        check(val, &ty).map_err(|it| it.within(Step::Param(i)))?;
    }
    Ok(())
}

/// Checks the result of a call, or that there is none.
pub(in crate::runtime) fn check_result(
    val: Option<&Val>,
    ty: Option<&Type>,
) -> Result<(), Mismatch> {
    payload(val, ty).map_err(|it| it.within(Step::Result))
}

/// Spec: none; types of values are the host's business.
fn check(val: &Val, ty: &Type) -> Result<(), Mismatch> {
    match (ty, val) {
        (Type::Bool, Val::Bool(_))
        | (Type::S8, Val::S8(_))
        | (Type::U8, Val::U8(_))
        | (Type::S16, Val::S16(_))
        | (Type::U16, Val::U16(_))
        | (Type::S32, Val::S32(_))
        | (Type::U32, Val::U32(_))
        | (Type::S64, Val::S64(_))
        | (Type::U64, Val::U64(_))
        | (Type::F32, Val::F32(_))
        | (Type::F64, Val::F64(_))
        | (Type::Char, Val::Char(_))
        | (Type::String, Val::String(_)) => Ok(()),
        (Type::List(ty), Val::List(vals)) => elements(vals, &ty.ty()),
        (Type::FixedList(ty), Val::List(vals)) => {
            count(
                "element",
                usize::try_from(ty.size()).unwrap_or(usize::MAX),
                vals.len(),
            )?;
            elements(vals, &ty.ty())
        }
        (Type::Map(ty), Val::Map(entries)) => {
            let (key, value) = (ty.key(), ty.value());
            for (i, entry) in entries.iter().enumerate() {
                check(&entry.0, &key).map_err(|it| it.within(Step::Key(i)))?;
                check(&entry.1, &value).map_err(|it| it.within(Step::Value(i)))?;
            }
            Ok(())
        }
        (Type::Record(ty), Val::Record(vals)) => {
            count("field", ty.fields().len(), vals.len())?;
            for (field, (name, val)) in ty.fields().zip(vals) {
                if field.name != name {
                    let message = format!("expected field `{}`, found `{name}`", field.name);
                    return Err(Mismatch::new(message));
                }
                check(val, &field.ty).map_err(|it| it.within(Step::Field(name.clone())))?;
            }
            Ok(())
        }
        (Type::Tuple(ty), Val::Tuple(vals)) => {
            count("part", ty.types().len(), vals.len())?;
            for (i, (ty, val)) in ty.types().zip(vals).enumerate() {
                check(val, &ty).map_err(|it| it.within(Step::Part(i)))?;
            }
            Ok(())
        }
        (Type::Variant(ty), Val::Variant(name, val)) => {
            let Some(case) = ty.cases().find(|case| case.name == name) else {
                return Err(Mismatch::new(format!("`{name}` is no case of {ty}")));
            };
            payload(val.as_deref(), case.ty.as_ref())
                .map_err(|it| it.within(Step::Case(name.clone())))
        }
        (Type::Enum(ty), Val::Enum(name)) => match ty.names().any(|it| it == name) {
            true => Ok(()),
            false => Err(Mismatch::new(format!("`{name}` is no case of {ty}"))),
        },
        (Type::Option(_), Val::Option(None)) => Ok(()),
        (Type::Option(ty), Val::Option(Some(val))) => {
            check(val, &ty.ty()).map_err(|it| it.within(Step::Case("some".into())))
        }
        (Type::Result(ty), Val::Result(Ok(val))) => payload(val.as_deref(), ty.ok().as_ref())
            .map_err(|it| it.within(Step::Case("ok".into()))),
        (Type::Result(ty), Val::Result(Err(val))) => payload(val.as_deref(), ty.err().as_ref())
            .map_err(|it| it.within(Step::Case("error".into()))),
        (Type::Flags(ty), Val::Flags(set)) => {
            match set.iter().find(|name| !ty.names().any(|it| it == *name)) {
                None => Ok(()),
                Some(name) => Err(Mismatch::new(format!("`{name}` is no flag of {ty}"))),
            }
        }
        (Type::Own(resource), Val::Resource(any)) if any.ty() == *resource => match any.owned() {
            true => Ok(()),
            false => Err(Mismatch::new("expected own, found borrow")),
        },
        (Type::Borrow(resource), Val::Resource(any)) if any.ty() == *resource => Ok(()),
        (Type::Own(resource) | Type::Borrow(resource), Val::Resource(any)) => {
            let found = any.ty();
            Err(Mismatch::new(format!("expected {resource}, found {found}")))
        }
        (ty, val) => Err(Mismatch::new(format!(
            "expected {ty}, found {}",
            val.kind()
        ))),
    }
}

fn elements(vals: &[Val], ty: &Type) -> Result<(), Mismatch> {
    for (i, val) in vals.iter().enumerate() {
        check(val, ty).map_err(|it| it.within(Step::Element(i)))?;
    }
    Ok(())
}

fn payload(val: Option<&Val>, ty: Option<&Type>) -> Result<(), Mismatch> {
    match (val, ty) {
        (None, None) => Ok(()),
        (Some(val), Some(ty)) => check(val, ty),
        (None, Some(ty)) => Err(Mismatch::new(format!("expected {ty}, found nothing"))),
        (Some(val), None) => {
            let found = val.kind();
            Err(Mismatch::new(format!("expected nothing, found {found}")))
        }
    }
}

fn count(what: &str, expected: usize, found: usize) -> Result<(), Mismatch> {
    if expected == found {
        return Ok(());
    }
    let s = if expected == 1 { "" } else { "s" };
    let message = format!("expected {expected} {what}{s}, found {found}");
    Err(Mismatch::new(message))
}
