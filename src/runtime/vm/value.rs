//! Values as they pass between host and guest.

use crate::runtime::vm::layout::RawValue;

/// A reference as code knows it: 0 if it is null, else the address of a `FuncRef`, or what the host calls something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(transparent)]
pub(in crate::runtime) struct RawRef(pub(in crate::runtime) u64);

impl RawRef {
    /// The reference to nothing.
    pub(in crate::runtime) const NULL: RawRef = RawRef(0);
}

impl RawValue {
    /// The value of nothing but zeros: that of each number, or the reference to nothing.
    pub(in crate::runtime) const ZERO: RawValue = RawValue { bytes: [0; 16] };
}

macro_rules! numbers {
    ($($from:ident $to:ident $set:ident $ty:ty as $wide:ty;)*) => {
        impl RawValue {
            $(
                /// Makes one of a number.
                #[inline]
                pub(in crate::runtime) fn $from(value: $ty) -> RawValue {
                    let mut bytes = [0; 16];
                    let own = value.to_le_bytes();
                    bytes[..own.len()].copy_from_slice(&own);
                    RawValue { bytes }
                }

                /// Replaces it by a number.
                #[inline]
                pub(in crate::runtime) fn $set(&mut self, value: $ty) {
                    // As much is written as is read, also by who does not know the type: the rest has no meaning.
                    let own = <$wide>::from(value).to_le_bytes();
                    self.bytes[..own.len()].copy_from_slice(&own);
                }

                /// Returns the number in it.
                #[inline]
                pub(in crate::runtime) fn $to(&self) -> $ty {
                    // No more is read than was written: a processor waits if it is.
                    let own = self.bytes.first_chunk();
                    <$ty>::from_le_bytes(*own.expect("a value has 16 bytes"))
                }
            )*
        }
    };
}

numbers! {
    from_u32 as_u32 set_u32 u32 as u64;
    from_u64 as_u64 set_u64 u64 as u64;
    from_u128 as_u128 set_u128 u128 as u128;
}

impl From<RawRef> for RawValue {
    fn from(reference: RawRef) -> RawValue {
        RawValue::from_u64(reference.0)
    }
}
