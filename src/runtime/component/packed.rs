//! Numbers, `bool`s and `char`s that lie side by side: as Rust has them, and as bytes of a guest.

use crate::fact::TrapCode;
use crate::runtime::error::Error;

/// A type whose values have the same size in the memory of a guest as in Rust.
pub trait Packed: Copy {
    /// Reads values. Spec: `load`, for each.
    ///
    /// # Errors
    ///
    /// Traps if some bytes are no value.
    #[doc(hidden)]
    fn read_all(bytes: &[u8]) -> Result<Vec<Self>, Error>;

    /// Writes values to as many bytes as they have. Spec: `store`, for each.
    #[doc(hidden)]
    fn write_all(vals: &[Self], bytes: &mut [u8]);

    /// Returns whether nothing tells two values apart for a component.
    #[doc(hidden)]
    fn same(self, other: Self) -> bool;
}

macro_rules! numbers {
    ($($ty:ty: |$a:ident, $b:ident| $same:expr;)*) => {
        $(
            impl Packed for $ty {
                #[inline]
                fn read_all(bytes: &[u8]) -> Result<Vec<$ty>, Error> {
                    let (chunks, _) = bytes.as_chunks();
                    Ok(chunks.iter().map(|it| <$ty>::from_le_bytes(*it)).collect())
                }

                #[inline]
                fn write_all(vals: &[$ty], bytes: &mut [u8]) {
                    let (chunks, _) = bytes.as_chunks_mut();
                    for (chunk, val) in chunks.iter_mut().zip(vals) {
                        *chunk = val.to_le_bytes();
                    }
                }

                #[inline]
                fn same(self, other: $ty) -> bool {
                    let ($a, $b) = (self, other);
                    $same
                }
            }
        )*
    };
}

numbers! {
    i8: |a, b| a == b;
    u8: |a, b| a == b;
    i16: |a, b| a == b;
    u16: |a, b| a == b;
    i32: |a, b| a == b;
    u32: |a, b| a == b;
    i64: |a, b| a == b;
    u64: |a, b| a == b;
    f32: |a, b| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan();
    f64: |a, b| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan();
}

impl Packed for bool {
    #[inline]
    fn read_all(bytes: &[u8]) -> Result<Vec<bool>, Error> {
        Ok(bytes.iter().map(|byte| *byte != 0).collect())
    }

    #[inline]
    fn write_all(vals: &[bool], bytes: &mut [u8]) {
        for (byte, val) in bytes.iter_mut().zip(vals) {
            *byte = u8::from(*val);
        }
    }

    #[inline]
    fn same(self, other: bool) -> bool {
        self == other
    }
}

impl Packed for char {
    /// Looks at all values before it takes one: neither loop has a way out, so that both take several at a time.
    #[inline]
    fn read_all(bytes: &[u8]) -> Result<Vec<char>, Error> {
        let (chunks, _) = bytes.as_chunks();
        let chars = chunks
            .iter()
            .map(|it| char::from_u32(u32::from_le_bytes(*it)));
        if chars.clone().fold(false, |found, it| found | it.is_none()) {
            return Err(Error::abi_trap(TrapCode::InvalidChar));
        }
        Ok(chars.map(Option::unwrap_or_default).collect())
    }

    #[inline]
    fn write_all(vals: &[char], bytes: &mut [u8]) {
        let (chunks, _) = bytes.as_chunks_mut();
        for (chunk, val) in chunks.iter_mut().zip(vals) {
            *chunk = u32::from(*val).to_le_bytes();
        }
    }

    #[inline]
    fn same(self, other: char) -> bool {
        self == other
    }
}
