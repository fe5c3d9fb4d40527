//! What the interpreter of transfers asks of its surroundings: memories, guests' functions, flags, handle tables.

use crate::adapt::ResourceId;
use crate::fact::abi::FlatType;
use crate::fact::trap::TrapCode;

/// A side of an adapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CallSide {
    /// The side that calls the adapter.
    Caller,
    /// The side that the adapter calls.
    Callee,
}

/// A value of core WebAssembly. Floats are bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CoreValue {
    /// An `i32`.
    I32(u32),
    /// An `i64`.
    I64(u64),
    /// The bits of an `f32`.
    F32(u32),
    /// The bits of an `f64`.
    F64(u64),
}

impl CoreValue {
    /// Returns the bits, zero-extended.
    pub fn bits(self) -> u64 {
        match self {
            CoreValue::I32(bits) | CoreValue::F32(bits) => u64::from(bits),
            CoreValue::I64(bits) | CoreValue::F64(bits) => bits,
        }
    }

    /// Returns the value of a type that has these bits; of a narrow type, the lower ones.
    pub(in crate::fact) fn of(ty: FlatType, bits: u64) -> CoreValue {
        let low = (bits & u64::from(u32::MAX)) as u32;
        match ty {
            FlatType::I32 => CoreValue::I32(low),
            FlatType::I64 => CoreValue::I64(bits),
            FlatType::F32 => CoreValue::F32(low),
            FlatType::F64 => CoreValue::F64(bits),
        }
    }

    /// Returns its type.
    pub(in crate::fact) fn ty(self) -> FlatType {
        match self {
            CoreValue::I32(_) => FlatType::I32,
            CoreValue::I64(_) => FlatType::I64,
            CoreValue::F32(_) => FlatType::F32,
            CoreValue::F64(_) => FlatType::F64,
        }
    }
}

/// The arguments of a call of a function that allocates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ReallocCall {
    /// Where the block is; 0 if there is none yet.
    pub old: u64,
    /// Its size in bytes.
    pub old_size: u64,
    /// The alignment of the new block in bytes.
    pub align: u64,
    /// The size of the new block in bytes.
    pub new_size: u64,
}

/// An operation of a handle table; each is that of [`StateExport`](crate::fact::StateExport) with the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HandleCall {
    /// Takes a handle out of the table; returns the representation.
    TakeOwn {
        /// The type of the resource.
        resource: ResourceId,
        /// The handle.
        handle: u32,
    },
    /// Puts a resource into the table; returns the handle.
    PutOwn {
        /// The type of the resource.
        resource: ResourceId,
        /// The representation.
        rep: u32,
    },
    /// Lends a handle; returns the representation.
    Lend {
        /// The type of the resource.
        resource: ResourceId,
        /// The handle.
        handle: u32,
    },
    /// Returns the representation of a handle that is lent where nobody could tell that it is.
    ResourceRep {
        /// The type of the resource.
        resource: ResourceId,
        /// The handle.
        handle: u32,
    },
    /// Puts a borrowed resource into the table; returns the handle.
    PutBorrow {
        /// The type of the resource.
        resource: ResourceId,
        /// The representation.
        rep: u32,
    },
    /// Returns the handle that was lent last.
    Lent,
    /// Releases what was lent since [`HandleCall::Lent`] returned `mark`; what it returns does not matter.
    Release {
        /// The mark.
        mark: u32,
    },
    /// Begins the scope of a call that borrows; what it returns does not matter.
    EnterScope,
    /// Ends the newest scope; what it returns does not matter.
    ExitScope,
}

/// What an interpreted call happens in. The two sides may share a memory and everything else.
pub trait World {
    /// Why a call does not return: a trap of the adapter, or whatever the guests' functions fail with.
    type Fault: From<TrapCode>;

    /// Returns the memory of a side: of one that has none, no bytes. It never becomes smaller.
    fn memory(&mut self, side: CallSide) -> &mut [u8];

    /// Calls the function that allocates in the memory of a side; returns its answer as it is.
    ///
    /// # Errors
    ///
    /// Fails if the function traps.
    fn realloc(&mut self, side: CallSide, call: ReallocCall) -> Result<u64, Self::Fault>;

    /// Returns the flag `may_leave` of a side's instance, which has one.
    fn may_leave(&mut self, side: CallSide) -> bool;

    /// Sets the flag `may_leave` of a side's instance, which has one.
    fn set_may_leave(&mut self, side: CallSide, may_leave: bool);

    /// Calls the core function behind the adapter; returns its results.
    ///
    /// # Errors
    ///
    /// Fails if the function traps.
    fn callee(&mut self, args: &[CoreValue]) -> Result<Vec<CoreValue>, Self::Fault>;

    /// Calls the function that is called with the callee's results after they were read.
    ///
    /// # Errors
    ///
    /// Fails if the function traps.
    fn post_return(&mut self, results: &[CoreValue]) -> Result<(), Self::Fault>;

    /// Asks something of the handle table of a side's instance.
    ///
    /// # Errors
    ///
    /// Fails if the operation traps.
    fn handles(&mut self, side: CallSide, call: HandleCall) -> Result<u32, Self::Fault>;
}
