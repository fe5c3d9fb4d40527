//! Whether a value is of a type, and which part of it is not.

use std::fmt;

use thiserror::Error;

use crate::runtime::component::ty::Type;
use crate::runtime::component::val::{Elements, Val, ValList};

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

impl Val {
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
        (Type::List(ty), Val::List(list)) => elements(list, &ty.ty()),
        (Type::FixedList(ty), Val::List(list)) => {
            count(
                "element",
                usize::try_from(ty.size()).unwrap_or(usize::MAX),
                list.len(),
            )?;
            elements(list, &ty.ty())
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

fn elements(list: &ValList, ty: &Type) -> Result<(), Mismatch> {
    // Scalars are all of one type if they are kept as such.
    let count = match list.elements() {
        Elements::Any(vals) => vals.len(),
        _ => 1,
    };
    for (i, val) in list.iter().enumerate().take(count) {
        check(&val, ty).map_err(|it| it.within(Step::Element(i)))?;
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
