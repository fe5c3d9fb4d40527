//! Effects of whole core instances: what any code of an instance can do, known without its bytes.

use cranelift_entity::{EntityRef, PrimaryMap};

use crate::adapt::adapter::CoreDef;
use crate::adapt::effect::set::{Effects, of_builtin, propagate};
use crate::adapt::index::CoreInstanceId;
use crate::adapt::module::{EntityType, ModuleImport};
use crate::adapt::plan::{CoreInstance, CoreModule, Plan};
use crate::adapt::types::{CoreType, Types};

/// Returns what the code of each core instance can do.
///
/// Code can do what the functions can that it imports, and so can whoever may hold a reference to it. References
/// travel through what is imported: a table, or a function, global or tag whose type has a reference in it. So both
/// sides of such an import can do what either can.
pub(crate) fn of_instances(plan: &Plan) -> PrimaryMap<CoreInstanceId, Effects> {
    let count = plan.core_instances.len();
    let mut effects = vec![Effects::NOTHING; count];
    let mut callers = vec![Vec::new(); count];
    for (id, instance) in &plan.core_instances {
        let imports = imports(plan, instance);
        let is_known = matches!(instance.module, CoreModule::Static(_))
            && imports.len() == instance.args.len();
        if !is_known {
            effects[id.index()] = Effects::UNKNOWN;
        }
        for (import, arg) in imports.iter().zip(&instance.args) {
            effects[id.index()] = effects[id.index()].union(of_builtin(arg));
            let CoreDef::Export(export) = arg else {
                continue;
            };
            let shares_references = carries_references(&plan.types, &import.ty);
            if shares_references || matches!(import.ty, EntityType::Func(_)) {
                callers[export.instance.index()].push(id.index());
            }
            if shares_references {
                callers[id.index()].push(export.instance.index());
            }
        }
    }
    propagate(&mut effects, &callers);
    effects.into_iter().collect()
}

fn imports<'a>(plan: &'a Plan, instance: &CoreInstance) -> &'a [ModuleImport] {
    match instance.module {
        CoreModule::Static(id) => &plan.modules[id].imports,
        CoreModule::Imported(id) => &plan.imported_modules[id].ty.imports,
    }
}

/// Returns whether a reference can pass through something of type `ty`.
fn carries_references(types: &Types, ty: &EntityType) -> bool {
    match ty {
        EntityType::Table(_) => true,
        EntityType::Memory(_) => false,
        EntityType::Global(global) => is_reference(&global.content),
        EntityType::Func(id) | EntityType::Tag(id) => {
            let signature = types.signature(*id);
            let mut all = signature.params.iter().chain(&signature.results);
            all.any(is_reference)
        }
    }
}

fn is_reference(ty: &CoreType) -> bool {
    matches!(ty, CoreType::Ref(_))
}
