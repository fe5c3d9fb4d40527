//! How to trap: a call of an imported function with a code.

use wasm_encoder::ValType;

use crate::fact::emit::{Code, FuncId};
use crate::fact::module::builder::ModuleBuilder;
use crate::fact::spec::ImportName;
use crate::fact::trap::TrapCode;

/// How to trap: the imported function that takes the code.
#[derive(Clone, Copy, Debug)]
pub(in crate::fact) struct Traps {
    trap: FuncId,
}

impl Traps {
    /// Imports the function.
    pub(in crate::fact) fn import(module: &mut ModuleBuilder) -> Traps {
        let import = trap_import();
        Traps {
            trap: module.import_func(&import, &[ValType::I32], &[]),
        }
    }

    /// Writes a trap.
    pub(in crate::fact) fn trap(self, code: &mut Code, why: TrapCode) {
        code.ins().i32_const(why.number().cast_signed());
        code.call(self.trap);
        code.ins().unreachable();
    }

    /// Pops a condition and writes a trap for the case that it is not zero.
    pub(in crate::fact) fn trap_if(self, code: &mut Code, why: TrapCode) {
        code.when(|code| self.trap(code, why));
    }
}

/// Returns the name under which every module imports the function that traps.
pub(in crate::fact) fn trap_import() -> ImportName {
    ImportName::new("interfuse", "trap")
}
