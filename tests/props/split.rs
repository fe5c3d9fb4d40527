//! Levels that would pass a limit are split, and not more than the limit asks for.

use std::collections::HashSet;

use cranelift_entity::EntityRef;
use interfuse::adapt::{
    Adapter, AdapterId, AdapterModule, CoreDef, CoreInstanceId, MODULE_MEMORIES_MAX, Partition,
    PartitionConfig, Plan, partition,
};
use proptest::prelude::{prop_assert, prop_assert_eq, proptest};

use crate::config::config;
use crate::partition::check;
use crate::sketch::{self, lift, lower, memory, sketches};

proptest! {
    #![proptest_config(config("proptest-regressions/split.txt"))]

    #[test]
    fn modules_are_within_limits(
        items in sketches(120, 5),
        max_memories in 2..6_usize,
        max_functions in 5..20_usize,
        max_imports in 38..100_usize,
    ) {
        let plan = sketch::plan(&items);
        let config = PartitionConfig { max_memories, max_functions, max_imports };
        let partition = partition(&plan, &config);
        check(&sketch::plan_dependencies(&items), &partition);
        for module in partition.modules.values() {
            let size = Size::of(&plan, &module.adapters);
            prop_assert!(size.memories <= max_memories);
            prop_assert!(size.imported_funcs + module.adapters.len() <= max_functions);
            prop_assert!(size.imported_funcs + size.memories <= max_imports);
        }
        prop_assert_eq!(&partition, &interfuse::adapt::partition(&plan, &config));
    }

    #[test]
    fn no_module_is_split_without_need(
        items in sketches(120, 5),
        max_memories in 2..6_usize,
        max_functions in 5..20_usize,
    ) {
        let plan = sketch::plan(&items);
        let config = PartitionConfig { max_memories, max_functions, ..PartitionConfig::default() };
        let partition = partition(&plan, &config);
        let modules = partition.modules.values().collect::<Vec<_>>();
        for pair in modules.windows(2).filter(|pair| pair[0].level == pair[1].level) {
            prop_assert!(is_needed(&plan, &config, pair[0], pair[1]), "{pair:?}");
        }
    }

    #[test]
    fn limits_that_are_too_small_for_an_adapter_are_no_obstacle(items in sketches(40, 5)) {
        let plan = sketch::plan(&items);
        let config = PartitionConfig { max_memories: 0, max_functions: 0, max_imports: 0 };
        let partition = partition(&plan, &config);
        check(&sketch::plan_dependencies(&items), &partition);
        prop_assert!(partition.modules.values().all(|module| module.adapters.len() == 1));
    }
}

/// Returns whether an adapter of `second` has no room in `first`.
fn is_needed(
    plan: &Plan,
    config: &PartitionConfig,
    first: &AdapterModule,
    second: &AdapterModule,
) -> bool {
    second.adapters.iter().any(|adapter| {
        let adapters = [&first.adapters[..], &[*adapter]].concat();
        let size = Size::of(plan, &adapters);
        size.memories > config.max_memories
            || size.imported_funcs + adapters.len() > config.max_functions
    })
}

/// What a module imports.
struct Size {
    memories: usize,
    imported_funcs: usize,
}

impl Size {
    fn of(plan: &Plan, adapters: &[AdapterId]) -> Self {
        let mut memories = HashSet::new();
        let mut funcs = HashSet::new();
        for adapter in adapters.iter().map(|id| &plan.adapters[*id]) {
            for options in [&adapter.lift.options, &adapter.lower.options] {
                memories.extend(options.memory.iter().map(|memory| &memory.export));
                funcs.extend(&options.realloc);
                funcs.extend(&options.post_return);
            }
            funcs.insert(&adapter.lift.callee);
        }
        funcs.retain(|def| !matches!(def, CoreDef::Adapter(id) if adapters.contains(id)));
        Size {
            memories: memories.len(),
            imported_funcs: funcs.len(),
        }
    }
}

/// Returns a plan with an adapter between each of these pairs of core instances, all of one level.
fn memories(pairs: impl Iterator<Item = (usize, usize)>) -> Plan {
    let mut plan = Plan::default();
    for (src, dst) in pairs {
        let src = memory(CoreInstanceId::new(src));
        let dst = memory(CoreInstanceId::new(dst));
        let mut lift = lift(0, CoreDef::Export(dst.export.clone()));
        lift.options.memory = Some(dst);
        let mut lower = lower(1, None);
        lower.options.memory = Some(src);
        let id = plan.adapters.push(Adapter { lift, lower });
        export(&mut plan, id);
    }
    let instances = plan
        .adapters
        .values()
        .flat_map(Adapter::memories)
        .map(|memory| memory.instance.index() + 1)
        .max();
    let empty = sketch::plan(&vec![sketch::instance(); instances.unwrap_or(0)]);
    plan.core_instances = empty.core_instances;
    plan
}

fn export(plan: &mut Plan, adapter: AdapterId) {
    let export = sketch::export_lifted(lift(0, CoreDef::Adapter(adapter)));
    let name = adapter.index().to_string();
    plan.exports.exports.insert(name.into(), export);
}

fn default_partition(plan: &Plan) -> Partition {
    partition(plan, &PartitionConfig::default())
}

#[test]
fn a_hundred_memories_fit_and_one_more_does_not() {
    let hub = |spokes: usize| memories((1..=spokes).map(|spoke| (0, spoke)));
    let full = default_partition(&hub(MODULE_MEMORIES_MAX - 1));
    assert_eq!(full.modules.len(), 1);
    let split = default_partition(&hub(MODULE_MEMORIES_MAX));
    assert_eq!(split.modules.len(), 2);
    assert!(split.modules.values().all(|module| module.level == 0));
}

#[test]
fn adapters_that_share_memories_come_together() {
    // Pairs of the same 150 memories, twice: the second time round every memory is in a module already.
    let pairs = (0..75).map(|pair| (2 * pair, 2 * pair + 1));
    let plan = memories(pairs.clone().chain(pairs));
    let partition = default_partition(&plan);
    assert_eq!(partition.modules.len(), 2);
    for pair in 0..75 {
        let first = partition.module_of[AdapterId::new(pair)];
        assert_eq!(first, partition.module_of[AdapterId::new(pair + 75)]);
    }
}

#[test]
fn callers_are_not_before_their_callees() {
    // The caller would have room in the first module, but what it calls is in the second.
    let mut plan = memories((0..100).map(|pair| (2 * pair, 2 * pair + 1)));
    let callee = AdapterId::new(99);
    let lift = lift(0, CoreDef::Adapter(callee));
    let lower = lower(1, None);
    let caller = plan.adapters.push(Adapter { lift, lower });
    export(&mut plan, caller);
    let partition = default_partition(&plan);
    assert_eq!(partition.modules.len(), 2);
    assert_eq!(partition.module_of[caller], partition.module_of[callee]);
}
