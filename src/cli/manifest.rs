//! The manifest of generated modules: what is instantiated, in which order, and with what.
//!
//! With the files beside it, it says all that an engine for core WebAssembly needs to instantiate the component, but
//! for what the host gives and for how the host calls what is exported.

use anyhow::Result;
use interfuse::adapt::{
    AdapterId, CanonOptions, ComponentInstanceId, CoreDef, CoreInstance, CoreModule, ExportItem,
    FuncTypeId, HostLoweringId, ImportPath, Lift, Plan, Resource, ResourceId, ResourceOrigin,
    adapter_name,
};
use interfuse::fact::{Assembly, CoreStep, ImportName, ImportSource, builtin_name, export_name};
use serde_json::{Value, json};

/// Makes the parts of a manifest.
pub(crate) struct Manifest<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) assembly: &'a Assembly<'a>,
}

impl Manifest<'_> {
    /// Returns the entry of a generated module, made of the imports that it has.
    ///
    /// # Errors
    ///
    /// Fails if the module cannot be read.
    pub(crate) fn generated(
        &self,
        step: CoreStep,
        (file, wasm): (&str, &[u8]),
        source: impl Fn(&ImportName) -> ImportSource,
    ) -> Result<Value> {
        let mut imports = Vec::new();
        for payload in wasmparser::Parser::new(0).parse_all(wasm) {
            let wasmparser::Payload::ImportSection(section) = payload? else {
                continue;
            };
            for import in section.into_imports() {
                let import = import?;
                let name = ImportName::new(import.module, import.name);
                let source = self.source(&source(&name), &name);
                imports.push(json!({ "module": name.module, "name": name.name, "source": source }));
            }
        }
        let kind = match step {
            CoreStep::State(_) => "state",
            CoreStep::Resource(_) => "resource",
            CoreStep::Instance(_) => "core",
            CoreStep::Adapters(_) => "adapters",
        };
        let name = self.assembly.name(step);
        Ok(json!({ "name": name, "kind": kind, "file": file, "imports": imports }))
    }

    /// Returns what is said of the adapters that a module exports.
    pub(crate) fn adapters(&self, adapters: &[AdapterId]) -> Value {
        let adapter = |id: &AdapterId| {
            let adapter = &self.plan.adapters[*id];
            json!({
                "name": export_name(*id),
                "adapter": adapter_name(self.plan, adapter),
                "type": self.plan.types.display_func(adapter.lift.ty).to_string(),
            })
        };
        adapters.iter().map(adapter).collect()
    }

    /// Returns the entry of a core instance of the component. `file` has the module, if it is not imported.
    pub(crate) fn core(
        &self,
        step: CoreStep,
        instance: &CoreInstance,
        file: Option<&str>,
    ) -> Value {
        let imports = match instance.module {
            CoreModule::Static(id) => &self.plan.modules[id].imports,
            CoreModule::Imported(id) => &self.plan.imported_modules[id].ty.imports,
        };
        let imports = imports.iter().zip(&instance.args).map(|(import, arg)| {
            let source = self.def(arg);
            json!({ "module": &*import.module, "name": &*import.name, "source": source })
        });
        let imports: Vec<_> = imports.collect();
        let name = self.assembly.name(step);
        match instance.module {
            CoreModule::Static(_) => {
                json!({ "name": name, "kind": "core", "file": file, "imports": imports })
            }
            CoreModule::Imported(id) => {
                let module = self.path(&self.plan.imported_modules[id].path);
                json!({ "name": name, "kind": "core", "module": module, "imports": imports })
            }
        }
    }

    /// Returns the exported functions, each with the names that lead to it.
    pub(crate) fn exports(&self) -> Vec<Value> {
        let mut found = Vec::new();
        let mut todo = vec![(Vec::new(), &self.plan.exports)];
        while let Some((path, bundle)) = todo.pop() {
            for (name, export) in &bundle.exports {
                let path = [&path[..], &[name.to_string()]].concat();
                match &export.item {
                    ExportItem::Lifted(lift) => found.push(self.lift(&path, lift)),
                    ExportItem::Instance(id) => todo.push((path, &self.plan.bundles[*id])),
                    ExportItem::Imported(_)
                    | ExportItem::Module(_)
                    | ExportItem::Component(_)
                    | ExportItem::Type(_) => {}
                }
            }
        }
        found
    }

    /// Returns the resource types, each with its number in handle tables.
    pub(crate) fn resources(&self) -> Vec<Value> {
        let resources = self.plan.resources.iter();
        let resource = |(id, resource): (ResourceId, &Resource)| {
            let mut entry = json!({ "type": id.as_u32(), "name": &*resource.name });
            match &resource.origin {
                ResourceOrigin::Guest { owner, dtor } => {
                    entry["owner"] = self.plan.component_instances[*owner]
                        .name
                        .to_string()
                        .into();
                    if let Some(dtor) = dtor {
                        entry["dtor"] = self.def(dtor);
                    }
                }
                ResourceOrigin::Host(path) => entry["import"] = self.path(path).into(),
            }
            entry
        };
        resources.map(resource).collect()
    }

    fn lift(&self, path: &[String], lift: &Lift) -> Value {
        let mut entry = json!({
            "path": path,
            "type": self.plan.types.display_func(lift.ty).to_string(),
            "func": self.def(&lift.callee),
        });
        self.add_options(&mut entry, &lift.options);
        self.add_state(&mut entry, lift.instance, lift.ty);
        entry
    }

    fn host_lowering(&self, id: HostLoweringId) -> Value {
        let lowering = &self.plan.host_lowerings[id];
        let mut entry = json!({
            "kind": "host",
            "import": self.path(&self.plan.imported_funcs[lowering.func].path),
            "type": self.plan.types.display_func(lowering.lower.ty).to_string(),
        });
        self.add_options(&mut entry, &lowering.lower.options);
        self.add_state(&mut entry, lowering.lower.instance, lowering.lower.ty);
        entry
    }

    fn add_options(&self, entry: &mut Value, options: &CanonOptions) {
        entry["encoding"] = options.encoding.to_string().into();
        if let Some(memory) = &options.memory {
            entry["memory"] = self.def(&CoreDef::Export(memory.export.clone()));
        }
        if let Some(realloc) = &options.realloc {
            entry["realloc"] = self.def(realloc);
        }
        if let Some(post_return) = &options.post_return {
            entry["post_return"] = self.def(post_return);
        }
    }

    /// Adds whose handles are passed, if any are.
    fn add_state(&self, entry: &mut Value, instance: ComponentInstanceId, ty: FuncTypeId) {
        if let Some(state) = self.assembly.state_for_host(instance, ty) {
            entry["state"] = self.assembly.name(state).into();
        }
    }

    fn host_dtor(&self, resource: ResourceId) -> Value {
        let ResourceOrigin::Host(path) = &self.plan.resources[resource].origin else {
            unreachable!("the destructor of {resource} is a guest's")
        };
        json!({ "kind": "host-dtor", "import": self.path(path) })
    }

    /// Returns the names that lead to something that is imported.
    fn path(&self, path: &ImportPath) -> Vec<String> {
        let import = &self.plan.imports[path.import].name;
        let names = std::iter::once(import).chain(&path.path);
        names.map(ToString::to_string).collect()
    }

    fn def(&self, def: &CoreDef) -> Value {
        self.source(&self.assembly.source(def), &ImportName::new("", ""))
    }

    /// Returns where something comes from that is imported under a name.
    fn source(&self, source: &ImportSource, import: &ImportName) -> Value {
        let (step, name) = match source {
            ImportSource::Core { export, name } => {
                (CoreStep::Instance(export.instance), name.clone())
            }
            ImportSource::Adapter(id) => {
                let module = self.assembly.module_of(*id);
                (CoreStep::Adapters(module), export_name(*id))
            }
            ImportSource::Resource(it) => (
                CoreStep::Resource(self.assembly.resource_module_of(it)),
                builtin_name(it.op).into(),
            ),
            ImportSource::State(instance) => (CoreStep::State(*instance), import.name.clone()),
            ImportSource::HostLowering(id) => return self.host_lowering(*id),
            ImportSource::HostDtor(resource) => return self.host_dtor(*resource),
            ImportSource::Trap => return json!({ "kind": "trap" }),
        };
        json!({ "kind": "instance", "instance": self.assembly.name(step), "export": name })
    }
}
