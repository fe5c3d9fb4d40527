//! Where a value is, for the writer: in locals, or in memory behind a local.

use std::rc::Rc;

use crate::fact::abi::FlatType;
use crate::fact::emit::{Code, Local, Width};
use crate::fact::transfer::At;

/// A flat value: a local, and the type in which it is held, which is wider than its own inside a variant.
#[derive(Clone, Debug)]
pub(in crate::fact) struct Slot {
    pub(in crate::fact) local: Rc<Local>,
    pub(in crate::fact) held: FlatType,
}

/// Where a value is, or goes.
#[derive(Clone, Debug)]
pub(in crate::fact) enum Place {
    /// In locals, one for each of its flat values or more.
    Flat(Vec<Slot>),
    /// In memory, at an offset in bytes from a pointer.
    Memory {
        /// The pointer.
        pointer: Rc<Local>,
        /// The offset.
        offset: u32,
    },
}

impl Place {
    /// Returns the place that a pointer points to.
    pub(in crate::fact) fn behind(pointer: &Rc<Local>) -> Place {
        Place::Memory {
            pointer: Rc::clone(pointer),
            offset: 0,
        }
    }

    /// Makes a local for each type and names them after their role.
    pub(in crate::fact) fn slots(code: &mut Code, role: &str, types: &[FlatType]) -> Vec<Slot> {
        let names = vec![role.to_owned(); types.len()];
        Place::named_slots(code, &names, types)
    }

    /// Makes a local for each type, with a name of its own.
    pub(in crate::fact) fn named_slots(
        code: &mut Code,
        names: &[String],
        types: &[FlatType],
    ) -> Vec<Slot> {
        assert_eq!(names.len(), types.len());
        let slot = |(name, ty): (&String, &FlatType)| {
            let local = Rc::new(code.local(name, ty.val_type()));
            Slot { local, held: *ty }
        };
        names.iter().zip(types).map(slot).collect()
    }

    /// Returns the pointer and the offset of a place in memory.
    ///
    /// # Panics
    ///
    /// Panics if the place is not in memory.
    pub(in crate::fact) fn memory(&self) -> (&Rc<Local>, u32) {
        match self {
            Place::Memory { pointer, offset } => (pointer, *offset),
            Place::Flat(slots) => unreachable!("{slots:?} are not in memory"),
        }
    }

    /// Returns the place of a part.
    pub(in crate::fact) fn part(&self, at: At) -> Place {
        match (self, at) {
            (Place::Flat(slots), At::Slot(first)) => Place::Flat(slots[first..].to_vec()),
            (Place::Memory { pointer, offset }, At::Offset(by)) => Place::Memory {
                pointer: Rc::clone(pointer),
                offset: offset + by,
            },
            (place, at) => unreachable!("{place:?} has no part {at:?}"),
        }
    }
}

/// Pushes a flat value as a value of type `wanted`.
///
/// Spec: `CoerceValueIter` of `lift_flat_variant`.
pub(in crate::fact) fn push_slot(code: &mut Code, slot: &Slot, wanted: FlatType) {
    code.get(&slot.local);
    let ins = &mut code.ins();
    match (slot.held, wanted) {
        (held, wanted) if held == wanted => {}
        (FlatType::I32, FlatType::F32) => {
            ins.f32_reinterpret_i32();
        }
        (FlatType::I64, FlatType::I32) => {
            ins.i32_wrap_i64();
        }
        (FlatType::I64, FlatType::F32) => {
            ins.i32_wrap_i64().f32_reinterpret_i32();
        }
        (FlatType::I64, FlatType::F64) => {
            ins.f64_reinterpret_i64();
        }
        (held, wanted) => unreachable!("{held:?} never holds {wanted:?}"),
    }
}

/// Pops a value of type `given` into a flat value.
///
/// Spec: `lower_flat_variant`.
pub(in crate::fact) fn pop_slot(code: &mut Code, slot: &Slot, given: FlatType) {
    let ins = &mut code.ins();
    match (given, slot.held) {
        (given, held) if given == held => {}
        (FlatType::F32, FlatType::I32) => {
            ins.i32_reinterpret_f32();
        }
        (FlatType::I32, FlatType::I64) => {
            ins.i64_extend_i32_u();
        }
        (FlatType::F32, FlatType::I64) => {
            ins.i32_reinterpret_f32().i64_extend_i32_u();
        }
        (FlatType::F64, FlatType::I64) => {
            ins.i64_reinterpret_f64();
        }
        (given, held) => unreachable!("{held:?} never holds {given:?}"),
    }
    code.set(&slot.local);
}

/// Sets flat values to zero.
pub(in crate::fact) fn clear_slots(code: &mut Code, slots: &[Slot]) {
    for slot in slots {
        let ins = &mut code.ins();
        match slot.held {
            FlatType::I32 => ins.i32_const(0),
            FlatType::I64 => ins.i64_const(0),
            FlatType::F32 => ins.f32_const(0.0.into()),
            FlatType::F64 => ins.f64_const(0.0.into()),
        };
        code.set(&slot.local);
    }
}

/// Takes a parameter for each type.
///
/// # Panics
///
/// Panics if there are too few.
pub(in crate::fact) fn take_slots(
    locals: &mut impl Iterator<Item = Rc<Local>>,
    types: &[FlatType],
) -> Place {
    let slot = |ty: &FlatType| Slot {
        local: locals.next().expect("there is a parameter for each type"),
        held: *ty,
    };
    Place::Flat(types.iter().map(slot).collect())
}

/// Pushes the address at an offset from a pointer.
pub(in crate::fact) fn push_pointer(code: &mut Code, width: Width, pointer: &Local, offset: u32) {
    code.get(pointer);
    if offset != 0 {
        width.constant(&mut code.ins(), u64::from(offset));
        width.add(&mut code.ins());
    }
}
