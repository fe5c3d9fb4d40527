//! What is at hand in a component while it is written, and how items are called there.

use std::collections::BTreeMap;

use crate::nesting::text::{Body, Decl, resource_name};
use crate::nesting::tree::{Node, Tree, contains};
use crate::nesting::world::{FIRST_UNIT, HOST_INSTANCE, Item, World};

/// Writes a nested world.
pub(crate) struct Writer<'a> {
    pub world: &'a World,
    pub tree: &'a Tree,
}

/// What is at hand in a component.
#[derive(Default)]
pub(crate) struct Scope {
    pub body: Body,
    /// Identifiers of items.
    pub ids: BTreeMap<Item, String>,
    /// Identifiers of instances by source.
    pub instances: BTreeMap<usize, String>,
}

impl Writer<'_> {
    /// Returns the items of a source that a node imports.
    pub(crate) fn imported(&self, id: usize, source: usize) -> Vec<Item> {
        match id {
            0 if source < FIRST_UNIT => self.world.items(source).collect(),
            0 => Vec::new(),
            _ => {
                let needs = self.tree.nodes[id].needs.iter().copied();
                needs
                    .filter(|item| self.world.source(*item) == source)
                    .collect()
            }
        }
    }

    /// Returns whether a node imports the items of a source as an instance.
    pub(crate) fn imports_bundle(&self, id: usize, source: usize) -> bool {
        match id {
            0 => source == HOST_INSTANCE,
            _ => contains(self.tree.nodes[id].style.import_bundles, source),
        }
    }

    /// Takes items out of an instance.
    pub(crate) fn open(&self, scope: &mut Scope, source: usize, instance: &str, items: &[Item]) {
        scope.instances.insert(source, instance.to_owned());
        let mut items = items.to_vec();
        if self.tree.takes_last_first {
            items.reverse();
        }
        for item in &items {
            let (name, id) = (self.export_name(*item), plain_id(*item));
            self.alias(scope, *item, instance, &name, id);
        }
    }

    pub(crate) fn alias(
        &self,
        scope: &mut Scope,
        item: Item,
        instance: &str,
        name: &str,
        id: String,
    ) {
        let kind = kind(item);
        scope.body.add(format_args!(
            r#"(alias export {instance} "{name}" ({kind} {id}))"#
        ));
        scope.ids.insert(item, id);
    }

    /// Returns the items in a node that it exports by themselves.
    pub(crate) fn single_gives(&self, node: &Node) -> impl Iterator<Item = Item> {
        let is_single = |item: &Item| !node.bundles.contains(&self.world.source(*item));
        let mut items: Vec<Item> = node.gives.iter().copied().filter(is_single).collect();
        items.sort_by_key(|item| (self.world.source(*item), *item));
        items.into_iter()
    }

    pub(crate) fn decl(&self, item: Item, id: String, name: String) -> Decl {
        match item {
            Item::Resource(resource) => Decl::Resource(resource),
            Item::Func(func) => Decl::Func {
                id,
                name,
                ty: self.world.funcs[func].ty.clone(),
            },
        }
    }

    /// Returns the name by which a source exports an item.
    pub(crate) fn export_name(&self, item: Item) -> String {
        match item {
            Item::Resource(resource) => self.name_in(self.world.source(item), resource),
            Item::Func(func) => self.world.funcs[func].name.clone(),
        }
    }

    /// Returns the name that a source has for a resource.
    pub(crate) fn name_in(&self, source: usize, resource: usize) -> String {
        resource_name(self.world.number_in(source, resource))
    }
}

pub(crate) fn kind(item: Item) -> &'static str {
    match item {
        Item::Resource(_) => "type",
        Item::Func(_) => "func",
    }
}

pub(crate) fn plain_id(item: Item) -> String {
    format!("${}", plain_name(item))
}

pub(crate) fn plain_name(item: Item) -> String {
    match item {
        Item::Resource(resource) => resource_name(resource),
        Item::Func(func) => format!("f{func}"),
    }
}
