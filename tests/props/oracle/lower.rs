//! From values to registers and memory.
//!
//! Spec: `store*`, `lower_flat*`.

use interfuse::adapt::IndexType;
use interfuse::fact::TrapCode;

use crate::oracle::flat::{Core, Flat, flatten_payloads, flatten_types, pointer_core};
use crate::oracle::guest::ReallocCall;
use crate::oracle::layout::{
    align_to, alignment, discriminant_size, elem_size, flags_size, payload_offset, ptr_size,
};
use crate::oracle::observation::{Fault, Side};
use crate::oracle::table::Table;
use crate::oracle::text::store_string_into_range;
use crate::oracle::ty::Ty;
use crate::oracle::val::{Text, Val};
use crate::oracle::world::World;

/// How a string is put into memory; returns its address and length.
pub(crate) type StoreString = fn(&mut World, Side, &Text) -> Result<(u64, u64), Fault>;

/// How a handle is put into a table; returns it.
pub(crate) type PutHandle = fn(&mut Table, &Ty, &Val) -> u32;

/// Spec: `lower_own`, `lower_borrow`.
fn put_handle(table: &mut Table, ty: &Ty, val: &Val) -> u32 {
    match (ty, val) {
        (Ty::Own(rt), Val::Own(rep)) => table.lower_own(*rt, *rep),
        (Ty::Borrow(rt), Val::Borrow(rep)) => table.lower_borrow(*rt, *rep),
        (ty, val) => panic!("{val:?} is no {ty:?}"),
    }
}

/// What it takes to lower values.
pub(crate) struct LowerCx<'a> {
    pub(crate) world: &'a mut World,
    pub(crate) side: Side,
    pub(crate) store_string: StoreString,
    pub(crate) put_handle: PutHandle,
}

impl<'a> LowerCx<'a> {
    /// Returns what it takes to lower as the spec does.
    pub(crate) fn new(world: &'a mut World, side: Side) -> Self {
        LowerCx {
            world,
            side,
            store_string: store_string_into_range,
            put_handle,
        }
    }

    fn width(&self) -> IndexType {
        self.world.side(self.side).width
    }

    fn store_int(&mut self, int: u64, ptr: u64, len: u64) {
        let memory = &mut self.world.side_mut(self.side).memory;
        memory.store_int(int, ptr, len);
    }

    fn handle(&mut self, ty: &Ty, val: &Val) -> u32 {
        (self.put_handle)(&mut self.world.side_mut(self.side).table, ty, val)
    }

    /// Allocates a block of `len` bytes and checks it.
    fn allocate(&mut self, align: u64, len: u64) -> Result<u64, Fault> {
        let call = ReallocCall {
            old: 0,
            old_size: 0,
            align,
            new_size: len,
        };
        let ptr = self.world.reallocate(self.side, call)?;
        let memory = &self.world.side(self.side).memory;
        memory.check(
            (ptr, len.into()),
            align,
            TrapCode::ReallocUnaligned,
            TrapCode::ReallocOutOfBounds,
        )?;
        Ok(ptr)
    }
}

/// Spec: `lower_flat_values`. `out` is the address that the caller gave for results in memory.
pub(crate) fn lower_flat_values(
    cx: &mut LowerCx<'_>,
    max_flat: usize,
    (vals, types): (&[Val], &[Ty]),
    out: Option<u64>,
) -> Result<Vec<Flat>, Fault> {
    let width = cx.width();
    assert_eq!(vals.len(), types.len());
    if flatten_types(types, width).len() <= max_flat {
        return lower_flat_record(cx, vals, types);
    }
    let tuple = Ty::Record(types.to_vec());
    let (align, size) = (alignment(&tuple, width), elem_size(&tuple, width));
    let (ptr, flats) = match out {
        None => {
            let ptr = cx.allocate(align, size)?;
            (ptr, vec![Flat::pointer(width, ptr)])
        }
        Some(ptr) => {
            cx.world.side(cx.side).memory.check(
                (ptr, size.into()),
                align,
                TrapCode::UnalignedPointer,
                TrapCode::TupleOutOfBounds,
            )?;
            (ptr, Vec::new())
        }
    };
    store_record(cx, vals, types, ptr)?;
    Ok(flats)
}

fn lower_flat_record(cx: &mut LowerCx<'_>, vals: &[Val], types: &[Ty]) -> Result<Vec<Flat>, Fault> {
    let mut flats = Vec::new();
    for (val, ty) in vals.iter().zip(types) {
        flats.extend(lower_flat(cx, val, ty)?);
    }
    Ok(flats)
}

/// Spec: `lower_flat`.
fn lower_flat(cx: &mut LowerCx<'_>, val: &Val, ty: &Ty) -> Result<Vec<Flat>, Fault> {
    let width = cx.width();
    let pair = |(ptr, len)| vec![Flat::pointer(width, ptr), Flat::pointer(width, len)];
    Ok(match (ty, val) {
        (Ty::U64 | Ty::S64, Val::Int(int)) => vec![Flat::I64(bits(*int, 64))],
        (Ty::F32, Val::F32(bits)) => vec![Flat::F32(*bits)],
        (Ty::F64, Val::F64(bits)) => vec![Flat::F64(*bits)],
        (Ty::String, Val::String(text)) => pair((cx.store_string)(cx.world, cx.side, text)?),
        (Ty::List(element), Val::List(vals)) => pair(store_list_into_range(cx, vals, element)?),
        (Ty::FixedList(element, len), Val::List(vals)) => {
            assert_eq!(vals.len(), usize::try_from(*len).unwrap());
            let mut flats = Vec::new();
            for val in vals {
                flats.extend(lower_flat(cx, val, element)?);
            }
            flats
        }
        (Ty::Record(types), Val::Record(vals)) => lower_flat_record(cx, vals, types)?,
        (Ty::Variant(cases), Val::Variant(case, payload)) => {
            let payload = payload.as_deref().zip(cases[*case].as_ref());
            lower_flat_variant(cx, *case, payload, cases)?
        }
        (Ty::Own(_) | Ty::Borrow(_), val) => vec![Flat::I32(cx.handle(ty, val))],
        (ty, val) => vec![Flat::of(Core::I32, bits(int(ty, val), 32))],
    })
}

/// Returns the integer that stands for a small value.
fn int(ty: &Ty, val: &Val) -> i128 {
    match (ty, val) {
        (Ty::Bool, Val::Bool(is_true)) => i128::from(*is_true),
        (Ty::U8 | Ty::U16 | Ty::U32 | Ty::U64, Val::Int(int)) => *int,
        (Ty::S8 | Ty::S16 | Ty::S32 | Ty::S64, Val::Int(int)) => *int,
        (Ty::F32, Val::F32(bits)) => i128::from(*bits),
        (Ty::F64, Val::F64(bits)) => i128::from(*bits),
        (Ty::Char, Val::Char(char)) => i128::from(u32::from(*char)),
        (Ty::Flags(_), Val::Flags(bits)) => i128::from(*bits),
        (ty, val) => panic!("{val:?} is no {ty:?}"),
    }
}

/// Returns an integer as the lowest `width` bits of two's complement.
fn bits(int: i128, width: u32) -> u64 {
    u64::try_from(int.rem_euclid(1 << width)).unwrap()
}

/// Spec: `lower_flat_variant`.
fn lower_flat_variant(
    cx: &mut LowerCx<'_>,
    case: usize,
    payload: Option<(&Val, &Ty)>,
    cases: &[Option<Ty>],
) -> Result<Vec<Flat>, Fault> {
    let joined = flatten_payloads(cases, cx.width());
    let payload = match payload {
        None => Vec::new(),
        Some((val, ty)) => lower_flat(cx, val, ty)?,
    };
    let mut flats = vec![Flat::I32(u32::try_from(case).unwrap())];
    for (i, want) in joined.into_iter().enumerate() {
        let bits = match payload.get(i).copied() {
            None => 0,
            Some(flat) => match (flat.core(), want) {
                (have, want) if have == want => flat.bits(),
                (Core::F32, Core::I32) | (_, Core::I64) => flat.bits(),
                (have, want) => panic!("{want:?} holds no {have:?}"),
            },
        };
        flats.push(Flat::of(want, bits));
    }
    Ok(flats)
}

/// Spec: `store`.
fn store(cx: &mut LowerCx<'_>, val: &Val, ty: &Ty, ptr: u64) -> Result<(), Fault> {
    let width = cx.width();
    match (ty, val) {
        (Ty::String, Val::String(text)) => {
            let pair = (cx.store_string)(cx.world, cx.side, text)?;
            store_pair(cx, pair, ptr);
        }
        (Ty::List(element), Val::List(vals)) => {
            let pair = store_list_into_range(cx, vals, element)?;
            store_pair(cx, pair, ptr);
        }
        (Ty::FixedList(element, len), Val::List(vals)) => {
            assert_eq!(vals.len(), usize::try_from(*len).unwrap());
            store_list_into_valid_range(cx, vals, element, ptr)?;
        }
        (Ty::Record(types), Val::Record(vals)) => store_record(cx, vals, types, ptr)?,
        (Ty::Variant(cases), Val::Variant(case, payload)) => {
            let case_bits = u64::try_from(*case).unwrap();
            cx.store_int(case_bits, ptr, discriminant_size(cases.len()));
            if let Some((val, ty)) = payload.as_ref().zip(cases[*case].as_ref()) {
                store(cx, val, ty, ptr + payload_offset(cases, width))?;
            }
        }
        (Ty::Own(_) | Ty::Borrow(_), val) => {
            let handle = cx.handle(ty, val);
            cx.store_int(handle.into(), ptr, 4);
        }
        (Ty::Flags(len), val) => cx.store_int(bits(int(ty, val), 64), ptr, flags_size(*len)),
        (ty, val) => cx.store_int(bits(int(ty, val), 64), ptr, elem_size(ty, width)),
    }
    Ok(())
}

fn store_pair(cx: &mut LowerCx<'_>, (first, second): (u64, u64), ptr: u64) {
    let size = ptr_size(cx.width());
    cx.store_int(first, ptr, size);
    cx.store_int(second, ptr + size, size);
}

/// Spec: `store_list_into_range`.
fn store_list_into_range(
    cx: &mut LowerCx<'_>,
    vals: &[Val],
    element: &Ty,
) -> Result<(u64, u64), Fault> {
    let len = u64::try_from(vals.len()).unwrap();
    let len_bytes = len * elem_size(element, cx.width());
    let ptr = cx.allocate(alignment(element, cx.width()), len_bytes)?;
    store_list_into_valid_range(cx, vals, element, ptr)?;
    Ok((ptr, len))
}

fn store_list_into_valid_range(
    cx: &mut LowerCx<'_>,
    vals: &[Val],
    element: &Ty,
    ptr: u64,
) -> Result<(), Fault> {
    let size = elem_size(element, cx.width());
    for (i, val) in (0..).zip(vals) {
        store(cx, val, element, ptr + i * size)?;
    }
    Ok(())
}

/// Spec: `store_record`.
fn store_record(
    cx: &mut LowerCx<'_>,
    vals: &[Val],
    types: &[Ty],
    mut ptr: u64,
) -> Result<(), Fault> {
    let width = cx.width();
    for (val, ty) in vals.iter().zip(types) {
        ptr = align_to(ptr, alignment(ty, width));
        store(cx, val, ty, ptr)?;
        ptr += elem_size(ty, width);
    }
    Ok(())
}

/// Returns the registers in which a caller passes the address for results in memory, if it does.
pub(crate) fn takes_out_pointer(width: IndexType, max_flat: usize, types: &[Ty]) -> Option<Core> {
    (flatten_types(types, width).len() > max_flat).then(|| pointer_core(width))
}
