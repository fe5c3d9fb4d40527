//! Components in scripts.

use std::collections::HashMap;

use wast::component::WastVal;
use wast::token::Id;
use wast::{WastArg, WastInvoke, WastRet};

use crate::runtime::component::{Component, Instance, Linker, Val};
use crate::runtime::core::store::Store;
use crate::runtime::engine::Engine;
use crate::runtime::error::Error;

/// The components and instances of a script.
pub(in crate::runtime::wast) struct Components {
    linker: Linker<()>,
    /// Components that were defined and may be instantiated.
    components: HashMap<String, Component>,
    instances: HashMap<String, Instance>,
    last_component: Option<Component>,
    last_instance: Option<Instance>,
}

impl Components {
    /// Begins with nothing.
    pub(in crate::runtime::wast) fn new(engine: &Engine) -> Components {
        Components {
            linker: Linker::new(engine),
            components: HashMap::new(),
            instances: HashMap::new(),
            last_component: None,
            last_instance: None,
        }
    }

    /// Takes note of a component.
    pub(in crate::runtime::wast) fn define(&mut self, name: Option<Id<'_>>, component: Component) {
        if let Some(name) = name {
            let name = name.name().to_owned();
            self.components.insert(name, component.clone());
        }
        self.last_component = Some(component);
    }

    /// Returns a component that was defined.
    pub(in crate::runtime::wast) fn defined(&self, name: Option<Id<'_>>) -> Option<Component> {
        match name {
            Some(name) => self.components.get(name.name()).cloned(),
            None => self.last_component.clone(),
        }
    }

    /// Forgets which instance was made last.
    pub(in crate::runtime::wast) fn forget(&mut self) {
        self.last_instance = None;
    }

    /// Instantiates a component.
    pub(in crate::runtime::wast) fn instantiate(
        &mut self,
        store: &mut Store<()>,
        name: Option<Id<'_>>,
        component: &Component,
    ) -> Result<(), Error> {
        let instance = self.linker.instantiate(store, component)?;
        if let Some(name) = name {
            let name = name.name().to_owned();
            self.instances.insert(name, instance.clone());
        }
        self.last_instance = Some(instance);
        Ok(())
    }

    /// Returns an instance.
    pub(in crate::runtime::wast) fn instance(&self, name: Option<Id<'_>>) -> Option<Instance> {
        match name {
            Some(name) => self.instances.get(name.name()).cloned(),
            None => self.last_instance.clone(),
        }
    }
}

/// Calls a function.
pub(in crate::runtime::wast) fn invoke(
    store: &mut Store<()>,
    instance: &Instance,
    invoke: &WastInvoke<'_>,
) -> Result<Result<Option<Val>, Error>, String> {
    let func = instance.get_func(&mut *store, invoke.name);
    let func = func.ok_or_else(|| format!("there is no function `{}`", invoke.name))?;
    let args = invoke.args.iter().map(|arg| match arg {
        WastArg::Component(arg) => Ok(value(arg)),
        _ => Err("a value of a core module".to_owned()),
    });
    let args = args.collect::<Result<Vec<_>, _>>()?;
    let mut results = vec![Val::Bool(false); usize::from(func.ty().result().is_some())];
    let called = func.call(store, &args, &mut results);
    Ok(called.map(|()| results.pop()))
}

/// Returns whether a result is what the script expects.
pub(in crate::runtime::wast) fn fits(expected: &[WastRet<'_>], found: Option<&Val>) -> bool {
    match (expected, found) {
        ([], None) => true,
        ([WastRet::Component(expected)], Some(found)) => value(expected) == *found,
        _ => false,
    }
}

fn value(value: &WastVal<'_>) -> Val {
    let boxed = |it: &Option<Box<WastVal<'_>>>| it.as_ref().map(|it| Box::new(self::value(it)));
    let all = |values: &[WastVal<'_>]| values.iter().map(self::value).collect();
    match value {
        WastVal::Bool(it) => Val::Bool(*it),
        WastVal::U8(it) => Val::U8(*it),
        WastVal::S8(it) => Val::S8(*it),
        WastVal::U16(it) => Val::U16(*it),
        WastVal::S16(it) => Val::S16(*it),
        WastVal::U32(it) => Val::U32(*it),
        WastVal::S32(it) => Val::S32(*it),
        WastVal::U64(it) => Val::U64(*it),
        WastVal::S64(it) => Val::S64(*it),
        WastVal::F32(it) => Val::F32(f32::from_bits(it.bits)),
        WastVal::F64(it) => Val::F64(f64::from_bits(it.bits)),
        WastVal::Char(it) => Val::Char(*it),
        WastVal::String(it) => Val::String((*it).to_owned()),
        WastVal::List(values) => Val::List(values.iter().map(self::value).collect()),
        WastVal::Map(entries) => {
            let entries = entries.iter();
            Val::Map(
                entries
                    .map(|(key, it)| (self::value(key), self::value(it)))
                    .collect(),
            )
        }
        WastVal::Record(fields) => {
            let fields = fields.iter();
            Val::Record(
                fields
                    .map(|(name, it)| ((*name).to_owned(), self::value(it)))
                    .collect(),
            )
        }
        WastVal::Tuple(values) => Val::Tuple(all(values)),
        WastVal::Variant(name, payload) => Val::Variant((*name).to_owned(), boxed(payload)),
        WastVal::Enum(name) => Val::Enum((*name).to_owned()),
        WastVal::Option(it) => Val::Option(boxed(it)),
        WastVal::Result(Ok(it)) => Val::Result(Ok(boxed(it))),
        WastVal::Result(Err(it)) => Val::Result(Err(boxed(it))),
        WastVal::Flags(names) => Val::Flags(names.iter().map(|it| (*it).to_owned()).collect()),
    }
}
