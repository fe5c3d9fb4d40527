//! Calls.

use cranelift_codegen::cursor::FuncCursor;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{
    ExtFuncData, ExternalName, FuncRef, Function, Inst, InstBuilder, SigRef, TrapCode,
    UserExternalName, Value, types,
};
use cranelift_frontend::FunctionBuilder;
use cranelift_wasm::{FuncIndex, TableIndex, TypeIndex};

use crate::runtime::codegen::environ::state::{CONSTANT, Environ, Place, context, offset32};
use crate::runtime::codegen::environ::table::ELEMENT;
use crate::runtime::codegen::link::Callee;
use crate::runtime::codegen::signature;
use crate::runtime::codegen::trap::UNDEFINED_ELEMENT;
use crate::runtime::vm::layout::{external_func, func_ref};

/// The namespace of functions that the group defines.
pub(in crate::runtime::codegen) const OWN: u32 = 0;

/// The namespace of functions from outside, which code does not call by name.
const EXTERNAL: u32 = 1;

/// Something to call whose address is not known when code is compiled.
#[derive(Clone, Copy)]
struct Target {
    code: Value,
    context: Value,
}

/// A call through a table.
#[derive(Clone, Copy)]
pub(super) struct Indirect {
    /// The table.
    pub(super) table: TableIndex,
    /// Which element is called.
    pub(super) index: Value,
    /// The signature that the element must have.
    pub(super) ty: TypeIndex,
}

impl Environ<'_> {
    /// Makes a signature known to the function.
    pub(super) fn add_signature(&self, func: &mut Function, ty: TypeIndex) -> SigRef {
        let slot = self.linked.types[ty];
        func.import_signature(signature::guest(&self.group.signatures[slot]))
    }

    /// Makes another function known to the function.
    pub(super) fn add_func(&self, func: &mut Function, callee: FuncIndex) -> FuncRef {
        let signature = self.add_signature(func, self.linked.module.funcs[callee]);
        let (namespace, index) = match self.linked.funcs[callee] {
            Callee::Own(symbol) => (OWN, symbol.as_u32()),
            Callee::External(id) => (EXTERNAL, id.as_u32()),
        };
        let name = UserExternalName::new(namespace, index);
        let name = func.declare_imported_user_function(name);
        func.import_function(ExtFuncData {
            name: ExternalName::user(name),
            signature,
            colocated: namespace == OWN,
        })
    }

    pub(super) fn call(
        &self,
        builder: &mut FunctionBuilder<'_>,
        callee: FuncIndex,
        func: FuncRef,
        args: &[Value],
    ) -> Inst {
        match self.external(&mut builder.cursor(), callee) {
            None => {
                let args = with_context(context(builder.func), args);
                builder.ins().call(func, &args)
            }
            Some(target) => {
                let signature = builder.func.dfg.ext_funcs[func].signature;
                target.call(builder, signature, args)
            }
        }
    }

    pub(super) fn return_call(
        &self,
        builder: &mut FunctionBuilder<'_>,
        callee: FuncIndex,
        func: FuncRef,
        args: &[Value],
    ) {
        match self.external(&mut builder.cursor(), callee) {
            None => {
                let args = with_context(context(builder.func), args);
                builder.ins().return_call(func, &args);
            }
            Some(target) => {
                let signature = builder.func.dfg.ext_funcs[func].signature;
                target.return_call(builder, signature, args);
            }
        }
    }

    pub(super) fn call_indirect(
        &mut self,
        builder: &mut FunctionBuilder<'_>,
        indirect: Indirect,
        signature: SigRef,
        args: &[Value],
    ) -> Inst {
        let target = self.element_target(builder, indirect);
        target.call(builder, signature, args)
    }

    pub(super) fn return_call_indirect(
        &mut self,
        builder: &mut FunctionBuilder<'_>,
        indirect: Indirect,
        signature: SigRef,
        args: &[Value],
    ) {
        let target = self.element_target(builder, indirect);
        target.return_call(builder, signature, args);
    }

    /// Returns a function from outside; none if the group defines it.
    fn external(&self, pos: &mut FuncCursor<'_>, callee: FuncIndex) -> Option<Target> {
        let Callee::External(id) = self.linked.funcs[callee] else {
            return None;
        };
        let external = Place::in_context(pos, self.group.layout.external_func(id));
        Some(Target {
            code: external.load(pos, external_func::CODE, CONSTANT),
            context: external.load(pos, external_func::CONTEXT, CONSTANT),
        })
    }

    /// Returns what an element of a table refers to, after testing that it is there and what type it has.
    fn element_target(&mut self, builder: &mut FunctionBuilder<'_>, indirect: Indirect) -> Target {
        let Indirect { table, index, ty } = indirect;
        let pos = &mut builder.cursor();
        let (address, flags) = self.element(pos, table, index, UNDEFINED_ELEMENT);
        let slot = self.group.layout.signature(self.linked.types[ty]);
        let expected = Place::in_context(pos, slot).load(pos, 0, CONSTANT);
        let field = |builder: &mut FunctionBuilder<'_>, flags, field| {
            let offset = offset32(field);
            builder.ins().load(types::I64, flags, address, offset)
        };
        let found = field(builder, flags, func_ref::SIGNATURE);
        let is_equal = builder.ins().icmp(IntCC::Equal, found, expected);
        let (good, bad) = (builder.create_block(), builder.create_block());
        builder.set_cold_block(bad);
        builder.ins().brif(is_equal, good, &[], bad, &[]);
        builder.seal_block(good);
        builder.seal_block(bad);
        builder.switch_to_block(bad);
        // The signature of null is 0, which is that of no function.
        builder.ins().trapz(found, TrapCode::IndirectCallToNull);
        builder.ins().trap(TrapCode::BadSignature);
        builder.switch_to_block(good);
        Target {
            code: field(builder, ELEMENT, func_ref::CODE),
            context: field(builder, ELEMENT, func_ref::CONTEXT),
        }
    }
}

impl Target {
    fn call(self, builder: &mut FunctionBuilder<'_>, signature: SigRef, args: &[Value]) -> Inst {
        let args = with_context(self.context, args);
        builder.ins().call_indirect(signature, self.code, &args)
    }

    fn return_call(self, builder: &mut FunctionBuilder<'_>, signature: SigRef, args: &[Value]) {
        let args = with_context(self.context, args);
        builder
            .ins()
            .return_call_indirect(signature, self.code, &args);
    }
}

fn with_context(context: Value, args: &[Value]) -> Vec<Value> {
    let mut all = Vec::with_capacity(args.len() + 1);
    all.push(context);
    all.extend_from_slice(args);
    all
}
