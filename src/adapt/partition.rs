//! The partition: which adapter module each adapter lives in, and when each module is instantiated.
//!
//! An adapter's level is the number of times that, on the longest way down its dependencies, a core instance needs an
//! adapter, or an adapter needs one that the module of a `resource.drop` keeps apart from it. Each such step needs one
//! module more, so there cannot be fewer modules than levels; and all adapters of one level can live in one module.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};
use std::hash::Hash;

use cranelift_entity::{PrimaryMap, SecondaryMap};

use crate::adapt::adapter::{Adapter, CoreDef, CoreExport};
use crate::adapt::graph::{DependencyGraph, Node, called_funcs};
use crate::adapt::index::{AdapterId, AdapterModuleId, ComponentInstanceId, CoreInstanceId};
use crate::adapt::plan::Plan;

/// Largest number of memories of one adapter module (wasmparser's and the JavaScript API's limit).
pub const MODULE_MEMORIES_MAX: usize = 100;

/// Largest number of adapters and imported functions of one adapter module (ours: the limit of wasmparser and the
/// JavaScript API is 1,000,000 functions, and this leaves three quarters of them for helper functions).
pub const MODULE_FUNCTIONS_MAX: usize = 250_000;

/// Largest number of imports of one adapter module (the JavaScript API's limit before it became 1,000,000).
pub const MODULE_IMPORTS_MAX: usize = 100_000;

/// Number of imports to reckon with for each component instance beside functions and memories (ours, generous: its
/// flags and the operations of its handle table).
const IMPORTS_PER_INSTANCE: usize = 16;

/// Number of modules of one level, the latest, that are tried for an adapter before another one is opened (ours:
/// keeps the time of splitting linear).
const MODULES_TRIED_MAX: usize = 64;

/// Limits of the adapter modules that a partition is made of.
///
/// An adapter that passes a limit by itself gets a module of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartitionConfig {
    /// Largest number of memories of a module: [`MODULE_MEMORIES_MAX`].
    pub max_memories: usize,
    /// Largest number of adapters and imported functions of a module: [`MODULE_FUNCTIONS_MAX`].
    pub max_functions: usize,
    /// Largest number of imports of a module: [`MODULE_IMPORTS_MAX`].
    pub max_imports: usize,
}

impl Default for PartitionConfig {
    fn default() -> Self {
        PartitionConfig {
            max_memories: MODULE_MEMORIES_MAX,
            max_functions: MODULE_FUNCTIONS_MAX,
            max_imports: MODULE_IMPORTS_MAX,
        }
    }
}

/// The adapters of a plan in the fewest modules, and the order in which everything is instantiated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Partition {
    /// The adapter modules, in the order of instantiation.
    pub modules: PrimaryMap<AdapterModuleId, AdapterModule>,
    /// The module of each adapter; none for one that nothing uses.
    pub module_of: SecondaryMap<AdapterId, Option<AdapterModuleId>>,
    /// Every core instance and every adapter module, in the order of instantiation.
    pub steps: Vec<Step>,
}

/// A set of adapters that are compiled to one core module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdapterModule {
    /// Number of adapter modules that must come before it on the longest chain: modules of one level differ only
    /// because an engine limit split them.
    pub level: u32,
    /// Its adapters, callees before callers, otherwise by id.
    pub adapters: Vec<AdapterId>,
}

/// One step of instantiating a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Instantiate a core instance.
    Instance(CoreInstanceId),
    /// Instantiate an adapter module.
    Adapters(AdapterModuleId),
}

/// Returns the partition of a plan: the fewest adapter modules.
///
/// Where a module would pass a limit of `config`, its adapters are split in one pass, each into the first module with
/// room: there, fewer modules may be possible.
pub fn partition(plan: &Plan, config: &PartitionConfig) -> Partition {
    let graph = DependencyGraph::new(plan);
    assemble(&graph, |level| split(plan, &graph, config, level))
}

/// Returns the partition of a dependency graph: the fewest adapter modules that can be.
///
/// # Panics
///
/// Panics if the graph has a circle.
pub fn partition_graph(graph: &DependencyGraph) -> Partition {
    assemble(graph, |level| vec![level])
}

/// Makes a partition of the modules that `split` makes of the adapters of each level. It gets them callees first, and
/// returns modules such that none needs a later one.
fn assemble(
    graph: &DependencyGraph,
    split: impl Fn(Vec<AdapterId>) -> Vec<Vec<AdapterId>>,
) -> Partition {
    let levels = Levels::of(graph);
    let mut by_level: Vec<Vec<AdapterId>> = Vec::new();
    for adapter in graph.adapters().filter(|id| graph.is_live(*id)) {
        let level = levels.adapters[adapter];
        if by_level.len() <= level as usize {
            by_level.resize_with(level as usize + 1, Vec::new);
        }
        by_level[level as usize].push(adapter);
    }
    let mut waiting = (0..)
        .zip(by_level)
        .filter(|(_, adapters)| !adapters.is_empty())
        .peekable();
    let mut partition = Partition::default();
    let add_level = |partition: &mut Partition, level, adapters: Vec<AdapterId>| {
        for adapters in split(callees_first(graph, &adapters)) {
            partition.add_module(AdapterModule { level, adapters });
        }
    };
    for instance in graph.instances() {
        while let Some((level, adapters)) =
            waiting.next_if(|(level, _)| *level < levels.instances[instance])
        {
            add_level(&mut partition, level, adapters);
        }
        partition.steps.push(Step::Instance(instance));
    }
    for (level, adapters) in waiting {
        add_level(&mut partition, level, adapters);
    }
    partition
}

impl Partition {
    fn add_module(&mut self, module: AdapterModule) {
        let id = self.modules.next_key();
        for adapter in &module.adapters {
            self.module_of[*adapter] = Some(id);
        }
        self.modules.push(module);
        self.steps.push(Step::Adapters(id));
    }
}

/// The level of every node.
#[derive(Default)]
struct Levels {
    adapters: SecondaryMap<AdapterId, u32>,
    instances: SecondaryMap<CoreInstanceId, u32>,
}

impl Levels {
    fn of(graph: &DependencyGraph) -> Self {
        let mut levels = Levels::default();
        for node in graph.topological_order() {
            let needs = graph.dependencies(node);
            match node {
                Node::Adapter(id) => {
                    let level = needs.map(|need| match need {
                        Node::Adapter(need) => {
                            levels.adapters[need] + u32::from(graph.are_apart(id, need))
                        }
                        Node::Instance(need) => levels.instances[need],
                    });
                    levels.adapters[id] = level.max().unwrap_or(0);
                }
                Node::Instance(id) => {
                    let level = needs.map(|need| match need {
                        Node::Adapter(need) => levels.adapters[need] + 1,
                        Node::Instance(need) => levels.instances[need],
                    });
                    levels.instances[id] = level.max().unwrap_or(0);
                }
            }
        }
        levels
    }
}

/// Returns `members`, each after those it needs, and otherwise by id.
fn callees_first(graph: &DependencyGraph, members: &[AdapterId]) -> Vec<AdapterId> {
    let mut missing: HashMap<AdapterId, usize> = members.iter().map(|id| (*id, 0)).collect();
    let mut users: HashMap<AdapterId, Vec<AdapterId>> = HashMap::new();
    for user in members {
        for callee in needed_adapters(graph, *user) {
            if missing.contains_key(&callee) {
                users.entry(callee).or_default().push(*user);
                *missing.entry(*user).or_default() += 1;
            }
        }
    }
    let ready = members.iter().filter(|id| missing[*id] == 0);
    let mut ready: BinaryHeap<_> = ready.map(|id| Reverse(*id)).collect();
    let mut ordered = Vec::with_capacity(members.len());
    while let Some(Reverse(id)) = ready.pop() {
        ordered.push(id);
        for user in users.remove(&id).unwrap_or_default() {
            let missing = missing.entry(user).or_default();
            *missing -= 1;
            if *missing == 0 {
                ready.push(Reverse(user));
            }
        }
    }
    assert_eq!(ordered.len(), members.len(), "a graph has no circles");
    ordered
}

fn needed_adapters(
    graph: &DependencyGraph,
    adapter: AdapterId,
) -> impl Iterator<Item = AdapterId> + '_ {
    graph
        .dependencies(Node::Adapter(adapter))
        .filter_map(|node| match node {
            Node::Adapter(id) => Some(id),
            Node::Instance(_) => None,
        })
}

/// Splits the adapters of a level, callees first, into modules within the limits: each goes to the first module that
/// has room for it and is not before one it needs.
fn split(
    plan: &Plan,
    graph: &DependencyGraph,
    config: &PartitionConfig,
    level: Vec<AdapterId>,
) -> Vec<Vec<AdapterId>> {
    let mut bins: Vec<Bin> = Vec::new();
    let mut bin_of: HashMap<AdapterId, usize> = HashMap::new();
    for id in level {
        let adapter = &plan.adapters[id];
        let needed = needed_adapters(graph, id).filter_map(|need| bin_of.get(&need));
        let first = needed.copied().max().unwrap_or(0);
        let tried = first.max(bins.len().saturating_sub(MODULES_TRIED_MAX))..bins.len();
        let bin = tried
            .into_iter()
            .find(|bin| bins[*bin].has_room(adapter, config))
            .unwrap_or_else(|| {
                bins.push(Bin::default());
                bins.len() - 1
            });
        bins[bin].add(id, adapter);
        bin_of.insert(id, bin);
    }
    if let [bin] = &mut bins[..] {
        return vec![std::mem::take(&mut bin.adapters)];
    }
    bins.iter()
        .map(|bin| callees_first(graph, &bin.adapters))
        .collect()
}

/// A module while adapters are added, with what it imports for them.
#[derive(Default)]
struct Bin<'a> {
    adapters: Vec<AdapterId>,
    members: HashSet<AdapterId>,
    memories: HashSet<&'a CoreExport>,
    funcs: HashSet<&'a CoreDef>,
    instances: HashSet<ComponentInstanceId>,
}

impl<'a> Bin<'a> {
    fn has_room(&self, adapter: &Adapter, config: &PartitionConfig) -> bool {
        let memories = union_len(&self.memories, adapter.memories());
        // A module without room mostly lacks it for memories.
        if memories > config.max_memories {
            return false;
        }
        let funcs = union_len(&self.funcs, self.imported_funcs(adapter));
        let instances = union_len(&self.instances, instances(adapter));
        funcs + self.adapters.len() < config.max_functions
            && memories + funcs + instances * IMPORTS_PER_INSTANCE <= config.max_imports
    }

    fn add(&mut self, id: AdapterId, adapter: &'a Adapter) {
        self.memories.extend(adapter.memories());
        let funcs: Vec<_> = self.imported_funcs(adapter).collect();
        self.funcs.extend(funcs);
        self.instances.extend(instances(adapter));
        self.adapters.push(id);
        self.members.insert(id);
    }

    /// Returns the functions that an adapter calls, without the adapters of this module.
    fn imported_funcs<'b>(&self, adapter: &'b Adapter) -> impl Iterator<Item = &'b CoreDef> {
        called_funcs(adapter)
            .filter(|def| !matches!(def, CoreDef::Adapter(id) if self.members.contains(id)))
    }
}

/// Returns the component instances that an adapter joins: two, or one and the same.
fn instances(adapter: &Adapter) -> impl Iterator<Item = ComponentInstanceId> {
    let (lift, lower) = (adapter.lift.instance, adapter.lower.instance);
    std::iter::once(lift).chain((lower != lift).then_some(lower))
}

/// Returns the size of `set` with `items`. What is new among `items` counts each time.
fn union_len<T: Eq + Hash>(set: &HashSet<T>, items: impl Iterator<Item = T>) -> usize {
    set.len() + items.filter(|item| !set.contains(item)).count()
}
