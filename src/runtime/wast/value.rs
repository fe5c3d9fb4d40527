//! Values in scripts: arguments, and patterns of results.

use wast::core::{AbstractHeapType, HeapType, NanPattern, V128Pattern, WastArgCore, WastRetCore};

use crate::runtime::core::store::AsContextMut;
use crate::runtime::core::val::{ExternRef, Val};

/// Returns an argument as a value; none if it is of a proposal that is not supported.
pub(in crate::runtime::wast) fn arg(
    store: impl AsContextMut,
    arg: &WastArgCore<'_>,
) -> Option<Val> {
    Some(match arg {
        WastArgCore::I32(it) => Val::I32(*it),
        WastArgCore::I64(it) => Val::I64(*it),
        WastArgCore::F32(it) => Val::F32(it.bits),
        WastArgCore::F64(it) => Val::F64(it.bits),
        WastArgCore::V128(it) => Val::V128(u128::from_le_bytes(it.to_le_bytes())),
        WastArgCore::RefNull(ty) => null(ty)?,
        WastArgCore::RefExtern(it) => Val::ExternRef(Some(ExternRef::new(store, *it))),
        WastArgCore::RefHost(_) => return None,
    })
}

fn null(ty: &HeapType<'_>) -> Option<Val> {
    match ty {
        HeapType::Abstract { shared: false, ty } => match ty {
            AbstractHeapType::Func | AbstractHeapType::NoFunc => Some(Val::FuncRef(None)),
            AbstractHeapType::Extern | AbstractHeapType::NoExtern => Some(Val::ExternRef(None)),
            _ => None,
        },
        _ => None,
    }
}

/// Returns whether a value is one that the script expects.
pub(in crate::runtime::wast) fn fits(
    store: &mut impl AsContextMut,
    expected: &WastRetCore<'_>,
    found: Val,
) -> bool {
    match (expected, found) {
        (WastRetCore::I32(expected), Val::I32(found)) => *expected == found,
        (WastRetCore::I64(expected), Val::I64(found)) => *expected == found,
        (WastRetCore::F32(expected), Val::F32(found)) => f32_fits(expected, found),
        (WastRetCore::F64(expected), Val::F64(found)) => f64_fits(expected, found),
        (WastRetCore::V128(expected), Val::V128(found)) => v128_fits(expected, found),
        (WastRetCore::RefNull(None), Val::FuncRef(None) | Val::ExternRef(None)) => true,
        (WastRetCore::RefNull(Some(ty)), found) => matches!(
            (null(ty), found),
            (Some(Val::FuncRef(_)), Val::FuncRef(None))
                | (Some(Val::ExternRef(_)), Val::ExternRef(None))
        ),
        (WastRetCore::RefExtern(None), Val::ExternRef(Some(_))) => true,
        (WastRetCore::RefExtern(Some(expected)), Val::ExternRef(Some(found))) => {
            found.with(store, |it| it.downcast_ref::<u32>() == Some(expected))
        }
        (WastRetCore::RefFunc(None), Val::FuncRef(Some(_))) => true,
        (WastRetCore::Either(cases), found) => cases.iter().any(|case| fits(store, case, found)),
        _ => false,
    }
}

fn f32_fits(expected: &NanPattern<wast::token::F32>, found: u32) -> bool {
    match expected {
        NanPattern::CanonicalNan => found & 0x7fff_ffff == 0x7fc0_0000,
        NanPattern::ArithmeticNan => found & 0x7fc0_0000 == 0x7fc0_0000,
        NanPattern::Value(expected) => expected.bits == found,
    }
}

fn f64_fits(expected: &NanPattern<wast::token::F64>, found: u64) -> bool {
    match expected {
        NanPattern::CanonicalNan => found & (u64::MAX >> 1) == 0x7ff8_0000_0000_0000,
        NanPattern::ArithmeticNan => found & 0x7ff8_0000_0000_0000 == 0x7ff8_0000_0000_0000,
        NanPattern::Value(expected) => expected.bits == found,
    }
}

fn v128_fits(expected: &V128Pattern, found: u128) -> bool {
    let bytes = found.to_le_bytes();
    let words =
        |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    let longs = |at: usize| u64::from(words(at)) | u64::from(words(at + 4)) << 32;
    let is = |lanes: &mut dyn Iterator<Item = u8>| lanes.eq(bytes);
    match expected {
        V128Pattern::I8x16(lanes) => is(&mut lanes.iter().map(|it| it.cast_unsigned())),
        V128Pattern::I16x8(lanes) => is(&mut lanes.iter().flat_map(|it| it.to_le_bytes())),
        V128Pattern::I32x4(lanes) => is(&mut lanes.iter().flat_map(|it| it.to_le_bytes())),
        V128Pattern::I64x2(lanes) => is(&mut lanes.iter().flat_map(|it| it.to_le_bytes())),
        V128Pattern::F32x4(lanes) => {
            let mut lanes = lanes.iter().enumerate();
            lanes.all(|(lane, expected)| f32_fits(expected, words(4 * lane)))
        }
        V128Pattern::F64x2(lanes) => {
            let mut lanes = lanes.iter().enumerate();
            lanes.all(|(lane, expected)| f64_fits(expected, longs(8 * lane)))
        }
    }
}
