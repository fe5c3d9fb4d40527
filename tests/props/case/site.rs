//! Where in registers and memory a value has something that can be wrong, and what does not matter.

use interfuse::adapt::{IndexType, ResourceId, StringEncoding};

use crate::oracle::flat::{Core, Flat, flatten_payloads, flatten_types, pointer_core};
use crate::oracle::layout::{
    align_to, alignment, discriminant_size, elem_size, flags_size, payload_offset, ptr_size,
};
use crate::oracle::text::utf16_tag;
use crate::oracle::ty::Ty;
use crate::oracle::world::SideState;

/// A part of a register or of memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Site {
    pub(crate) place: Place,
    pub(crate) kind: Kind,
}

/// Where something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The register at a position.
    Flat(usize),
    /// Bytes in memory.
    Memory { at: u64, len: u64 },
}

/// What something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The address of this number of bytes.
    Pointer { align: u64, len: u64 },
    /// The length of what begins at an address and has elements of a size, with a bit in it that says how it is encoded.
    Length { ptr: u64, unit: u64, tag: u64 },
    /// One of a number of cases.
    Discriminant { cases: u64 },
    /// A char.
    Char,
    /// The contents of a string, in units of a size.
    Text { unit: u64 },
    /// A handle of a resource type, which owns its resource or is borrowed.
    Handle { ty: ResourceId, owned: bool },
    /// A bool: all bits but zero mean the same.
    Bool,
    /// A number of bits, and others above them that mean nothing.
    Low { bits: u32 },
    /// Bits that mean nothing.
    Free,
}

fn handle(ty: ResourceId, owned: bool) -> Kind {
    Kind::Handle { ty, owned }
}

/// Finds the sites of values that are valid.
pub(crate) struct Finder<'a> {
    pub(crate) side: &'a SideState,
    pub(crate) flats: &'a [Flat],
    pub(crate) found: Vec<Site>,
}

impl Finder<'_> {
    fn width(&self) -> IndexType {
        self.side.width
    }

    fn add(&mut self, place: Place, kind: Kind) {
        self.found.push(Site { place, kind });
    }

    /// Finds the sites of values that were passed with this number of registers at most; returns how many were taken.
    pub(crate) fn values(&mut self, max_flat: usize, types: &[Ty]) -> usize {
        let width = self.width();
        let mut next = 0;
        if flatten_types(types, width).len() <= max_flat {
            types.iter().for_each(|ty| self.flat(ty, &mut next));
            return next;
        }
        let tuple = Ty::Record(types.to_vec());
        let kind = Kind::Pointer {
            align: alignment(&tuple, width),
            len: elem_size(&tuple, width),
        };
        let ptr = self.register(&mut next, pointer_core(width), kind);
        self.memory(&tuple, ptr);
        next
    }

    /// Notes a register of which a value of type `core` is of a kind; returns the bits of the value.
    fn register(&mut self, next: &mut usize, core: Core, kind: Kind) -> u64 {
        let (at, flat) = (*next, self.flats[*next]);
        *next += 1;
        self.add(Place::Flat(at), kind);
        let is_half = matches!(core, Core::I32 | Core::F32);
        if flat.core() == Core::I64 && is_half {
            self.add(Place::Flat(at), Kind::Low { bits: 32 });
            return flat.bits() & 0xffff_ffff;
        }
        flat.bits()
    }

    fn low(&mut self, next: &mut usize, bits: u32) {
        self.register(next, Core::I32, Kind::Low { bits });
    }

    fn flat(&mut self, ty: &Ty, next: &mut usize) {
        let width = self.width();
        match ty {
            Ty::U8 | Ty::S8 => self.low(next, 8),
            Ty::U16 | Ty::S16 => self.low(next, 16),
            Ty::U32 | Ty::S32 => self.low(next, 32),
            Ty::Flags(len) => self.low(next, u32::try_from(*len).unwrap()),
            Ty::U64 | Ty::S64 | Ty::F64 => *next += 1,
            Ty::F32 => {
                self.register(next, Core::F32, Kind::Low { bits: 32 });
            }
            Ty::Bool => {
                self.register(next, Core::I32, Kind::Bool);
            }
            Ty::Char => {
                self.register(next, Core::I32, Kind::Char);
            }
            Ty::Own(ty) => {
                self.register(next, Core::I32, handle(*ty, true));
            }
            Ty::Borrow(ty) => {
                self.register(next, Core::I32, handle(*ty, false));
            }
            Ty::String | Ty::List(_) => {
                let first = *next;
                let core = pointer_core(width);
                let mask = u64::MAX >> (64 - 8 * ptr_size(width));
                let len = self.flats[first + 1].bits() & mask;
                let (align, unit, len) = self.extent(ty, len);
                let kind = Kind::Pointer {
                    align,
                    len: unit * len,
                };
                let ptr = self.register(next, core, kind);
                let tag = self.tag(ty, unit);
                self.register(next, core, Kind::Length { ptr, unit, tag });
                self.contents(ty, ptr, (unit, len));
            }
            Ty::FixedList(element, len) => (0..*len).for_each(|_| self.flat(element, next)),
            Ty::Record(fields) => fields.iter().for_each(|ty| self.flat(ty, next)),
            Ty::Variant(cases) => self.flat_variant(cases, next),
        }
    }

    fn flat_variant(&mut self, cases: &[Option<Ty>], next: &mut usize) {
        let kind = Kind::Discriminant {
            cases: u64::try_from(cases.len()).unwrap(),
        };
        let case = self.register(next, Core::I32, kind);
        let end = *next + flatten_payloads(cases, self.width()).len();
        if let Some(ty) = &cases[usize::try_from(case).unwrap()] {
            self.flat(ty, next);
        }
        (*next..end).for_each(|at| self.add(Place::Flat(at), Kind::Free));
        *next = end;
    }

    /// Returns alignment, size and number of the elements of a list or string whose length is noted as `len`.
    fn extent(&self, ty: &Ty, len: u64) -> (u64, u64, u64) {
        if let Ty::List(element) = ty {
            let width = self.width();
            return (alignment(element, width), elem_size(element, width), len);
        }
        let tag = utf16_tag(self.side);
        match self.side.encoding {
            StringEncoding::Utf8 => (1, 1, len),
            StringEncoding::Utf16 => (2, 2, len),
            StringEncoding::Latin1OrUtf16 if len & tag != 0 => (2, 2, len ^ tag),
            StringEncoding::Latin1OrUtf16 => (2, 1, len),
        }
    }

    /// Returns the bit that is set in the length of what has units of this size.
    fn tag(&self, ty: &Ty, unit: u64) -> u64 {
        let is_either = self.side.encoding == StringEncoding::Latin1OrUtf16;
        if *ty == Ty::String && is_either && unit == 2 {
            return utf16_tag(self.side);
        }
        0
    }

    /// Finds what is in a list or string.
    fn contents(&mut self, ty: &Ty, ptr: u64, (unit, len): (u64, u64)) {
        if let Ty::List(element) = ty {
            let size = elem_size(element, self.width());
            return (0..len).for_each(|i| self.memory(element, ptr + i * size));
        }
        let is_latin1 = self.side.encoding == StringEncoding::Latin1OrUtf16 && unit == 1;
        if len > 0 && !is_latin1 {
            let len = len * unit;
            self.add(Place::Memory { at: ptr, len }, Kind::Text { unit });
        }
    }

    fn memory(&mut self, ty: &Ty, at: u64) {
        let width = self.width();
        match ty {
            Ty::U8 | Ty::S8 | Ty::U16 | Ty::S16 | Ty::U32 | Ty::S32 => {}
            Ty::U64 | Ty::S64 | Ty::F32 | Ty::F64 => {}
            Ty::Bool => self.add(Place::Memory { at, len: 1 }, Kind::Bool),
            Ty::Char => self.add(Place::Memory { at, len: 4 }, Kind::Char),
            Ty::Own(ty) => self.add(Place::Memory { at, len: 4 }, handle(*ty, true)),
            Ty::Borrow(ty) => self.add(Place::Memory { at, len: 4 }, handle(*ty, false)),
            Ty::Flags(members) => {
                let bits = u32::try_from(*members).unwrap();
                let len = flags_size(*members);
                self.add(Place::Memory { at, len }, Kind::Low { bits });
            }
            Ty::String | Ty::List(_) => {
                let size = ptr_size(width);
                let ptr = self.side.memory.load_int(at, size);
                let len = self.side.memory.load_int(at + size, size);
                let (align, unit, len) = self.extent(ty, len);
                let kind = Kind::Pointer {
                    align,
                    len: unit * len,
                };
                self.add(Place::Memory { at, len: size }, kind);
                let after = Place::Memory {
                    at: at + size,
                    len: size,
                };
                let tag = self.tag(ty, unit);
                self.add(after, Kind::Length { ptr, unit, tag });
                self.contents(ty, ptr, (unit, len));
            }
            Ty::FixedList(element, len) => {
                let size = elem_size(element, width);
                (0..u64::from(*len)).for_each(|i| self.memory(element, at + i * size));
            }
            Ty::Record(fields) => {
                let mut at = at;
                for ty in fields {
                    at = align_to(at, alignment(ty, width));
                    self.memory(ty, at);
                    at += elem_size(ty, width);
                }
            }
            Ty::Variant(cases) => {
                let len = discriminant_size(cases.len());
                let kind = Kind::Discriminant {
                    cases: u64::try_from(cases.len()).unwrap(),
                };
                self.add(Place::Memory { at, len }, kind);
                let case = usize::try_from(self.side.memory.load_int(at, len)).unwrap();
                if let Some(ty) = &cases[case] {
                    self.memory(ty, at + payload_offset(cases, width));
                }
            }
        }
    }
}
