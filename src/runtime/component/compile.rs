//! From a component to machine code: everything in it is one group, adapters included.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexSet;

use crate::adapt::{
    Adapter, Config as Features, CoreDef, CoreInstanceId, CoreModule, ImportPath, Limits,
    PartitionConfig, Plan, StaticModuleId, Supplied, analyze_effects, inline, other_called_funcs,
    partition, translate_with,
};
use crate::fact::{
    Assembly, CoreStep, FactConfig, ImportName, ImportSource as Origin, Reentrance, assemble,
    builtin_name, export_name, relay_module, state_module,
};
use crate::runtime::codegen::{
    GroupSource, ImportSource, InstanceSource, Module as Parsed, Tables, compile_group,
};
use crate::runtime::component::module_type::check_exports;
use crate::runtime::component::outline::{External, Outline};
use crate::runtime::component::sketch::{Places, sketch};
use crate::runtime::engine::Engine;
use crate::runtime::error::Error;
use crate::runtime::image::Image;
use crate::runtime::index::InstanceId;

/// Who carries out the calls from one component instance to another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::runtime) enum Crossing {
    /// Fused adapters.
    #[default]
    Fused,
    /// The host, which sees the values.
    Host,
}

/// A component, and what has to be known of its imports before it is compiled.
#[derive(Default)]
pub(in crate::runtime) struct Source<'a> {
    /// The component in the binary format.
    pub(in crate::runtime) bytes: &'a [u8],
    /// Components for its imports.
    pub(in crate::runtime) components: Vec<Supplied<'a>>,
    /// Core modules for its imports, in the binary format.
    pub(in crate::runtime) modules: HashMap<ImportPath, Arc<[u8]>>,
    /// Who carries out the calls between component instances.
    pub(in crate::runtime) crossing: Crossing,
    /// Whether component instances may be called while they run.
    pub(in crate::runtime) reentrance: Reentrance,
    /// Which features it may use.
    pub(in crate::runtime) features: Features,
}

/// A core module that is instantiated: where its bytes are among those that are compiled.
struct Place {
    step: CoreStep,
    module: usize,
}

/// The core modules that are compiled, and what is instantiated in which order.
struct Modules<'a> {
    modules: Vec<Cow<'a, [u8]>>,
    places: Vec<Place>,
}

impl<'a> Source<'a> {
    /// Begins with nothing given for its imports.
    pub(in crate::runtime) fn new(engine: &Engine, bytes: &'a [u8]) -> Source<'a> {
        let config = engine.components();
        Source {
            bytes,
            features: config.features.clone(),
            reentrance: config.reentrance,
            crossing: match config.tracing {
                true => Crossing::Host,
                false => Crossing::Fused,
            },
            ..Source::default()
        }
    }

    /// Compiles the component, whose plan this is.
    ///
    /// # Errors
    ///
    /// Fails if it is not valid, uses what is not supported, or is too large; or if a module that it imports was not given.
    pub(in crate::runtime) fn compile(
        &self,
        engine: &Engine,
        plan: &Plan,
    ) -> Result<(Outline, Image), Error> {
        let files: Vec<_> = [self.bytes]
            .into_iter()
            .chain(self.components.iter().map(|it| it.bytes))
            .collect();
        let partition = partition(plan, &PartitionConfig::default());
        let effects = analyze_effects(plan, &files);
        let assembly = assemble(plan, &partition, &effects);
        let Modules { modules, places } = self.modules(plan, &assembly, &files)?;
        let parsed = modules.iter().map(|wasm| Parsed::parse(wasm));
        let parsed = parsed.collect::<Result<Vec<_>, _>>()?;
        let mut linker = Linker {
            crossing: self.crossing,
            plan,
            assembly: &assembly,
            ids: (0..)
                .map(InstanceId::from_u32)
                .zip(&places)
                .map(|(id, place)| (place.step, id))
                .collect(),
            externals: IndexSet::new(),
        };
        let instances = places.iter().map(|place| {
            let module = &parsed[place.module];
            let imports = linker.imports(place.step, module)?;
            let name = assembly.name(place.step);
            Ok(InstanceSource {
                name,
                module,
                imports,
            })
        });
        let mut instances = instances.collect::<Result<Vec<_>, Error>>()?;
        let (relay, imports) = linker.relay();
        let relay = Parsed::parse(&relay)?;
        if !imports.is_empty() {
            instances.push(InstanceSource {
                name: "relay".to_owned(),
                module: &relay,
                imports,
            });
        }
        let source = GroupSource {
            instances,
            tables: Tables::Private,
        };
        let image = compile_group(engine.target(), engine.codegen(), &source)?;
        let places = Places {
            plan,
            assembly: &assembly,
            image: &image,
            ids: &linker.ids,
            externals: &linker.externals,
        };
        Ok((sketch(&places), image))
    }

    /// Returns the plan.
    pub(in crate::runtime) fn plan(&self) -> Result<Plan, Error> {
        let translation = translate_with(&self.features, self.bytes, &self.components)?;
        Ok(inline(&translation, Limits::default())?)
    }

    /// Returns the modules that are compiled, and which of them is instantiated when.
    fn modules<'b>(
        &'b self,
        plan: &Plan,
        assembly: &Assembly<'_>,
        files: &[&'b [u8]],
    ) -> Result<Modules<'b>, Error> {
        let mut modules = Vec::new();
        let mut statics: HashMap<StaticModuleId, usize> = HashMap::new();
        let mut state = None;
        let mut places = Vec::new();
        let config = FactConfig {
            reentrance: self.reentrance,
            ..FactConfig::default()
        };
        for step in &assembly.steps {
            let mut add = |wasm| {
                modules.push(wasm);
                modules.len() - 1
            };
            let module = match *step {
                CoreStep::State(_) => {
                    *state.get_or_insert_with(|| add(Cow::Owned(state_module(&config))))
                }
                CoreStep::Resource(id) => add(Cow::Owned(assembly.resources[id].compile(&config))),
                CoreStep::Adapters(_) if self.crossing == Crossing::Host => continue,
                CoreStep::Adapters(id) => {
                    let compiled = assembly.modules[id].compile(plan, &config);
                    let compiled = compiled.expect("a plan makes valid specifications");
                    add(Cow::Owned(compiled.wasm))
                }
                CoreStep::Instance(id) => match plan.core_instances[id].module {
                    CoreModule::Static(id) => *statics.entry(id).or_insert_with(|| {
                        let span = &plan.modules[id].span;
                        let file = files[span.file.as_u32() as usize];
                        add(Cow::Borrowed(&file[span.bytes.clone()]))
                    }),
                    CoreModule::Imported(id) => {
                        let path = &plan.imported_modules[id].path;
                        let given = self.modules.get(path).ok_or_else(|| {
                            Error::link(format!(
                                "the import `{}` is a core module: define one for it",
                                plan.imports[path.import].name
                            ))
                        })?;
                        let parsed = Parsed::parse(given)?;
                        let ty = &plan.imported_modules[id].ty;
                        check_exports(&plan.types, ty, &parsed).map_err(|problem| {
                            let name = &plan.imports[path.import].name;
                            Error::link(format!(
                                "the core module given for the import `{name}` has another type: {problem}"
                            ))
                        })?;
                        add(Cow::Borrowed(&**given))
                    }
                },
            };
            places.push(Place {
                step: *step,
                module,
            });
        }
        Ok(Modules { modules, places })
    }
}

/// Finds what each core instance is given.
struct Linker<'a> {
    crossing: Crossing,
    plan: &'a Plan,
    assembly: &'a Assembly<'a>,
    ids: HashMap<CoreStep, InstanceId>,
    externals: IndexSet<External>,
}

impl Linker<'_> {
    fn imports(&mut self, step: CoreStep, module: &Parsed<'_>) -> Result<Vec<ImportSource>, Error> {
        let imports = module.imports().map(|(import, _)| {
            let name = ImportName::new(import.module, import.name);
            let source = match step {
                CoreStep::State(_) => Origin::Trap,
                CoreStep::Resource(id) => self.assembly.resources[id].source(&name),
                CoreStep::Adapters(id) => self.assembly.modules[id].source(&name),
                CoreStep::Instance(id) => self.argument(id, &name)?,
            };
            Ok(self.given(&source, import.name))
        });
        imports.collect()
    }

    /// Returns what a core instance of the component is given.
    fn argument(&self, id: CoreInstanceId, name: &ImportName) -> Result<Origin, Error> {
        let instance = &self.plan.core_instances[id];
        let imports = match instance.module {
            CoreModule::Static(id) => &self.plan.modules[id].imports,
            CoreModule::Imported(id) => &self.plan.imported_modules[id].ty.imports,
        };
        let mut given = imports.iter().zip(&instance.args);
        let found = given.find(|(it, _)| *it.module == name.module && *it.name == name.name);
        let (_, def) = found.ok_or_else(|| {
            Error::link(format!(
                "the core module given for `{}` imports `{}` `{}`, which the component does not give it",
                instance.name, name.module, name.name
            ))
        })?;
        Ok(self.assembly.source(def))
    }

    /// Returns a module that imports what the host calls and no other module imports, and what it is given.
    fn relay(&mut self) -> (Vec<u8>, Vec<ImportSource>) {
        let plan = self.plan;
        let called = other_called_funcs(plan).cloned();
        let called: Vec<CoreDef> = match self.crossing {
            Crossing::Fused => called.collect(),
            Crossing::Host => {
                let adapters = plan.adapters.values();
                called.chain(adapters.flat_map(Adapter::uses)).collect()
            }
        };
        let (mut imports, mut given) = (Vec::new(), Vec::new());
        for def in called {
            let (external, signature) = match def {
                CoreDef::HostLowering(id) => {
                    let signature = plan.host_lowerings[id].lower.signature;
                    (External::Lowering(id), signature)
                }
                CoreDef::Adapter(id) if self.crossing == Crossing::Host => {
                    (External::Traced(id), plan.adapters[id].lower.signature)
                }
                CoreDef::Adapter(_) | CoreDef::Export(_) | CoreDef::Resource(_) => continue,
            };
            if self.externals.contains(&external) {
                continue;
            }
            let name = ImportName::new("host", imports.len().to_string());
            imports.push((name, plan.types.signature(signature)));
            given.push(self.external(external));
        }
        (relay_module(&imports), given)
    }

    fn given(&mut self, source: &Origin, import: &str) -> ImportSource {
        let external = match source {
            Origin::Core { export, name } => {
                let id = self.ids[&CoreStep::Instance(export.instance)];
                return ImportSource::Export(id, name.clone());
            }
            Origin::State(id) => {
                let id = self.ids[&CoreStep::State(*id)];
                return ImportSource::Export(id, import.to_owned());
            }
            Origin::Resource(builtin) => {
                let module = self.assembly.resource_module_of(builtin);
                let id = self.ids[&CoreStep::Resource(module)];
                return ImportSource::Export(id, builtin_name(builtin.op).to_owned());
            }
            Origin::Adapter(id) if self.crossing == Crossing::Fused => {
                let module = CoreStep::Adapters(self.assembly.module_of(*id));
                return ImportSource::Export(self.ids[&module], export_name(*id));
            }
            Origin::Adapter(id) => External::Traced(*id),
            Origin::HostLowering(id) => External::Lowering(*id),
            Origin::HostDtor(id) => External::Dtor(*id),
            Origin::Trap => External::Trap,
        };
        self.external(external)
    }

    fn external(&mut self, external: External) -> ImportSource {
        let (number, _) = self.externals.insert_full(external);
        let number = u32::try_from(number).expect("imports are counted in 32 bits");
        ImportSource::External(number)
    }
}
