//! From registers and memory to values.
//!
//! Spec: `load*`, `lift_flat*`.

use std::collections::VecDeque;

use interfuse::adapt::IndexType;
use interfuse::fact::TrapCode;

use crate::oracle::flat::{Core, Flat, flatten_payloads, flatten_types, pointer_core};
use crate::oracle::layout::{
    align_to, alignment, discriminant_size, elem_size, flags_size, payload_offset, ptr_size,
};
use crate::oracle::observation::Fault;
use crate::oracle::text::load_string_from_range;
use crate::oracle::trap::trap_if;
use crate::oracle::ty::Ty;
use crate::oracle::val::Val;
use crate::oracle::world::SideState;

/// Largest number of bytes of a list.
pub(crate) const MAX_LIST_BYTE_LENGTH: u128 = (1 << 28) - 1;

/// Registers that are read one after the other.
pub(crate) trait Registers {
    /// Returns the bits of the next one, which is of a type.
    fn next(&mut self, want: Core) -> u64;
}

/// Registers that have the types they are read as.
pub(crate) struct Plain(VecDeque<Flat>);

impl Plain {
    pub(crate) fn new(flats: &[Flat]) -> Plain {
        Plain(flats.iter().copied().collect())
    }
}

impl Registers for Plain {
    fn next(&mut self, want: Core) -> u64 {
        let flat = self.0.pop_front().expect("there are enough registers");
        assert_eq!(flat.core(), want);
        flat.bits()
    }
}

/// Registers that several cases share.
struct Coerced<'a> {
    outer: &'a mut dyn Registers,
    types: VecDeque<Core>,
}

impl Registers for Coerced<'_> {
    fn next(&mut self, want: Core) -> u64 {
        let have = self.types.pop_front().expect("there are enough registers");
        let bits = self.outer.next(have);
        match (have, want) {
            (have, want) if have == want => bits,
            (Core::I32, Core::F32) | (Core::I64, Core::F64) => bits,
            (Core::I64, Core::I32 | Core::F32) => bits & 0xffff_ffff,
            (have, want) => panic!("{have:?} holds no {want:?}"),
        }
    }
}

/// Spec: `lift_flat_values`.
pub(crate) fn lift_flat_values(
    cx: &mut SideState,
    max_flat: usize,
    registers: &mut dyn Registers,
    types: &[Ty],
) -> Result<Vec<Val>, Fault> {
    if flatten_types(types, cx.width).len() <= max_flat {
        return types
            .iter()
            .map(|ty| lift_flat(cx, registers, ty))
            .collect();
    }
    let ptr = registers.next(pointer_core(cx.width));
    let tuple = Ty::Record(types.to_vec());
    cx.memory.check(
        (ptr, elem_size(&tuple, cx.width).into()),
        alignment(&tuple, cx.width),
        TrapCode::UnalignedPointer,
        TrapCode::TupleOutOfBounds,
    )?;
    load_record(cx, ptr, types)
}

/// Spec: `lift_flat`.
fn lift_flat(cx: &mut SideState, registers: &mut dyn Registers, ty: &Ty) -> Result<Val, Fault> {
    Ok(match ty {
        Ty::Bool => Val::Bool(registers.next(Core::I32) != 0),
        Ty::U8 => unsigned(registers.next(Core::I32), 8),
        Ty::U16 => unsigned(registers.next(Core::I32), 16),
        Ty::U32 => unsigned(registers.next(Core::I32), 32),
        Ty::U64 => unsigned(registers.next(Core::I64), 64),
        Ty::S8 => signed(registers.next(Core::I32), 8),
        Ty::S16 => signed(registers.next(Core::I32), 16),
        Ty::S32 => signed(registers.next(Core::I32), 32),
        Ty::S64 => signed(registers.next(Core::I64), 64),
        Ty::F32 => Val::F32(low(registers.next(Core::F32))),
        Ty::F64 => Val::F64(registers.next(Core::F64)),
        Ty::Char => convert_i32_to_char(registers.next(Core::I32))?,
        Ty::String => {
            let (ptr, units) = next_pair(registers, cx.width);
            Val::String(load_string_from_range(cx, ptr, units)?)
        }
        Ty::List(element) => {
            let (ptr, len) = next_pair(registers, cx.width);
            load_list_from_range(cx, ptr, len, element)?
        }
        Ty::FixedList(element, len) => {
            let elements = (0..*len).map(|_| lift_flat(cx, registers, element));
            Val::List(elements.collect::<Result<_, _>>()?)
        }
        Ty::Record(fields) => {
            let fields = fields.iter().map(|ty| lift_flat(cx, registers, ty));
            Val::Record(fields.collect::<Result<_, _>>()?)
        }
        Ty::Variant(cases) => lift_flat_variant(cx, registers, cases)?,
        Ty::Flags(len) => Val::Flags(flags(registers.next(Core::I32), *len)),
        Ty::Own(rt) => Val::Own(cx.table.lift_own(*rt, low(registers.next(Core::I32)))?),
        Ty::Borrow(rt) => Val::Borrow(cx.table.lift_borrow(*rt, low(registers.next(Core::I32)))?),
    })
}

fn next_pair(registers: &mut dyn Registers, width: IndexType) -> (u64, u64) {
    let first = registers.next(pointer_core(width));
    (first, registers.next(pointer_core(width)))
}

/// Spec: `lift_flat_variant`.
fn lift_flat_variant(
    cx: &mut SideState,
    registers: &mut dyn Registers,
    cases: &[Option<Ty>],
) -> Result<Val, Fault> {
    let case = case_index(registers.next(Core::I32), cases)?;
    let mut coerced = Coerced {
        outer: registers,
        types: flatten_payloads(cases, cx.width).into(),
    };
    let payload = match &cases[case] {
        None => None,
        Some(ty) => Some(Box::new(lift_flat(cx, &mut coerced, ty)?)),
    };
    while let Some(have) = coerced.types.pop_front() {
        coerced.outer.next(have);
    }
    Ok(Val::Variant(case, payload))
}

fn case_index(discriminant: u64, cases: &[Option<Ty>]) -> Result<usize, Fault> {
    let case = usize::try_from(discriminant).unwrap();
    trap_if(case >= cases.len(), TrapCode::InvalidDiscriminant)?;
    Ok(case)
}

/// Spec: `load`.
fn load(cx: &mut SideState, ptr: u64, ty: &Ty) -> Result<Val, Fault> {
    let int = |len| cx.memory.load_int(ptr, len);
    Ok(match ty {
        Ty::Bool => Val::Bool(int(1) != 0),
        Ty::U8 => unsigned(int(1), 8),
        Ty::U16 => unsigned(int(2), 16),
        Ty::U32 => unsigned(int(4), 32),
        Ty::U64 => unsigned(int(8), 64),
        Ty::S8 => signed(int(1), 8),
        Ty::S16 => signed(int(2), 16),
        Ty::S32 => signed(int(4), 32),
        Ty::S64 => signed(int(8), 64),
        Ty::F32 => Val::F32(low(int(4))),
        Ty::F64 => Val::F64(int(8)),
        Ty::Char => convert_i32_to_char(int(4))?,
        Ty::String => {
            let (ptr, units) = load_pair(cx, ptr);
            Val::String(load_string_from_range(cx, ptr, units)?)
        }
        Ty::List(element) => {
            let (ptr, len) = load_pair(cx, ptr);
            load_list_from_range(cx, ptr, len, element)?
        }
        Ty::FixedList(element, len) => {
            load_list_from_valid_range(cx, ptr, u64::from(*len), element)?
        }
        Ty::Record(fields) => Val::Record(load_record(cx, ptr, fields)?),
        Ty::Variant(cases) => {
            let case = case_index(int(discriminant_size(cases.len())), cases)?;
            let at = ptr + payload_offset(cases, cx.width);
            let payload = match &cases[case] {
                None => None,
                Some(ty) => Some(Box::new(load(cx, at, ty)?)),
            };
            Val::Variant(case, payload)
        }
        Ty::Flags(len) => Val::Flags(flags(int(flags_size(*len)), *len)),
        Ty::Own(rt) => {
            let handle = low(int(4));
            Val::Own(cx.table.lift_own(*rt, handle)?)
        }
        Ty::Borrow(rt) => {
            let handle = low(int(4));
            Val::Borrow(cx.table.lift_borrow(*rt, handle)?)
        }
    })
}

fn load_pair(cx: &mut SideState, ptr: u64) -> (u64, u64) {
    let size = ptr_size(cx.width);
    let first = cx.memory.load_int(ptr, size);
    (first, cx.memory.load_int(ptr + size, size))
}

/// Spec: `load_list_from_range`.
fn load_list_from_range(
    cx: &mut SideState,
    ptr: u64,
    len: u64,
    element: &Ty,
) -> Result<Val, Fault> {
    let len_bytes = u128::from(len) * u128::from(elem_size(element, cx.width));
    trap_if(len_bytes > MAX_LIST_BYTE_LENGTH, TrapCode::ListTooLong)?;
    cx.memory.check(
        (ptr, len_bytes),
        alignment(element, cx.width),
        TrapCode::UnalignedPointer,
        TrapCode::ListOutOfBounds,
    )?;
    load_list_from_valid_range(cx, ptr, len, element)
}

fn load_list_from_valid_range(
    cx: &mut SideState,
    ptr: u64,
    len: u64,
    element: &Ty,
) -> Result<Val, Fault> {
    let size = elem_size(element, cx.width);
    let elements = (0..len).map(|i| load(cx, ptr + i * size, element));
    Ok(Val::List(elements.collect::<Result<_, _>>()?))
}

/// Spec: `load_record`.
fn load_record(cx: &mut SideState, mut ptr: u64, fields: &[Ty]) -> Result<Vec<Val>, Fault> {
    let mut vals = Vec::new();
    for ty in fields {
        ptr = align_to(ptr, alignment(ty, cx.width));
        vals.push(load(cx, ptr, ty)?);
        ptr += elem_size(ty, cx.width);
    }
    Ok(vals)
}

/// Returns the lowest bits of a register or of memory as an unsigned integer.
fn unsigned(bits: u64, width: u32) -> Val {
    Val::Int(i128::from(bits) % (1 << width))
}

/// Returns the lowest bits of a register or of memory as a signed integer.
fn signed(bits: u64, width: u32) -> Val {
    let int = i128::from(bits) % (1 << width);
    let is_negative = int >= 1 << (width - 1);
    Val::Int(if is_negative { int - (1 << width) } else { int })
}

fn low(bits: u64) -> u32 {
    u32::try_from(bits).expect("32 bits were read")
}

/// Spec: `convert_i32_to_char`.
fn convert_i32_to_char(bits: u64) -> Result<Val, Fault> {
    let char = char::from_u32(low(bits)).ok_or(Fault::Trap(TrapCode::InvalidChar))?;
    Ok(Val::Char(char))
}

/// Spec: `unpack_flags_from_int`.
fn flags(bits: u64, len: usize) -> u32 {
    low(bits & ((1 << len) - 1))
}
