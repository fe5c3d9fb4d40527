//! What all frames share while a component is being inlined.

use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::adapt::adapter::{CanonOptions, CoreDef};
use crate::adapt::index::{
    AdapterId, ComponentInstanceId, HostLoweringId, ImportId, ImportedFuncId, ImportedModuleId,
    ResourceId, StaticComponentId,
};
use crate::adapt::inline::def::{ClosureDef, Def, Defs, FuncDef, InstanceDef, InstanceDefId};
use crate::adapt::inline::error::{Budget, InlineError, Limits};
use crate::adapt::inline::frame::Frame;
use crate::adapt::inline::resolve::{Env, Resolver};
use crate::adapt::plan::{
    ComponentInstance, CoreModule, ImportPath, ImportType, ImportedFunc, ImportedModule, Plan,
    Resource, ResourceOrigin, StaticComponent, TypeExport,
};
use crate::adapt::translate::Translation;
use crate::adapt::translate::translation::{FormalType, FormalTypeDef, ResourcePath};
use crate::adapt::types::name::qualified;
use crate::adapt::types::{FuncShape, Label, NameSet, Shapes, ValType};

pub(in crate::adapt::inline) type Result<T> = std::result::Result<T, InlineError>;

/// Everything that decides what an adapter does.
#[derive(PartialEq, Eq, Hash)]
pub(in crate::adapt::inline) struct AdapterKey {
    pub callee: CoreDef,
    pub lift: SideKey,
    pub lower: SideKey,
}

/// One side of an adapter.
#[derive(PartialEq, Eq, Hash)]
pub(in crate::adapt::inline) struct SideKey {
    pub instance: ComponentInstanceId,
    pub options: CanonOptions,
    pub shape: FuncShape,
}

/// What all frames share.
pub(in crate::adapt::inline) struct Inliner<'a> {
    pub translation: &'a Translation,
    pub resolver: Resolver<'a>,
    pub shapes: Shapes,
    pub budget: Budget,
    pub defs: Defs,
    /// What formal resources stand for in each open frame, the root's first.
    pub envs: Vec<Env>,
    /// The plan so far; its types are in the resolver until the end.
    pub plan: Plan,
    pub adapters: HashMap<AdapterKey, AdapterId>,
    pub host_lowerings: HashMap<(ImportedFuncId, SideKey), HostLoweringId>,
    /// Types of imported instances, by where the translation, which outlives this, keeps them.
    pub import_types: HashMap<*const IndexMap<Label, FormalType>, Arc<IndexMap<Label, ImportType>>>,
    imported_funcs: HashMap<ImportPath, ImportedFuncId>,
    imported_modules: HashMap<ImportPath, ImportedModuleId>,
    pub instance_names: NameSet,
    pub core_instance_names: NameSet,
    pub resource_names: NameSet,
}

impl<'a> Inliner<'a> {
    /// Begins with a plan that instantiates nothing.
    pub(in crate::adapt::inline) fn new(translation: &'a Translation, limits: Limits) -> Self {
        let components = translation
            .components
            .values()
            .map(|component| StaticComponent {
                name: component.name.clone(),
                span: component.span.clone(),
            });
        Inliner {
            translation,
            resolver: Resolver::new(&translation.types),
            shapes: Shapes::default(),
            budget: Budget::new(limits),
            defs: Defs::default(),
            envs: Vec::new(),
            plan: Plan {
                modules: translation.modules.clone(),
                components: components.collect(),
                ..Plan::default()
            },
            adapters: HashMap::new(),
            host_lowerings: HashMap::new(),
            import_types: HashMap::new(),
            imported_funcs: HashMap::new(),
            imported_modules: HashMap::new(),
            instance_names: NameSet::default(),
            core_instance_names: NameSet::default(),
            resource_names: NameSet::default(),
        }
    }

    /// Makes a component instance with a name that is close to `wanted`.
    pub(in crate::adapt::inline) fn component_instance(
        &mut self,
        component: StaticComponentId,
        parent: Option<ComponentInstanceId>,
        wanted: &str,
    ) -> Result<ComponentInstanceId> {
        self.budget.instance()?;
        let name = self.instance_names.give(wanted);
        Ok(self.plan.component_instances.push(ComponentInstance {
            component,
            parent,
            name,
        }))
    }

    /// Makes a resource type.
    pub(in crate::adapt::inline) fn resource(
        &mut self,
        formal: ResourceId,
        origin: ResourceOrigin,
    ) -> ResourceId {
        let wanted = self.translation.resources[formal]
            .as_deref()
            .unwrap_or("resource");
        let name = self.resource_names.give(wanted);
        let id = self.plan.resources.push(Resource {
            name: name.clone(),
            origin,
        });
        self.resolver.types().set_resource_name(id, name);
        id
    }

    /// Gives the formal resources that came with `def` their meaning in the innermost frame.
    pub(in crate::adapt::inline) fn bind(
        &mut self,
        resources: &[ResourcePath],
        def: Def,
    ) -> Result<()> {
        self.budget.steps(resources.len())?;
        for ResourcePath { resource, path } in resources {
            let mut found = def;
            for name in path {
                let Def::Instance(instance) = found else {
                    unreachable!("validation lets a path lead through {found:?}")
                };
                found = self.export(instance, name)?;
            }
            let Def::Type(TypeExport::Resource(actual)) = found else {
                unreachable!("validation lets {found:?} be a resource type")
            };
            self.env().bind(*resource, actual);
        }
        Ok(())
    }

    /// Returns what the formal resources stand for in the innermost frame.
    pub(in crate::adapt::inline) fn env(&mut self) -> &mut Env {
        self.envs.last_mut().expect("a frame is open")
    }

    /// Returns an export of an instance.
    pub(in crate::adapt::inline) fn export(
        &mut self,
        instance: InstanceDefId,
        name: &Label,
    ) -> Result<Def> {
        let (path, ty) = match &self.defs.instances[instance] {
            InstanceDef::Bundle(items) => return Ok(items[name].def),
            InstanceDef::Imported { path, exports } => {
                let mut path = path.clone();
                path.path.push(name.clone());
                (path, exports[name].clone())
            }
        };
        self.imported(path, &ty)
    }

    /// Returns what the host gives at a place among the imports of the root. The type is in the words of the root.
    pub(in crate::adapt::inline) fn imported(
        &mut self,
        path: ImportPath,
        ty: &FormalType,
    ) -> Result<Def> {
        self.budget.steps(1 + path.path.len())?;
        Ok(match ty {
            FormalType::Func(ty) => {
                let ty = self
                    .resolver
                    .func(&mut self.envs[0], &mut self.budget, *ty)?;
                let funcs = &mut self.plan.imported_funcs;
                let id = *self.imported_funcs.entry(path).or_insert_with_key(|path| {
                    funcs.push(ImportedFunc {
                        path: path.clone(),
                        ty,
                    })
                });
                Def::Func(FuncDef::Imported(id))
            }
            FormalType::Instance(exports) => {
                let exports = Arc::clone(exports);
                Def::Instance(
                    self.defs
                        .instances
                        .push(InstanceDef::Imported { path, exports }),
                )
            }
            FormalType::Module(ty) => {
                let modules = &mut self.plan.imported_modules;
                let id = *self
                    .imported_modules
                    .entry(path)
                    .or_insert_with_key(|path| {
                        modules.push(ImportedModule {
                            path: path.clone(),
                            ty: Arc::clone(ty),
                        })
                    });
                Def::Module(CoreModule::Imported(id))
            }
            FormalType::Type(ty) => Def::Type(self.root_type(*ty)?),
            FormalType::Component => self.supplied(path.import),
        })
    }

    /// Returns the component that was supplied for an import of the root.
    fn supplied(&mut self, import: ImportId) -> Def {
        let name = &self.plan.imports[import].name;
        let component = self.translation.supplied[name];
        let captures = [].into();
        let closure = ClosureDef {
            component,
            captures,
        };
        Def::Component(self.defs.closures.push(closure))
    }

    /// Resolves a type in the words of the root.
    pub(in crate::adapt::inline) fn root_type(&mut self, ty: FormalTypeDef) -> Result<TypeExport> {
        self.resolver
            .type_def(&mut self.envs[0], &mut self.budget, ty)
    }

    /// Resolves a type in the words of the innermost frame.
    pub(in crate::adapt::inline) fn type_def(&mut self, ty: FormalTypeDef) -> Result<TypeExport> {
        let env = self.envs.last_mut().expect("a frame is open");
        self.resolver.type_def(env, &mut self.budget, ty)
    }

    /// Gives a compound type one more name.
    pub(in crate::adapt::inline) fn name_type(&mut self, ty: TypeExport, name: &Label) {
        if let TypeExport::Value(ValType::Defined(id)) = ty {
            self.resolver.types().add_name(id, name);
        }
    }

    /// Returns a name for people for something in the instance of `frame`.
    pub(in crate::adapt::inline) fn qualified(&self, frame: &Frame<'_>, name: &str) -> Label {
        let instance = &self.plan.component_instances[frame.instance].name;
        qualified(instance, ".", name)
    }
}
