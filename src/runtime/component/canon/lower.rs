//! Lowering of values of any type.
//!
//! Spec: `lower_flat`, `store`. Recursion is bounded: types are nested at most
//! [`TYPE_DEPTH_MAX`](crate::adapt::TYPE_DEPTH_MAX) deep.

use crate::adapt::{DefinedType, Label, TypeId, ValType};
use crate::fact::abi::{discriminant_size, flags_size};
use crate::runtime::component::canon::context::LowerCx;
use crate::runtime::component::canon::string::lower_string;
use crate::runtime::component::val::{Elements, Val, ValList};
use crate::runtime::error::Error;
use crate::runtime::vm::layout::RawValue;

/// Why a value could not be lowered.
#[derive(Debug)]
pub(in crate::runtime) enum Fault {
    /// It is not of its type. Where it is not, a check that begins at the top finds out.
    Mismatch,
    /// Something else.
    Error(Error),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Fault {
        Fault::Error(error)
    }
}

/// Where a value goes.
pub(in crate::runtime) enum Target<'f, 'v> {
    /// Flat values: the first ones are written and taken off.
    Flat(&'f mut &'v mut [RawValue]),
    /// Memory, at an address that was checked.
    Memory(usize),
}

impl<'v> Target<'_, 'v> {
    /// Returns where a part goes: to the next flat values, or to this offset.
    fn part(&mut self, offset: u32) -> Target<'_, 'v> {
        match self {
            Target::Flat(values) => Target::Flat(values),
            Target::Memory(at) => Target::Memory(*at + position(offset)),
        }
    }

    /// Writes the next flat value, of whatever type: floats by their bits, what is narrow extended with zeros. So a value
    /// that is joined with others needs no conversion.
    fn next(values: &mut &'v mut [RawValue], bits: u64) {
        let (first, rest) = std::mem::take(values)
            .split_first_mut()
            .expect("there are as many values as types have");
        first.set_u64(bits);
        *values = rest;
    }

    /// Writes a number of up to 32 bits, which has this size in memory.
    fn word(&mut self, cx: &mut LowerCx<'_>, word: u32, size: u32) {
        match self {
            Target::Flat(values) => Target::next(values, u64::from(word)),
            Target::Memory(at) => {
                let bytes = word.to_le_bytes();
                let size = position(size);
                cx.bytes(*at, size).copy_from_slice(&bytes[..size]);
            }
        }
    }

    /// Writes a number of 64 bits.
    fn long(&mut self, cx: &mut LowerCx<'_>, long: u64) {
        match self {
            Target::Flat(values) => Target::next(values, long),
            Target::Memory(at) => cx.write(*at, long.to_le_bytes()),
        }
    }

    /// Writes a pointer and a length.
    fn pair(&mut self, cx: &mut LowerCx<'_>, pair: (u64, u64)) {
        match self {
            Target::Flat(values) => {
                Target::next(values, pair.0);
                Target::next(values, pair.1);
            }
            Target::Memory(at) => cx.write_pair(*at, pair),
        }
    }
}

/// Lowers a value.
pub(in crate::runtime) fn lower(
    cx: &mut LowerCx<'_>,
    ty: ValType,
    val: &Val,
    target: &mut Target<'_, '_>,
) -> Result<(), Fault> {
    match (ty, val) {
        (ValType::Bool, Val::Bool(it)) => target.word(cx, u32::from(*it), 1),
        (ValType::S8, Val::S8(it)) => target.word(cx, i32::from(*it).cast_unsigned(), 1),
        (ValType::U8, Val::U8(it)) => target.word(cx, u32::from(*it), 1),
        (ValType::S16, Val::S16(it)) => target.word(cx, i32::from(*it).cast_unsigned(), 2),
        (ValType::U16, Val::U16(it)) => target.word(cx, u32::from(*it), 2),
        (ValType::S32, Val::S32(it)) => target.word(cx, it.cast_unsigned(), 4),
        (ValType::U32, Val::U32(it)) => target.word(cx, *it, 4),
        (ValType::S64, Val::S64(it)) => target.long(cx, it.cast_unsigned()),
        (ValType::U64, Val::U64(it)) => target.long(cx, *it),
        (ValType::F32, Val::F32(it)) => target.word(cx, it.to_bits(), 4),
        (ValType::F64, Val::F64(it)) => target.long(cx, it.to_bits()),
        (ValType::Char, Val::Char(it)) => target.word(cx, u32::from(*it), 4),
        (ValType::String, Val::String(it)) => {
            let pair = lower_string(cx, it)?;
            target.pair(cx, pair);
        }
        (ValType::Own(_) | ValType::Borrow(_), Val::Resource(any)) => {
            let handle = cx.lower_any(ty, *any)?;
            target.word(cx, handle, 4);
        }
        (ValType::Defined(id), val) => return lower_defined(cx, id, val, target),
        _ => return Err(Fault::Mismatch),
    }
    Ok(())
}

fn lower_defined(
    cx: &mut LowerCx<'_>,
    id: TypeId,
    val: &Val,
    target: &mut Target<'_, '_>,
) -> Result<(), Fault> {
    // tidy: dispatch
    let types = cx.types();
    let width = cx.width();
    match (types.defined(id), val) {
        (DefinedType::Record(fields), Val::Record(vals)) => {
            equal(fields.len(), vals.len())?;
            for (i, ((name, ty), (given, val))) in fields.iter().zip(vals).enumerate() {
                if **name != **given {
                    return Err(Fault::Mismatch);
                }
                let offset = types.offset(id, i, width);
                lower(cx, *ty, val, &mut target.part(offset))?;
            }
            Ok(())
        }
        (DefinedType::Tuple(parts), Val::Tuple(vals)) => {
            equal(parts.len(), vals.len())?;
            for (i, (ty, val)) in parts.iter().zip(vals).enumerate() {
                let offset = types.offset(id, i, width);
                lower(cx, *ty, val, &mut target.part(offset))?;
            }
            Ok(())
        }
        (DefinedType::FixedList(ty, len), Val::List(list)) => {
            equal(position(*len), list.len())?;
            if let Target::Memory(at) = target {
                return lower_elements(cx, *ty, list, *at);
            }
            list.iter().try_for_each(|val| lower(cx, *ty, &val, target))
        }
        (DefinedType::List(ty), Val::List(list)) => {
            let pair = lower_list(cx, *ty, list)?;
            target.pair(cx, pair);
            Ok(())
        }
        (DefinedType::Map(key, value), Val::Map(entries)) => {
            let pair = lower_map(cx, (*key, *value), entries)?;
            target.pair(cx, pair);
            Ok(())
        }
        (DefinedType::Enum(names), Val::Enum(name)) => {
            let case = find(names.iter(), name)?;
            target.word(cx, case, discriminant_size(names.len()));
            Ok(())
        }
        (DefinedType::Flags(names), Val::Flags(set)) => {
            let mut bits = 0;
            for name in set {
                bits |= 1 << find(names.iter(), name)?;
            }
            let count = u32::try_from(names.len()).expect("there are at most 32");
            target.word(cx, bits, flags_size(count));
            Ok(())
        }
        (DefinedType::Variant(cases), Val::Variant(name, val)) => {
            let case = find(cases.iter().map(|(name, _)| name), name)?;
            let ty = cases[position(case)].1;
            let head = (case, cases.len());
            lower_case(cx, id, head, (ty, val.as_deref()), target)
        }
        (DefinedType::Option(_), Val::Option(None)) => {
            lower_case(cx, id, (0, 2), (None, None), target)
        }
        (DefinedType::Option(ty), Val::Option(Some(val))) => {
            lower_case(cx, id, (1, 2), (Some(*ty), Some(val)), target)
        }
        (DefinedType::Result { ok, .. }, Val::Result(Ok(val))) => {
            lower_case(cx, id, (0, 2), (*ok, val.as_deref()), target)
        }
        (DefinedType::Result { err, .. }, Val::Result(Err(val))) => {
            lower_case(cx, id, (1, 2), (*err, val.as_deref()), target)
        }
        _ => Err(Fault::Mismatch),
    }
}

fn equal(expected: usize, found: usize) -> Result<(), Fault> {
    match expected == found {
        true => Ok(()),
        false => Err(Fault::Mismatch),
    }
}

/// Returns the position of a name.
fn find<'n>(names: impl Iterator<Item = &'n Label>, name: &str) -> Result<u32, Fault> {
    let found = (0..).zip(names).find(|(_, it)| &***it == name);
    found.map(|(index, _)| index).ok_or(Fault::Mismatch)
}

/// Lowers a case of a variant: its number, of so many, and its payload. Flat values that only other cases use become 0.
///
/// Spec: `store_variant`, `lower_flat_variant`.
fn lower_case(
    cx: &mut LowerCx<'_>,
    id: TypeId,
    (case, case_count): (u32, usize),
    payload: (Option<ValType>, Option<&Val>),
    target: &mut Target<'_, '_>,
) -> Result<(), Fault> {
    target.word(cx, case, discriminant_size(case_count));
    let payload = match payload {
        (None, None) => None,
        (Some(ty), Some(val)) => Some((ty, val)),
        _ => return Err(Fault::Mismatch),
    };
    match target {
        Target::Flat(values) => {
            let count = cx.types().flat_count(ValType::Defined(id)) - 1;
            let (mut own, rest) = std::mem::take(*values).split_at_mut(count);
            **values = rest;
            if let Some((ty, val)) = payload {
                lower(cx, ty, val, &mut Target::Flat(&mut own))?;
            }
            own.iter_mut().for_each(|unused| unused.set_u64(0));
        }
        Target::Memory(at) => {
            if let Some((ty, val)) = payload {
                let at = *at + position(cx.types().offset(id, 0, cx.width()));
                lower(cx, ty, val, &mut Target::Memory(at))?;
            }
        }
    }
    Ok(())
}

fn lower_map(
    cx: &mut LowerCx<'_>,
    (key, value): (ValType, ValType),
    entries: &[(Val, Val)],
) -> Result<(u64, u64), Fault> {
    let (entry, offset) = cx.types().entry(key, value, cx.width());
    let at = cx.allocate_list(entry, entries.len())?;
    for (i, pair) in entries.iter().enumerate() {
        let at = at + i * position(entry.size);
        lower(cx, key, &pair.0, &mut Target::Memory(at))?;
        let at = at + position(offset);
        lower(cx, value, &pair.1, &mut Target::Memory(at))?;
    }
    Ok((address(at), address(entries.len())))
}

fn lower_list(cx: &mut LowerCx<'_>, ty: ValType, list: &ValList) -> Result<(u64, u64), Fault> {
    let element = cx.types().layout(ty, cx.width());
    let at = cx.allocate_list(element, list.len())?;
    lower_elements(cx, ty, list, at)?;
    Ok((address(at), address(list.len())))
}

/// Lowers elements to memory, at an address that was checked. Spec: `store_list_into_valid_range`.
fn lower_elements(
    cx: &mut LowerCx<'_>,
    ty: ValType,
    list: &ValList,
    at: usize,
) -> Result<(), Fault> {
    match (ty, list.elements()) {
        (ValType::Bool, Elements::Bool(vals)) => cx.write_all(at, vals),
        (ValType::S8, Elements::S8(vals)) => cx.write_all(at, vals),
        (ValType::U8, Elements::U8(vals)) => cx.write_all(at, vals),
        (ValType::S16, Elements::S16(vals)) => cx.write_all(at, vals),
        (ValType::U16, Elements::U16(vals)) => cx.write_all(at, vals),
        (ValType::S32, Elements::S32(vals)) => cx.write_all(at, vals),
        (ValType::U32, Elements::U32(vals)) => cx.write_all(at, vals),
        (ValType::S64, Elements::S64(vals)) => cx.write_all(at, vals),
        (ValType::U64, Elements::U64(vals)) => cx.write_all(at, vals),
        (ValType::F32, Elements::F32(vals)) => cx.write_all(at, vals),
        (ValType::F64, Elements::F64(vals)) => cx.write_all(at, vals),
        (ValType::Char, Elements::Char(vals)) => cx.write_all(at, vals),
        (ty, Elements::Any(vals)) => {
            let size = position(cx.types().layout(ty, cx.width()).size);
            for (i, val) in vals.iter().enumerate() {
                lower(cx, ty, val, &mut Target::Memory(at + i * size))?;
            }
        }
        _ => return Err(Fault::Mismatch),
    }
    Ok(())
}

fn position(offset: u32) -> usize {
    usize::try_from(offset).expect("an offset of 32 bits is a position")
}

fn address(position: usize) -> u64 {
    u64::try_from(position).expect("a position fits into 64 bits")
}
