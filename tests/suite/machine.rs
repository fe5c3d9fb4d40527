//! Components on an engine for core WebAssembly that is not ours, from nothing but what `interfuse adapters --wasm` writes.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use interfuse::fact::TrapCode;
use serde_json::Value;
use wasmi::{
    Caller, Config, Engine, Error, Extern, Func, FuncType, Instance, Linker, Memory, Module, Store,
    Val,
};

/// What is noted while a component runs.
#[derive(Default)]
struct Notes {
    /// Why a module called the function that traps.
    trap: Option<TrapCode>,
    /// Representations of the host's resources that were dropped.
    dropped: Vec<i32>,
}

/// A component that runs.
pub(crate) struct Machine {
    store: Store<Notes>,
    instances: HashMap<String, Instance>,
    exports: Vec<Value>,
}

impl Machine {
    /// Instantiates what a manifest and the files beside it say.
    ///
    /// # Panics
    ///
    /// Panics if that does not suffice. Functions of the host trap when they are called.
    pub(crate) fn start(folder: &Path) -> Machine {
        let manifest = fs::read(folder.join("manifest.json")).unwrap();
        let manifest: Value = serde_json::from_slice(&manifest).unwrap();
        let engine = Engine::new(Config::default().wasm_multi_memory(true).wasm_simd(true));
        let mut machine = Machine {
            store: Store::new(&engine, Notes::default()),
            instances: HashMap::new(),
            exports: manifest["exports"].as_array().unwrap().clone(),
        };
        let mut modules: HashMap<&str, Module> = HashMap::new();
        for entry in manifest["instances"].as_array().unwrap() {
            let file = entry["file"].as_str().unwrap();
            let module = modules.entry(file).or_insert_with(|| {
                let bytes = fs::read(folder.join(file)).unwrap();
                Module::new(&engine, &bytes).unwrap_or_else(|error| panic!("{file}: {error}"))
            });
            machine.instantiate(entry, module);
        }
        machine
    }

    fn instantiate(&mut self, entry: &Value, module: &Module) {
        let mut linker = Linker::new(self.store.engine());
        let types: HashMap<_, _> = module
            .imports()
            .map(|it| {
                (
                    (it.module().to_owned(), it.name().to_owned()),
                    it.ty().clone(),
                )
            })
            .collect();
        for import in entry["imports"].as_array().unwrap() {
            let name = ["module", "name"].map(|half| import[half].as_str().unwrap().to_owned());
            let [module, name] = name;
            let ty = &types[&(module.clone(), name.clone())];
            let given = self.given(&import["source"], ty.func());
            linker.define(&module, &name, given).unwrap();
        }
        let name = entry["name"].as_str().unwrap();
        let instance = linker.instantiate_and_start(&mut self.store, module);
        let instance = instance.unwrap_or_else(|error| panic!("{name}: {error}"));
        let before = self.instances.insert(name.to_owned(), instance);
        assert!(before.is_none(), "`{name}` is instantiated twice");
    }

    /// Returns what a source gives; functions of the host get the type that is imported.
    fn given(&mut self, source: &Value, ty: Option<&FuncType>) -> Extern {
        match source["kind"].as_str().unwrap() {
            "instance" => self.exported(source),
            "trap" => Func::wrap(
                &mut self.store,
                |mut caller: Caller<'_, Notes>, code: u32| {
                    caller.data_mut().trap = TrapCode::from_number(code);
                    Err::<(), Error>(Error::new("trap"))
                },
            )
            .into(),
            "host-dtor" => Func::wrap(
                &mut self.store,
                |mut caller: Caller<'_, Notes>, rep: i32| {
                    caller.data_mut().dropped.push(rep);
                },
            )
            .into(),
            "host" => Func::new(&mut self.store, ty.unwrap().clone(), |_, _, _| {
                Err(Error::new("a function of the host"))
            })
            .into(),
            kind => panic!("{kind} is no kind of source"),
        }
    }

    fn exported(&self, source: &Value) -> Extern {
        let [instance, name] = ["instance", "export"].map(|key| source[key].as_str().unwrap());
        let exported = self.instances[instance].get_export(&self.store, name);
        exported.unwrap_or_else(|| panic!("{instance} does not export `{name}`"))
    }

    fn export(&self, path: &str) -> Value {
        let is_it = |export: &&Value| {
            let names = export["path"].as_array().unwrap().iter();
            let names: Vec<_> = names.map(|name| name.as_str().unwrap()).collect();
            names.join("/") == path
        };
        let found = self.exports.iter().find(is_it);
        found
            .unwrap_or_else(|| panic!("`{path}` is not exported"))
            .clone()
    }

    /// Calls an exported function whose parameters and results are all `i32` in core WebAssembly, as they are there.
    /// Returns the trap's text if there is one.
    pub(crate) fn call(&mut self, path: &str, args: &[i32]) -> Result<Vec<i32>, String> {
        let export = self.export(path);
        let results = self.call_core(&export["func"], args)?;
        if let Some(post_return) = export.get("post_return") {
            self.call_core(post_return, &results)?;
        }
        Ok(results)
    }

    /// Calls an exported function that returns a string.
    pub(crate) fn call_for_string(&mut self, path: &str, args: &[i32]) -> Result<String, String> {
        let export = self.export(path);
        let results = self.call_core(&export["func"], args)?;
        let memory = self.exported(&export["memory"]).into_memory().unwrap();
        let at = results[0].cast_unsigned();
        let [ptr, len] = [at, at + 4].map(|at| self.word(memory, at));
        let bytes = &memory.data(&self.store)[ptr as usize..];
        let text = decoded(bytes, len, export["encoding"].as_str().unwrap());
        self.call_core(&export["post_return"], &results)?;
        Ok(text)
    }

    fn word(&self, memory: Memory, at: u32) -> u32 {
        let bytes = &memory.data(&self.store)[at as usize..][..4];
        u32::from_le_bytes(bytes.try_into().unwrap())
    }

    fn call_core(&mut self, func: &Value, args: &[i32]) -> Result<Vec<i32>, String> {
        let func = self.exported(func).into_func().unwrap();
        let args: Vec<_> = args.iter().copied().map(Val::I32).collect();
        let mut results = vec![Val::I32(0); func.ty(&self.store).results().len()];
        match func.call(&mut self.store, &args, &mut results) {
            Ok(()) => Ok(results.iter().map(|val| val.i32().unwrap()).collect()),
            Err(error) => Err(match self.store.data_mut().trap.take() {
                Some(code) => code.to_string(),
                None => error.to_string(),
            }),
        }
    }

    /// Returns the representations of the host's resources that were dropped, in this order.
    pub(crate) fn dropped(&self) -> &[i32] {
        &self.store.data().dropped
    }
}

/// Returns the string at the beginning of `bytes` with a length as it is encoded.
fn decoded(bytes: &[u8], len: u32, encoding: &str) -> String {
    const TAG: u32 = 1 << 31;
    let len_units = (len & !TAG) as usize;
    match encoding {
        "utf8" => String::from_utf8(bytes[..len_units].to_vec()).unwrap(),
        "latin1+utf16" if len & TAG == 0 => {
            bytes[..len_units].iter().copied().map(char::from).collect()
        }
        "utf16" | "latin1+utf16" => {
            let pairs = bytes[..2 * len_units].chunks_exact(2);
            let units: Vec<_> = pairs.map(|it| u16::from_le_bytes([it[0], it[1]])).collect();
            String::from_utf16(&units).unwrap()
        }
        other => panic!("{other} is no encoding"),
    }
}
