//! Values as text, for people: WAVE, the *WebAssembly Value Encoding*.
//!
//! What a value prints as is what it is parsed from, but for three things. A handle prints as `<resource 3>` and cannot be
//! parsed: nobody can make one up. Entries of a map that have one key become one when they are printed. And every NaN is
//! `nan`.
//!
//! # Examples
//!
//! ```
//! use interfuse::component::{Type, Val, wave};
//!
//! let val = wave::from_str(&Type::String, r#""a \"quoted\" word""#)?;
//! assert_eq!(val, Val::String("a \"quoted\" word".into()));
//! let point = Val::Record(vec![("x".into(), Val::F32(1.5)), ("y".into(), Val::F32(f32::NAN))]);
//! assert_eq!(wave::to_string(&point), "{x: 1.5, y: nan}");
//! # Ok::<(), wave::WaveError>(())
//! ```

use std::borrow::Cow;

use thiserror::Error;
use wasm_wave::parser::ParserError;
use wasm_wave::untyped::UntypedFuncCall;
use wasm_wave::wasm::{WasmType, WasmTypeKind, WasmValue, WasmValueError};

use crate::runtime::component::check::{Mismatch, check_params};
use crate::runtime::component::func_type::ComponentFunc;
use crate::runtime::component::ty::Type;
use crate::runtime::component::val::Val;

/// Why a text is no value of a type, or no call.
#[derive(Debug, Error)]
#[error(transparent)]
pub struct WaveError(#[from] Inner);

#[derive(Debug, Error)]
enum Inner {
    #[error("{0}")]
    Parse(#[from] ParserError),
    #[error(transparent)]
    Mismatch(#[from] Mismatch),
}

/// Returns a value as text.
pub fn to_string(val: &Val) -> String {
    wasm_wave::to_string(val).expect("every kind of value prints, and a string takes all text")
}

/// Returns the value of a type that a text stands for.
///
/// # Errors
///
/// Fails if it stands for none.
pub fn from_str(ty: &Type, text: &str) -> Result<Val, WaveError> {
    let val: Val = wasm_wave::from_str(ty, text).map_err(Inner::from)?;
    val.check(ty).map_err(Inner::from)?;
    Ok(val)
}

/// A call as text: `greet("Ada", [1, 2])`.
///
/// # Examples
///
/// ```
/// use interfuse::component::wave::Call;
///
/// let call = Call::parse(r#"greet("Ada", [1, 2])"#)?;
/// assert_eq!(call.name(), "greet");
/// # Ok::<(), interfuse::component::wave::WaveError>(())
/// ```
pub struct Call(UntypedFuncCall<'static>);

impl Call {
    /// Reads a call. What its values mean depends on the function, which is to be found by its name.
    ///
    /// # Errors
    ///
    /// Fails if the text is no call.
    pub fn parse(text: &str) -> Result<Call, WaveError> {
        let call = UntypedFuncCall::parse(text).map_err(Inner::from)?;
        Ok(Call(call.into_owned()))
    }

    /// Returns the name of the function.
    pub fn name(&self) -> &str {
        self.0.name()
    }

    /// Returns the arguments. Options at the end may be left out; they are `none` then.
    ///
    /// # Errors
    ///
    /// Fails if they are not of the types of the function's parameters.
    pub fn params(&self, func: &ComponentFunc) -> Result<Vec<Val>, WaveError> {
        let types: Vec<_> = func.params().map(|(_, ty)| ty).collect();
        let is_option = |ty: &Type| matches!(ty, Type::Option(_));
        if self.0.params_node().is_none() && types.iter().all(is_option) {
            return Ok(vec![Val::Option(None); types.len()]);
        }
        let vals: Vec<Val> = self.0.to_wasm_params(&types).map_err(Inner::from)?;
        check_params(&vals, func.params()).map_err(Inner::from)?;
        Ok(vals)
    }
}

impl WasmType for Type {
    fn kind(&self) -> WasmTypeKind {
        match self {
            Type::Bool => WasmTypeKind::Bool,
            Type::S8 => WasmTypeKind::S8,
            Type::U8 => WasmTypeKind::U8,
            Type::S16 => WasmTypeKind::S16,
            Type::U16 => WasmTypeKind::U16,
            Type::S32 => WasmTypeKind::S32,
            Type::U32 => WasmTypeKind::U32,
            Type::S64 => WasmTypeKind::S64,
            Type::U64 => WasmTypeKind::U64,
            Type::F32 => WasmTypeKind::F32,
            Type::F64 => WasmTypeKind::F64,
            Type::Char => WasmTypeKind::Char,
            Type::String => WasmTypeKind::String,
            // The parser knows no lists of fixed length. That the length is right is checked behind it.
            Type::List(_) | Type::FixedList(_) => WasmTypeKind::List,
            Type::Map(_) => WasmTypeKind::Map,
            Type::Record(_) => WasmTypeKind::Record,
            Type::Tuple(_) => WasmTypeKind::Tuple,
            Type::Variant(_) => WasmTypeKind::Variant,
            Type::Enum(_) => WasmTypeKind::Enum,
            Type::Option(_) => WasmTypeKind::Option,
            Type::Result(_) => WasmTypeKind::Result,
            Type::Flags(_) => WasmTypeKind::Flags,
            Type::Own(_) | Type::Borrow(_) => WasmTypeKind::Unsupported,
        }
    }

    fn list_element_type(&self) -> Option<Type> {
        match self {
            Type::List(list) => Some(list.ty()),
            Type::FixedList(list) => Some(list.ty()),
            _ => None,
        }
    }

    fn record_fields(&self) -> Box<dyn Iterator<Item = (Cow<'_, str>, Type)> + '_> {
        match self {
            Type::Record(record) => {
                Box::new(record.fields().map(|it| (Cow::Borrowed(it.name), it.ty)))
            }
            _ => Box::new(std::iter::empty()),
        }
    }

    fn tuple_element_types(&self) -> Box<dyn Iterator<Item = Type> + '_> {
        match self {
            Type::Tuple(tuple) => Box::new(tuple.types()),
            _ => Box::new(std::iter::empty()),
        }
    }

    fn variant_cases(&self) -> Box<dyn Iterator<Item = (Cow<'_, str>, Option<Type>)> + '_> {
        match self {
            Type::Variant(variant) => {
                Box::new(variant.cases().map(|it| (Cow::Borrowed(it.name), it.ty)))
            }
            _ => Box::new(std::iter::empty()),
        }
    }

    fn enum_cases(&self) -> Box<dyn Iterator<Item = Cow<'_, str>> + '_> {
        match self {
            Type::Enum(names) => Box::new(names.names().map(Cow::Borrowed)),
            _ => Box::new(std::iter::empty()),
        }
    }

    fn option_some_type(&self) -> Option<Type> {
        match self {
            Type::Option(option) => Some(option.ty()),
            _ => None,
        }
    }

    fn result_types(&self) -> Option<(Option<Type>, Option<Type>)> {
        match self {
            Type::Result(result) => Some((result.ok(), result.err())),
            _ => None,
        }
    }

    fn flags_names(&self) -> Box<dyn Iterator<Item = Cow<'_, str>> + '_> {
        match self {
            Type::Flags(flags) => Box::new(flags.names().map(Cow::Borrowed)),
            _ => Box::new(std::iter::empty()),
        }
    }

    fn map_key_value_types(&self) -> Option<(Type, Type)> {
        match self {
            Type::Map(map) => Some((map.key(), map.value())),
            _ => None,
        }
    }
}

macro_rules! plain {
    ($($kind:ident $make:ident $unwrap:ident $ty:ty;)*) => {
        $(
            fn $make(val: $ty) -> Val {
                Val::$kind(val)
            }

            fn $unwrap(&self) -> $ty {
                match self {
                    Val::$kind(val) => *val,
                    other => unexpected(other),
                }
            }
        )*
    };
}

impl WasmValue for Val {
    type Type = Type;

    fn kind(&self) -> WasmTypeKind {
        match self {
            Val::Bool(_) => WasmTypeKind::Bool,
            Val::S8(_) => WasmTypeKind::S8,
            Val::U8(_) => WasmTypeKind::U8,
            Val::S16(_) => WasmTypeKind::S16,
            Val::U16(_) => WasmTypeKind::U16,
            Val::S32(_) => WasmTypeKind::S32,
            Val::U32(_) => WasmTypeKind::U32,
            Val::S64(_) => WasmTypeKind::S64,
            Val::U64(_) => WasmTypeKind::U64,
            Val::F32(_) => WasmTypeKind::F32,
            Val::F64(_) => WasmTypeKind::F64,
            Val::Char(_) => WasmTypeKind::Char,
            Val::String(_) => WasmTypeKind::String,
            Val::List(_) => WasmTypeKind::List,
            Val::Map(_) => WasmTypeKind::Map,
            Val::Record(_) => WasmTypeKind::Record,
            Val::Tuple(_) => WasmTypeKind::Tuple,
            Val::Variant(..) => WasmTypeKind::Variant,
            Val::Option(_) => WasmTypeKind::Option,
            Val::Result(_) => WasmTypeKind::Result,
            Val::Flags(_) => WasmTypeKind::Flags,
            // WAVE knows no handles; as a word of its own one prints as it is.
            Val::Enum(_) | Val::Resource(_) => WasmTypeKind::Enum,
        }
    }

    plain! {
        Bool make_bool unwrap_bool bool;
        S8 make_s8 unwrap_s8 i8;
        U8 make_u8 unwrap_u8 u8;
        S16 make_s16 unwrap_s16 i16;
        U16 make_u16 unwrap_u16 u16;
        S32 make_s32 unwrap_s32 i32;
        U32 make_u32 unwrap_u32 u32;
        S64 make_s64 unwrap_s64 i64;
        U64 make_u64 unwrap_u64 u64;
        F32 make_f32 unwrap_f32 f32;
        F64 make_f64 unwrap_f64 f64;
        Char make_char unwrap_char char;
    }

    fn make_string(val: Cow<'_, str>) -> Val {
        Val::String(val.into_owned())
    }

    fn make_list(_: &Type, vals: impl IntoIterator<Item = Val>) -> Result<Val, WasmValueError> {
        Ok(Val::List(vals.into_iter().collect()))
    }

    fn make_record<'a>(
        ty: &Type,
        fields: impl IntoIterator<Item = (&'a str, Val)>,
    ) -> Result<Val, WasmValueError> {
        let Type::Record(record) = ty else {
            return Err(WasmValueError::UnsupportedType(ty.to_string()));
        };
        let mut given: Vec<_> = fields.into_iter().collect();
        let mut vals = Vec::with_capacity(given.len());
        for field in record.fields() {
            let Some(at) = given.iter().position(|(name, _)| *name == field.name) else {
                return Err(WasmValueError::MissingField(field.name.to_owned()));
            };
            let (name, val) = given.swap_remove(at);
            vals.push((name.to_owned(), val));
        }
        match given.first() {
            Some((name, _)) => Err(WasmValueError::UnknownField((*name).to_owned())),
            None => Ok(Val::Record(vals)),
        }
    }

    fn make_tuple(_: &Type, vals: impl IntoIterator<Item = Val>) -> Result<Val, WasmValueError> {
        Ok(Val::Tuple(vals.into_iter().collect()))
    }

    fn make_variant(_: &Type, case: &str, val: Option<Val>) -> Result<Val, WasmValueError> {
        Ok(Val::Variant(case.to_owned(), val.map(Box::new)))
    }

    fn make_enum(_: &Type, case: &str) -> Result<Val, WasmValueError> {
        Ok(Val::Enum(case.to_owned()))
    }

    fn make_option(_: &Type, val: Option<Val>) -> Result<Val, WasmValueError> {
        Ok(Val::Option(val.map(Box::new)))
    }

    fn make_result(_: &Type, val: Result<Option<Val>, Option<Val>>) -> Result<Val, WasmValueError> {
        Ok(Val::Result(match val {
            Ok(val) => Ok(val.map(Box::new)),
            Err(val) => Err(val.map(Box::new)),
        }))
    }

    fn make_flags<'a>(
        _: &Type,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Result<Val, WasmValueError> {
        Ok(Val::Flags(names.into_iter().map(str::to_owned).collect()))
    }

    fn make_map(
        _: &Type,
        entries: impl IntoIterator<Item = (Val, Val)>,
    ) -> Result<Val, WasmValueError> {
        Ok(Val::Map(entries.into_iter().collect()))
    }

    fn unwrap_string(&self) -> Cow<'_, str> {
        match self {
            Val::String(text) => Cow::Borrowed(text),
            other => unexpected(other),
        }
    }

    fn unwrap_list(&self) -> Box<dyn Iterator<Item = Cow<'_, Val>> + '_> {
        match self {
            Val::List(list) => Box::new(list.iter()),
            other => unexpected(other),
        }
    }

    fn unwrap_record(&self) -> Box<dyn Iterator<Item = (Cow<'_, str>, Cow<'_, Val>)> + '_> {
        match self {
            Val::Record(fields) => Box::new(
                fields
                    .iter()
                    .map(|(name, val)| (Cow::Borrowed(&**name), Cow::Borrowed(val))),
            ),
            other => unexpected(other),
        }
    }

    fn unwrap_tuple(&self) -> Box<dyn Iterator<Item = Cow<'_, Val>> + '_> {
        match self {
            Val::Tuple(vals) => Box::new(vals.iter().map(Cow::Borrowed)),
            other => unexpected(other),
        }
    }

    fn unwrap_variant(&self) -> (Cow<'_, str>, Option<Cow<'_, Val>>) {
        match self {
            Val::Variant(name, val) => (Cow::Borrowed(name), borrowed(val)),
            other => unexpected(other),
        }
    }

    fn unwrap_enum(&self) -> Cow<'_, str> {
        match self {
            Val::Enum(name) => Cow::Borrowed(name),
            Val::Resource(any) => Cow::Owned(format!("<resource {}>", any.number())),
            other => unexpected(other),
        }
    }

    fn unwrap_option(&self) -> Option<Cow<'_, Val>> {
        match self {
            Val::Option(val) => borrowed(val),
            other => unexpected(other),
        }
    }

    fn unwrap_result(&self) -> Result<Option<Cow<'_, Val>>, Option<Cow<'_, Val>>> {
        match self {
            Val::Result(Ok(val)) => Ok(borrowed(val)),
            Val::Result(Err(val)) => Err(borrowed(val)),
            other => unexpected(other),
        }
    }

    fn unwrap_flags(&self) -> Box<dyn Iterator<Item = Cow<'_, str>> + '_> {
        match self {
            Val::Flags(names) => Box::new(names.iter().map(|name| Cow::Borrowed(&**name))),
            other => unexpected(other),
        }
    }

    fn unwrap_map(&self) -> Box<dyn Iterator<Item = (Cow<'_, Val>, Cow<'_, Val>)> + '_> {
        match self {
            Val::Map(entries) => Box::new(
                entries
                    .iter()
                    .map(|(key, val)| (Cow::Borrowed(key), Cow::Borrowed(val))),
            ),
            other => unexpected(other),
        }
    }
}

fn borrowed(val: &Option<Box<Val>>) -> Option<Cow<'_, Val>> {
    val.as_deref().map(Cow::Borrowed)
}

fn unexpected(val: &Val) -> ! {
    unreachable!("{val:?} was asked for its kind before")
}
