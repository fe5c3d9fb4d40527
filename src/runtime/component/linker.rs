//! Linkers: what a component imports, by name.

use std::sync::Arc;

use crate::runtime::component::component::Component;
use crate::runtime::component::core_module::CoreModule;
use crate::runtime::component::definition::{Definition, Definitions};
use crate::runtime::component::dtor::Dtor;
use crate::runtime::component::func_type::ComponentFunc;
use crate::runtime::component::held::drop_resource;
use crate::runtime::component::host::HostFunc;
use crate::runtime::component::instance::{ExportPath, Instance, Offered};
use crate::runtime::component::link::{link, missing};
use crate::runtime::component::pre::InstancePre;
use crate::runtime::component::resource::{ResourceType, Taken};
use crate::runtime::component::trace::{TraceCall, Tracer};
use crate::runtime::component::typed::{ComponentNamedList, Lift, Lower};
use crate::runtime::component::val::Val;
use crate::runtime::core::store::{AsContextMut, StoreContextMut};
use crate::runtime::engine::Engine;
use crate::runtime::error::{BoxError, Error};

/// What components import, by name, for stores with data of the type `T`.
///
/// Where a component imports an interface in a version that is not defined, one in a compatible version is taken.
///
/// # Examples
///
/// ```
/// use interfuse::component::{Component, Linker};
/// use interfuse::runtime::{Config, Engine, Store, StoreContextMut};
///
/// let component = wat::parse_str(r#"
///     (component
///       (import "example:host/clock" (instance $clock (export "ticks" (func (result u64)))))
///       (core func $ticks (canon lower (func $clock "ticks")))
///       (core module $m
///         (import "" "ticks" (func $ticks (result i64)))
///         (func (export "late") (result i64) (i64.add (call $ticks) (i64.const 1))))
///       (core instance $i (instantiate $m (with "" (instance (export "ticks" (func $ticks))))))
///       (func (export "late") (result u64) (canon lift (core func $i "late"))))
/// "#)?;
/// let engine = Engine::new(&Config::new())?;
/// let component = Component::new(&engine, &component)?;
///
/// let mut linker = Linker::new(&engine);
/// let mut clock = linker.instance("example:host/clock")?;
/// clock.func_wrap("ticks", |store: StoreContextMut<'_, u64>, ()| -> Result<(u64,), std::io::Error> {
///     Ok((*store.data(),))
/// })?;
///
/// let mut store = Store::new(&engine, 41)?;
/// let instance = linker.instantiate(&mut store, &component)?;
/// let late = instance.get_typed_func::<(), (u64,)>(&mut store, "late")?;
/// assert_eq!(late.call(&mut store, ())?, (42,));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Linker<T: 'static> {
    engine: Engine,
    definitions: Definitions<T>,
    allows_shadowing: bool,
    tracer: Option<Tracer>,
}

/// An instance that a linker defines, or all of its imports.
pub struct LinkerInstance<'a, T: 'static> {
    engine: &'a Engine,
    definitions: &'a mut Definitions<T>,
    allows_shadowing: bool,
}

impl<T: 'static> Clone for Linker<T> {
    fn clone(&self) -> Linker<T> {
        Linker {
            engine: self.engine.clone(),
            definitions: self.definitions.clone(),
            allows_shadowing: self.allows_shadowing,
            tracer: self.tracer.clone(),
        }
    }
}

impl<T: 'static> Linker<T> {
    /// Begins with nothing.
    pub fn new(engine: &Engine) -> Linker<T> {
        Linker {
            engine: engine.clone(),
            definitions: Definitions::default(),
            allows_shadowing: false,
            tracer: None,
        }
    }

    /// Returns the engine.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Sets whether what is defined twice takes the place of what was there before, rather than being an error, from now on.
    pub fn allow_shadowing(&mut self, allow: bool) -> &mut Linker<T> {
        self.allows_shadowing = allow;
        self
    }

    /// Returns all imports, to define some by themselves.
    pub fn root(&mut self) -> LinkerInstance<'_, T> {
        LinkerInstance {
            engine: &self.engine,
            definitions: &mut self.definitions,
            allows_shadowing: self.allows_shadowing,
        }
    }

    /// Returns the instance with a name, which is empty if it is new.
    ///
    /// # Errors
    ///
    /// Fails if something else has the name.
    pub fn instance(&mut self, name: &str) -> Result<LinkerInstance<'_, T>, Error> {
        self.root().into_instance(name)
    }

    /// Sets who is told of calls that cross the boundary of a component instance, of components that are instantiated from
    /// now on: calls of their exports with any values, calls of the host, and, if the engine was told so by
    /// [`Config::tracing`](crate::runtime::Config::tracing), calls from one instance to another.
    pub fn tracer(
        &mut self,
        tracer: impl Fn(&TraceCall<'_>) + Send + Sync + 'static,
    ) -> &mut Linker<T> {
        self.tracer = Some(Arc::new(tracer));
        self
    }

    /// Defines everything that a component imports and that is not defined: functions that trap when they are called, and
    /// resource types of which there are no resources.
    ///
    /// # Errors
    ///
    /// Fails if something that is missing is neither a function, a resource type nor an instance of such.
    pub fn define_unknown_imports_as_traps(&mut self, component: &Component) -> Result<(), Error> {
        for (path, definition) in missing(&self.definitions, component)? {
            let (name, outer) = path.split_last().expect("an import has a name");
            let mut place = self.root();
            for name in outer {
                place = place.into_instance(name)?;
            }
            place.define(name, definition)?;
        }
        Ok(())
    }

    /// Finds everything that a component imports. What comes out is instantiated without looking again.
    ///
    /// # Errors
    ///
    /// Fails if an import is not defined or has another type; or, for a component that imports core modules or components,
    /// if it cannot be compiled with those that it gets.
    pub fn instantiate_pre(&self, component: &Component) -> Result<InstancePre<T>, Error> {
        if !Engine::same(&self.engine, component.engine()) {
            return Err(Error::link(
                "the component and the linker belong to different engines",
            ));
        }
        link(&self.definitions, component, self.tracer.clone())
    }

    /// Makes an instance.
    ///
    /// # Errors
    ///
    /// Fails as [`Linker::instantiate_pre`] and [`InstancePre::instantiate`] do.
    pub fn instantiate(
        &self,
        store: impl AsContextMut<Data = T>,
        component: &Component,
    ) -> Result<Instance, Error> {
        self.instantiate_pre(component)?.instantiate(store)
    }
}

impl<'a, T: 'static> LinkerInstance<'a, T> {
    /// Defines a function with types that Rust knows. It gets the store and a tuple of parameters, and returns a tuple of
    /// one result, or `()`.
    ///
    /// # Errors
    ///
    /// Fails if something has the name already.
    pub fn func_wrap<P, R, E, F>(&mut self, name: &str, func: F) -> Result<(), Error>
    where
        P: ComponentNamedList + Lift + 'static,
        R: ComponentNamedList + Lower + 'static,
        E: Into<BoxError>,
        F: Fn(StoreContextMut<'_, T>, P) -> Result<R, E> + Send + Sync + 'static,
    {
        self.define(name, Definition::Func(Arc::new(HostFunc::typed(func))))
    }

    /// Defines a function of any type. It gets the store, its type as the component sees it, and the parameters; the
    /// result goes to the last slice, which is as long as there are results: one or none.
    ///
    /// # Errors
    ///
    /// Fails if something has the name already.
    pub fn func_new<E, F>(&mut self, name: &str, func: F) -> Result<(), Error>
    where
        E: Into<BoxError>,
        F: Fn(StoreContextMut<'_, T>, &ComponentFunc, &[Val], &mut [Val]) -> Result<(), E>
            + Send
            + Sync
            + 'static,
    {
        self.define(name, Definition::Func(Arc::new(HostFunc::dynamic(func))))
    }

    /// Defines a resource type, with what is called when a guest drops a resource that it owns.
    ///
    /// # Errors
    ///
    /// Fails if something has the name already.
    pub fn resource<E, F>(&mut self, name: &str, ty: ResourceType, dtor: F) -> Result<(), Error>
    where
        E: Into<BoxError>,
        F: Fn(StoreContextMut<'_, T>, u32) -> Result<(), E> + Send + Sync + 'static,
    {
        let dtor = move |store: StoreContextMut<'_, T>, rep: u32| {
            dtor(store, rep).map_err(|error| Error::host(error.into()))
        };
        let dtor: Arc<Dtor<T>> = Arc::new(dtor);
        self.define(name, Definition::Resource(ty, dtor))
    }

    /// Defines what a running instance exports: a function, a resource type, or an instance with all such things in it. Its
    /// name is the last of those that lead to it.
    ///
    /// A function that a component gets this way is called through a fused adapter, as fast as within one component. The
    /// components that are instantiated with it must be in the store of that instance. If something traps in it, it cannot
    /// be called any more, and neither can those that were calling it.
    ///
    /// # Errors
    ///
    /// Fails if the instance exports no such thing, if it is in a store with data of another type and that matters, or if
    /// something has the name already.
    ///
    /// # Examples
    ///
    /// ```
    /// use interfuse::component::{Component, Linker};
    /// use interfuse::runtime::{Config, Engine, Store};
    ///
    /// let greeter = wat::parse_str(r#"
    ///     (component
    ///       (core module $m (func (export "answer") (result i32) i32.const 42))
    ///       (core instance $i (instantiate $m))
    ///       (func (export "answer") (result u32) (canon lift (core func $i "answer"))))
    /// "#)?;
    /// let asker = wat::parse_str(r#"
    ///     (component
    ///       (import "answer" (func $answer (result u32)))
    ///       (core func $answer (canon lower (func $answer)))
    ///       (core module $m
    ///         (import "" "answer" (func $answer (result i32)))
    ///         (func (export "ask") (result i32) call $answer))
    ///       (core instance $i (instantiate $m (with "" (instance (export "answer" (func $answer))))))
    ///       (func (export "ask") (result u32) (canon lift (core func $i "ask"))))
    /// "#)?;
    /// let engine = Engine::new(&Config::new())?;
    /// let mut store = Store::new(&engine, ())?;
    /// let mut linker = Linker::new(&engine);
    /// let greeter = linker.instantiate(&mut store, &Component::new(&engine, &greeter)?)?;
    ///
    /// linker.root().export_from(&greeter, "answer")?;
    /// let asker = linker.instantiate(&mut store, &Component::new(&engine, &asker)?)?;
    /// let ask = asker.get_typed_func::<(), (u32,)>(&mut store, "ask")?;
    /// assert_eq!(ask.call(&mut store, ())?, (42,));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn export_from(&mut self, instance: &Instance, path: impl ExportPath) -> Result<(), Error> {
        let names = path.names();
        let offered = instance.offered(&path);
        let offered = offered.ok_or_else(|| {
            let name = names.join("` `");
            Error::link(format!(
                "the instance exports no function, resource type or instance `{name}`"
            ))
        })?;
        let name = names.last().expect("a path has a name");
        self.define(name, definition(offered)?)
    }

    /// Defines all functions, instances and resource types that a running instance exports, see
    /// [`export_from`](LinkerInstance::export_from).
    ///
    /// # Errors
    ///
    /// Fails as [`export_from`](LinkerInstance::export_from) does.
    pub fn exports_from(&mut self, instance: &Instance) -> Result<(), Error> {
        for (name, offered) in instance.all_offered() {
            self.define(&name, definition(offered)?)?;
        }
        Ok(())
    }

    /// Defines a core module.
    ///
    /// # Errors
    ///
    /// Fails if something has the name already.
    pub fn module(&mut self, name: &str, module: &CoreModule) -> Result<(), Error> {
        self.define(name, Definition::Module(module.clone()))
    }

    /// Defines a component.
    ///
    /// # Errors
    ///
    /// Fails if something has the name already.
    pub fn component(&mut self, name: &str, component: &Component) -> Result<(), Error> {
        self.define(name, Definition::Component(component.clone()))
    }

    /// Returns the instance with a name, which is empty if it is new.
    ///
    /// # Errors
    ///
    /// Fails if something else has the name.
    pub fn instance(&mut self, name: &str) -> Result<LinkerInstance<'_, T>, Error> {
        let reborrowed = LinkerInstance {
            engine: self.engine,
            definitions: self.definitions,
            allows_shadowing: self.allows_shadowing,
        };
        reborrowed.into_instance(name)
    }

    /// Returns the instance with a name, which is empty if it is new.
    ///
    /// # Errors
    ///
    /// Fails if something else has the name.
    pub fn into_instance(self, name: &str) -> Result<LinkerInstance<'a, T>, Error> {
        let known = self.definitions.get_exact_mut(name);
        let is_free = match known {
            None => true,
            Some(Definition::Instance(_)) => false,
            Some(_) => self.allows_shadowing,
        };
        if is_free {
            let empty = Definition::Instance(Definitions::default());
            self.definitions.insert(name, empty);
        }
        match self.definitions.get_exact_mut(name) {
            Some(Definition::Instance(definitions)) => Ok(LinkerInstance {
                engine: self.engine,
                definitions,
                allows_shadowing: self.allows_shadowing,
            }),
            _ => Err(Error::link(format!("`{name}` is defined, and no instance"))),
        }
    }

    fn define(&mut self, name: &str, definition: Definition<T>) -> Result<(), Error> {
        if !self.allows_shadowing && self.definitions.get_exact_mut(name).is_some() {
            return Err(Error::link(format!("`{name}` is defined twice")));
        }
        self.definitions.insert(name, definition);
        Ok(())
    }
}

/// Returns what a component can import of what an instance exports.
///
/// # Errors
///
/// Fails if there is a function of the host for stores with data of another type.
fn definition<T: 'static>(offered: Offered) -> Result<Definition<T>, Error> {
    Ok(match offered {
        Offered::Func(func) => Definition::Func(Arc::new(match (func.host()?, func.linked()) {
            (Some(host), _) => host,
            (None, Some(linked)) => {
                let call = move |store: StoreContextMut<'_, T>,
                                 _: &ComponentFunc,
                                 params: &[Val],
                                 results: &mut [Val]| {
                    func.call(store, params, results)
                };
                HostFunc::dynamic(call).linked_to(linked)
            }
            (None, None) => unreachable!("a function is one of the host or of a guest"),
        })),
        Offered::Instance(items) => {
            let mut definitions = Definitions::default();
            for (name, offered) in items {
                definitions.insert(&name, definition(offered)?);
            }
            Definition::Instance(definitions)
        }
        Offered::Resource(ty, giver) => {
            let giver = Some(giver);
            let dtor: Arc<Dtor<T>> = Arc::new(move |mut store: StoreContextMut<'_, T>, rep| {
                drop_resource(&mut store, ty, Taken { rep, giver })
            });
            Definition::Resource(ty, dtor)
        }
    })
}
