//! The fewest adapter modules of a small graph, found by trying everything.

use cranelift_entity::EntityRef;
use interfuse::adapt::{Dependencies, Node};

/// A set of nodes, adapters first.
type Set = usize;

/// Returns the smallest number of groups into which the adapters in use can be put so that groups and core instances
/// can be instantiated one after the other: groups in any order, core instances in theirs.
pub(crate) fn fewest_modules(dependencies: &Dependencies) -> usize {
    let adapters = dependencies.adapters.len();
    let instances = dependencies.instances.len();
    let bit = |node: &Node| match node {
        Node::Adapter(id) => 1 << id.index(),
        Node::Instance(id) => 1 << (adapters + id.index()),
    };
    let needs = dependencies
        .adapters
        .values()
        .chain(dependencies.instances.values());
    let needs: Vec<Set> = needs
        .map(|nodes| nodes.iter().map(bit).fold(0, |set, bit| set | bit))
        .collect();
    let all_instances = ((1 << instances) - 1) << adapters;
    let roots = dependencies.roots.iter().map(|id| 1 << id.index());
    let used = closure(roots.fold(all_instances, |set, bit| set | bit), &needs);

    // `fewest[done]` is the smallest number of groups after which `done` can be there.
    let mut fewest = vec![usize::MAX; used + 1];
    fewest[0] = 0;
    for done in 0..used {
        if fewest[done] == usize::MAX {
            continue;
        }
        let next = adapters + (done >> adapters).count_ones() as usize;
        if next < adapters + instances && needs[next] & !done == 0 {
            let then = done | 1 << next;
            fewest[then] = fewest[then].min(fewest[done]);
        }
        let waiting = used & !done & !all_instances;
        let mut group = waiting;
        while group != 0 {
            let then = done | group;
            if members(group).all(|node| needs[node] & !then == 0) {
                fewest[then] = fewest[then].min(fewest[done] + 1);
            }
            group = (group - 1) & waiting;
        }
    }
    fewest[used]
}

/// Returns `set` with everything that it needs.
fn closure(mut set: Set, needs: &[Set]) -> Set {
    loop {
        let larger = members(set).fold(set, |set, node| set | needs[node]);
        if larger == set {
            return set;
        }
        set = larger;
    }
}

fn members(set: Set) -> impl Iterator<Item = usize> {
    (0..usize::BITS as usize).filter(move |node| set >> node & 1 == 1)
}
