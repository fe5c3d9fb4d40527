//! Types of core WebAssembly, as far as linking and adapters look at them.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A core value type.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum CoreType {
    /// A 32-bit integer.
    I32,
    /// A 64-bit integer.
    I64,
    /// A 32-bit float.
    F32,
    /// A 64-bit float.
    F64,
    /// A 128-bit vector.
    V128,
    /// A reference type, in the text format. Adapters never touch one.
    Ref(Arc<str>),
}

impl fmt::Display for CoreType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            CoreType::I32 => "i32",
            CoreType::I64 => "i64",
            CoreType::F32 => "f32",
            CoreType::F64 => "f64",
            CoreType::V128 => "v128",
            CoreType::Ref(text) => text,
        })
    }
}

/// The type of a core function.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Signature {
    /// Types of the parameters.
    pub params: Box<[CoreType]>,
    /// Types of the results.
    pub results: Box<[CoreType]>,
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, types: &[CoreType]| -> fmt::Result {
            for (i, ty) in types.iter().enumerate() {
                write!(f, "{}{ty}", if i == 0 { "" } else { " " })?;
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

/// The type of the addresses of a memory or the indices of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum IndexType {
    /// 32-bit: `i32`.
    I32,
    /// 64-bit: `i64`.
    I64,
}

impl fmt::Display for IndexType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            IndexType::I32 => "i32",
            IndexType::I64 => "i64",
        })
    }
}

/// The type of a linear memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MemoryType {
    /// The type of its addresses.
    pub index_type: IndexType,
    /// Whether threads share it.
    pub shared: bool,
    /// Initial size in pages.
    pub min_pages: u64,
    /// Largest size in pages, if there is one.
    pub max_pages: Option<u64>,
    /// Base-2 logarithm of the size of a page in bytes; 16 unless the module says otherwise.
    pub page_size_log2: u8,
}

/// The type of a table.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TableType {
    /// The type of its indices.
    pub index_type: IndexType,
    /// The type of its elements.
    pub element: CoreType,
    /// Initial number of elements.
    pub min: u64,
    /// Largest number of elements, if there is one.
    pub max: Option<u64>,
}

/// The type of a global.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct GlobalType {
    /// The type of its value.
    pub content: CoreType,
    /// Whether it can be changed.
    pub mutable: bool,
}
