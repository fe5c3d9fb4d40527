//! Why a component cannot be translated.

use std::borrow::Cow;
use std::fmt;

use thiserror::Error;

use crate::adapt::types::{InvalidType, cut};

/// Why a component cannot be translated, and where.
#[derive(Clone, Debug, Error)]
pub struct TranslateError {
    /// What is wrong.
    pub kind: TranslateErrorKind,
    /// Where: an offset into the input in bytes.
    pub offset: u64,
    /// The name of the import, export or function that it is about, if it is about one with a name.
    pub item: Option<String>,
    /// The import whose supplied component is at fault; none if it is the component itself.
    pub supplied_for: Option<String>,
}

/// What is wrong with a component.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TranslateErrorKind {
    /// The input is not a valid component.
    #[error("invalid component: {0}")]
    Invalid(String),
    /// The input is valid, but uses what interfuse does not support.
    #[error("not supported: {0}")]
    Unsupported(Cow<'static, str>),
    /// The input is a core module.
    #[error(
        "this is a core WebAssembly module, not a component: a component wraps core modules and gives them typed \
         imports and exports; `wasm-tools component new` makes one of a module built for it"
    )]
    CoreModule,
    /// The input is not WebAssembly at all.
    #[error("this is not WebAssembly: a component begins with the bytes 00 61 73 6d 0d 00 01 00")]
    NotWasm,
    /// A type is beyond a limit of ours.
    #[error(transparent)]
    Type(#[from] InvalidType),
    /// The items that are imported, exported and instantiated are too large to be validated.
    #[error(
        "imports, exports and instances that take too long to validate: their types, with nothing in them shared, have \
         more than {limit} items; raise `Config::max_item_size` if they are meant to"
    )]
    ItemsTooLarge {
        /// The limit that was passed.
        limit: u64,
    },
    /// A component was supplied for an import that the component does not have.
    #[error("no import of a component is named `{0}`")]
    NoSuchImport(String),
    /// Two components were supplied for one import.
    #[error("more than one component is supplied for the import `{0}`")]
    SuppliedTwice(String),
    /// The root imports a component, and none was supplied.
    #[error("the import `{0}` is a component: supply one for it")]
    ComponentNotSupplied(String),
    /// The component that was supplied has not the type that the import has.
    #[error("the component supplied for `{0}` has not the type of the import")]
    SuppliedType(String),
}

impl TranslateError {
    /// Makes an error about the byte at `offset`.
    pub(in crate::adapt::translate) fn new(
        kind: TranslateErrorKind,
        offset: u64,
    ) -> TranslateError {
        TranslateError {
            kind,
            offset,
            item: None,
            supplied_for: None,
        }
    }

    /// Says that the error is about the item of this name, unless it is known to be about another.
    pub(in crate::adapt::translate) fn about(mut self, name: &str) -> TranslateError {
        self.item.get_or_insert_with(|| cut(name).to_owned());
        self
    }

    /// Makes an error about something that is not supported.
    pub(in crate::adapt::translate) fn unsupported(
        what: impl Into<Cow<'static, str>>,
        offset: u64,
    ) -> TranslateError {
        TranslateError::new(TranslateErrorKind::Unsupported(what.into()), offset)
    }
}

impl fmt::Display for TranslateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(import) = &self.supplied_for {
            write!(f, "in the component supplied for `{import}`: ")?;
        }
        write!(f, "{} (at offset {:#x}", self.kind, self.offset)?;
        if let Some(item) = &self.item {
            write!(f, ", in `{item}`")?;
        }
        f.write_str(")")
    }
}

impl From<wasmparser::Error> for TranslateError {
    fn from(error: wasmparser::Error) -> Self {
        let message = error.message();
        let kind = match error.missing_wasm_feature() {
            Some(_) => TranslateErrorKind::Unsupported(message.to_owned().into()),
            None => TranslateErrorKind::Invalid(message.to_owned()),
        };
        TranslateError::new(kind, error.offset())
    }
}
