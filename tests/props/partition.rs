//! A partition is complete, in a valid order, as small as can be, and always the same.

use std::collections::{BTreeSet, HashSet};

use cranelift_entity::{EntityRef, PrimaryMap};
use interfuse::adapt::{
    Adapter, AdapterId, CoreDef, CoreInstanceId, Dependencies, DependencyGraph, HostLowering, Node,
    Partition, PartitionConfig, Step, partition, partition_graph,
};
use proptest::prelude::{prop_assert_eq, proptest};

use crate::brute::fewest_modules;
use crate::config::config;
use crate::sketch::{self, Item, sketches};

proptest! {
    #![proptest_config(config("proptest-regressions/partition.txt"))]

    #[test]
    fn small_partitions_are_minimal(items in sketches(10, 5)) {
        check_minimal(&sketch::dependencies(&items));
    }

    #[test]
    fn large_partitions_are_valid(items in sketches(200, 4)) {
        let dependencies = sketch::dependencies(&items);
        let partition = partition_graph(&DependencyGraph::from_dependencies(&dependencies));
        check(&dependencies, &partition);
        check_levels_are_modules(&partition);
        let again = partition_graph(&DependencyGraph::from_dependencies(&dependencies));
        prop_assert_eq!(partition, again);
    }

    #[test]
    fn plans_have_the_dependencies_they_show(items in sketches(30, 5)) {
        let plan = sketch::plan(&items);
        let expected = sketch::plan_dependencies(&items);
        let found = Dependencies::of(&plan);
        prop_assert_eq!(sets(&found.adapters), sets(&expected.adapters));
        prop_assert_eq!(sets(&found.instances), sets(&expected.instances));
        let partition = partition(&plan, &PartitionConfig::default());
        check(&expected, &partition);
        prop_assert_eq!(partition, partition_graph(&DependencyGraph::new(&plan)));
    }
}

#[test]
fn every_graph_of_five_nodes_is_minimal() {
    const NODES: usize = 5;
    const PAIRS: usize = NODES * (NODES - 1) / 2;
    for bits in 0..1_usize << (NODES + PAIRS) {
        let mut pair = NODES;
        let items = (0..NODES).map(|node| {
            let needs = (0..node).filter(|_| {
                pair += 1;
                bits >> (pair - 1) & 1 == 1
            });
            Item {
                is_instance: bits >> node & 1 == 1,
                rank: if bits % 3 == 0 { 5 - node as u16 } else { 0 },
                needs: needs.collect(),
                is_exported: bits % 5 == 0,
                detour: 0,
            }
        });
        check_minimal(&sketch::dependencies(&items.collect::<Vec<_>>()));
    }
}

#[test]
fn pass_through_adapters_share_a_module() {
    let mut graph = Dependencies::default();
    let callee = graph.instances.push(vec![]);
    // Each forwards to the one after it, so callees have higher ids.
    for id in 0..3 {
        let next = match id {
            2 => Node::Instance(callee),
            _ => Node::Adapter(AdapterId::new(id + 1)),
        };
        graph.adapters.push(vec![next]);
    }
    let caller = graph.instances.push(vec![Node::Adapter(AdapterId::new(0))]);
    let partition = partition_graph(&DependencyGraph::from_dependencies(&graph));
    let module = EntityRef::new(0);
    let order = [2, 1, 0].map(AdapterId::new);
    assert_eq!(partition.modules.len(), 1);
    assert_eq!(partition.modules[module].adapters, order);
    assert_eq!(
        partition.steps,
        [
            Step::Instance(callee),
            Step::Adapters(module),
            Step::Instance(caller)
        ]
    );
}

#[test]
fn consumers_before_other_providers_do_not_cost_a_module() {
    // Two unrelated pairs. In the order of instantiation the second provider comes after the first consumer, so
    // its adapter cannot be in the module that the first consumer waits for.
    let interleaved = pairs(&[(true, 0), (false, 0), (true, 1), (false, 1)]);
    assert_eq!(interleaved.modules.len(), 2);
    let providers_first = pairs(&[(true, 0), (true, 1), (false, 1), (false, 0)]);
    assert_eq!(providers_first.modules.len(), 1);
    // The module stands directly before the first consumer.
    let step = Step::Adapters(EntityRef::new(0));
    assert_eq!(providers_first.steps[2], step);
}

/// Returns the partition of providers (true) and consumers (false) in this order, with an adapter for each pair.
fn pairs(instances: &[(bool, usize)]) -> Partition {
    let mut graph = Dependencies::default();
    let mut providers: Vec<(usize, CoreInstanceId)> = Vec::new();
    for (is_provider, pair) in instances {
        let id = graph.instances.push(match is_provider {
            true => vec![],
            false => vec![Node::Adapter(AdapterId::new(*pair))],
        });
        if *is_provider {
            providers.push((*pair, id));
        }
    }
    providers.sort();
    for (_, id) in providers {
        graph.adapters.push(vec![Node::Instance(id)]);
    }
    partition_graph(&DependencyGraph::from_dependencies(&graph))
}

#[test]
fn adapters_nobody_uses_are_in_no_module() {
    let mut graph = Dependencies::default();
    let callee = graph.instances.push(vec![]);
    let unused = graph.adapters.push(vec![Node::Instance(callee)]);
    let also_unused = graph.adapters.push(vec![Node::Adapter(unused)]);
    let exported = graph.adapters.push(vec![Node::Instance(callee)]);
    graph.instances.push(vec![]);
    graph.roots.push(exported);
    let partition = partition_graph(&DependencyGraph::from_dependencies(&graph));
    assert_eq!(partition.module_of[unused], None);
    assert_eq!(partition.module_of[also_unused], None);
    // No core instance needs the exported one, so it comes last.
    let module = partition.module_of[exported].unwrap();
    assert_eq!(partition.steps.last(), Some(&Step::Adapters(module)));
    assert_eq!(partition.modules.len(), 1);
}

#[test]
fn host_lowerings_need_their_memories_and_functions() {
    let mut plan = sketch::plan(&vec![sketch::instance(); 3]);
    let memory = sketch::memory(CoreInstanceId::new(2));
    let realloc = CoreDef::Export(sketch::memory(CoreInstanceId::new(1)).export);
    let inner = plan.host_lowerings.push(HostLowering {
        func: EntityRef::new(0),
        lower: sketch::lower(0, Some(realloc)),
    });
    let mut outer = sketch::lower(0, Some(CoreDef::HostLowering(inner)));
    outer.options.memory = Some(memory);
    let outer = plan.host_lowerings.push(HostLowering {
        func: EntityRef::new(0),
        lower: outer,
    });
    for lowering in [inner, outer, inner, outer] {
        let lift = sketch::lift(0, CoreDef::HostLowering(lowering));
        let lower = sketch::lower(1, None);
        plan.adapters.push(Adapter { lift, lower });
    }
    let [first, second] = [1, 2].map(|id| vec![Node::Instance(CoreInstanceId::new(id))]);
    let found = Dependencies::of(&plan);
    let found: Vec<_> = found.adapters.values().cloned().collect();
    assert_eq!(found, [first.clone(), second.clone(), first, second]);
}

#[test]
fn deep_graphs_do_not_overflow_the_stack() {
    const DEPTH: usize = 50_000;
    let mut graph = Dependencies::default();
    graph.instances.push(vec![]);
    for depth in 0..DEPTH {
        let provider = Node::Instance(CoreInstanceId::new(depth));
        let adapter = graph.adapters.push(vec![provider]);
        graph.instances.push(vec![Node::Adapter(adapter)]);
    }
    let partition = partition_graph(&DependencyGraph::from_dependencies(&graph));
    assert_eq!(partition.modules.len(), DEPTH);

    let mut graph = Dependencies::default();
    graph.instances.push(vec![]);
    let mut need = Node::Instance(CoreInstanceId::new(0));
    for _ in 0..DEPTH {
        let id = graph.adapters.push(vec![need]);
        need = Node::Adapter(id);
        graph.roots = vec![id];
    }
    let partition = partition_graph(&DependencyGraph::from_dependencies(&graph));
    assert_eq!(partition.modules.len(), 1);
}

fn check_minimal(dependencies: &Dependencies) {
    let partition = partition_graph(&DependencyGraph::from_dependencies(dependencies));
    check(dependencies, &partition);
    check_levels_are_modules(&partition);
    let fewest = fewest_modules(dependencies);
    assert_eq!(partition.modules.len(), fewest, "{dependencies:?}");
}

/// Checks that every step comes after what it needs, that nothing is missing or twice, and that no module comes
/// before it must.
pub(crate) fn check(dependencies: &Dependencies, partition: &Partition) {
    let mut done: HashSet<Node> = HashSet::new();
    let mut modules = partition.modules.keys();
    let mut instances = dependencies.instances.keys();
    let mut waiting: Vec<Node> = Vec::new();
    for step in &partition.steps {
        match *step {
            Step::Instance(id) => {
                assert_eq!(instances.next(), Some(id));
                let needs = &dependencies.instances[id];
                assert!(needs.iter().all(|need| done.contains(need)), "{id:?}");
                if !waiting.is_empty() {
                    let is_needed = needs.iter().any(|need| waiting.contains(need));
                    assert!(is_needed, "{waiting:?} need not stand before {id:?}");
                    waiting.clear();
                }
                done.insert(Node::Instance(id));
            }
            Step::Adapters(module) => {
                assert_eq!(modules.next(), Some(module));
                let adapters = &partition.modules[module].adapters;
                for pair in adapters.windows(2).filter(|pair| pair[0] > pair[1]) {
                    let is_callee =
                        dependencies.adapters[pair[1]].contains(&Node::Adapter(pair[0]));
                    assert!(
                        is_callee,
                        "{pair:?} are in order of ids unless one needs the other"
                    );
                }
                for id in adapters {
                    let needs = &dependencies.adapters[*id];
                    assert!(needs.iter().all(|need| done.contains(need)), "{id:?}");
                    assert!(done.insert(Node::Adapter(*id)), "{id:?} is there twice");
                    assert_eq!(partition.module_of[*id], Some(module));
                    waiting.push(Node::Adapter(*id));
                }
            }
        }
    }
    assert_eq!((modules.next(), instances.next()), (None, None));
    let mut used: Vec<Node> = dependencies.instances.keys().map(Node::Instance).collect();
    used.extend(dependencies.roots.iter().copied().map(Node::Adapter));
    let mut seen: HashSet<Node> = HashSet::new();
    while let Some(node) = used.pop() {
        if seen.insert(node) {
            used.extend(match node {
                Node::Adapter(id) => &dependencies.adapters[id],
                Node::Instance(id) => &dependencies.instances[id],
            });
        }
    }
    assert_eq!(done, seen, "what is used is there, and nothing else");
    for id in dependencies.adapters.keys() {
        let is_used = seen.contains(&Node::Adapter(id));
        assert_eq!(partition.module_of[id].is_some(), is_used, "{id:?}");
    }
}

/// Checks that there is one module for each level.
fn check_levels_are_modules(partition: &Partition) {
    for (id, module) in &partition.modules {
        assert_eq!(module.level, id.as_u32());
        assert!(!module.adapters.is_empty());
    }
}

fn sets<K: EntityRef>(needs: &PrimaryMap<K, Vec<Node>>) -> Vec<BTreeSet<Node>> {
    let sets = needs.values().map(|needs| needs.iter().copied().collect());
    sets.collect()
}
