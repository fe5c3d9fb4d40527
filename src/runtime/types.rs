//! Types of core WebAssembly as the runtime knows them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ValType {
    /// 32-bit integer
    I32,
    /// 64-bit integer
    I64,
    /// 32-bit float
    F32,
    /// 64-bit float
    F64,
    /// 128-bit vector
    V128,
    /// reference
    Ref(RefType),
}

/// The type of a reference, which may be null.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RefType {
    /// to a function
    Func,
    /// to something of the host
    Extern,
}

/// The type of a function.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FuncType {
    /// The types of its parameters.
    pub params: Box<[ValType]>,
    /// The types of its results.
    pub results: Box<[ValType]>,
}

/// The size of a memory in pages or of a table in elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Limits {
    /// At first.
    pub min: u64,
    /// At most.
    pub max: Option<u64>,
    /// Whether addresses or indices have 64 bits.
    pub is_64: bool,
}

/// The type of a memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MemoryType {
    /// Its size in pages.
    pub limits: Limits,
    /// Whether it is declared to be shared between threads.
    pub shared: bool,
    /// Base-2 logarithm of the size of a page in bytes.
    pub page_size_log2: u8,
}

/// The type of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TableType {
    /// The type of its elements.
    pub element: RefType,
    /// Its size in elements.
    pub limits: Limits,
}

/// The type of a global.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct GlobalType {
    /// The type of its value.
    pub content: ValType,
    /// Whether it can be changed.
    pub mutable: bool,
}

impl fmt::Display for ValType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ValType::I32 => "i32",
            ValType::I64 => "i64",
            ValType::F32 => "f32",
            ValType::F64 => "f64",
            ValType::V128 => "v128",
            ValType::Ref(RefType::Func) => "funcref",
            ValType::Ref(RefType::Extern) => "externref",
        })
    }
}

/// How many parameters a function has at most that the host calls without an entry: as many as there are registers for,
/// behind the context.
const REGISTER_PARAMS: usize = 5;

impl FuncType {
    /// Returns whether the host calls functions by an entry, which passes values on. Without one it does as guests do: it
    /// passes up to [`REGISTER_PARAMS`] integers in registers and gets up to one.
    pub(in crate::runtime) fn needs_entry(&self) -> bool {
        let mut types = self.params.iter().chain(&self.results);
        let are_integers = types.all(|ty| matches!(ty, ValType::I32 | ValType::I64));
        !are_integers || self.params.len() > REGISTER_PARAMS || self.results.len() > 1
    }
}

impl fmt::Display for FuncType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, types: &[ValType]| -> fmt::Result {
            for (i, ty) in types.iter().enumerate() {
                if i != 0 {
                    f.write_str(", ")?;
                }
                write!(f, "{ty}")?;
            }
            Ok(())
        };
        f.write_str("(")?;
        list(f, &self.params)?;
        f.write_str(") -> (")?;
        list(f, &self.results)?;
        f.write_str(")")
    }
}

impl fmt::Display for RefType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        ValType::Ref(*self).fmt(f)
    }
}

impl fmt::Display for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_64 {
            f.write_str("i64 ")?;
        }
        write!(f, "{}", self.min)?;
        match self.max {
            Some(max) => write!(f, " {max}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for MemoryType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.limits.fmt(f)?;
        if self.shared {
            f.write_str(" shared")?;
        }
        if self.page_size_log2 != 16 {
            write!(f, " pages of 2^{} bytes", self.page_size_log2)?;
        }
        Ok(())
    }
}

impl fmt::Display for TableType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.limits, self.element)
    }
}

impl fmt::Display for GlobalType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.mutable {
            write!(f, "(mut {})", self.content)
        } else {
            self.content.fmt(f)
        }
    }
}
