//! Pointer widths: the same instruction for 32-bit and for 64-bit addresses.

use wasm_encoder::{InstructionSink, ValType};

/// The width of the pointers into a memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Width {
    /// 32 bits.
    W32,
    /// 64 bits.
    W64,
}

macro_rules! by_width {
    ($( $(#[$doc:meta])* $name:ident: $narrow:ident, $wide:ident; )*) => {
        impl Width {
            $(
                $(#[$doc])*
                pub(crate) fn $name(self, sink: &mut InstructionSink<'_>) {
                    match self {
                        Width::W32 => sink.$narrow(),
                        Width::W64 => sink.$wide(),
                    };
                }
            )*
        }
    };
}

by_width! {
    /// Adds.
    add: i32_add, i64_add;
    /// Subtracts.
    sub: i32_sub, i64_sub;
    /// Multiplies.
    mul: i32_mul, i64_mul;
    /// Ands.
    and: i32_and, i64_and;
    /// Ors.
    or: i32_or, i64_or;
    /// Exclusive-ors.
    xor: i32_xor, i64_xor;
    /// Compares for inequality.
    ne: i32_ne, i64_ne;
    /// Tests for zero.
    eqz: i32_eqz, i64_eqz;
    /// Compares: above, unsigned.
    gt_u: i32_gt_u, i64_gt_u;
}

impl Width {
    /// Returns the type of a pointer.
    pub(crate) fn ty(self) -> ValType {
        match self {
            Width::W32 => ValType::I32,
            Width::W64 => ValType::I64,
        }
    }

    /// Pushes a constant.
    ///
    /// # Panics
    ///
    /// Panics if the constant has more bits than a pointer.
    pub(crate) fn constant(self, sink: &mut InstructionSink<'_>, value: u64) {
        match self {
            Width::W32 => {
                let value = u32::try_from(value).expect("the constant fits in a pointer");
                sink.i32_const(value.cast_signed())
            }
            Width::W64 => sink.i64_const(value.cast_signed()),
        };
    }

    /// Converts a pointer-sized number below 2^32 to another width.
    pub(crate) fn convert_to(self, sink: &mut InstructionSink<'_>, to: Width) {
        match (self, to) {
            (Width::W32, Width::W64) => sink.i64_extend_i32_u(),
            (Width::W64, Width::W32) => sink.i32_wrap_i64(),
            (Width::W32, Width::W32) | (Width::W64, Width::W64) => return,
        };
    }
}
