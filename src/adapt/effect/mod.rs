//! What a call can observe: decides which guards an adapter needs.
//!
//! The answers are upper bounds, in two precisions: from the plan alone, where a function can do what any code of its
//! core instance can; and with the bytes of the modules, where direct calls are followed.

pub(crate) mod set;

pub(crate) mod instance;

pub(crate) mod body;

pub(crate) mod reach;

pub(crate) mod circle;

use std::collections::HashMap;

use cranelift_entity::PrimaryMap;

use crate::adapt::adapter::{Adapter, CoreDef, CoreItem, Lift};
use crate::adapt::effect::circle::Circles;
use crate::adapt::graph::{called_funcs, other_called_funcs};
use crate::adapt::index::{AdapterId, ComponentInstanceId, CoreInstanceId, TypeId};
use crate::adapt::module::EntityIndex;
use crate::adapt::plan::{Plan, ResourceOrigin};
use crate::adapt::types::ValType;

pub use set::Effects;

/// What each call can do that an adapter makes. A call that it does not make does nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct AdapterEffects {
    /// The call of the callee.
    pub callee: Effects,
    /// Calls that allocate in the memory of the callee.
    pub lift_realloc: Effects,
    /// Calls that allocate in the memory of the caller.
    pub lower_realloc: Effects,
    /// The call after the results were read.
    pub post_return: Effects,
    /// Whether code of the caller's instance can run before the callee returns, and use the handles that it lent.
    ///
    /// This takes that the callee leaves its own instance, and that a way leads from there to the caller's: through
    /// adapters, destructors or the host. (Functions that allocate or run after the results were read may not leave.)
    pub calls_back: bool,
}

/// What calls within a plan can do.
#[derive(Clone, Debug)]
pub struct PlanEffects {
    adapters: PrimaryMap<AdapterId, AdapterEffects>,
    funcs: HashMap<CoreDef, Effects>,
    instances: PrimaryMap<CoreInstanceId, Effects>,
}

/// Returns the effects of calls within a plan, known without the bytes of its modules.
pub fn estimate(plan: &Plan) -> PlanEffects {
    PlanEffects::new(plan, instance::of_instances(plan), HashMap::new())
}

/// Returns the effects of calls within a plan, as precise as the bytes of its modules tell.
///
/// `files` are the input files, by [`FileId`](crate::adapt::FileId). Where bytes are missing or cannot be read, the
/// answers are those of [`estimate`].
pub fn analyze(plan: &Plan, files: &[&[u8]]) -> PlanEffects {
    let instances = instance::of_instances(plan);
    let called = plan.adapters.values().flat_map(called_funcs);
    let called = called.chain(other_called_funcs(plan));
    let funcs = reach::of_funcs(plan, files, &instances, called);
    PlanEffects::new(plan, instances, funcs)
}

impl PlanEffects {
    fn new(
        plan: &Plan,
        instances: PrimaryMap<CoreInstanceId, Effects>,
        funcs: HashMap<CoreDef, Effects>,
    ) -> Self {
        let mut this = PlanEffects {
            adapters: PrimaryMap::new(),
            funcs,
            instances,
        };
        let mut borrows = Borrows {
            plan,
            known: HashMap::new(),
        };
        let circles = Circles::of(plan);
        for adapter in plan.adapters.values() {
            let mut effects = this.of_adapter(adapter, &mut borrows);
            effects.calls_back = effects.callee.leave && circles.close(adapter);
            this.adapters.push(effects);
        }
        this
    }

    /// Returns what the calls of an adapter can do.
    pub fn adapter(&self, id: AdapterId) -> AdapterEffects {
        self.adapters[id]
    }

    /// Returns what a call of a function can do.
    ///
    /// This is most precise for functions that adapters, host lowerings or exports call, and for destructors.
    pub fn func(&self, def: &CoreDef) -> Effects {
        match (self.funcs.get(def), def) {
            (Some(effects), _) => *effects,
            (None, CoreDef::Export(export)) => match export.item {
                CoreItem::Index(EntityIndex::Func(_)) | CoreItem::Name(_) => {
                    self.instances[export.instance]
                }
                // It is no function.
                CoreItem::Index(_) => Effects::NOTHING,
            },
            (None, _) => set::of_builtin(def),
        }
    }

    /// Returns what any code of a core instance can do.
    pub fn instance(&self, id: CoreInstanceId) -> Effects {
        self.instances[id]
    }

    fn of_adapter(&self, adapter: &Adapter, borrows: &mut Borrows<'_>) -> AdapterEffects {
        let option = |def: &Option<CoreDef>| match def {
            Some(def) => self.func(def),
            None => Effects::NOTHING,
        };
        AdapterEffects {
            callee: Effects {
                borrow: borrows.receives(&adapter.lift),
                ..self.func(&adapter.lift.callee)
            },
            lift_realloc: option(&adapter.lift.options.realloc),
            lower_realloc: option(&adapter.lower.options.realloc),
            post_return: option(&adapter.lift.options.post_return),
            calls_back: false,
        }
    }
}

/// Finds the functions that receive borrowed handles.
struct Borrows<'a> {
    plan: &'a Plan,
    /// Answers for compound types, as seen from the instance that receives a value.
    known: HashMap<(ComponentInstanceId, TypeId), bool>,
}

impl Borrows<'_> {
    /// Returns whether a parameter of `lift` has a borrowed handle in it that becomes a handle of the callee.
    ///
    /// Spec: `lower_borrow`. The instance that defines the resource gets the representation instead.
    fn receives(&mut self, lift: &Lift) -> bool {
        let plan = self.plan;
        let mut params = plan.types.func(lift.ty).params.iter();
        params.any(|(_, ty)| self.in_type(lift.instance, *ty))
    }

    fn in_type(&mut self, instance: ComponentInstanceId, ty: ValType) -> bool {
        let plan = self.plan;
        match ty {
            ValType::Borrow(resource) => match plan.resources[resource].origin {
                ResourceOrigin::Guest { owner, .. } => owner != instance,
                ResourceOrigin::Host(_) => true,
            },
            ValType::Defined(id) if plan.types.has_handles(ty) => {
                if let Some(known) = self.known.get(&(instance, id)) {
                    return *known;
                }
                let mut found = false;
                // Types are nested no deeper than `TYPE_DEPTH_MAX`.
                plan.types
                    .defined(id)
                    .for_each_part(|part| found |= self.in_type(instance, part));
                self.known.insert((instance, id), found);
                found
            }
            _ => false,
        }
    }
}
