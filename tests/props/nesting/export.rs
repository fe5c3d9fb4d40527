//! The exports of a component that is no leaf.

use std::collections::BTreeMap;

use crate::nesting::scope::{Scope, Writer, plain_name};
use crate::nesting::text::{Body, Names, PLAIN, Version, resource_id};
use crate::nesting::world::{FIRST_UNIT, Item};

impl Writer<'_> {
    /// Exports what a node gives, and what it imports for that.
    pub(crate) fn export(&self, scope: &mut Scope, id: usize) {
        let node = &self.tree.nodes[id];
        // Identifiers of resources as imports and exports have named them.
        let mut named: BTreeMap<usize, String> = (0..self.world.resources.len())
            .map(|resource| (resource, resource_id(resource)))
            .collect();
        let bundles = node.bundles.iter().map(|source| (*source, None));
        let singles = self.single_gives(node);
        let singles = singles.map(|item| (self.world.source(item), Some(item)));
        let mut exports: Vec<_> = bundles.chain(singles).collect();
        exports.sort_by_key(|(source, item)| (*source, *item));
        for (source, item) in exports {
            match item {
                None => {
                    let name = format!("s{source}");
                    self.export_instance(scope, source, &name, &mut named);
                }
                Some(item) => self.export_item(scope, item, &mut named),
            }
        }
        for item in &node.detours {
            match item {
                Item::Resource(resource) => scope.body.add(format_args!(
                    r#"(export "r{resource}" (type {}))"#,
                    scope.ids[item]
                )),
                Item::Func(_) => self.export_item(scope, *item, &mut named),
            }
        }
        if let (0, Some(unit)) = (id, self.world.exported_unit) {
            self.export_instance(scope, FIRST_UNIT + unit, "api", &mut named);
        }
    }

    /// Exports a unit as an instance. What it has of the resources of others is not yet named in the way of the
    /// component around it, so its type must say which they are.
    fn export_instance(
        &self,
        scope: &mut Scope,
        source: usize,
        name: &str,
        named: &mut BTreeMap<usize, String>,
    ) {
        let items: Vec<Item> = self.world.items(source).collect();
        let id = scope.instances[&source].clone();
        let mut types = items.iter().flat_map(|item| self.world.resources_of(*item));
        if types.all(|resource| self.world.source(resource) == source) {
            scope.body.add(format_args!(
                r#"(export $x{source} "{name}" (instance {id}))"#
            ));
            for item in items {
                if let Item::Resource(resource) = item {
                    let name = self.name_in(source, resource);
                    scope.body.add(format_args!(
                        r#"(alias export $x{source} "{name}" (type $r{resource}-s{source}))"#
                    ));
                    named.insert(resource, format!("$r{resource}-s{source}"));
                }
            }
            return;
        }
        let mut ty = Body::default();
        let name_in = |resource| self.name_in(source, resource);
        for item in items {
            if let Item::Resource(resource) = item {
                self.export_item(scope, item, named);
                let (id, name) = (&named[&resource], name_in(resource));
                ty.add(format_args!(
                    r#"(export "{name}" (type $same{resource} (eq {id})))"#
                ));
            } else {
                let id = |resource| match self.world.resources[resource] == source {
                    true => format!("$same{resource}"),
                    false => named[&resource].clone(),
                };
                let names = Names {
                    id: &id,
                    name: &name_in,
                };
                let decl = self.decl(item, String::new(), self.export_name(item));
                ty.declare(Version::Exported, &decl, names);
            }
        }
        let ty = ty.finish();
        scope.body.add(format_args!(
            r#"(export "{name}" (instance {id}) (instance {ty}))"#
        ));
    }

    fn export_item(&self, scope: &mut Scope, item: Item, named: &mut BTreeMap<usize, String>) {
        let id = &scope.ids[&item];
        match item {
            Item::Resource(resource) => {
                let new = format!("$r{resource}-x");
                if named[&resource] == new {
                    return;
                }
                scope
                    .body
                    .add(format_args!(r#"(export {new} "r{resource}" (type {id}))"#));
                named.insert(resource, new);
            }
            Item::Func(func) => {
                let named = |resource| named[&resource].clone();
                let names = Names {
                    id: &named,
                    ..PLAIN
                };
                let ty = &self.world.funcs[func].ty;
                scope.body.export_func(id, &plain_name(item), ty, names);
            }
        }
    }
}
