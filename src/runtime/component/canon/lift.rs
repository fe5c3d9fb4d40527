//! Lifting of values of any type.
//!
//! Spec: `lift_flat`, `load`. Recursion is bounded: types are nested at most
//! [`TYPE_DEPTH_MAX`](crate::adapt::TYPE_DEPTH_MAX) deep.

use crate::adapt::{DefinedType, Label, TypeId, ValType};
use crate::fact::TrapCode;
use crate::fact::abi::{discriminant_size, flags_size};
use crate::runtime::component::canon::context::{HANDLE_BYTES, LiftCx};
use crate::runtime::component::canon::string::lift_string;
use crate::runtime::component::val::{Scalar, Val, ValList};
use crate::runtime::error::Error;
use crate::runtime::vm::layout::RawValue;

/// Where a value comes from.
pub(in crate::runtime) enum Source<'f, 'v> {
    /// Flat values: the first ones are taken off.
    Flat(&'f mut &'v [RawValue]),
    /// Memory, at an address that was checked.
    Memory(usize),
}

impl<'v> Source<'_, 'v> {
    /// Returns where a part comes from: the next flat values, or what lies at this offset.
    fn part(&mut self, offset: u32) -> Source<'_, 'v> {
        match self {
            Source::Flat(values) => Source::Flat(values),
            Source::Memory(at) => Source::Memory(*at + position(offset)),
        }
    }

    /// Takes the next flat value. What it has beyond the bits of a type is not looked at: so a value that is joined with
    /// others needs no conversion.
    fn next(values: &mut &'v [RawValue]) -> &'v RawValue {
        let (first, rest) = values
            .split_first()
            .expect("there are as many values as types have");
        *values = rest;
        first
    }

    /// Returns a number of up to 32 bits, which has this size in memory.
    fn word(&mut self, cx: &mut LiftCx<'_>, size: u32) -> u32 {
        match self {
            Source::Flat(values) => Source::next(values).as_u32(),
            Source::Memory(at) => match size {
                1 => u32::from(u8::from_le_bytes(cx.read(*at))),
                2 => u32::from(u16::from_le_bytes(cx.read(*at))),
                _ => u32::from_le_bytes(cx.read(*at)),
            },
        }
    }

    /// Returns a number of 64 bits.
    fn long(&mut self, cx: &mut LiftCx<'_>) -> u64 {
        match self {
            Source::Flat(values) => Source::next(values).as_u64(),
            Source::Memory(at) => u64::from_le_bytes(cx.read(*at)),
        }
    }

    /// Returns a pointer and a length.
    fn pair(&mut self, cx: &mut LiftCx<'_>) -> (u64, u64) {
        match self {
            Source::Flat(values) => {
                let pointer = cx.pointer(Source::next(values));
                (pointer, cx.pointer(Source::next(values)))
            }
            Source::Memory(at) => cx.read_pair(*at),
        }
    }
}

/// Lifts a value.
pub(in crate::runtime) fn lift(
    cx: &mut LiftCx<'_>,
    ty: ValType,
    source: &mut Source<'_, '_>,
) -> Result<Val, Error> {
    Ok(match ty {
        ValType::Bool => Val::Bool(source.word(cx, 1) != 0),
        ValType::S8 => Val::S8(narrow(source.word(cx, 1)).cast_signed()),
        ValType::U8 => Val::U8(narrow(source.word(cx, 1))),
        ValType::S16 => Val::S16(half(source.word(cx, 2)).cast_signed()),
        ValType::U16 => Val::U16(half(source.word(cx, 2))),
        ValType::S32 => Val::S32(source.word(cx, 4).cast_signed()),
        ValType::U32 => Val::U32(source.word(cx, 4)),
        ValType::S64 => Val::S64(source.long(cx).cast_signed()),
        ValType::U64 => Val::U64(source.long(cx)),
        ValType::F32 => Val::F32(f32::from_bits(source.word(cx, 4))),
        ValType::F64 => Val::F64(f64::from_bits(source.long(cx))),
        ValType::Char => Val::Char(lift_char(source.word(cx, 4))?),
        ValType::String => {
            let pair = source.pair(cx);
            Val::String(lift_string(cx, pair)?)
        }
        ValType::Own(_) | ValType::Borrow(_) => {
            let handle = source.word(cx, 4);
            cx.charge(1, HANDLE_BYTES)?;
            Val::Resource(cx.lift_any(ty, handle)?)
        }
        ValType::Defined(id) => return lift_defined(cx, id, source),
    })
}

/// Returns the lowest 8 bits. Spec: `lift_flat_unsigned`, `lift_flat_signed`.
fn narrow(word: u32) -> u8 {
    word.to_le_bytes()[0]
}

/// Returns the lowest 16 bits.
fn half(word: u32) -> u16 {
    let [b0, b1, ..] = word.to_le_bytes();
    u16::from_le_bytes([b0, b1])
}

/// Lifts a char. Spec: `convert_i32_to_char`.
#[inline]
pub(in crate::runtime) fn lift_char(word: u32) -> Result<char, Error> {
    char::from_u32(word).ok_or_else(|| Error::abi_trap(TrapCode::InvalidChar))
}

fn lift_defined(
    cx: &mut LiftCx<'_>,
    id: TypeId,
    source: &mut Source<'_, '_>,
) -> Result<Val, Error> {
    let types = cx.types();
    let width = cx.width();
    Ok(match types.defined(id) {
        DefinedType::Record(fields) => {
            cx.charge(fields.len(), size_of::<(String, Val)>())?;
            let mut vals = Vec::with_capacity(fields.len());
            for (i, (name, ty)) in fields.iter().enumerate() {
                let name = lift_name(cx, name)?;
                let mut part = source.part(types.offset(id, i, width));
                vals.push((name, lift(cx, *ty, &mut part)?));
            }
            Val::Record(vals)
        }
        DefinedType::Tuple(parts) => {
            cx.charge(parts.len(), size_of::<Val>())?;
            let mut vals = Vec::with_capacity(parts.len());
            for (i, ty) in parts.iter().enumerate() {
                let mut part = source.part(types.offset(id, i, width));
                vals.push(lift(cx, *ty, &mut part)?);
            }
            Val::Tuple(vals)
        }
        DefinedType::FixedList(ty, len) => {
            if let Source::Memory(at) = source {
                return Ok(Val::List(lift_elements(cx, *ty, *at, position(*len))?));
            }
            cx.charge(position(*len), size_of::<Val>())?;
            let vals = (0..*len).map(|_| lift(cx, *ty, source));
            Val::List(vals.collect::<Result<_, _>>()?)
        }
        DefinedType::List(ty) => Val::List(lift_list(cx, *ty, source)?),
        DefinedType::Map(key, value) => Val::Map(lift_map(cx, (*key, *value), source)?),
        DefinedType::Enum(names) => {
            let case = lift_discriminant(cx, names.len(), source)?;
            Val::Enum(lift_name(cx, &names[case])?)
        }
        DefinedType::Flags(names) => {
            let size = flags_size(u32::try_from(names.len()).expect("there are at most 32"));
            let bits = source.word(cx, size);
            let set = (0..).zip(names).filter(|(bit, _)| bits >> bit & 1 != 0);
            let set: Vec<_> = set.map(|(_, name)| name).collect();
            cx.charge(set.len(), size_of::<String>())?;
            let set = set.into_iter().map(|name| lift_name(cx, name));
            Val::Flags(set.collect::<Result<_, _>>()?)
        }
        DefinedType::Variant(cases) => {
            let case = lift_discriminant(cx, cases.len(), source)?;
            let (name, ty) = &cases[case];
            let name = lift_name(cx, name)?;
            Val::Variant(name, lift_payload(cx, id, *ty, source)?)
        }
        DefinedType::Option(ty) => {
            let case = lift_discriminant(cx, 2, source)?;
            let ty = (case == 1).then_some(*ty);
            Val::Option(lift_payload(cx, id, ty, source)?)
        }
        DefinedType::Result { ok, err } => Val::Result(match lift_discriminant(cx, 2, source)? {
            0 => Ok(lift_payload(cx, id, *ok, source)?),
            _ => Err(lift_payload(cx, id, *err, source)?),
        }),
    })
}

fn lift_name(cx: &mut LiftCx<'_>, name: &Label) -> Result<String, Error> {
    cx.charge(name.len(), 1)?;
    Ok(name.to_string())
}

/// Lifts the number of a case. Spec: `load_variant`, `lift_flat_variant`.
fn lift_discriminant(
    cx: &mut LiftCx<'_>,
    case_count: usize,
    source: &mut Source<'_, '_>,
) -> Result<usize, Error> {
    let case = position(source.word(cx, discriminant_size(case_count)));
    if case >= case_count {
        return Err(Error::abi_trap(TrapCode::InvalidDiscriminant));
    }
    Ok(case)
}

/// Lifts the payload of a variant, behind the discriminant, and leaves out the flat values that only other cases use.
fn lift_payload(
    cx: &mut LiftCx<'_>,
    id: TypeId,
    ty: Option<ValType>,
    source: &mut Source<'_, '_>,
) -> Result<Option<Box<Val>>, Error> {
    let types = cx.types();
    let mut payload_values;
    let mut payload = match source {
        Source::Flat(values) => {
            let count = types.flat_count(ValType::Defined(id)) - 1;
            let (own, rest) = values.split_at(count);
            payload_values = own;
            **values = rest;
            Source::Flat(&mut payload_values)
        }
        Source::Memory(at) => Source::Memory(*at + position(types.offset(id, 0, cx.width()))),
    };
    let Some(ty) = ty else { return Ok(None) };
    cx.charge(1, size_of::<Val>())?;
    Ok(Some(Box::new(lift(cx, ty, &mut payload)?)))
}

fn lift_map(
    cx: &mut LiftCx<'_>,
    (key, value): (ValType, ValType),
    source: &mut Source<'_, '_>,
) -> Result<Vec<(Val, Val)>, Error> {
    let (entry, offset) = cx.types().entry(key, value, cx.width());
    let pair = source.pair(cx);
    let (at, len) = cx.list(pair, entry)?;
    cx.charge(len, size_of::<(Val, Val)>())?;
    let mut entries = Vec::with_capacity(len);
    for i in 0..len {
        let at = at + i * position(entry.size);
        let key = lift(cx, key, &mut Source::Memory(at))?;
        let at = at + position(offset);
        entries.push((key, lift(cx, value, &mut Source::Memory(at))?));
    }
    Ok(entries)
}

fn lift_list(
    cx: &mut LiftCx<'_>,
    ty: ValType,
    source: &mut Source<'_, '_>,
) -> Result<ValList, Error> {
    let element = cx.types().layout(ty, cx.width());
    let pair = source.pair(cx);
    let (at, len) = cx.list(pair, element)?;
    lift_elements(cx, ty, at, len)
}

/// Lifts elements that lie in memory, at an address that was checked. Spec: `load_list_from_valid_range`.
fn lift_elements(
    cx: &mut LiftCx<'_>,
    ty: ValType,
    at: usize,
    len: usize,
) -> Result<ValList, Error> {
    match ty {
        ValType::Bool => lift_scalars::<bool>(cx, at, len),
        ValType::S8 => lift_scalars::<i8>(cx, at, len),
        ValType::U8 => lift_scalars::<u8>(cx, at, len),
        ValType::S16 => lift_scalars::<i16>(cx, at, len),
        ValType::U16 => lift_scalars::<u16>(cx, at, len),
        ValType::S32 => lift_scalars::<i32>(cx, at, len),
        ValType::U32 => lift_scalars::<u32>(cx, at, len),
        ValType::S64 => lift_scalars::<i64>(cx, at, len),
        ValType::U64 => lift_scalars::<u64>(cx, at, len),
        ValType::F32 => lift_scalars::<f32>(cx, at, len),
        ValType::F64 => lift_scalars::<f64>(cx, at, len),
        ValType::Char => lift_scalars::<char>(cx, at, len),
        ValType::String | ValType::Own(_) | ValType::Borrow(_) | ValType::Defined(_) => {
            cx.charge(len, size_of::<Val>())?;
            let size = position(cx.types().layout(ty, cx.width()).size);
            let mut vals = Vec::with_capacity(len);
            for i in 0..len {
                vals.push(lift(cx, ty, &mut Source::Memory(at + i * size))?);
            }
            Ok(vals.into())
        }
    }
}

fn lift_scalars<T: Scalar>(cx: &mut LiftCx<'_>, at: usize, len: usize) -> Result<ValList, Error> {
    cx.read_all::<T>(at, len).map(ValList::from)
}

fn position(offset: u32) -> usize {
    usize::try_from(offset).expect("an offset of 32 bits is a position")
}
