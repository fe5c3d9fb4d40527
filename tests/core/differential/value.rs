//! Values that both engines have.

use fastrand::Rng;
use interfuse::runtime::{RefType, ValType};

/// A value, comparable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Value {
    I32(u32),
    I64(u64),
    F32(u32),
    F64(u64),
    V128(u128),
    /// A reference to a function: whether there is one.
    Func(bool),
    /// A reference to a number of the host.
    Extern(Option<u32>),
}

/// The bits of the only float of 32 bits that is not a number.
const NAN_32: u32 = 0x7fc0_0000;

/// The bits of the only float of 64 bits that is not a number.
const NAN_64: u64 = 0x7ff8_0000_0000_0000;

/// Integers at which something changes.
const EDGES: [u64; 12] = [
    0,
    1,
    2,
    8,
    0x7fff,
    0xffff,
    0x1_0000,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    0x8000_0000_0000_0000,
    u64::MAX,
];

const FLOATS: [f64; 12] = [
    0.0,
    -0.0,
    1.0,
    -1.5,
    0.5,
    4_294_967_296.0,
    -2_147_483_649.0,
    1e300,
    f64::MIN_POSITIVE,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
];

impl Value {
    /// Returns the value, with the one pattern for what is not a number.
    pub(crate) fn canonical(self) -> Value {
        match self {
            Value::F32(bits) if f32::from_bits(bits).is_nan() => Value::F32(NAN_32),
            Value::F64(bits) if f64::from_bits(bits).is_nan() => Value::F64(NAN_64),
            other => other,
        }
    }

    /// Makes a value, which is likely at an edge.
    pub(crate) fn random(ty: ValType, rng: &mut Rng) -> Value {
        let value = match ty {
            ValType::I32 => Value::I32(low_half(integer(rng))),
            ValType::I64 => Value::I64(integer(rng)),
            ValType::F32 if rng.bool() => Value::F32(rng.u32(..)),
            ValType::F32 => Value::F32(narrow(*rng.choice(&FLOATS).unwrap()).to_bits()),
            ValType::F64 if rng.bool() => Value::F64(rng.u64(..)),
            ValType::F64 => Value::F64(rng.choice(&FLOATS).unwrap().to_bits()),
            ValType::V128 => Value::V128(u128::from(integer(rng)) << 64 | u128::from(integer(rng))),
            ValType::Ref(RefType::Func) => Value::Func(false),
            ValType::Ref(RefType::Extern) => Value::Extern(rng.bool().then(|| rng.u32(..))),
        };
        value.canonical()
    }
}

fn integer(rng: &mut Rng) -> u64 {
    match rng.u8(..4) {
        0 => *rng.choice(&EDGES).unwrap(),
        1 => rng.u64(..64),
        2 => u64::from(rng.u32(..0x3_0000)),
        _ => rng.u64(..),
    }
}

fn low_half(wide: u64) -> u32 {
    u32::try_from(wide & u64::from(u32::MAX)).unwrap()
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "there is no other way from a wide float to a narrow one"
)]
fn narrow(wide: f64) -> f32 {
    wide as f32
}
