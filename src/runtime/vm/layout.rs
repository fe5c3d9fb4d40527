//! Where everything lies in a *context*: the state of a group of core instances that are compiled together.
//!
//! A context is one allocation. Compiled functions get its address as their first parameter, whichever instance of the
//! group they belong to, so that a call from one instance to another is an ordinary call, and everything is at an
//! offset that the code generator knows:
//!
//! ```text
//! Header │ ids of signatures │ what comes from outside the group: functions, memories, tables, globals │
//!        │ instance 0: memories, tables, globals, references to functions │ instance 1: … │
//! ```
//!
//! Values in a context are little-endian and of the types below, which both the code generator and the rest of `vm` use.

use std::ops::Range;

use cranelift_entity::PrimaryMap;

use crate::runtime::image::ContextShape;
use crate::runtime::index::{
    ExternalFuncId, ExternalGlobalId, ExternalMemoryId, ExternalTableId, FuncRefId, InstanceId,
    OwnGlobalId, OwnMemoryId, OwnTableId, SignatureSlot,
};

/// Bytes of address space that a memory with 32-bit addresses and pages of 64 KiB takes: code reaches all of them without
/// a check.
pub(in crate::runtime) const FIXED_MEMORY_BYTES: u64 = 1 << 32;

/// Bytes of address space behind those that nothing else may use: code adds an offset of up to this without a check.
pub(in crate::runtime) const FIXED_MEMORY_GUARD_BYTES: u64 = 2 << 30;

/// The beginning of a context.
#[repr(C)]
pub(in crate::runtime) struct Header {
    /// Functions trap with `StackExhausted` if the stack pointer is below this.
    pub(in crate::runtime) stack_limit: u64,
    /// Address of the array of addresses of built-in functions, by number.
    pub(in crate::runtime) builtins: u64,
    /// Address of a page that is read at the head of loops and functions if code is interruptible: taking away the right
    /// to read it interrupts the guest.
    pub(in crate::runtime) interrupt_page: u64,
    /// Address of what the store keeps for its contexts. Code does not look into it.
    pub(in crate::runtime) owner: u64,
}

/// A memory.
#[repr(C)]
pub(in crate::runtime) struct MemoryDef {
    /// Address of its first byte. Never changes for a memory with 32-bit addresses and pages of 64 KiB.
    pub(in crate::runtime) base: u64,
    /// Its size in bytes.
    pub(in crate::runtime) len_bytes: u64,
    /// Address of what the store keeps of it. Code hands it to built-in functions.
    pub(in crate::runtime) owner: u64,
}

/// A table.
#[repr(C)]
pub(in crate::runtime) struct TableDef {
    /// Address of its first element: a [`TableEntry`] in a table of functions, else a reference.
    pub(in crate::runtime) base: u64,
    /// The number of its elements.
    pub(in crate::runtime) len: u64,
    /// Address of what the store keeps of it. Code hands it to built-in functions.
    pub(in crate::runtime) owner: u64,
    /// Not 0 if an element of a table of functions may have changed since it was made. Whoever changes one says so.
    pub(in crate::runtime) is_changed: u64,
}

/// A function, and what it is called with. The address of one is a `funcref`; 0 is null.
#[repr(C)]
#[derive(Clone, Copy)]
pub(in crate::runtime) struct FuncRef {
    /// Address of its code.
    pub(in crate::runtime) code: u64,
    /// Id of its signature in the engine; never 0.
    pub(in crate::runtime) signature: u64,
    /// Address of the context it is called with.
    pub(in crate::runtime) context: u64,
}

/// An element of a table of functions: a copy of what the reference points to, for fast calls. All 0 if it is null.
#[repr(C)]
#[derive(Clone, Copy)]
pub(in crate::runtime) struct TableEntry {
    /// The function.
    pub(in crate::runtime) func: FuncRef,
    /// The reference.
    pub(in crate::runtime) reference: u64,
}

/// A function that comes from outside the group.
#[repr(C)]
pub(in crate::runtime) struct ExternalFunc {
    /// Address of a [`FuncRef`], for `ref.func`.
    pub(in crate::runtime) reference: u64,
    /// Address of its code.
    pub(in crate::runtime) code: u64,
    /// Address of the context it is called with.
    pub(in crate::runtime) context: u64,
}

/// What an exit is called with: a function of the host.
#[repr(C)]
pub(in crate::runtime) struct HostContext {
    /// Address of the function, `extern "C" fn(data, values: *mut RawValue) -> HostReturn`. It replaces the parameters in
    /// `values` by the results and returns 0 and the first of them, or takes note of a failure and returns something else.
    pub(in crate::runtime) func: u64,
    /// Its first parameter.
    pub(in crate::runtime) data: u64,
    /// Address of the built-in function [`Raise`](crate::runtime::builtin::Builtin::Raise), which an exit calls with the
    /// address of this record. (An exit does not know the context of its caller.)
    pub(in crate::runtime) raise: u64,
}

/// What a function of the host returns, in two registers.
#[repr(C)]
pub(in crate::runtime) struct HostReturn {
    /// 0 if it did what it should.
    pub(in crate::runtime) status: u64,
    /// The first 64 bits of the first result, if there is one.
    pub(in crate::runtime) first: u64,
}

/// The address of a [`MemoryDef`], a [`TableDef`] or a global that comes from outside the group.
#[repr(C)]
pub(in crate::runtime) struct ExternalDef {
    /// The address.
    pub(in crate::runtime) address: u64,
}

/// A global: an integer, a float, a vector, or a reference; in its first bytes.
#[repr(C, align(16))]
pub(in crate::runtime) struct GlobalDef {
    /// Its bytes.
    pub(in crate::runtime) bytes: [u8; 16],
}

/// A value that is handed over between host and guest. Calls pass arrays of them: first the parameters, overwritten
/// by the results.
#[repr(C, align(16))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RawValue {
    /// Its bytes, of which a value uses the first; the others have no meaning.
    pub(in crate::runtime) bytes: [u8; 16],
}

/// Offsets in [`Header`], in bytes.
pub(in crate::runtime) mod header {
    use std::mem::offset_of;

    use crate::runtime::vm::layout::Header;

    pub(in crate::runtime) const STACK_LIMIT: usize = offset_of!(Header, stack_limit);
    pub(in crate::runtime) const BUILTINS: usize = offset_of!(Header, builtins);
    pub(in crate::runtime) const INTERRUPT_PAGE: usize = offset_of!(Header, interrupt_page);
}

/// Offsets in [`MemoryDef`], in bytes.
pub(in crate::runtime) mod memory_def {
    use std::mem::offset_of;

    use crate::runtime::vm::layout::MemoryDef;

    pub(in crate::runtime) const BASE: usize = offset_of!(MemoryDef, base);
    pub(in crate::runtime) const LEN_BYTES: usize = offset_of!(MemoryDef, len_bytes);
    pub(in crate::runtime) const OWNER: usize = offset_of!(MemoryDef, owner);
}

/// Offsets in [`TableDef`], in bytes.
pub(in crate::runtime) mod table_def {
    use std::mem::offset_of;

    use crate::runtime::vm::layout::TableDef;

    pub(in crate::runtime) const BASE: usize = offset_of!(TableDef, base);
    pub(in crate::runtime) const LEN: usize = offset_of!(TableDef, len);
    pub(in crate::runtime) const OWNER: usize = offset_of!(TableDef, owner);
    pub(in crate::runtime) const IS_CHANGED: usize = offset_of!(TableDef, is_changed);
}

/// Offsets in [`FuncRef`], in bytes.
pub(in crate::runtime) mod func_ref {
    use std::mem::offset_of;

    use crate::runtime::vm::layout::FuncRef;

    pub(in crate::runtime) const CODE: usize = offset_of!(FuncRef, code);
    pub(in crate::runtime) const SIGNATURE: usize = offset_of!(FuncRef, signature);
    pub(in crate::runtime) const CONTEXT: usize = offset_of!(FuncRef, context);
}

/// Offsets in [`TableEntry`], in bytes; those of [`FuncRef`] count from its beginning.
pub(in crate::runtime) mod table_entry {
    use std::mem::{offset_of, size_of};

    use crate::runtime::vm::layout::TableEntry;

    pub(in crate::runtime) const REFERENCE: usize = offset_of!(TableEntry, reference);
    pub(in crate::runtime) const SIZE_LOG2: u32 = size_of::<TableEntry>().ilog2();
}

/// Offsets in [`ExternalFunc`], in bytes.
pub(in crate::runtime) mod external_func {
    use std::mem::offset_of;

    use crate::runtime::vm::layout::ExternalFunc;

    pub(in crate::runtime) const REFERENCE: usize = offset_of!(ExternalFunc, reference);
    pub(in crate::runtime) const CODE: usize = offset_of!(ExternalFunc, code);
    pub(in crate::runtime) const CONTEXT: usize = offset_of!(ExternalFunc, context);
}

/// Offsets in [`HostContext`], in bytes.
pub(in crate::runtime) mod host_context {
    use std::mem::offset_of;

    use crate::runtime::vm::layout::HostContext;

    pub(in crate::runtime) const FUNC: usize = offset_of!(HostContext, func);
    pub(in crate::runtime) const DATA: usize = offset_of!(HostContext, data);
    pub(in crate::runtime) const RAISE: usize = offset_of!(HostContext, raise);
}

/// Offsets in a context of some shape, in bytes.
#[derive(Clone, Debug)]
pub(in crate::runtime) struct ContextLayout {
    signatures: Array,
    external_funcs: Array,
    external_memories: Array,
    external_tables: Array,
    external_globals: Array,
    instances: PrimaryMap<InstanceId, InstanceLayout>,
    size_bytes: usize,
}

#[derive(Clone, Debug)]
struct InstanceLayout {
    memories: Array,
    tables: Array,
    globals: Array,
    func_refs: Array,
}

/// Things of one kind, one after the other.
#[derive(Clone, Copy, Debug)]
struct Array {
    start: usize,
    stride: usize,
    count: u32,
}

impl Array {
    /// Puts an array of `T` at the end of what there is so far.
    fn append<T>(end: &mut usize, count: u32) -> Array {
        let start = end.next_multiple_of(align_of::<T>());
        let stride = size_of::<T>();
        *end = start + stride * usize::try_from(count).expect("a usize has 32 bits or more");
        Array {
            start,
            stride,
            count,
        }
    }

    fn range(self) -> Range<usize> {
        let count = usize::try_from(self.count).expect("a usize has 32 bits or more");
        self.start..self.start + self.stride * count
    }

    fn at(self, index: u32) -> usize {
        assert!(index < self.count, "{index} of {}", self.count);
        self.start + self.stride * usize::try_from(index).expect("a usize has 32 bits or more")
    }
}

impl ContextLayout {
    /// Lays out a context.
    pub(in crate::runtime) fn new(shape: &ContextShape) -> ContextLayout {
        let mut end = size_of::<Header>();
        let signatures = Array::append::<u64>(&mut end, shape.signatures);
        let external_funcs = Array::append::<ExternalFunc>(&mut end, shape.external_funcs);
        let external_memories = Array::append::<ExternalDef>(&mut end, shape.external_memories);
        let external_tables = Array::append::<ExternalDef>(&mut end, shape.external_tables);
        let external_globals = Array::append::<ExternalDef>(&mut end, shape.external_globals);
        let mut instances = PrimaryMap::with_capacity(shape.instances.len());
        for instance in shape.instances.values() {
            instances.push(InstanceLayout {
                memories: Array::append::<MemoryDef>(&mut end, instance.memories),
                tables: Array::append::<TableDef>(&mut end, instance.tables),
                globals: Array::append::<GlobalDef>(&mut end, instance.globals),
                func_refs: Array::append::<FuncRef>(&mut end, instance.func_refs),
            });
        }
        ContextLayout {
            signatures,
            external_funcs,
            external_memories,
            external_tables,
            external_globals,
            instances,
            size_bytes: end,
        }
    }

    /// Returns the size of the context.
    pub(in crate::runtime) fn size_bytes(&self) -> usize {
        self.size_bytes
    }

    /// Returns the parts of a context in which there is something else than ids of signatures and references to functions:
    /// those are the same in all groups with the same code and context, but for references to functions from outside.
    pub(in crate::runtime) fn variable(&self) -> impl Iterator<Item = Range<usize>> {
        let mut end = 0;
        let refs = self.instances.values().map(|it| it.func_refs.range());
        let constant = std::iter::once(self.signatures.range()).chain(refs);
        let all = constant.chain(std::iter::once(self.size_bytes..self.size_bytes));
        all.map(move |constant| std::mem::replace(&mut end, constant.end)..constant.start)
    }

    /// Returns where the id of a signature in the engine is, a `u64`.
    pub(in crate::runtime) fn signature(&self, slot: SignatureSlot) -> usize {
        self.signatures.at(slot.as_u32())
    }

    /// Returns where an [`ExternalFunc`] is.
    pub(in crate::runtime) fn external_func(&self, id: ExternalFuncId) -> usize {
        self.external_funcs.at(id.as_u32())
    }

    /// Returns where an [`ExternalDef`] of a memory is.
    pub(in crate::runtime) fn external_memory(&self, id: ExternalMemoryId) -> usize {
        self.external_memories.at(id.as_u32())
    }

    /// Returns where an [`ExternalDef`] of a table is.
    pub(in crate::runtime) fn external_table(&self, id: ExternalTableId) -> usize {
        self.external_tables.at(id.as_u32())
    }

    /// Returns where an [`ExternalDef`] of a global is.
    pub(in crate::runtime) fn external_global(&self, id: ExternalGlobalId) -> usize {
        self.external_globals.at(id.as_u32())
    }

    /// Returns where a [`MemoryDef`] is.
    pub(in crate::runtime) fn memory(&self, instance: InstanceId, id: OwnMemoryId) -> usize {
        self.instances[instance].memories.at(id.as_u32())
    }

    /// Returns where a [`TableDef`] is.
    pub(in crate::runtime) fn table(&self, instance: InstanceId, id: OwnTableId) -> usize {
        self.instances[instance].tables.at(id.as_u32())
    }

    /// Returns where a [`GlobalDef`] is.
    pub(in crate::runtime) fn global(&self, instance: InstanceId, id: OwnGlobalId) -> usize {
        self.instances[instance].globals.at(id.as_u32())
    }

    /// Returns where a [`FuncRef`] is.
    pub(in crate::runtime) fn func_ref(&self, instance: InstanceId, id: FuncRefId) -> usize {
        self.instances[instance].func_refs.at(id.as_u32())
    }

    /// Returns whether a [`FuncRef`] is at an offset.
    pub(in crate::runtime) fn is_func_ref(&self, offset: usize) -> bool {
        // The arrays lie in the order of instances.
        let instances = self.instances.values().as_slice();
        let after = instances.partition_point(|it| it.func_refs.start <= offset);
        let array = after.checked_sub(1).map(|last| instances[last].func_refs);
        array.is_some_and(|array| {
            array.range().contains(&offset) && (offset - array.start).is_multiple_of(array.stride)
        })
    }
}
