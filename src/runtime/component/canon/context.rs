//! One lifting or lowering of the values of a call.

use crate::adapt::{ResourceId, StringEncoding, ValType};
use crate::fact::TrapCode;
use crate::fact::abi::Layout;
use crate::fact::emit::Width;
use crate::fact::{MAX_LIST_BYTES, MAX_STRING_BYTES};
use crate::runtime::component::canon::guest::{Guest, Options};
use crate::runtime::component::canon::types::CanonTypes;
use crate::runtime::component::packed::Packed;
use crate::runtime::component::resource::{ResourceAny, ResourceError, Taken};
use crate::runtime::error::Error;
use crate::runtime::vm::layout::RawValue;

/// Memory of the host's that a handle takes at most (ours: an entry in a table, and notes of what ends with the call).
pub(in crate::runtime) const HANDLE_BYTES: usize = 64;

/// What lowering the values of a call needs: the guest that gets them.
pub struct LowerCx<'a> {
    guest: &'a mut dyn Guest,
    types: &'a CanonTypes,
    options: &'a Options,
}

/// What lifting the values of a call needs: the guest that sends them.
pub struct LiftCx<'a> {
    guest: &'a mut dyn Guest,
    types: &'a CanonTypes,
    options: &'a Options,
    /// How many bytes of the host's memory values may still take.
    budget_bytes: u64,
}

/// What lifting and lowering have in common.
macro_rules! common {
    ($name:ident) => {
        impl<'a> $name<'a> {
            /// Returns the width of pointers.
            #[inline]
            pub(in crate::runtime) fn width(&self) -> Width {
                self.options.width
            }

            /// Returns how strings are encoded.
            #[inline]
            pub(in crate::runtime) fn encoding(&self) -> StringEncoding {
                self.options.encoding
            }

            /// Returns a part of a type.
            pub(in crate::runtime) fn part(&self, ty: ValType, index: usize) -> ValType {
                self.types.part(ty, index)
            }

            /// Returns the types.
            pub(in crate::runtime) fn types(&self) -> &'a CanonTypes {
                self.types
            }

            /// Checks an address that the guest chose for something, against the end of its memory.
            fn check(
                &mut self,
                address: u64,
                layout: Layout,
                outside: impl FnOnce() -> Error,
            ) -> Result<usize, Error> {
                if !address.is_multiple_of(u64::from(layout.align)) {
                    return Err(Error::abi_trap(TrapCode::UnalignedPointer));
                }
                let size = u64::from(layout.size);
                checked(self.guest.memory(), address, size).ok_or_else(outside)
            }

            /// Returns the address of a tuple of parameters or of a result that the guest chose.
            ///
            /// Spec: `lift_flat_values`, `lower_flat_values`.
            pub(in crate::runtime) fn tuple(
                &mut self,
                address: u64,
                layout: Layout,
            ) -> Result<usize, Error> {
                self.check(address, layout, || {
                    Error::abi_trap(TrapCode::TupleOutOfBounds)
                })
            }

            /// Returns the pointer in a flat value.
            #[inline]
            pub(in crate::runtime) fn pointer(&self, value: &RawValue) -> u64 {
                match self.options.width {
                    Width::W32 => u64::from(value.as_u32()),
                    Width::W64 => value.as_u64(),
                }
            }
        }
    };
}

common!(LowerCx);
common!(LiftCx);

impl<'a> LowerCx<'a> {
    /// Begins to lower values for a guest.
    #[inline]
    pub(in crate::runtime) fn new(
        guest: &'a mut dyn Guest,
        types: &'a CanonTypes,
        options: &'a Options,
    ) -> LowerCx<'a> {
        LowerCx {
            guest,
            types,
            options,
        }
    }

    /// Returns a range of the guest's memory, which was checked before.
    ///
    /// # Panics
    ///
    /// Panics if it was not.
    #[inline]
    pub(in crate::runtime) fn bytes(&mut self, at: usize, len: usize) -> &mut [u8] {
        &mut self.guest.memory()[at..][..len]
    }

    /// Writes bytes to memory, at an address that was checked before.
    #[inline]
    pub(in crate::runtime) fn write<const N: usize>(&mut self, at: usize, bytes: [u8; N]) {
        self.bytes(at, N).copy_from_slice(&bytes);
    }

    /// Writes values to memory side by side, at an address that was checked before.
    #[inline]
    pub(in crate::runtime) fn write_all<T: Packed>(&mut self, at: usize, vals: &[T]) {
        T::write_all(vals, self.bytes(at, size_of_val(vals)));
    }

    /// Writes a pointer and a length to memory, at an address that was checked before.
    pub(in crate::runtime) fn write_pair(&mut self, at: usize, pair: (u64, u64)) {
        match self.options.width {
            Width::W32 => {
                let bytes = (pair.0 & 0xffff_ffff) | pair.1 << 32;
                self.write(at, bytes.to_le_bytes());
            }
            Width::W64 => {
                self.write(
                    at,
                    (u128::from(pair.0) | u128::from(pair.1) << 64).to_le_bytes(),
                );
            }
        }
    }

    /// Returns the address of new memory of the guest's.
    ///
    /// Spec: `allocate` and the checks behind each of its calls.
    #[inline(always)]
    pub(in crate::runtime) fn allocate(
        &mut self,
        align: u32,
        len_bytes: u64,
    ) -> Result<usize, Error> {
        let (at, _) = self.allocate_bytes(align, len_bytes)?;
        Ok(at)
    }

    /// Returns the address of new memory of the guest's, and its bytes.
    ///
    /// Where the guest is known when this is compiled, it is part of its caller: so a call with a string is two calls of
    /// the guest with a copy between them, and nothing else.
    #[inline(always)]
    pub(in crate::runtime) fn allocate_bytes(
        &mut self,
        align: u32,
        len_bytes: u64,
    ) -> Result<(usize, &mut [u8]), Error> {
        let (address, memory) = self.guest.realloc(align, len_bytes)?;
        if !address.is_multiple_of(u64::from(align)) {
            return Err(Error::abi_trap(TrapCode::ReallocUnaligned));
        }
        let (Ok(at), Ok(len)) = (usize::try_from(address), usize::try_from(len_bytes)) else {
            return Err(Error::abi_trap(TrapCode::ReallocOutOfBounds));
        };
        let rest = memory.get_mut(at..);
        match rest.and_then(|rest| rest.get_mut(..len)) {
            Some(bytes) => Ok((at, bytes)),
            None => Err(Error::abi_trap(TrapCode::ReallocOutOfBounds)),
        }
    }

    /// Returns the address of new memory for a list.
    #[inline]
    pub(in crate::runtime) fn allocate_list(
        &mut self,
        element: Layout,
        len: usize,
    ) -> Result<usize, Error> {
        let len_bytes = list_bytes(element, count(len));
        let Some(len_bytes) = len_bytes else {
            return Err(Error::call(format!(
                "a list of {len} elements of {} bytes has more than the {MAX_LIST_BYTES} bytes that are possible",
                element.size
            )));
        };
        self.allocate(element.align, len_bytes)
    }

    /// Gives the guest a resource of the host's to keep.
    pub(in crate::runtime) fn put_own(&mut self, id: ResourceId, rep: u32) -> Result<u32, Error> {
        self.guest.put_own(id, rep)
    }

    /// Lends the guest a resource of the host's.
    pub(in crate::runtime) fn put_borrow(
        &mut self,
        id: ResourceId,
        rep: u32,
    ) -> Result<u32, Error> {
        self.guest.put_borrow(id, rep)
    }

    /// Lowers a handle that the host holds.
    pub(in crate::runtime) fn lower_any(
        &mut self,
        ty: ValType,
        any: ResourceAny,
    ) -> Result<u32, Error> {
        let (ValType::Own(id) | ValType::Borrow(id)) = ty else {
            unreachable!("{ty:?} was checked to be a handle")
        };
        if self.guest.resource_type(id) != any.ty() {
            return Err(resource_error(ResourceError::WrongType));
        }
        if let ValType::Own(id) = ty {
            let rep = self.guest.resources().give(any).map_err(resource_error)?;
            return self.guest.put_own(id, rep);
        }
        let rep = self.guest.resources().lend(any).map_err(resource_error)?;
        self.guest.put_borrow(id, rep)
    }
}

impl<'a> LiftCx<'a> {
    /// Begins to lift values of a guest.
    #[inline]
    pub(in crate::runtime) fn new(
        guest: &'a mut dyn Guest,
        types: &'a CanonTypes,
        options: &'a Options,
    ) -> LiftCx<'a> {
        LiftCx {
            guest,
            types,
            options,
            budget_bytes: options.lift_bytes_max,
        }
    }

    /// Returns a range of the guest's memory, which was checked before.
    ///
    /// # Panics
    ///
    /// Panics if it was not.
    #[inline]
    pub(in crate::runtime) fn bytes(&mut self, at: usize, len: usize) -> &[u8] {
        &self.guest.memory()[at..][..len]
    }

    /// Reads bytes from memory, at an address that was checked before.
    #[inline]
    pub(in crate::runtime) fn read<const N: usize>(&mut self, at: usize) -> [u8; N] {
        *self
            .bytes(at, N)
            .first_chunk()
            .expect("that many were asked for")
    }

    /// Reads values from memory that lie side by side, at an address that was checked before.
    ///
    /// # Errors
    ///
    /// Traps if some bytes are no value, and fails if they are too many.
    #[inline]
    pub(in crate::runtime) fn read_all<T: Packed>(
        &mut self,
        at: usize,
        len: usize,
    ) -> Result<Vec<T>, Error> {
        self.charge(len, size_of::<T>())?;
        T::read_all(self.bytes(at, len * size_of::<T>()))
    }

    /// Reads a pointer and a length from memory, at an address that was checked before.
    pub(in crate::runtime) fn read_pair(&mut self, at: usize) -> (u64, u64) {
        match self.options.width {
            Width::W32 => {
                let pair = u64::from_le_bytes(self.read(at));
                (pair & 0xffff_ffff, pair >> 32)
            }
            Width::W64 => (
                u64::from_le_bytes(self.read(at)),
                u64::from_le_bytes(self.read(at + 8)),
            ),
        }
    }

    /// Takes note that values take memory of the host's.
    ///
    /// # Errors
    ///
    /// Fails if it is more than what the values of one call may take.
    pub(in crate::runtime) fn charge(&mut self, len: usize, size: usize) -> Result<(), Error> {
        let bytes = count(len).saturating_mul(count(size));
        match self.budget_bytes.checked_sub(bytes) {
            Some(rest) => {
                self.budget_bytes = rest;
                Ok(())
            }
            None => Err(Error::limit(format!(
                "the values of one call take more than {} bytes of the host's memory",
                self.options.lift_bytes_max
            ))),
        }
    }

    /// Returns the address of a list of the guest's and its length.
    ///
    /// Spec: `load_list_from_range`.
    pub(in crate::runtime) fn list(
        &mut self,
        (address, len): (u64, u64),
        element: Layout,
    ) -> Result<(usize, usize), Error> {
        let Some(len_bytes) = list_bytes(element, len) else {
            return Err(Error::abi_trap(TrapCode::ListTooLong));
        };
        let size = u32::try_from(len_bytes).expect("a list is shorter than 2^28 bytes");
        let align = element.align;
        let at = self.check(address, Layout { size, align }, || {
            let text = "list pointer/length out of bounds of memory";
            Error::abi_trap_saying(TrapCode::ListOutOfBounds, text)
        })?;
        let len = usize::try_from(len).expect("a list is shorter than 2^28 bytes");
        Ok((at, len))
    }

    /// Returns the address of a string of the guest's, whose length in bytes is known.
    ///
    /// Spec: `load_string_from_range`.
    pub(in crate::runtime) fn string(
        &mut self,
        address: u64,
        len_bytes: u64,
        align: u32,
    ) -> Result<(usize, usize), Error> {
        if len_bytes > u64::from(MAX_STRING_BYTES) {
            return Err(Error::abi_trap(TrapCode::StringTooLong));
        }
        let size = u32::try_from(len_bytes).expect("a string is shorter than 2^28 bytes");
        let at = self.check(address, Layout { size, align }, || {
            let text = "string pointer/length out of bounds of memory";
            Error::abi_trap_saying(TrapCode::StringOutOfBounds, text)
        })?;
        let len = usize::try_from(len_bytes).expect("a string is shorter than 2^28 bytes");
        Ok((at, len))
    }

    /// Takes a resource of the host's back from the guest.
    pub(in crate::runtime) fn take_own(
        &mut self,
        id: ResourceId,
        handle: u32,
    ) -> Result<u32, Error> {
        self.guest.take_own(id, handle)
    }

    /// Borrows a resource of the host's from the guest.
    pub(in crate::runtime) fn lend(&mut self, id: ResourceId, handle: u32) -> Result<u32, Error> {
        self.guest.lend(id, handle)
    }

    /// Lifts a handle for the host to hold.
    pub(in crate::runtime) fn lift_any(
        &mut self,
        ty: ValType,
        handle: u32,
    ) -> Result<ResourceAny, Error> {
        let held = match ty {
            ValType::Own(id) => {
                let rep = self.guest.take_own(id, handle)?;
                let ty = self.guest.resource_type(id);
                let giver = self.guest.giver(id);
                self.guest.resources().insert_own(ty, Taken { rep, giver })
            }
            ValType::Borrow(id) => {
                let rep = self.guest.lend(id, handle)?;
                let ty = self.guest.resource_type(id);
                self.guest.resources().insert_borrow(ty, rep)
            }
            other => unreachable!("{other:?} was checked to be a handle"),
        };
        held.map_err(resource_error)
    }
}

/// Returns the error of a host that misused a handle.
pub(in crate::runtime) fn resource_error(error: ResourceError) -> Error {
    Error::call(error.to_string())
}

/// Returns an address as a position in memory, if that many bytes follow it there.
#[inline]
fn checked(memory: &[u8], address: u64, len_bytes: u64) -> Option<usize> {
    let end = address.checked_add(len_bytes)?;
    if end > count(memory.len()) {
        return None;
    }
    usize::try_from(address).ok()
}

/// Returns the size of a list in bytes, if it is not too long.
#[inline]
fn list_bytes(element: Layout, len: u64) -> Option<u64> {
    let len_bytes = len.checked_mul(u64::from(element.size))?;
    (len_bytes <= u64::from(MAX_LIST_BYTES)).then_some(len_bytes)
}

#[inline]
fn count(len: usize) -> u64 {
    u64::try_from(len).expect("a length fits into 64 bits")
}
