//! Instances of components.

use std::sync::Arc;

use indexmap::IndexMap;

use crate::adapt::TypeExport;
use crate::runtime::component::component::Component;
use crate::runtime::component::core_module::CoreModule;
use crate::runtime::component::func::{Func, TypedFunc};
use crate::runtime::component::func_type::ComponentFunc;
use crate::runtime::component::item::{ComponentItem, Items, export_at};
use crate::runtime::component::outline::{BundleOutline, ExportOutline};
use crate::runtime::component::resource::{Giver, ResourceType};
use crate::runtime::component::state::State;
use crate::runtime::component::typed::{ComponentNamedList, Lift, Lower};
use crate::runtime::core::store::AsContextMut;
use crate::runtime::error::Error;

/// An instance of a component, in a store. Copies are cheap and mean the same instance.
#[derive(Clone)]
pub struct Instance {
    state: Arc<State>,
}

/// Something that an instance exports, and others can import.
pub(in crate::runtime) enum Offered {
    /// A function.
    Func(Func),
    /// An instance with such things.
    Instance(Vec<(String, Offered)>),
    /// A resource type, and what it is for the instance.
    Resource(ResourceType, Giver),
}

/// Names that lead from an instance to something that it exports: one name, or those of the instances it is in as well.
///
/// `"example:shop/cart#add"` is the same as `("example:shop/cart", "add")`. An interface is found by any version that is
/// compatible with the one that is exported.
pub trait ExportPath {
    /// Returns the names.
    fn names(&self) -> Vec<&str>;
}

impl ExportPath for str {
    fn names(&self) -> Vec<&str> {
        self.split('#').collect()
    }
}

impl ExportPath for String {
    fn names(&self) -> Vec<&str> {
        self.as_str().names()
    }
}

impl ExportPath for (&str, &str) {
    fn names(&self) -> Vec<&str> {
        vec![self.0, self.1]
    }
}

impl ExportPath for [&str] {
    fn names(&self) -> Vec<&str> {
        self.to_vec()
    }
}

impl<const N: usize> ExportPath for [&str; N] {
    fn names(&self) -> Vec<&str> {
        self.to_vec()
    }
}

impl<P: ExportPath + ?Sized> ExportPath for &P {
    fn names(&self) -> Vec<&str> {
        (**self).names()
    }
}

impl Instance {
    /// Makes one of its state.
    pub(in crate::runtime) fn new(state: Arc<State>) -> Instance {
        Instance { state }
    }

    /// Returns what the instance exports, in its order.
    pub fn exports(&self) -> IndexMap<String, ComponentItem> {
        let items = Items {
            outline: &self.state.code.outline,
            space: &self.state.space,
        };
        items.exports()
    }

    /// Returns an exported function.
    pub fn get_func(&self, _store: impl AsContextMut, path: impl ExportPath) -> Option<Func> {
        let state = &self.state;
        match self.export(&path)? {
            ExportOutline::Lifted(id) => Some(Func::lifted(state, *id)),
            ExportOutline::Imported(id) => Some(Func::imported(state, *id)),
            _ => None,
        }
    }

    /// Returns an exported function with types that Rust knows: a tuple of parameters, and a tuple of one result or `()`.
    ///
    /// # Errors
    ///
    /// Fails if there is no such function, or it has other types.
    pub fn get_typed_func<P, R>(
        &self,
        mut store: impl AsContextMut,
        path: impl ExportPath,
    ) -> Result<TypedFunc<P, R>, Error>
    where
        P: ComponentNamedList + Lower,
        R: ComponentNamedList + Lift,
    {
        let func = self.get_func(&mut store, &path);
        let func = func.ok_or_else(|| {
            Error::call(format!(
                "the instance exports no function `{}`",
                path.names().join("` `")
            ))
        })?;
        func.typed(store)
    }

    /// Returns what is exported there, to be imported by others.
    pub(in crate::runtime) fn offered(&self, path: &impl ExportPath) -> Option<Offered> {
        self.offer(self.export(path)?)
    }

    /// Returns all that is exported, to be imported by others.
    pub(in crate::runtime) fn all_offered(&self) -> Vec<(String, Offered)> {
        self.offers(&self.state.code.outline.exports)
    }

    fn offers(&self, bundle: &BundleOutline) -> Vec<(String, Offered)> {
        let exports = bundle.exports.iter();
        exports
            .filter_map(|(name, export)| Some((name.to_string(), self.offer(export)?)))
            .collect()
    }

    fn offer(&self, export: &ExportOutline) -> Option<Offered> {
        let outline = &self.state.code.outline;
        match export {
            ExportOutline::Lifted(id) => Some(Offered::Func(Func::lifted(&self.state, *id))),
            ExportOutline::Imported(id) => Some(Offered::Func(Func::imported(&self.state, *id))),
            ExportOutline::Instance(id) => {
                Some(Offered::Instance(self.offers(&outline.bundles[*id])))
            }
            ExportOutline::Type(TypeExport::Resource(id)) => {
                let giver = Giver {
                    instance: self.state.number,
                    resource: *id,
                };
                Some(Offered::Resource(self.state.space.resource(*id), giver))
            }
            ExportOutline::Type(_)
            | ExportOutline::Module(_)
            | ExportOutline::ImportedModule(_)
            | ExportOutline::Component(_) => None,
        }
    }

    /// Returns an exported core module; none if there is no such export, or if the component was loaded as machine code.
    pub fn get_module(&self, path: impl ExportPath) -> Option<CoreModule> {
        let files = &self.state.code.files;
        let bytes = match self.export(&path)? {
            ExportOutline::Module(span) => files.at(span)?,
            ExportOutline::ImportedModule(path) => files.modules.get(path)?,
            _ => return None,
        };
        CoreModule::new(bytes).ok()
    }

    /// Compiles an exported component; none if there is no such export.
    ///
    /// # Errors
    ///
    /// Fails if the component takes modules or components from the one around it, or if that was loaded as machine code.
    pub fn get_component(&self, path: impl ExportPath) -> Option<Result<Component, Error>> {
        let ExportOutline::Component(span) = self.export(&path)? else {
            return None;
        };
        let code = &self.state.code;
        let Some(span) = span else {
            return Some(Err(Error::call(
                "not supported: the component takes something from the one around it",
            )));
        };
        Some(match code.files.at(span) {
            Some(bytes) => Component::new(&code.engine, bytes),
            None => Err(Error::call("the component was loaded as machine code")),
        })
    }

    /// Returns an exported resource type.
    pub fn get_resource(&self, path: impl ExportPath) -> Option<ResourceType> {
        match self.export(&path)? {
            ExportOutline::Type(TypeExport::Resource(id)) => Some(self.state.space.resource(*id)),
            _ => None,
        }
    }

    /// Returns the type of an exported function.
    pub fn func_type(&self, path: impl ExportPath) -> Option<ComponentFunc> {
        let outline = &self.state.code.outline;
        let id = match self.export(&path)? {
            ExportOutline::Lifted(id) => outline.lifts[*id].ty,
            ExportOutline::Imported(id) => outline.imported_funcs[*id].ty,
            _ => return None,
        };
        Some(ComponentFunc::of(&self.state.space, id))
    }

    fn export(&self, path: &impl ExportPath) -> Option<&ExportOutline> {
        let outline = &self.state.code.outline;
        let names = path.names();
        // A name may have a `#` in it.
        export_at(outline, &names).or_else(|| export_at(outline, &[&*names.join("#")]))
    }
}
