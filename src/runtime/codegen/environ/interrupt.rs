//! Places at which code can be interrupted: it reads a page that cannot be read any more then.

use cranelift_codegen::ir::{InstBuilder, MemFlags, TrapCode, types};
use cranelift_frontend::FunctionBuilder;

use crate::runtime::codegen::environ::state::{CONSTANT, Environ, Place, offset32};
use crate::runtime::vm::layout::header;

/// The size of the page in bytes.
const PAGE_BYTES: u32 = 4096;

impl Environ<'_> {
    /// Prepares for code that is put into other functions: its reads must not be those of the other function.
    pub(in crate::runtime::codegen) fn read_atomically(&mut self) {
        self.safepoints = PAGE_BYTES;
    }

    /// Lets code be interrupted here, if it is to be interruptible.
    pub(super) fn safepoint(&mut self, builder: &mut FunctionBuilder<'_>) {
        if !self.interruptible {
            return;
        }
        let site = self.safepoints;
        self.safepoints += 1;
        let pos = &mut builder.cursor();
        let page = Place::in_context(pos, header::INTERRUPT_PAGE).load(pos, 0, CONSTANT);
        let flags = MemFlags::new()
            .with_aligned()
            .with_trap_code(Some(TrapCode::Interrupt));
        if site < PAGE_BYTES {
            // Two reads of the same byte, one of which is always done before the other, would become one: and the loop
            // one that cannot be interrupted.
            let offset = usize::try_from(site).expect("it is less than a page");
            let offset = offset32(offset);
            builder.ins().load(types::I8, flags, page, offset);
        } else {
            // Atomic reads stay, but what was read from memory before is forgotten at each.
            builder.ins().atomic_load(types::I8, flags, page);
        }
    }
}
