//! What stands for a guest: a component that exports what it imports, so that tests call the functions of the host as
//! guests do, with values and handles.

use std::path::Path;

use interfuse::component::{
    Component, ComponentItem, Instance, Linker, ResourceAny, ResourceTable, Val, wave,
};
use interfuse::runtime::{Config, Engine, Error, Store};
use interfuse::wasi::{WasiCtx, WasiCtxView, WasiView, add_to_linker};

/// The data of the store.
pub(crate) struct Host {
    pub(crate) ctx: WasiCtx,
    pub(crate) table: ResourceTable,
}

impl WasiView for Host {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.ctx,
            table: &mut self.table,
        }
    }
}

pub(crate) struct Guest {
    pub(crate) store: Store<Host>,
    instance: Instance,
    version: &'static str,
}

/// A parameter: its text in WAVE, or a value that has none.
pub(crate) enum Arg<'a> {
    Text(&'a str),
    Val(Val),
}

impl<'a> From<&'a str> for Arg<'a> {
    fn from(text: &'a str) -> Arg<'a> {
        Arg::Text(text)
    }
}

impl From<ResourceAny> for Arg<'_> {
    fn from(handle: ResourceAny) -> Self {
        Arg::Val(Val::Resource(handle))
    }
}

impl From<Val> for Arg<'_> {
    fn from(val: Val) -> Self {
        Arg::Val(val)
    }
}

/// Returns a component that exports what it imports, all in one version.
fn component(engine: &Engine, version: &str) -> Component {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/wasi/imports.wat");
    let text = std::fs::read_to_string(file).unwrap();
    let text = text.replace("@0.2.12", &format!("@{version}"));
    Component::new(engine, &wat::parse_str(text).unwrap()).unwrap()
}

impl Guest {
    /// Starts a guest that finds something.
    pub(crate) fn new(ctx: WasiCtx) -> Guest {
        Guest::of_version(ctx, "0.2.12")
    }

    /// Starts a guest that imports the interfaces in a version.
    pub(crate) fn of_version(ctx: WasiCtx, version: &'static str) -> Guest {
        let engine = Engine::new(&Config::new()).unwrap();
        let component = component(&engine, version);
        let mut linker = Linker::new(&engine);
        add_to_linker(&mut linker).unwrap();
        let table = ResourceTable::new();
        let mut store = Store::new(&engine, Host { ctx, table }).unwrap();
        let instance = linker.instantiate(&mut store, &component).unwrap();
        Guest {
            store,
            instance,
            version,
        }
    }

    /// Calls a function, of which the last part of its interface and its name are given: `poll#poll`, `streams#read`.
    pub(crate) fn try_call(&mut self, path: &str, args: &[Arg<'_>]) -> Result<Val, Error> {
        let (interface, name) = path.split_once('#').unwrap();
        let interface = format!("wasi:{interface}@{}", self.version);
        let exports = self.instance.exports();
        let Some(ComponentItem::Instance(items)) = exports.get(&interface) else {
            panic!("there is no {interface}");
        };
        let is_it = |full: &str| full == name || full.ends_with(&format!("]{name}"));
        let name = items.keys().find(|full| is_it(full)).expect(path);
        let func = self
            .instance
            .get_func(&mut self.store, (&*interface, &**name));
        let func = func.unwrap();
        let ty = func.ty();
        let params = ty.params().zip(args).map(|((_, ty), arg)| match arg {
            Arg::Text(text) => wave::from_str(&ty, text).unwrap(),
            Arg::Val(val) => val.clone(),
        });
        let params: Vec<Val> = params.collect();
        let mut results = vec![Val::Bool(false); usize::from(ty.result().is_some())];
        func.call(&mut self.store, &params, &mut results)?;
        Ok(results.pop().unwrap_or(Val::Tuple(Vec::new())))
    }

    /// Calls a function, which does not trap.
    #[track_caller]
    pub(crate) fn call(&mut self, path: &str, args: &[Arg<'_>]) -> Val {
        self.try_call(path, args).unwrap()
    }

    /// Calls a function and returns its result as text.
    #[track_caller]
    pub(crate) fn text(&mut self, path: &str, args: &[Arg<'_>]) -> String {
        wave::to_string(&self.call(path, args))
    }

    /// Calls a function and returns the handle that is in its result.
    #[track_caller]
    pub(crate) fn handle(&mut self, path: &str, args: &[Arg<'_>]) -> ResourceAny {
        let val = self.call(path, args);
        handles(&val)
            .first()
            .copied()
            .unwrap_or_else(|| panic!("{val:?}"))
    }

    /// Calls a function, which traps, and returns why.
    #[track_caller]
    pub(crate) fn trap(&mut self, path: &str, args: &[Arg<'_>]) -> String {
        self.try_call(path, args).unwrap_err().to_string()
    }

    /// Drops a handle.
    #[track_caller]
    pub(crate) fn drop(&mut self, handle: ResourceAny) {
        handle.resource_drop(&mut self.store).unwrap();
    }
}

/// Returns the handles in a value.
pub(crate) fn handles(val: &Val) -> Vec<ResourceAny> {
    match val {
        Val::Resource(handle) => vec![*handle],
        Val::List(parts) => parts.iter().flat_map(|part| handles(&part)).collect(),
        Val::Tuple(parts) => parts.iter().flat_map(handles).collect(),
        Val::Option(Some(val)) | Val::Result(Ok(Some(val)) | Err(Some(val))) => handles(val),
        Val::Variant(_, Some(val)) => handles(val),
        _ => Vec::new(),
    }
}

/// Returns the bytes of a list of bytes that is in a value.
#[track_caller]
pub(crate) fn bytes(val: &Val) -> Vec<u8> {
    match val {
        Val::Result(Ok(Some(val))) => bytes(val),
        Val::Tuple(parts) => bytes(&parts[0]),
        Val::List(list) => list.as_slice().expect("a list of bytes").to_vec(),
        other => panic!("{other:?}"),
    }
}

/// Returns a list of bytes.
pub(crate) fn list(bytes: &[u8]) -> Arg<'static> {
    Val::List(bytes.into()).into()
}
