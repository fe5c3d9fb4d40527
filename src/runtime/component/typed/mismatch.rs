//! Why a type of Rust is not the type of a component.

use std::any::type_name;
use std::fmt;

use thiserror::Error;

use crate::runtime::component::ty::Type;

/// Why a type of Rust is not the type of a component, and which part of it.
///
/// # Examples
///
/// ```
/// use interfuse::component::{ComponentType, Type};
///
/// let wrong = u32::typecheck(&Type::String).unwrap_err();
/// assert_eq!(wrong.to_string(), "the host has `u32`, the component `string`");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub struct TypeMismatch {
    /// Where, from the innermost part to the outermost.
    path: Vec<String>,
    message: String,
}

impl TypeMismatch {
    /// Makes one in these words.
    pub(in crate::runtime) fn saying(message: impl Into<String>) -> TypeMismatch {
        TypeMismatch {
            path: Vec::new(),
            message: message.into(),
        }
    }

    /// Makes one that names the type of Rust and that of the component.
    pub(in crate::runtime) fn of<T: ?Sized>(ty: Option<&Type>) -> TypeMismatch {
        let host = type_name::<T>();
        TypeMismatch::saying(match ty {
            Some(ty) => format!("the host has `{host}`, the component `{ty}`"),
            None => format!("the host has `{host}`, the component nothing"),
        })
    }

    /// Says in which part it is.
    pub(in crate::runtime) fn within(mut self, part: impl Into<String>) -> TypeMismatch {
        self.path.push(part.into());
        self
    }
}

impl fmt::Display for TypeMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in self.path.iter().rev() {
            write!(f, "{part}: ")?;
        }
        f.write_str(&self.message)
    }
}
