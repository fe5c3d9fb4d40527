//! A component while it is being translated: its initializers so far, and what is known of its index spaces.

use std::collections::{HashMap, HashSet};

use cranelift_entity::EntityRef;

use crate::adapt::index::{
    CaptureId, ComponentIndex, ComponentInstanceIndex, CoreModuleIndex, ResourceId,
    StaticComponentId,
};
use crate::adapt::module::Span;
use crate::adapt::translate::translation::{Component, Initializer, Names, OuterItem};
use crate::adapt::types::Label;

/// A component that is being translated.
pub(in crate::adapt::translate) struct Scope {
    pub id: StaticComponentId,
    pub component: Component,
    /// Names of core functions, for people.
    pub core_func_names: Vec<Label>,
    /// Names of functions, for people.
    pub func_names: Vec<Label>,
    /// Names of instances where they come with one, for people.
    pub instance_names: Vec<Option<Label>>,
    /// Size of the type index space so far.
    pub type_count: u32,
    /// Formal resources that an initializer has given a meaning.
    pub bound: HashSet<ResourceId>,
    /// What is taken from the component around this one, in the words of that one.
    captures: Vec<OuterItem>,
    capture_ids: HashMap<OuterItem, CaptureId>,
}

impl Scope {
    /// Opens a component.
    pub(in crate::adapt::translate) fn new(id: StaticComponentId, span: Span) -> Scope {
        Scope {
            id,
            component: Component {
                name: None,
                span,
                initializers: Vec::new(),
                names: Names::default(),
            },
            core_func_names: Vec::new(),
            func_names: Vec::new(),
            instance_names: Vec::new(),
            type_count: 0,
            bound: HashSet::new(),
            captures: Vec::new(),
            capture_ids: HashMap::new(),
        }
    }

    /// Adds a step.
    pub(in crate::adapt::translate) fn push(&mut self, initializer: Initializer) {
        self.component.initializers.push(initializer);
    }

    /// Closes the component: returns it, and what it captures in the words of the component around it.
    pub(in crate::adapt::translate) fn finish(
        self,
    ) -> (StaticComponentId, Component, Vec<OuterItem>) {
        (self.id, self.component, self.captures)
    }

    /// Returns the name for people of an instance, if it has one.
    pub(in crate::adapt::translate) fn instance_name(
        &self,
        index: ComponentInstanceIndex,
    ) -> Option<&Label> {
        self.instance_names[index.index()].as_ref()
    }

    fn capture(&mut self, item: OuterItem) -> CaptureId {
        *self.capture_ids.entry(item).or_insert_with(|| {
            self.captures.push(item);
            CaptureId::new(self.captures.len() - 1)
        })
    }
}

/// A module or component as an outer alias names it.
#[derive(Clone, Copy)]
pub(in crate::adapt::translate) enum OuterTarget {
    Module(CoreModuleIndex),
    Component(ComponentIndex),
}

/// Resolves an outer alias of the innermost of `scopes` that goes `count` components outward: every component on
/// the way captures the item from the one around it.
pub(in crate::adapt::translate) fn resolve_outer(
    scopes: &mut [Scope],
    count: usize,
    target: OuterTarget,
) -> OuterItem {
    let mut item = match target {
        OuterTarget::Module(index) => OuterItem::Module(index),
        OuterTarget::Component(index) => OuterItem::Component(index),
    };
    let first = scopes.len() - count;
    for scope in &mut scopes[first..] {
        let id = scope.capture(item);
        item = match target {
            OuterTarget::Module(_) => OuterItem::CapturedModule(id),
            OuterTarget::Component(_) => OuterItem::CapturedComponent(id),
        };
    }
    item
}

#[cfg(test)]
mod tests {
    use cranelift_entity::EntityRef;

    use super::{OuterTarget, Scope, resolve_outer};
    use crate::adapt::index::{CoreModuleIndex, FileId, StaticComponentId};
    use crate::adapt::module::Span;
    use crate::adapt::translate::translation::OuterItem;

    #[test]
    fn every_component_on_the_way_captures_once() {
        let scope = |id| {
            let span = Span {
                file: FileId::new(0),
                bytes: 0..0,
            };
            Scope::new(StaticComponentId::new(id), span)
        };
        let mut scopes: Vec<_> = (0..4).map(scope).collect();
        let target = OuterTarget::Module(CoreModuleIndex::new(7));
        let own = resolve_outer(&mut scopes, 0, target);
        assert_eq!(own, OuterItem::Module(CoreModuleIndex::new(7)));
        let first = resolve_outer(&mut scopes, 3, target);
        assert_eq!(first, resolve_outer(&mut scopes, 3, target));
        let captures: Vec<_> = scopes.into_iter().map(|scope| scope.finish().2).collect();
        assert_eq!(captures[0], []);
        assert_eq!(captures[1], [OuterItem::Module(CoreModuleIndex::new(7))]);
        assert!(matches!(captures[2][..], [OuterItem::CapturedModule(_)]));
        assert!(matches!(captures[3][..], [OuterItem::CapturedModule(_)]));
    }
}
