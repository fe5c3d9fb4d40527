//! Layouts that are known when the host is compiled.

use crate::fact::MAX_FLAT_PARAMS;
use crate::fact::abi::{
    Layout, discriminant_size, number, pointer_pair, record_layout, variant_layout,
};
use crate::fact::emit::Width;

/// Stands for more flat values than parameters may have.
const MANY: usize = MAX_FLAT_PARAMS + 1;

/// How values of a type lie in memory, how many flat values they are, and what they contain.
#[derive(Clone, Copy, Debug)]
pub struct Abi {
    narrow: Layout,
    wide: Layout,
    flat_count: usize,
    /// Whether it contains neither pointers nor handles, so that its bytes are all there is to it.
    is_plain: bool,
    /// Whether every value of its bytes is one of the type.
    is_total: bool,
    has_handles: bool,
}

/// Offsets of the fields of a record, or of the payload of a variant, for each width of pointers.
#[derive(Clone, Copy, Debug)]
pub struct Offsets<const N: usize> {
    narrow: [usize; N],
    wide: [usize; N],
}

impl<const N: usize> Offsets<N> {
    /// Returns the offset of the field with this index.
    #[inline]
    pub(in crate::runtime) fn get(&self, index: usize, width: Width) -> usize {
        match width {
            Width::W32 => self.narrow[index],
            Width::W64 => self.wide[index],
        }
    }
}

impl Abi {
    /// The payload of a case that has none.
    pub const UNIT: Abi = Abi {
        narrow: Layout { size: 0, align: 1 },
        wide: Layout { size: 0, align: 1 },
        flat_count: 0,
        is_plain: true,
        is_total: true,
        has_handles: false,
    };

    /// A handle.
    pub const HANDLE: Abi = Abi {
        is_plain: false,
        has_handles: true,
        ..Abi::number(4)
    };

    /// A string, or a list of what has no handles.
    pub const PAIR: Abi = Abi {
        narrow: pointer_pair(Width::W32),
        wide: pointer_pair(Width::W64),
        flat_count: 2,
        is_plain: false,
        is_total: false,
        has_handles: false,
    };

    /// Returns that of a number of so many bytes.
    pub const fn number(size: u32) -> Abi {
        Abi {
            narrow: number(size),
            wide: number(size),
            flat_count: 1,
            is_plain: true,
            is_total: true,
            has_handles: false,
        }
    }

    /// Returns the same for a type of which some bytes are no value.
    pub const fn partial(self) -> Abi {
        Abi {
            is_total: false,
            ..self
        }
    }

    /// Returns that of a list of such elements.
    pub const fn list(element: Abi) -> Abi {
        Abi {
            has_handles: element.has_handles,
            ..Abi::PAIR
        }
    }

    /// Returns that of a list of fixed length of such elements.
    pub const fn array(element: Abi, len: usize) -> Abi {
        let flat_count = element.flat_count.saturating_mul(len);
        // What is too large for memory is the type of no component.
        let len = if len > u16::MAX as usize {
            u16::MAX as u32
        } else {
            len as u32
        };
        Abi {
            narrow: Layout {
                size: element.narrow.size.saturating_mul(len),
                ..element.narrow
            },
            wide: Layout {
                size: element.wide.size.saturating_mul(len),
                ..element.wide
            },
            flat_count: if flat_count > MANY { MANY } else { flat_count },
            ..element
        }
    }

    /// Returns that of a record of such fields.
    pub const fn record<const N: usize>(fields: [Abi; N]) -> Abi {
        let (narrow, _) = fields_layout(&fields, Width::W32);
        let (wide, _) = fields_layout(&fields, Width::W64);
        let mut abi = Abi {
            narrow,
            wide,
            ..Abi::UNIT
        };
        let mut i = 0;
        while i < N {
            abi = abi.with_part(fields[i]);
            abi.flat_count += fields[i].flat_count;
            i += 1;
        }
        if abi.flat_count > MANY {
            abi.flat_count = MANY;
        }
        abi
    }

    /// Returns the offsets of such fields of a record.
    pub const fn offsets<const N: usize>(fields: [Abi; N]) -> Offsets<N> {
        let (_, narrow) = fields_layout(&fields, Width::W32);
        let (_, wide) = fields_layout(&fields, Width::W64);
        Offsets { narrow, wide }
    }

    /// Returns that of a variant whose cases have such payloads, [`Abi::UNIT`] for none.
    pub const fn variant<const N: usize>(payloads: [Abi; N]) -> Abi {
        let (narrow, _) = cases_layout(&payloads, Width::W32);
        let (wide, _) = cases_layout(&payloads, Width::W64);
        let mut abi = Abi {
            narrow,
            wide,
            ..Abi::UNIT.partial()
        };
        let mut i = 0;
        while i < N {
            abi = abi.with_part(payloads[i]);
            if payloads[i].flat_count > abi.flat_count {
                abi.flat_count = payloads[i].flat_count;
            }
            i += 1;
        }
        abi.flat_count += 1;
        if abi.flat_count > MANY {
            abi.flat_count = MANY;
        }
        abi
    }

    /// Returns the offset of such payloads of a variant.
    pub const fn payload_offset<const N: usize>(payloads: [Abi; N]) -> Offsets<1> {
        let (_, narrow) = cases_layout(&payloads, Width::W32);
        let (_, wide) = cases_layout(&payloads, Width::W64);
        Offsets {
            narrow: [narrow as usize],
            wide: [wide as usize],
        }
    }

    /// Returns the size of the discriminant of a variant of so many cases.
    pub const fn discriminant(case_count: usize) -> usize {
        discriminant_size(case_count) as usize
    }

    const fn with_part(self, part: Abi) -> Abi {
        Abi {
            is_plain: self.is_plain && part.is_plain,
            is_total: self.is_total && part.is_total,
            has_handles: self.has_handles || part.has_handles,
            ..self
        }
    }

    /// Returns size and alignment in memory.
    #[inline]
    pub(in crate::runtime) const fn layout(&self, width: Width) -> Layout {
        match width {
            Width::W32 => self.narrow,
            Width::W64 => self.wide,
        }
    }

    /// Returns the size in memory of what has no pointers.
    #[inline]
    pub const fn plain_size(&self) -> usize {
        self.narrow.size as usize
    }

    /// Returns the number of flat values; more than the largest number of parameters if there are too many.
    #[inline]
    pub const fn flat_count(&self) -> usize {
        self.flat_count
    }

    /// Returns whether values contain neither pointers nor handles.
    #[inline]
    pub const fn is_plain(&self) -> bool {
        self.is_plain
    }

    /// Returns whether every value of the bytes is one of the type.
    #[inline]
    pub const fn is_total(&self) -> bool {
        self.is_total
    }

    /// Returns whether values contain handles.
    #[inline]
    pub const fn has_handles(&self) -> bool {
        self.has_handles
    }
}

const fn fields_layout<const N: usize>(fields: &[Abi; N], width: Width) -> (Layout, [usize; N]) {
    let mut layouts = [Abi::UNIT.narrow; N];
    let mut i = 0;
    while i < N {
        layouts[i] = fields[i].layout(width);
        i += 1;
    }
    let mut offsets = [0; N];
    let layout = record_layout(&layouts, &mut offsets);
    let mut positions = [0; N];
    let mut i = 0;
    while i < N {
        positions[i] = offsets[i] as usize;
        i += 1;
    }
    (layout, positions)
}

const fn cases_layout<const N: usize>(payloads: &[Abi; N], width: Width) -> (Layout, u32) {
    let mut layouts = [Abi::UNIT.narrow; N];
    let mut i = 0;
    while i < N {
        layouts[i] = payloads[i].layout(width);
        i += 1;
    }
    variant_layout(N, &layouts)
}
