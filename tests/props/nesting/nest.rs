//! A nested world as text.

use crate::nesting::leaf;
use crate::nesting::scope::{Scope, Writer, plain_id, plain_name};
use crate::nesting::text::{Body, Decl, Names, PLAIN, Version, each_item, inline_exports};
use crate::nesting::tree::{Child, Node, Tree, contains};
use crate::nesting::world::{FIRST_UNIT, Item, World};

/// Returns the component in the text format.
pub(crate) fn text(world: &World, tree: &Tree) -> String {
    let writer = Writer { world, tree };
    format!("(component $W0\n{})", writer.node(0))
}

impl Writer<'_> {
    fn node(&self, id: usize) -> String {
        let node = &self.tree.nodes[id];
        let mut scope = Scope::default();
        for source in 0..FIRST_UNIT + self.world.units.len() {
            self.import(&mut scope, id, source);
        }
        self.take(&mut scope, node);
        self.define(&mut scope, node);
        for child in &node.children {
            match child {
                Child::Unit(unit) => self.unit(&mut scope, *unit),
                Child::Wrapper(child) => self.wrapper(&mut scope, *child),
            }
        }
        if node.style.has_dead_code {
            self.dead_code(&mut scope);
        }
        self.export(&mut scope, id);
        scope.body.finish()
    }

    fn import(&self, scope: &mut Scope, id: usize, source: usize) {
        let items = self.imported(id, source);
        if items.is_empty() {
            return;
        }
        for item in &items {
            scope.ids.insert(*item, plain_id(*item));
        }
        if !self.imports_bundle(id, source) {
            for item in items {
                let decl = self.decl(item, plain_id(item), plain_name(item));
                scope.body.declare(Version::Imported, &decl, PLAIN);
            }
            return;
        }
        let mut instance = Body::default();
        let name = |resource| self.name_in(source, resource);
        let names = Names {
            name: &name,
            ..PLAIN
        };
        for item in &items {
            let decl = self.decl(*item, String::new(), self.export_name(*item));
            instance.declare(Version::Exported, &decl, names);
        }
        let instance = instance.finish();
        scope.body.add(format_args!(
            r#"(import "s{source}" (instance $s{source} {instance}))"#
        ));
        self.open(scope, source, &format!("$s{source}"), &items);
    }

    /// Takes leaves and core modules from the nodes around.
    fn take(&self, scope: &mut Scope, node: &Node) {
        let leaves = &self.world.leaves;
        for leaf in &node.modules.1 {
            if contains(node.style.module_imports, *leaf) {
                let imports = leaf::core_module_imports(&leaves[*leaf]);
                scope.body.add(imports);
            } else if node.style.aliases {
                let has = |node: &Node| {
                    let imports = node.style.aliases || contains(node.style.module_imports, *leaf);
                    node.modules.0.contains(leaf) || imports && node.modules.1.contains(leaf)
                };
                let outer = self.outer(node, has);
                for module in [format!("$libc{leaf}"), format!("$main{leaf}")] {
                    scope.body.add(format_args!(
                        "(alias outer $W{outer} {module} (core module {module}))"
                    ));
                }
            }
        }
        for leaf in &node.leaves.1 {
            if contains(node.style.leaf_imports, *leaf) {
                let ty = leaf::component_type(&leaves[*leaf]);
                scope.body.add(format_args!(
                    r#"(import "leaf{leaf}" (component $leaf{leaf} {ty}))"#
                ));
            } else if node.style.aliases {
                let has = |node: &Node| {
                    let imports = node.style.aliases || contains(node.style.leaf_imports, *leaf);
                    node.leaves.0.contains(leaf) || imports && node.leaves.1.contains(leaf)
                };
                let outer = self.outer(node, has);
                scope.body.add(format_args!(
                    "(alias outer $W{outer} $leaf{leaf} (component $leaf{leaf}))"
                ));
            }
        }
    }

    /// Returns the innermost node around `node` in which there is a name for what it takes.
    fn outer(&self, node: &Node, has: impl Fn(&Node) -> bool) -> usize {
        let nodes = &self.tree.nodes;
        let mut outer = std::iter::successors(node.parent, |outer| nodes[*outer].parent);
        let found = outer.find(|outer| has(&nodes[*outer]));
        found.expect("it is defined somewhere around")
    }

    /// Defines leaves and core modules.
    fn define(&self, scope: &mut Scope, node: &Node) {
        let leaves = &self.world.leaves;
        for leaf in &node.modules.0 {
            scope.body.add(leaf::core_modules(&leaves[*leaf]));
        }
        for leaf in &node.leaves.0 {
            let is_outside = |node: &Node| node.modules.0.contains(leaf);
            let modules = match self.tree.nodes.iter().any(is_outside) {
                true => String::new(),
                false => leaf::core_modules(&leaves[*leaf]),
            };
            let fields = leaf::component(&leaves[*leaf]);
            scope
                .body
                .add(format_args!("(component $leaf{leaf} {modules}{fields})"));
        }
    }

    fn unit(&self, scope: &mut Scope, number: usize) {
        let unit = &self.world.units[number];
        let leaf = &self.world.leaves[unit.leaf];
        let source = FIRST_UNIT + number;
        let imported = unit.resources[..leaf.resources].iter();
        let resources = imported.map(|resource| Decl::Resource(*resource));
        let funcs = unit.funcs.iter().enumerate().map(|(i, func)| {
            let item = Item::Func(*func);
            self.decl(item, scope.ids[&item].clone(), format!("i{i}"))
        });
        let decls: Vec<Decl> = resources.chain(funcs).collect();
        let id = |resource| scope.ids[&Item::Resource(resource)].clone();
        let ids = Names { id: &id, ..PLAIN };
        let name = |resource| self.name_in(source, resource);
        let names = Names {
            name: &name,
            ..PLAIN
        };
        let body = &mut scope.body;
        let args = match leaf.bundled {
            true => {
                let exports = inline_exports(body, &decls, ids, names);
                format!(r#" (with "deps" (instance{exports}))"#)
            }
            false => with(body, &decls, ids, names),
        };
        body.add(format_args!(
            "(instance $u{number} (instantiate $leaf{}{args}))",
            unit.leaf
        ));
        let items: Vec<Item> = self.world.items(source).collect();
        self.open(scope, source, &format!("$u{number}"), &items);
    }

    fn wrapper(&self, scope: &mut Scope, id: usize) {
        let node = &self.tree.nodes[id];
        let text = self.node(id);
        scope.body.add(format_args!("(component $W{id}\n{text})"));
        let args = self.args(scope, id);
        scope
            .body
            .add(format_args!("(instance $w{id} (instantiate $W{id}{args}))"));
        let instance = format!("$w{id}");
        for source in &node.bundles {
            let inner = format!("$s{source}");
            scope.body.add(format_args!(
                r#"(alias export {instance} "s{source}" (instance {inner}))"#
            ));
            let items: Vec<Item> = self.world.items(*source).collect();
            self.open(scope, *source, &inner, &items);
        }
        for item in self.single_gives(node) {
            self.alias(scope, item, &instance, &plain_name(item), plain_id(item));
        }
        for item in &node.detours {
            let id = format!("{}-w{id}", plain_id(*item));
            self.alias(scope, *item, &instance, &plain_name(*item), id);
        }
    }

    /// Returns what a wrapper is given.
    fn args(&self, scope: &mut Scope, id: usize) -> String {
        let node = &self.tree.nodes[id];
        let id_of = |resource| scope.ids[&Item::Resource(resource)].clone();
        let ids = Names {
            id: &id_of,
            ..PLAIN
        };
        let mut singles = Vec::new();
        let mut text = String::new();
        for source in 0..FIRST_UNIT + self.world.units.len() {
            let items = self.imported(id, source);
            if !self.imports_bundle(id, source) {
                let decl = |item| self.decl(item, scope.ids[&item].clone(), plain_name(item));
                singles.extend(items.into_iter().map(decl));
                continue;
            }
            if items.is_empty() {
                continue;
            }
            let known = scope.instances.get(&source);
            let known = known.filter(|_| node.style.reuses_instances);
            let instance = known.cloned().unwrap_or_else(|| {
                let item = |item: &Item| {
                    let id = scope.ids[item].clone();
                    self.decl(*item, id, self.export_name(*item))
                };
                let decls: Vec<Decl> = items.iter().map(item).collect();
                let name = |resource| self.name_in(source, resource);
                let names = Names {
                    name: &name,
                    ..PLAIN
                };
                inline_exports(&mut scope.body, &decls, ids, names)
            });
            text += &format!(r#" (with "s{source}" (instance {instance}))"#);
        }
        text += &with(&mut scope.body, &singles, ids, PLAIN);
        for leaf in &node.modules.1 {
            if contains(node.style.module_imports, *leaf) {
                for module in [format!("libc{leaf}"), format!("main{leaf}")] {
                    text += &format!(r#" (with "{module}" (core module ${module}))"#);
                }
            }
        }
        for leaf in &node.leaves.1 {
            if contains(node.style.leaf_imports, *leaf) {
                text += &format!(r#" (with "leaf{leaf}" (component $leaf{leaf}))"#);
            }
        }
        text
    }

    /// Lowers functions for nothing.
    fn dead_code(&self, scope: &mut Scope) {
        let funcs = scope.ids.iter().filter_map(|(item, id)| match item {
            Item::Func(func) if !self.world.funcs[*func].ty.uses_memory() => Some((func, id)),
            Item::Func(_) | Item::Resource(_) => None,
        });
        for (func, id) in funcs.take(2) {
            scope.body.add(format_args!(
                "(core func $dead{func} (canon lower (func {id})))"
            ));
            scope.body.add(format_args!(
                r#"(core instance (export "dead" (func $dead{func})))"#
            ));
        }
    }
}

/// Returns instantiation arguments.
fn with(body: &mut Body, decls: &[Decl], ids: Names<'_>, names: Names<'_>) -> String {
    let mut text = String::new();
    each_item(body, decls, ids, names, &mut |name, item| {
        text += &format!(r#" (with "{name}" {item})"#);
    });
    text
}
