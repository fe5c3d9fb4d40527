//! Effects of single functions: what is reached from them along direct calls, also into other core instances.
//!
//! A call through a table or a reference counts as everything that the instance's code can do.

use std::collections::HashMap;
use std::sync::Arc;

use cranelift_entity::PrimaryMap;
use indexmap::IndexSet;

use crate::adapt::adapter::{CoreDef, CoreExport, CoreItem};
use crate::adapt::effect::body::{Function, Functions};
use crate::adapt::effect::set::{Effects, of_builtin, propagate};
use crate::adapt::index::{CoreInstanceId, FuncIndex, StaticModuleId};
use crate::adapt::module::{EntityIndex, StaticModule};
use crate::adapt::plan::{CoreModule, Plan};

/// Largest number of calls that are followed, each counted once per core instance (ours: bounds memory where a large
/// module has many instances). Code beyond counts as everything that its instance can do.
const CALLS_MAX: usize = 4_000_000;

/// A function of a core instance.
type InstanceFunc = (CoreInstanceId, FuncIndex);

/// Returns what a call of each of `defs` can do, as far as the bytes of the input files tell.
pub(crate) fn of_funcs<'d>(
    plan: &Plan,
    files: &[&[u8]],
    instances: &PrimaryMap<CoreInstanceId, Effects>,
    defs: impl Iterator<Item = &'d CoreDef>,
) -> HashMap<CoreDef, Effects> {
    let mut cx = CallGraph {
        plan,
        files,
        instances,
        modules: HashMap::new(),
        callees: HashMap::new(),
        funcs: IndexSet::new(),
        effects: Vec::new(),
        callers: Vec::new(),
        call_count: 0,
    };
    let targets: Vec<_> = defs.map(|def| (def.clone(), cx.target(def))).collect();
    cx.explore();
    propagate(&mut cx.effects, &cx.callers);
    let effects = targets.into_iter().map(|(def, target)| match target {
        Target::Known(effects) => (def, effects),
        Target::Func(func) => (def, cx.effects[func]),
    });
    effects.collect()
}

/// What a call reaches.
enum Target {
    /// Something whose effects are known.
    Known(Effects),
    /// A function of a core instance: its position in the call graph.
    Func(usize),
}

/// The calls between functions, as far as they were looked into.
struct CallGraph<'a> {
    plan: &'a Plan,
    files: &'a [&'a [u8]],
    /// What the code of each core instance can do.
    instances: &'a PrimaryMap<CoreInstanceId, Effects>,
    /// Where the functions of each module are; nothing for one that cannot be read.
    modules: HashMap<StaticModuleId, Option<Arc<Functions<'a>>>>,
    /// The functions that each function calls directly; nothing where that cannot be told.
    callees: HashMap<(StaticModuleId, FuncIndex), Option<Arc<[FuncIndex]>>>,
    /// The functions: nodes of the graph.
    funcs: IndexSet<InstanceFunc>,
    /// What each function can do by itself.
    effects: Vec<Effects>,
    /// The functions that call each function.
    callers: Vec<Vec<usize>>,
    /// Number of calls that were followed.
    call_count: usize,
}

impl<'a> CallGraph<'a> {
    /// Looks into every function of the graph, those that are added on the way included.
    fn explore(&mut self) {
        let mut next = 0;
        while let Some(&func) = self.funcs.get_index(next) {
            self.effects[next] = match self.calls(func) {
                Some(targets) => self.add_calls(next, targets),
                None => self.instances[func.0],
            };
            next += 1;
        }
    }

    /// Adds calls of the function at `caller` and returns the effects among them that are known.
    fn add_calls(&mut self, caller: usize, targets: Vec<Target>) -> Effects {
        let mut effects = Effects::NOTHING;
        self.call_count += targets.len();
        for target in targets {
            match target {
                Target::Known(known) => effects = effects.union(known),
                Target::Func(callee) => self.callers[callee].push(caller),
            }
        }
        effects
    }

    /// Returns what a function calls; nothing if that cannot be told.
    fn calls(&mut self, (id, func): InstanceFunc) -> Option<Vec<Target>> {
        if self.call_count >= CALLS_MAX {
            return None;
        }
        let instance = &self.plan.core_instances[id];
        let CoreModule::Static(module) = instance.module else {
            return None;
        };
        let functions = self.functions(module)?;
        match functions.get(func)? {
            Function::Imported(position) => Some(vec![self.target(instance.args.get(position)?)]),
            Function::Defined(body) => {
                let callees = self
                    .callees
                    .entry((module, func))
                    .or_insert_with(|| functions.callees(body).map(Arc::from))
                    .clone()?;
                let targets = callees.iter().map(|func| self.func((id, *func)));
                Some(targets.collect())
            }
        }
    }

    /// Returns what a call of `def` reaches.
    fn target(&mut self, def: &CoreDef) -> Target {
        match def {
            CoreDef::Export(CoreExport {
                instance,
                item: CoreItem::Index(EntityIndex::Func(func)),
            }) => self.func((*instance, *func)),
            CoreDef::Export(export) => Target::Known(self.instances[export.instance]),
            CoreDef::Adapter(_) | CoreDef::HostLowering(_) | CoreDef::Resource(_) => {
                Target::Known(of_builtin(def))
            }
        }
    }

    /// Returns what a call of a function reaches; the function itself only if that can be less than what the code
    /// of its instance can do.
    fn func(&mut self, func: InstanceFunc) -> Target {
        let bound = self.instances[func.0];
        if let Some(known) = self.funcs.get_index_of(&func) {
            return Target::Func(known);
        }
        if bound.is_nothing() {
            return Target::Known(bound);
        }
        self.effects.push(Effects::NOTHING);
        self.callers.push(Vec::new());
        Target::Func(self.funcs.insert_full(func).0)
    }

    /// Returns where the functions of a module are; nothing if it cannot be read.
    fn functions(&mut self, id: StaticModuleId) -> Option<Arc<Functions<'a>>> {
        let module = &self.plan.modules[id];
        let files = self.files;
        let functions = self
            .modules
            .entry(id)
            .or_insert_with(|| Functions::read(module, bytes(files, module)?).map(Arc::new));
        functions.clone()
    }
}

/// Returns the bytes of a module.
fn bytes<'a>(files: &[&'a [u8]], module: &StaticModule) -> Option<&'a [u8]> {
    let file = files.get(module.span.file.as_u32() as usize)?;
    file.get(module.span.bytes.clone())
}
