//! The text of one component, or of one component or instance type, and what it has defined so far.

use std::collections::BTreeSet;
use std::fmt;

use crate::nesting::ty::{FuncTy, Ty};

/// How resources are called at a place.
#[derive(Clone, Copy)]
pub(crate) struct Names<'a> {
    /// Returns the identifier of a resource.
    pub id: &'a dyn Fn(usize) -> String,
    /// Returns the name by which a resource is imported or exported.
    pub name: &'a dyn Fn(usize) -> String,
}

/// Returns the identifier of a resource unless there is another.
pub(crate) fn resource_id(resource: usize) -> String {
    format!("$r{resource}")
}

/// Returns the name by which a resource is imported and exported unless there is another.
pub(crate) fn resource_name(resource: usize) -> String {
    format!("r{resource}")
}

/// Identifiers and names of resources by their number.
pub(crate) const PLAIN: Names<'static> = Names {
    id: &resource_id,
    name: &resource_name,
};

/// Which definition of a named type to refer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    /// The definition itself.
    Raw,
    /// That which has the name of an import.
    Imported,
    /// That which has the name of an export.
    Exported,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Version::Raw => "-raw",
            Version::Imported => "",
            Version::Exported => "-x",
        })
    }
}

impl Version {
    fn keyword(self) -> &'static str {
        match self {
            Version::Imported => "import",
            Version::Exported => "export",
            Version::Raw => unreachable!("what is declared has a name"),
        }
    }
}

/// An item that is imported or exported.
#[derive(Clone, Debug)]
pub(crate) enum Decl {
    Resource(usize),
    /// A resource that is another.
    SameResource(usize, usize),
    Func {
        id: String,
        name: String,
        ty: FuncTy,
    },
}

/// The text of one component or type.
#[derive(Default)]
pub(crate) struct Body {
    text: String,
    /// Identifiers of named types that exist.
    known: BTreeSet<String>,
}

impl Body {
    /// Adds a field.
    pub(crate) fn add(&mut self, field: impl fmt::Display) {
        self.text += &format!("{field}\n");
    }

    /// Returns the text.
    pub(crate) fn finish(self) -> String {
        self.text
    }

    /// Returns the identifier of a named type as it is defined here.
    pub(crate) fn raw(&mut self, ty: Ty, names: Names<'_>) -> String {
        let base = ty.named().expect("the type has a name");
        let id = format!("${base}{}", Version::Raw);
        if self.known.insert(id.clone()) {
            let definition = ty.definition(names.id);
            self.add(format_args!("(type {id} {definition})"));
        }
        id
    }

    /// Adds a declaration, as components import and as types import and export, and the types it needs.
    pub(crate) fn declare(&mut self, version: Version, decl: &Decl, names: Names<'_>) {
        let keyword = version.keyword();
        match decl {
            Decl::Resource(resource) => {
                let (id, name) = ((names.id)(*resource), (names.name)(*resource));
                self.add(format_args!(
                    r#"({keyword} "{name}" (type {id} (sub resource)))"#
                ));
            }
            Decl::SameResource(resource, other) => {
                let (id, name) = ((names.id)(*resource), (names.name)(*resource));
                let other = (names.id)(*other);
                self.add(format_args!(
                    r#"({keyword} "{name}" (type {id} (eq {other})))"#
                ));
            }
            Decl::Func { id, name, ty } => {
                for ty in ty.types() {
                    self.declare_type(version, ty, names);
                }
                let signature = signature(ty, version, names);
                self.add(format_args!(
                    r#"({keyword} "{name}" (func {id}{signature}))"#
                ));
            }
        }
    }

    /// Exports from a component a function, and first the types it needs.
    pub(crate) fn export_func(&mut self, id: &str, name: &str, ty: &FuncTy, names: Names<'_>) {
        for ty in ty.types() {
            self.export_type(ty, names);
        }
        let signature = signature(ty, Version::Exported, names);
        self.add(format_args!(
            r#"(export "{name}" (func {id}) (func{signature}))"#
        ));
    }

    fn declare_type(&mut self, version: Version, ty: Ty, names: Names<'_>) {
        let Some(name) = ty.name(names.name) else {
            return;
        };
        let raw = self.raw(ty, names);
        let id = format!("${}{version}", ty.named().expect("it has a name"));
        if self.known.insert(id.clone()) {
            let keyword = version.keyword();
            self.add(format_args!(
                r#"({keyword} "{name}" (type {id} (eq {raw})))"#
            ));
        }
    }

    fn export_type(&mut self, ty: Ty, names: Names<'_>) {
        let Some(name) = ty.name(names.name) else {
            return;
        };
        let id = format!(
            "${}{}",
            ty.named().expect("it has a name"),
            Version::Exported
        );
        if self.known.insert(id.clone()) {
            // Not the one that may be there: a resource in it is to be called as exports do.
            let definition = ty.definition(names.id);
            self.add(format_args!("(type {id}-raw {definition})"));
            self.add(format_args!(r#"(export {id} "{name}" (type {id}-raw))"#));
        }
    }
}

/// Returns parameters and result of a function type.
pub(crate) fn signature(ty: &FuncTy, version: Version, names: Names<'_>) -> String {
    let value = |ty: Ty| match ty.named() {
        Some(base) => format!("${base}{version}"),
        None => ty.definition(names.id),
    };
    let params = ty.params.iter().zip('a'..='z');
    let params = params.map(|(ty, name)| format!(r#" (param "{name}" {})"#, value(*ty)));
    let result = ty.result.map(|ty| format!(" (result {})", value(ty)));
    params.chain(result).collect()
}

/// Returns the exports of an instance made of items: of resources, of the types functions need, and of functions.
pub(crate) fn inline_exports(
    body: &mut Body,
    decls: &[Decl],
    ids: Names<'_>,
    names: Names<'_>,
) -> String {
    let mut text = String::new();
    each_item(body, decls, ids, names, &mut |name, item| {
        text += &format!(r#" (export "{name}" {item})"#);
    });
    text
}

/// Calls `found` with the name of each item that `decls` ask for, and with the item that `ids` say is meant.
pub(crate) fn each_item(
    body: &mut Body,
    decls: &[Decl],
    ids: Names<'_>,
    names: Names<'_>,
    found: &mut dyn FnMut(&str, &str),
) {
    let mut seen = BTreeSet::new();
    for decl in decls {
        match decl {
            Decl::Resource(resource) | Decl::SameResource(resource, _) => {
                let id = (ids.id)(*resource);
                found(&(names.name)(*resource), &format!("(type {id})"));
            }
            Decl::Func { id, name, ty } => {
                for ty in ty.types().filter(|ty| ty.named().is_some()) {
                    let name = ty.name(names.name).expect("it has a name");
                    if seen.insert(name.clone()) {
                        let raw = body.raw(ty, ids);
                        found(&name, &format!("(type {raw})"));
                    }
                }
                found(name, &format!("(func {id})"));
            }
        }
    }
}
