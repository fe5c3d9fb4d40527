//! The text of a leaf component, of its type and of its core modules.
//!
//! A leaf with code has two core modules: one with a memory, `realloc` and destructors, and one with the functions
//! that the leaf lifts and those that it has lowered.

use std::fmt::Write;

use crate::nesting::text::{Body, Decl, Names, PLAIN, Version, resource_id, signature};
use crate::nesting::ty::FuncTy;
use crate::nesting::world::{Definition, Dtor, Leaf};

/// Returns what a leaf imports.
pub(crate) fn imports(leaf: &Leaf) -> Vec<Decl> {
    let func = |(i, ty): (usize, &_)| Decl::Func {
        id: format!("$i{i}"),
        name: format!("i{i}"),
        ty: Clone::clone(ty),
    };
    let resources = (0..leaf.resources).map(Decl::Resource);
    resources
        .chain(leaf.imports.iter().enumerate().map(func))
        .collect()
}

/// Returns what a leaf exports.
fn exports(leaf: &Leaf) -> impl Iterator<Item = Decl> + '_ {
    let own = leaf.own_resource().map(Decl::Resource);
    let same = leaf.same_resource();
    let same = same.map(|(number, other)| Decl::SameResource(number, other));
    let func = |(i, (ty, _)): (usize, &(_, _))| Decl::Func {
        id: String::new(),
        name: format!("e{i}"),
        ty: Clone::clone(ty),
    };
    let funcs = leaf.exports.iter().enumerate().map(func);
    own.into_iter().chain(same).chain(funcs)
}

/// Writes the imports of a leaf, or of its type.
fn declare_imports(body: &mut Body, leaf: &Leaf) {
    if !leaf.bundled {
        for decl in imports(leaf) {
            body.declare(Version::Imported, &decl, PLAIN);
        }
        return;
    }
    let mut instance = Body::default();
    for decl in imports(leaf) {
        instance.declare(Version::Exported, &decl, PLAIN);
    }
    let instance = instance.finish();
    body.add(format_args!(
        r#"(import "deps" (instance $deps {instance}))"#
    ));
    for number in 0..leaf.resources {
        body.add(format_args!(
            r#"(alias export $deps "r{number}" (type $r{number}))"#
        ));
    }
}

/// Returns the declarations of the type of a leaf.
pub(crate) fn component_type(leaf: &Leaf) -> String {
    let mut body = Body::default();
    declare_imports(&mut body, leaf);
    for decl in exports(leaf) {
        body.declare(Version::Exported, &decl, PLAIN);
    }
    body.finish()
}

/// Returns the fields of a leaf. Its core modules are not among them.
pub(crate) fn component(leaf: &Leaf) -> String {
    let mut body = Body::default();
    declare_imports(&mut body, leaf);
    if leaf.bundled {
        for (i, _) in leaf.imports.iter().enumerate() {
            body.add(format_args!(r#"(alias export $deps "i{i}" (func $i{i}))"#));
        }
    }
    if leaf.has_code {
        core_instances(&mut body, leaf);
    }
    definitions(&mut body, leaf);

    if let Some(own) = leaf.own_resource() {
        body.add(format_args!(
            r#"(export $r{own}-x "r{own}" (type $r{own}))"#
        ));
    }
    if let Some((again, other)) = leaf.same_resource() {
        body.add(format_args!(r#"(export "r{again}" (type $r{other}))"#));
    }
    let id = |number| match Some(number) == leaf.own_resource() {
        true => format!("{}-x", resource_id(number)),
        false => resource_id(number),
    };
    let names = Names { id: &id, ..PLAIN };
    for (i, (ty, definition)) in leaf.exports.iter().enumerate() {
        let id = match definition {
            Definition::Same(import) => format!("$i{import}"),
            Definition::Lifted { .. } | Definition::Relifted { .. } => format!("$e{i}"),
        };
        body.export_func(&id, &format!("e{i}"), ty, names);
    }
    body.finish()
}

/// Writes the core instances of a leaf and what they are given.
fn core_instances(body: &mut Body, leaf: &Leaf) {
    let mark = leaf.mark;
    body.add(format_args!(
        "(core instance $libc (instantiate $libc{mark}))"
    ));
    body.add(r#"(alias core export $libc "memory" (core memory $memory))"#);
    body.add(r#"(alias core export $libc "realloc" (core func $realloc))"#);
    let mut given = String::new();
    for (i, (import, encoding)) in leaf.lowers.iter().enumerate() {
        let options = options(leaf, &leaf.imports[*import], encoding);
        body.add(format_args!(
            "(core func $l{i} (canon lower (func $i{import}){options}))"
        ));
        write!(given, r#" (export "l{i}" (func $l{i}))"#).unwrap();
    }
    if let Some(own) = leaf.own_resource() {
        let dtor = match leaf.own {
            Some(Dtor::Core) => r#" (dtor (core func $libc "dtor"))"#,
            Some(Dtor::Lowered(import)) => {
                body.add(format_args!(
                    "(core func $dtor (canon lower (func $i{import})))"
                ));
                " (dtor (core func $dtor))"
            }
            Some(Dtor::None) | None => "",
        };
        body.add(format_args!("(type $r{own} (resource (rep i32){dtor}))"));
        for op in ["new", "rep"] {
            body.add(format_args!(
                "(core func ${op} (canon resource.{op} $r{own}))"
            ));
            write!(given, r#" (export "{op}" (func ${op}))"#).unwrap();
        }
    }
    for number in dropped(leaf) {
        body.add(format_args!(
            "(core func $drop{number} (canon resource.drop $r{number}))"
        ));
        write!(given, r#" (export "drop{number}" (func $drop{number}))"#).unwrap();
    }
    body.add(format_args!(
        r#"(core instance $main (instantiate $main{mark} (with "libc" (instance $libc))
            (with "given" (instance{given}))))"#
    ));
}

/// Returns the resources whose handles a leaf can drop: what it imports, and its own.
fn dropped(leaf: &Leaf) -> impl Iterator<Item = usize> {
    0..leaf.resources + usize::from(leaf.own.is_some())
}

/// Writes the functions of a leaf that are not those of an import.
fn definitions(body: &mut Body, leaf: &Leaf) {
    for (i, (ty, definition)) in leaf.exports.iter().enumerate() {
        let (callee, encoding, cleans) = match definition {
            Definition::Same(_) => continue,
            Definition::Lifted { encoding, cleans } => {
                let callee = format!(r#"(core func $main "e{i}")"#);
                (callee, encoding, *cleans)
            }
            Definition::Relifted { import, encoding } => {
                let options = options(leaf, ty, encoding);
                body.add(format_args!(
                    "(core func $relifted{i} (canon lower (func $i{import}){options}))"
                ));
                (format!("(core func $relifted{i})"), encoding, false)
            }
        };
        let mut options = options(leaf, ty, encoding);
        if cleans {
            write!(options, r#" (post-return (core func $main "post-e{i}"))"#).unwrap();
        }
        for ty in ty.types().filter(|ty| ty.named().is_some()) {
            body.raw(ty, PLAIN);
        }
        let signature = signature(ty, Version::Raw, PLAIN);
        body.add(format_args!(
            "(func $e{i}{signature} (canon lift {callee}{options}))"
        ));
    }
}

fn options(leaf: &Leaf, ty: &FuncTy, encoding: &str) -> String {
    let needs_memory = ty.uses_memory();
    assert!(leaf.has_code || !needs_memory, "the leaf has no memory");
    // A memory that is not needed is an option all the same.
    match needs_memory || leaf.has_code && encoding != "utf8" {
        false => format!(" string-encoding={encoding}"),
        true => {
            format!(" string-encoding={encoding} (memory $memory) (realloc (core func $realloc))")
        }
    }
}

/// Returns the core modules of a leaf. They say in their bytes whose they are.
pub(crate) fn core_modules(leaf: &Leaf) -> String {
    let mark = leaf.mark;
    let global = format!("(global i32 (i32.const {mark}))");
    let mut main = String::new();
    each_import(leaf, |name, signature| {
        write!(main, r#" (import "given" "{name}" (func{signature}))"#).unwrap();
    });
    each_export(leaf, |name, signature| {
        write!(main, r#" (func (export "{name}"){signature} unreachable)"#).unwrap();
    });
    format!(
        r#"(core module $libc{mark}
            (memory (export "memory") 1)
            (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable)
            (func (export "dtor") (param i32)) {global})
        (core module $main{mark} (import "libc" "memory" (memory 1)){main} {global})
        "#
    )
}

/// Returns imports of the core modules of a leaf.
pub(crate) fn core_module_imports(leaf: &Leaf) -> String {
    let mark = leaf.mark;
    let mut main = String::new();
    each_import(leaf, |name, signature| {
        write!(main, r#" (import "given" "{name}" (func{signature}))"#).unwrap();
    });
    each_export(leaf, |name, signature| {
        write!(main, r#" (export "{name}" (func{signature}))"#).unwrap();
    });
    format!(
        r#"(import "libc{mark}" (core module $libc{mark}
            (export "memory" (memory 1))
            (export "realloc" (func (param i32 i32 i32 i32) (result i32)))
            (export "dtor" (func (param i32)))))
        (import "main{mark}" (core module $main{mark} (import "libc" "memory" (memory 1)){main}))
        "#
    )
}

/// Calls `found` with name and signature of each function that the main module imports.
fn each_import(leaf: &Leaf, mut found: impl FnMut(&str, &str)) {
    for (i, (import, _)) in leaf.lowers.iter().enumerate() {
        found(&format!("l{i}"), &leaf.imports[*import].lowered());
    }
    if leaf.own.is_some() {
        found("new", " (param i32) (result i32)");
        found("rep", " (param i32) (result i32)");
    }
    for number in dropped(leaf) {
        found(&format!("drop{number}"), " (param i32)");
    }
}

/// Calls `found` with name and signature of each function that the main module exports.
fn each_export(leaf: &Leaf, mut found: impl FnMut(&str, &str)) {
    for (i, (ty, definition)) in leaf.exports.iter().enumerate() {
        if let Definition::Lifted { cleans, .. } = definition {
            let (signature, cleaning) = ty.lifted();
            found(&format!("e{i}"), &signature);
            if *cleans {
                found(&format!("post-e{i}"), &cleaning);
            }
        }
    }
}
