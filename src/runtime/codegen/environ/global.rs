//! Globals.

use cranelift_codegen::cursor::FuncCursor;
use cranelift_codegen::ir::immediates::{Ieee32, Ieee64};
use cranelift_codegen::ir::{Function, GlobalValueData, InstBuilder, Value, types};
use cranelift_wasm::{GlobalIndex, GlobalVariable};

use crate::runtime::codegen::environ::memory::load_global;
use crate::runtime::codegen::environ::state::{CONSTANT, Environ, offset32};
use crate::runtime::codegen::link::Constant;
use crate::runtime::codegen::signature::machine_type;
use crate::runtime::image::GlobalSite;

impl Environ<'_> {
    /// Makes a global known to the function.
    pub(super) fn add_global(&self, func: &mut Function, index: GlobalIndex) -> GlobalVariable {
        let global = self.linked.globals[index];
        if global.constant.is_some() {
            return GlobalVariable::Custom;
        }
        let context = func.create_global_value(GlobalValueData::VMContext);
        let layout = &self.group.layout;
        let (gv, offset) = match global.site {
            GlobalSite::Own(instance, id) => (context, layout.global(instance, id)),
            GlobalSite::External(id) => {
                let offset = layout.external_global(id);
                let address = func.create_global_value(load_global(context, offset, CONSTANT));
                (address, 0)
            }
        };
        GlobalVariable::Memory {
            gv,
            offset: offset32(offset),
            ty: machine_type(global.ty.content),
        }
    }

    /// Returns the value of a global that never changes.
    pub(super) fn constant(&self, pos: &mut FuncCursor<'_>, index: GlobalIndex) -> Value {
        let constant = self.linked.globals[index].constant;
        match constant.expect("only constant globals are asked for") {
            Constant::I32(value) => pos.ins().iconst(types::I32, i64::from(value)),
            Constant::I64(value) => pos.ins().iconst(types::I64, value),
            Constant::F32(bits) => pos.ins().f32const(Ieee32::with_bits(bits)),
            Constant::F64(bits) => pos.ins().f64const(Ieee64::with_bits(bits)),
        }
    }
}
