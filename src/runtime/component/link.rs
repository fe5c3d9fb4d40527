//! From what a linker defines to what a component imports.

use std::collections::HashMap;
use std::sync::Arc;

use cranelift_entity::PrimaryMap;
use indexmap::IndexMap;

use crate::adapt::{Import, ImportPath, ImportType, Label};
use crate::runtime::component::code::Code;
use crate::runtime::component::component::{Component, ImportNames};
use crate::runtime::component::definition::{Definition, Definitions};
use crate::runtime::component::dtor::Dtor;
use crate::runtime::component::func_type::ComponentFunc;
use crate::runtime::component::given::Given;
use crate::runtime::component::host::HostFunc;
use crate::runtime::component::item::ComponentItem;
use crate::runtime::component::outline::Origin;
use crate::runtime::component::pre::InstancePre;
use crate::runtime::component::resource::ResourceType;
use crate::runtime::component::trace::Tracer;
use crate::runtime::component::ty::TypeSpace;
use crate::runtime::component::val::Val;
use crate::runtime::core::store::StoreContextMut;
use crate::runtime::error::{BoxError, Error};

/// Finds everything that a component imports.
///
/// # Errors
///
/// Fails if an import is not defined, or has another type.
pub(in crate::runtime) fn link<T: 'static>(
    definitions: &Definitions<T>,
    component: &Component,
    tracer: Option<Tracer>,
) -> Result<InstancePre<T>, Error> {
    let code = &component.linked(
        |name| match definitions.get(name)? {
            Definition::Component(component) => Some(component),
            _ => None,
        },
        |import, path| match at(definitions, import, path)? {
            Definition::Module(module) => Some(module),
            _ => None,
        },
    )?;
    let mut resources = HashMap::new();
    for (id, resource) in &code.outline.resources {
        if let Origin::Host(path) = &resource.origin {
            resources.insert(id, resource_at(definitions, code, path)?);
        }
    }
    let types = code.outline.resources.iter().map(|(id, _)| {
        let host: Option<&(ResourceType, Arc<Dtor<T>>)> = resources.get(&id);
        host.map_or_else(|| code.space.resource(id), |(ty, _)| *ty)
    });
    let checker = Checker {
        space: TypeSpace::new(Arc::clone(&code.outline.types), types.collect()),
    };
    for import in code.outline.imports.values() {
        let definition = defined(definitions, import).map(|(_, it)| it);
        checker.check(&mut vec![&*import.name], definition, &import.ty)?;
    }
    let mut funcs = PrimaryMap::new();
    for func in code.outline.imported_funcs.values() {
        let import = &code.outline.imports[func.path.import];
        match at(definitions, import, &func.path) {
            Some(Definition::Func(func)) => funcs.push(Arc::clone(func)),
            _ => unreachable!("imports were checked"),
        };
    }
    InstancePre::new(Given {
        code: Arc::clone(code),
        funcs,
        resources,
        tracer,
    })
}

fn at<'a, T: 'static>(
    definitions: &'a Definitions<T>,
    import: &Import,
    path: &ImportPath,
) -> Option<&'a Definition<T>> {
    let (_, definition) = defined(definitions, import)?;
    definition.at(path.path.iter().map(|name| &**name))
}

/// Returns what is defined for an import, under its name or that of the interface it implements, and that name.
fn defined<'a, T: 'static>(
    definitions: &'a Definitions<T>,
    import: &Import,
) -> Option<(&'a str, &'a Definition<T>)> {
    named(definitions, (&import.name, import.implements.as_deref()))
}

fn named<'a, T: 'static>(
    definitions: &'a Definitions<T>,
    (name, implements): ImportNames<'_>,
) -> Option<(&'a str, &'a Definition<T>)> {
    let found = definitions.get_with_name(name);
    found.or_else(|| definitions.get_with_name(implements?))
}

fn resource_at<T: 'static>(
    definitions: &Definitions<T>,
    code: &Code,
    path: &ImportPath,
) -> Result<(ResourceType, Arc<Dtor<T>>), Error> {
    let import = &code.outline.imports[path.import];
    match at(definitions, import, path) {
        Some(Definition::Resource(ty, dtor)) => Ok((*ty, Arc::clone(dtor))),
        found => {
            let names = path.path.iter().map(|name| &**name);
            let names: Vec<_> = [&*import.name].into_iter().chain(names).collect();
            Err(wrong(&names, found, "a resource type", "resource"))
        }
    }
}

/// The definition of something that is missing, and the names that lead to it.
pub(in crate::runtime) type Missing<T> = (Vec<String>, Definition<T>);

/// The type of resources that nobody makes.
struct Undefined;

/// Returns the definitions of functions that trap and of empty resource types for what a component imports and nothing is
/// defined for, each with the names that lead to it.
///
/// # Errors
///
/// Fails if something else is missing.
pub(in crate::runtime) fn missing<T: 'static>(
    definitions: &Definitions<T>,
    component: &Component,
) -> Result<Vec<Missing<T>>, Error> {
    let imports = component.imports();
    // What the component calls what is there under another name.
    let mut names: HashMap<String, &str> = HashMap::new();
    let mut todo: Vec<(Vec<String>, &ComponentItem)> = Vec::new();
    for (import, item) in component.import_names().into_iter().zip(imports.values()) {
        // What is there under another name is added to.
        let known = named(definitions, import);
        let name = known.map_or(import.0, |(name, _)| name);
        names.insert(name.to_owned(), import.0);
        todo.push((vec![name.to_owned()], item));
    }
    let mut found = Vec::new();
    let mut resources = Vec::new();
    let mut known_resources = HashMap::new();
    while let Some((path, item)) = todo.pop() {
        let (first, rest) = path.split_first().expect("an import has a name");
        let known = definitions
            .get(first)
            .and_then(|it| it.at(rest.iter().map(|name| &**name)));
        let definition = match (item, known) {
            (ComponentItem::Instance(items), None | Some(Definition::Instance(_))) => {
                todo.extend(items.iter().map(|(name, item)| {
                    let path = path.iter().chain([name]).cloned().collect();
                    (path, item)
                }));
                continue;
            }
            (ComponentItem::Resource(ty), Some(definition)) => {
                known_resources.insert(*ty, definition);
                continue;
            }
            (_, Some(_)) | (ComponentItem::Type(_) | ComponentItem::OtherType, None) => continue,
            (ComponentItem::Func(_), None) => {
                let import = names.get(first).copied().unwrap_or(first);
                let rest = rest.iter().map(|name| &**name);
                let name: Vec<_> = [import].into_iter().chain(rest).collect();
                Definition::Func(Arc::new(trapping(name.join("#"))))
            }
            (ComponentItem::Resource(ty), None) => {
                resources.push((path, *ty));
                continue;
            }
            (other, None) => {
                let name = path.join("` `");
                return Err(Error::link(format!(
                    "the import `{name}` cannot be a function that traps: it is {other:?}"
                )));
            }
        };
        found.push((path, definition));
    }
    // One type has several names, of which some may be defined.
    let resources = resources.into_iter().map(|(path, ty)| {
        let known = known_resources.get(&ty).copied().cloned();
        (path, known.unwrap_or_else(undefined))
    });
    found.extend(resources);
    Ok(found)
}

/// Returns a type of resources that nobody makes.
fn undefined<T: 'static>() -> Definition<T> {
    let dtor: Arc<Dtor<T>> = Arc::new(|_: StoreContextMut<'_, T>, _: u32| Ok(()));
    Definition::Resource(ResourceType::host::<Undefined>(), dtor)
}

/// Returns a function that traps.
fn trapping<T: 'static>(name: String) -> HostFunc<T> {
    HostFunc::dynamic(
        move |_: StoreContextMut<'_, T>, _: &ComponentFunc, _: &[Val], _: &mut [Val]| {
            Err::<(), BoxError>(format!("the import `{name}` is not defined").into())
        },
    )
}

/// Returns the error about an import that is not what it should be.
fn wrong<T: 'static>(
    path: &[&str],
    found: Option<&Definition<T>>,
    expected: &str,
    wit: &str,
) -> Error {
    let name = path.join("` `");
    Error::link(match found {
        None => format!("unknown import: `{name}` is not defined, the component imports `{wit}`"),
        Some(other) => {
            let kind = other.kind();
            format!(
                "incompatible import: `{name}` is a {kind}, the component imports {expected}: `{wit}`"
            )
        }
    })
}

/// Compares definitions with the types of imports.
struct Checker {
    space: Arc<TypeSpace>,
}

impl Checker {
    fn check<'n, T: 'static>(
        &self,
        path: &mut Vec<&'n str>,
        definition: Option<&'n Definition<T>>,
        ty: &'n ImportType,
    ) -> Result<(), Error> {
        match (ty, definition) {
            (ImportType::Func(id), Some(Definition::Func(func))) => {
                let ty = ComponentFunc::of(&self.space, *id);
                func.check(&ty).map_err(|mismatch| {
                    let name = path.join("` `");
                    Error::link(format!(
                        "incompatible import: `{name}` has type `{ty}` in the component: {mismatch}"
                    ))
                })
            }
            (ImportType::Func(id), other) => {
                let ty = ComponentFunc::of(&self.space, *id).to_string();
                Err(wrong(path, other, "a function", &ty))
            }
            (ImportType::Instance(items), Some(Definition::Instance(definitions))) => {
                self.check_items(path, items, |name| definitions.get(name))
            }
            // An instance of nothing but value types need not be there.
            (ImportType::Instance(items), None) => self.check_items::<T>(path, items, |_| None),
            (ImportType::Instance(_), other) => Err(wrong(path, other, "an instance", "instance")),
            // One type has several names if the component says that they are equal.
            (ImportType::Resource(id), Some(Definition::Resource(ty, _))) => {
                if self.space.resource(*id) == *ty {
                    return Ok(());
                }
                let name = path.join("` `");
                Err(Error::link(format!(
                    "incompatible import: `{name}` is another resource type than the component expects there"
                )))
            }
            // Where a type is defined was looked at before: this is another name of it.
            (ImportType::Resource(_), None) => Ok(()),
            (ImportType::Resource(_), other) => {
                Err(wrong(path, other, "a resource type", "resource"))
            }
            (ImportType::Type(_), _) => Ok(()),
            (ImportType::Module(_), Some(Definition::Module(_))) => Ok(()),
            (ImportType::Module(_), other) => {
                Err(wrong(path, other, "a core module", "core module"))
            }
            (ImportType::Component, Some(Definition::Component(_))) => Ok(()),
            (ImportType::Component, other) => Err(wrong(path, other, "a component", "component")),
        }
    }

    fn check_items<'n, T: 'static>(
        &self,
        path: &mut Vec<&'n str>,
        items: &'n IndexMap<Label, ImportType>,
        find: impl Fn(&str) -> Option<&'n Definition<T>>,
    ) -> Result<(), Error> {
        for (name, ty) in items {
            path.push(name);
            self.check(path, find(name), ty)?;
            path.pop();
        }
        Ok(())
    }
}
