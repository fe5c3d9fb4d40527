//! The built-ins `resource.new`, `.rep` and `.drop` as a component's code imports them: a core module for each resource
//! type and component instance that uses it.
//!
//! The instance's [state module](crate::fact::state_module) does the work. What is added here is the number of the
//! type, and the call of the destructor.
//!
//! # Destructors
//!
//! To the spec, a destructor is called as if it was lifted by the instance that implements the type and lowered by the
//! one that drops the handle. Of all that happens in such a call, nothing but the call remains: the representation is a
//! plain number; that the instance may leave was tested before; no handle is borrowed; no flag of the other instance is
//! looked at or changed. A handle that was borrowed has no resource of its own: dropping it calls nothing.
//!
//! A component can name a destructor only where it defines the type, after the function, and can use the type only
//! later still: the binary format refers to earlier definitions alone. So wherever `resource.drop` is needed, what has
//! the destructor can be instantiated already, and a module of this kind can be instantiated when it is first needed.

use std::collections::BTreeSet;

use wasm_encoder::ValType;

use crate::adapt::{ResourceId, ResourceOp};
use crate::fact::config::FactConfig;
use crate::fact::emit::{Code, FuncId, Local};
use crate::fact::module::ModuleBuilder;
use crate::fact::spec::ImportName;
use crate::fact::table::{StateExport, StateSignature};

/// A resource type as one component instance uses it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceSpec {
    /// The name of the module, for people.
    pub name: String,
    /// The type. Its number is that of the type in the handle table.
    pub resource: ResourceId,
    /// The module under whose name operations of the instance's state module are imported.
    pub state: String,
    /// The built-ins that the instance uses.
    pub ops: BTreeSet<ResourceOp>,
    /// A function that is called with the representation when a handle is dropped that owns its resource.
    pub dtor: Option<ImportName>,
}

/// Returns the module that has the built-ins of a resource type for one component instance.
///
/// It exports those that are asked for under the names that [`builtin_name`] gives, with the types that core code
/// imports: `resource.new` takes a representation and returns a handle, `resource.rep` the other way round, and
/// `resource.drop` takes a handle.
pub fn resource_module(spec: &ResourceSpec, _config: &FactConfig) -> Vec<u8> {
    let mut module = ModuleBuilder::default();
    for op in &spec.ops {
        let (params, results): (&[_], &[_]) = match op {
            ResourceOp::New => (&[("rep", ValType::I32)], &[ValType::I32]),
            ResourceOp::Rep => (&[("handle", ValType::I32)], &[ValType::I32]),
            ResourceOp::Drop => (&[("handle", ValType::I32)], &[]),
        };
        let types: Vec<_> = params.iter().map(|(_, ty)| *ty).collect();
        let func = module.declare(builtin_name(*op), &types, results);
        let (mut code, params) = Code::new(params);
        write_builtin(&mut module, &mut code, spec, *op, &params[0]);
        drop(params);
        module.define(func, code);
        module.export_func(builtin_name(*op), func);
    }
    module.finish(&spec.name)
}

/// Returns the name under which a built-in is exported.
pub fn builtin_name(op: ResourceOp) -> &'static str {
    match op {
        ResourceOp::New => "new",
        ResourceOp::Rep => "rep",
        ResourceOp::Drop => "drop",
    }
}

/// Writes the body of a built-in.
fn write_builtin(
    module: &mut ModuleBuilder,
    code: &mut Code,
    spec: &ResourceSpec,
    op: ResourceOp,
    param: &Local,
) {
    let operation = match op {
        ResourceOp::New => StateExport::ResourceNew,
        ResourceOp::Rep => StateExport::ResourceRep,
        ResourceOp::Drop => StateExport::ResourceDrop,
    };
    let operation = import_operation(module, spec, operation);
    code.ins().i32_const(spec.resource.as_u32().cast_signed());
    code.get(param);
    code.call(operation);
    if op == ResourceOp::Drop {
        call_dtor(module, code, spec);
    }
}

/// Pops a representation and, above it, whether the handle owned the resource; calls the destructor if it did.
fn call_dtor(module: &mut ModuleBuilder, code: &mut Code, spec: &ResourceSpec) {
    let Some(dtor) = &spec.dtor else {
        code.ins().drop().drop();
        return;
    };
    let dtor = module.import_func(dtor, &[ValType::I32], &[]);
    let owned = code.pop("owned", ValType::I32);
    let rep = code.pop("rep", ValType::I32);
    code.get(&owned);
    code.when(|code| {
        code.get(&rep);
        code.call(dtor);
    });
}

fn import_operation(
    module: &mut ModuleBuilder,
    spec: &ResourceSpec,
    operation: StateExport,
) -> FuncId {
    let StateSignature::Func { params, results } = operation.signature() else {
        unreachable!("{operation:?} is no function")
    };
    let import = ImportName::new(&*spec.state, operation.name());
    let types = |names: &[&str]| vec![ValType::I32; names.len()];
    module.import_func(&import, &types(params), &types(results))
}
