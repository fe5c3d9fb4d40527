//! Moving of flat variants whose payloads are numbers without a branch: each flat value is chosen by the case. A branch is
//! as fast if it is predicted, and many times slower if it is not.

use wasm_encoder::ValType;

use crate::fact::abi::FlatType;
use crate::fact::emit::{Code, Local};
use crate::fact::transfer::{At, Number, Scalar, TransferId, TransferKind, Transfers, Variant};
use crate::fact::write::place::{Slot, pop_slot, push_slot};

/// Largest number of choices that are made (ours: more of them take longer than a branch).
const CHOICES_MAX: usize = 8;

/// The bits of a constant that has one for each case.
const SET_CASES_MAX: usize = 32;

/// What is done for each flat value of a payload.
pub(in crate::fact::write) struct Choices {
    case_count: usize,
    values: Vec<Chosen>,
}

/// What a flat value is.
struct Chosen {
    ty: FlatType,
    /// The bits that move in most cases.
    mask: u64,
    /// Other bits that move in some cases, and those in which they do not.
    others: Vec<(u64, Cases)>,
}

/// Some cases of a variant.
#[derive(Clone, Copy)]
enum Cases {
    /// All but this one.
    AllBut(u32),
    /// This one.
    One(u32),
    /// From one on, so many.
    Range(u32, u32),
    /// All but these: from one on, so many.
    AllButRange(u32, u32),
    /// Those whose bits are set.
    Set(u32),
}

impl Choices {
    /// Returns how payloads move from flat values of some types to flat values of the same types, the discriminant first; none
    /// if a branch is better.
    pub(in crate::fact::write) fn of(
        transfers: &Transfers,
        variant: &Variant,
        types: &[FlatType],
    ) -> Option<Choices> {
        let types = types.get(1..)?;
        let case_count = variant.cases.len();
        // For each flat value the bits that move in each case.
        let mut masks = vec![vec![0; case_count]; types.len()];
        for (case, payload) in variant.cases.iter().enumerate() {
            if let Some(payload) = payload {
                let mut note = |slot: usize, mask| masks[slot][case] = mask;
                read(transfers, *payload, 0, &mut note)?;
            }
        }
        let values = types.iter().zip(masks);
        let values = values.map(|(ty, masks)| Chosen::of(*ty, &masks));
        let values = values.collect::<Option<Vec<Chosen>>>()?;
        let count: usize = values.iter().map(|value| value.others.len()).sum();
        (count <= CHOICES_MAX).then_some(Choices { case_count, values })
    }

    /// Writes the moves. The discriminant is the number of a case.
    pub(in crate::fact::write) fn write(
        &self,
        code: &mut Code,
        discriminant: &Local,
        src: &[Slot],
        dst: &[Slot],
    ) {
        for ((value, src), dst) in self.values.iter().zip(src).zip(dst) {
            push_masked(code, src, value.ty, value.mask);
            for (mask, cases) in &value.others {
                push_masked(code, src, value.ty, *mask);
                cases.push(code, discriminant, self.case_count);
                code.ins().select();
            }
            pop_slot(code, dst, value.ty);
        }
    }
}

impl Chosen {
    fn of(ty: FlatType, masks: &[u64]) -> Option<Chosen> {
        let mut known: Vec<u64> = Vec::new();
        for mask in masks {
            if !known.contains(mask) {
                known.push(*mask);
            }
        }
        let count = |mask: &u64| masks.iter().filter(|it| *it == mask).count();
        // The first of the most frequent ones.
        let most = known.iter().rev().max_by_key(|mask| count(mask)).copied()?;
        let others = known.iter().filter(|mask| **mask != most);
        let others = others.map(|mask| {
            let is_other = masks.iter().map(|it| it != mask).collect::<Vec<bool>>();
            Some((*mask, Cases::of(&is_other)?))
        });
        Some(Chosen {
            ty,
            mask: most,
            others: others.collect::<Option<_>>()?,
        })
    }
}

impl Cases {
    /// Returns the cases that are marked: some, but not all.
    fn of(marks: &[bool]) -> Option<Cases> {
        let number = |position: usize| u32::try_from(position).expect("fewer than 2^32 cases");
        let range = |mark: bool| {
            let first = marks.iter().position(|it| *it == mark)?;
            let last = marks.iter().rposition(|it| *it == mark)?;
            let is_range = marks[first..=last].iter().all(|it| *it == mark);
            is_range.then_some((number(first), number(last - first + 1)))
        };
        Some(match (range(true), range(false)) {
            (_, Some((case, 1))) => Cases::AllBut(case),
            (Some((case, 1)), _) => Cases::One(case),
            (Some((first, count)), _) => Cases::Range(first, count),
            (_, Some((first, count))) => Cases::AllButRange(first, count),
            (None, None) if marks.len() <= SET_CASES_MAX => {
                let bits = marks.iter().enumerate();
                Cases::Set(bits.fold(0, |set, (case, mark)| set | u32::from(*mark) << case))
            }
            (None, None) => return None,
        })
    }

    /// Pushes a number that is not 0 if the case is one of these.
    fn push(self, code: &mut Code, discriminant: &Local, case_count: usize) {
        let constant = |code: &mut Code, value: u32| {
            code.ins().i32_const(value.cast_signed());
        };
        let is_to_end = |first: u32, count: u32| (first + count) as usize == case_count;
        match self {
            Cases::AllBut(0) => code.get(discriminant),
            Cases::AllBut(case) => {
                code.get(discriminant);
                constant(code, case);
                code.ins().i32_ne();
            }
            Cases::One(case) => {
                code.get(discriminant);
                constant(code, case);
                code.ins().i32_eq();
            }
            Cases::Range(first, count) if is_to_end(first, count) => {
                code.get(discriminant);
                constant(code, first);
                code.ins().i32_ge_u();
            }
            Cases::Range(first, count) => {
                push_distance(code, discriminant, first);
                constant(code, count);
                code.ins().i32_lt_u();
            }
            Cases::AllButRange(first, count) => {
                push_distance(code, discriminant, first);
                constant(code, count);
                code.ins().i32_ge_u();
            }
            Cases::Set(cases) => {
                constant(code, cases);
                code.get(discriminant);
                code.ins().i32_shr_u().i32_const(1).i32_and();
            }
        }
    }
}

/// Pushes how far a discriminant is behind a case; a large number if it is before that.
fn push_distance(code: &mut Code, discriminant: &Local, first: u32) {
    code.get(discriminant);
    if first != 0 {
        code.ins().i32_const(first.cast_signed()).i32_sub();
    }
}

/// Pushes some bits of a flat value.
fn push_masked(code: &mut Code, slot: &Slot, ty: FlatType, mask: u64) {
    if mask == 0 {
        match ty {
            FlatType::I32 => code.ins().i32_const(0),
            FlatType::I64 => code.ins().i64_const(0),
            FlatType::F32 => code.ins().f32_const(0.0.into()),
            FlatType::F64 => code.ins().f64_const(0.0.into()),
        };
        return;
    }
    push_slot(code, slot, ty);
    let is_whole = |bits: u32| mask >> (bits - 1) >> 1 == 0 && mask == u64::MAX >> (64 - bits);
    match ty.val_type() {
        ValType::I32 if !is_whole(32) => {
            let mask = u32::try_from(mask).expect("a number in an i32 has 32 bits");
            code.ins().i32_const(mask.cast_signed()).i32_and();
        }
        ValType::I64 if !is_whole(64) => {
            code.ins().i64_const(mask.cast_signed()).i64_and();
        }
        // Floats are in floats of their own type.
        _ => {}
    }
}

/// Notes which bits of each flat value move, from a slot on; gives up if something is not a number, or is held with its sign.
fn read(
    transfers: &Transfers,
    id: TransferId,
    first: usize,
    note: &mut dyn FnMut(usize, u64),
) -> Option<()> {
    match &transfers.get(id).kind {
        TransferKind::Scalar(Scalar::Number(number)) => {
            let mask = match number {
                Number::S8 | Number::S16 => return None,
                Number::U8 => 0xff,
                Number::U16 => 0xffff,
                Number::Int32 | Number::F32 => u64::from(u32::MAX),
                Number::Int64 | Number::F64 => u64::MAX,
            };
            note(first, mask);
            Some(())
        }
        TransferKind::Sequence(parts) => parts.iter().try_for_each(|part| {
            let (At::Slot(src), At::Slot(dst)) = (part.src, part.dst) else {
                return None;
            };
            (src == dst).then_some(())?;
            read(transfers, part.transfer, first + src, note)
        }),
        _ => None,
    }
}
