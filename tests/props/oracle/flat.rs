//! How values are passed in registers.
//!
//! Spec: `flatten_type`, `flatten_types`, `flatten_functype`, `join`.

use interfuse::adapt::IndexType;

use crate::oracle::ty::Ty;

/// Largest number of parameters that are passed in registers.
pub(crate) const MAX_FLAT_PARAMS: usize = 16;

/// Largest number of results that are passed in registers.
pub(crate) const MAX_FLAT_RESULTS: usize = 1;

/// The type of a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Core {
    I32,
    I64,
    F32,
    F64,
}

/// A register: its type and its bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flat {
    I32(u32),
    I64(u64),
    F32(u32),
    F64(u64),
}

impl Flat {
    pub(crate) fn core(self) -> Core {
        match self {
            Flat::I32(_) => Core::I32,
            Flat::I64(_) => Core::I64,
            Flat::F32(_) => Core::F32,
            Flat::F64(_) => Core::F64,
        }
    }

    /// Returns the bits, zero-extended.
    pub(crate) fn bits(self) -> u64 {
        match self {
            Flat::I32(bits) | Flat::F32(bits) => u64::from(bits),
            Flat::I64(bits) | Flat::F64(bits) => bits,
        }
    }

    /// Returns a register of a type with these bits, the highest of them cut off if there are too many.
    pub(crate) fn of(core: Core, bits: u64) -> Flat {
        let low = u32::try_from(bits & 0xffff_ffff).unwrap();
        match core {
            Core::I32 => Flat::I32(low),
            Core::I64 => Flat::I64(bits),
            Core::F32 => Flat::F32(low),
            Core::F64 => Flat::F64(bits),
        }
    }

    /// Returns a pointer as a register.
    pub(crate) fn pointer(width: IndexType, address: u64) -> Flat {
        match width {
            IndexType::I32 => Flat::I32(u32::try_from(address).expect("a 32-bit address")),
            IndexType::I64 => Flat::I64(address),
        }
    }
}

/// Which end of a function it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Lift,
    Lower,
}

/// The core type of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CoreFunc {
    pub(crate) params: Vec<Core>,
    pub(crate) results: Vec<Core>,
}

/// Returns the type of a pointer as a register.
pub(crate) fn pointer_core(width: IndexType) -> Core {
    match width {
        IndexType::I32 => Core::I32,
        IndexType::I64 => Core::I64,
    }
}

/// Returns the core type of a function at one end.
pub(crate) fn flatten_functype(
    params: &[Ty],
    result: &[Ty],
    width: IndexType,
    end: End,
) -> CoreFunc {
    let mut params = flatten_types(params, width);
    let mut results = flatten_types(result, width);
    if params.len() > MAX_FLAT_PARAMS {
        params = vec![pointer_core(width)];
    }
    if results.len() > MAX_FLAT_RESULTS {
        results.clear();
        match end {
            End::Lift => results.push(pointer_core(width)),
            End::Lower => params.push(pointer_core(width)),
        }
    }
    CoreFunc { params, results }
}

/// Returns the registers of values of these types.
pub(crate) fn flatten_types(types: &[Ty], width: IndexType) -> Vec<Core> {
    types
        .iter()
        .flat_map(|ty| flatten_type(ty, width))
        .collect()
}

/// Returns the registers of a value of a type.
pub(crate) fn flatten_type(ty: &Ty, width: IndexType) -> Vec<Core> {
    match ty {
        Ty::Bool | Ty::U8 | Ty::U16 | Ty::U32 => vec![Core::I32],
        Ty::S8 | Ty::S16 | Ty::S32 => vec![Core::I32],
        Ty::S64 | Ty::U64 => vec![Core::I64],
        Ty::F32 => vec![Core::F32],
        Ty::F64 => vec![Core::F64],
        Ty::Char | Ty::Flags(_) | Ty::Own(_) | Ty::Borrow(_) => vec![Core::I32],
        Ty::String | Ty::List(_) => vec![pointer_core(width); 2],
        Ty::FixedList(element, len) => {
            flatten_type(element, width).repeat(usize::try_from(*len).unwrap())
        }
        Ty::Record(fields) => flatten_types(fields, width),
        Ty::Variant(cases) => {
            let mut flat = vec![Core::I32];
            flat.extend(flatten_payloads(cases, width));
            flat
        }
    }
}

/// Returns the registers of a variant behind that of its discriminant.
pub(crate) fn flatten_payloads(cases: &[Option<Ty>], width: IndexType) -> Vec<Core> {
    let mut flat: Vec<Core> = Vec::new();
    for ty in cases.iter().flatten() {
        for (i, core) in flatten_type(ty, width).into_iter().enumerate() {
            match flat.get_mut(i) {
                Some(joined) => *joined = join(*joined, core),
                None => flat.push(core),
            }
        }
    }
    flat
}

fn join(a: Core, b: Core) -> Core {
    match (a, b) {
        (a, b) if a == b => a,
        (Core::I32, Core::F32) | (Core::F32, Core::I32) => Core::I32,
        _ => Core::I64,
    }
}
