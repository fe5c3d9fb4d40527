//! Which functions can leave: random call graphs against the definition.

use std::collections::BTreeSet;
use std::fmt::Write;

use cranelift_entity::EntityRef;
use interfuse::adapt::{CoreDef, CoreInstanceId, ResourceOp, analyze_effects, estimate_effects};
use proptest::collection::vec;
use proptest::prelude::{Strategy, any, prop, prop_assert_eq, proptest};
use proptest::sample::Index;

use crate::config::config;
use crate::modules::PlanBuilder;

/// A core instance at random. Functions have no parameters.
#[derive(Clone, Debug)]
struct RandomModule {
    /// The first import is an adapter.
    can_leave: bool,
    /// Further imports: functions of earlier instances.
    imports: Vec<(Index, Index)>,
    /// For each function what it calls.
    funcs: Vec<Vec<Index>>,
    /// Which functions call through the table.
    indirect: Vec<bool>,
}

fn random_modules() -> impl Strategy<Value = Vec<RandomModule>> {
    let module = (
        prop::bool::weighted(0.3),
        vec(any::<(Index, Index)>(), 0..4),
        vec(vec(any::<Index>(), 0..3), 1..6),
        vec(prop::bool::weighted(0.1), 6),
    );
    let module = module.prop_map(|(can_leave, imports, funcs, indirect)| RandomModule {
        can_leave,
        imports,
        funcs,
        indirect,
    });
    vec(module, 1..5)
}

/// A function: the position of its instance, and its index there.
type Func = (usize, usize);

/// What an oracle needs to know about a core instance.
struct Resolved {
    can_leave: bool,
    imports: Vec<Func>,
    /// For each function of the module, after the imports, what it calls, and whether it does so through the table.
    bodies: Vec<(Vec<usize>, bool)>,
}

impl Resolved {
    fn len(&self) -> usize {
        usize::from(self.can_leave) + self.imports.len() + self.bodies.len()
    }

    fn all(modules: &[RandomModule]) -> Vec<Self> {
        let mut all: Vec<Resolved> = Vec::new();
        for module in modules {
            let imports = module.imports.iter().filter(|_| !all.is_empty());
            let imports = imports.map(|(instance, func)| {
                let instance = instance.index(all.len());
                (instance, func.index(all[instance].len()))
            });
            let mut resolved = Resolved {
                can_leave: module.can_leave,
                imports: imports.collect(),
                bodies: Vec::new(),
            };
            let len = resolved.len() + module.funcs.len();
            let bodies = module.funcs.iter().zip(&module.indirect);
            let bodies = bodies.map(|(calls, indirect)| {
                let calls = calls.iter().map(|call| call.index(len));
                (calls.collect(), *indirect)
            });
            resolved.bodies = bodies.collect();
            all.push(resolved);
        }
        all
    }

    fn text(&self) -> String {
        let mut text = String::from("(module ");
        let imported = usize::from(self.can_leave) + self.imports.len();
        for import in 0..imported {
            write!(text, "(import \"\" \"{import}\" (func)) ").unwrap();
        }
        text.push_str("(table 1 funcref) ");
        for (calls, indirect) in &self.bodies {
            text.push_str("(func ");
            for call in calls {
                write!(text, "call {call} ").unwrap();
            }
            text.push_str(match indirect {
                true => "(call_indirect (i32.const 0))) ",
                false => ") ",
            });
        }
        for func in 0..self.len() {
            write!(text, "(export \"{func}\" (func {func})) ").unwrap();
        }
        text + ")"
    }
}

/// Returns whether a function can leave, by the definition.
fn can_leave(all: &[Resolved], func: Func, visited: &mut BTreeSet<Func>) -> bool {
    if !visited.insert(func) {
        return false;
    }
    let (instance, index) = func;
    let Resolved {
        can_leave: first_leaves,
        imports,
        bodies,
    } = &all[instance];
    if *first_leaves && index == 0 {
        return true;
    }
    let index = index - usize::from(*first_leaves);
    if let Some(import) = imports.get(index) {
        return can_leave(all, *import, visited);
    }
    let (calls, indirect) = &bodies[index - imports.len()];
    *indirect && instance_can_leave(all, instance)
        || calls
            .iter()
            .any(|call| can_leave(all, (instance, *call), visited))
}

fn instance_can_leave(all: &[Resolved], instance: usize) -> bool {
    let mut imports = all[instance].imports.iter();
    all[instance].can_leave || imports.any(|import| instance_can_leave(all, import.0))
}

/// Returns a plan of random modules, with an adapter for each function in order.
fn build(all: &[Resolved]) -> PlanBuilder {
    let mut builder = PlanBuilder::new();
    let leave = builder.adapter(builder.builtin(ResourceOp::Rep));
    for resolved in all {
        let leave = resolved.can_leave.then_some(CoreDef::Adapter(leave));
        let imports = resolved.imports.iter().map(|(instance, func)| {
            builder.export(CoreInstanceId::new(*instance), &func.to_string())
        });
        let args = leave.into_iter().chain(imports).collect();
        builder.instance(&resolved.text(), args);
    }
    for (instance, resolved) in all.iter().enumerate() {
        for func in 0..resolved.len() {
            let func = builder.export(CoreInstanceId::new(instance), &func.to_string());
            builder.adapter(func);
        }
    }
    builder
}

proptest! {
    #![proptest_config(config("proptest-regressions/reach.txt"))]

    #[test]
    fn analysis_is_reachability(modules in random_modules()) {
        let all = Resolved::all(&modules);
        let builder = build(&all);
        let estimate = estimate_effects(&builder.plan);
        let analysis = analyze_effects(&builder.plan, &[&builder.file]);
        let mut adapters = builder.plan.adapters.keys().skip(1);
        for (instance, resolved) in all.iter().enumerate() {
            for func in 0..resolved.len() {
                let id = adapters.next().unwrap();
                let leave = can_leave(&all, (instance, func), &mut BTreeSet::new());
                prop_assert_eq!(analysis.adapter(id).callee.leave, leave);
                let leave = instance_can_leave(&all, instance);
                prop_assert_eq!(estimate.adapter(id).callee.leave, leave);
            }
        }
    }

    #[test]
    fn damaged_bytes_do_no_harm(
        modules in random_modules(),
        damage in vec(any::<(Index, u8)>(), 1..8),
    ) {
        let mut builder = build(&Resolved::all(&modules));
        for (index, byte) in damage {
            let index = index.index(builder.file.len());
            builder.file[index] = byte;
        }
        analyze_effects(&builder.plan, &[&builder.file]);
    }
}
