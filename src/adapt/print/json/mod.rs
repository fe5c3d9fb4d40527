//! A plan and its partition as JSON, for programs.
//!
//! The document is one object, [`Document`]; each of its types in this module is an object of it, and says what the
//! members mean. Members are never left out: what does not exist is `null`. An `id` is a position in the list that
//! the member is about, so what is shared stands in the document once. Names stand beside ids for people; they are
//! whole and as the component has them, except where the type says otherwise. Characters that cannot be seen are
//! escaped.
//!
//! | member | element | what it lists |
//! |---|---|---|
//! | `schema`, `version` | | `"interfuse-plan"`, [`VERSION`] |
//! | `imports` | [`ImportView`] | imports of the root component: name, what the host must give |
//! | `instance_types`, `module_types` | [`InstanceTypeView`], [`ModuleTypeView`] | types of imported instances and core modules |
//! | `imported_funcs`, `imported_modules` | [`ImportedFuncView`], [`ImportedModuleView`] | what is used of the imports, with the way to it |
//! | `components` | [`ComponentView`] | components as written: name, bytes |
//! | `component_instances` | [`ComponentInstanceView`] | name, component, parent |
//! | `modules` | [`ModuleView`] | core modules as written: name, bytes, imports, exports |
//! | `core_instances` | [`CoreInstanceView`] | name, owner, module, what is given for each import |
//! | `resources` | [`ResourceView`] | resource types: name, who defines it, destructor |
//! | `adapters` | [`AdapterView`] | fused adapters: module, both sides with type, signature, callee, options |
//! | `host_lowerings` | [`HostLoweringView`] | functions of the host as instances lower them |
//! | `closures` | [`ClosureView`] | exported components with what they capture |
//! | `bundles` | [`BundleView`] | exported instances |
//! | `exports` | [`ExportView`] | exports of the root component |
//! | `adapter_modules` | [`AdapterModuleView`] | level, adapters: callees before callers |
//! | `steps` | [`StepView`] | core instances and adapter modules in the order of instantiation |
//! | `types` | [`TypeView`] | compound value types: names, WIT, structure |
//! | `func_types`, `signatures` | [`FuncTypeView`], [`SignatureView`] | types of functions that are used |
//!
//! A change after which a correct reader could fail raises [`VERSION`]; new members may come at any time.

pub(crate) mod types;

pub(crate) mod module;

pub(crate) mod instance;

pub(crate) mod func;

pub(crate) mod outer;

use serde::Serialize;

use crate::adapt::partition::{Partition, Step};
use crate::adapt::plan::Plan;
use crate::adapt::print::escape;
use crate::adapt::print::name::Names;
use crate::adapt::print::used::{self, ImportTypes};

pub use func::{
    AdapterView, HostLoweringView, ImportedFuncView, LiftView, LowerView, MemoryView, OptionsView,
};
pub use instance::{
    ArgView, ComponentInstanceView, ComponentView, CoreDefView, CoreExportView, CoreInstanceView,
    ImportPathView, ResourceOriginView, ResourceView,
};
pub use module::{
    CoreModuleRef, EntityTypeView, MemoryTypeView, ModuleExportView, ModuleImportView,
    ModuleTypeView, ModuleView, Named, SpanView,
};
pub use outer::{
    BundleView, CapturedView, ClosureView, ExportItemView, ExportView, ImportTypeView, ImportView,
    ImportedModuleView, InstanceTypeExportView, InstanceTypeView, TypeExportView,
};
pub use types::{
    DefinitionView, FuncTypeRef, FuncTypeView, NamedTypeView, SignatureView, TypeView, ValTypeView,
};

/// The name of the schema.
pub const SCHEMA: &str = "interfuse-plan";

/// The version of the schema.
pub const VERSION: u32 = 1;

/// The whole document.
#[derive(Clone, Debug, Serialize)]
pub struct Document<'a> {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// [`VERSION`].
    pub version: u32,
    /// The imports of the root component, in their order.
    pub imports: Vec<ImportView<'a>>,
    /// The types of imported instances.
    pub instance_types: Vec<InstanceTypeView<'a>>,
    /// The types of imported core modules.
    pub module_types: Vec<ModuleTypeView<'a>>,
    /// The functions of the host that something uses.
    pub imported_funcs: Vec<ImportedFuncView<'a>>,
    /// The core modules of the host that something uses.
    pub imported_modules: Vec<ImportedModuleView<'a>>,
    /// The components written in the input files.
    pub components: Vec<ComponentView<'a>>,
    /// The component instances, parents before children; the root comes first.
    pub component_instances: Vec<ComponentInstanceView<'a>>,
    /// The core modules written in the input files.
    pub modules: Vec<ModuleView<'a>>,
    /// The core instances, in the order of instantiation.
    pub core_instances: Vec<CoreInstanceView<'a>>,
    /// The resource types.
    pub resources: Vec<ResourceView<'a>>,
    /// The fused adapters.
    pub adapters: Vec<AdapterView<'a>>,
    /// The functions of the host as instances lower them.
    pub host_lowerings: Vec<HostLoweringView<'a>>,
    /// The exported components.
    pub closures: Vec<ClosureView>,
    /// The exported instances.
    pub bundles: Vec<BundleView<'a>>,
    /// The exports of the root component, in their order.
    pub exports: Vec<ExportView<'a>>,
    /// The adapter modules, in the order of instantiation.
    pub adapter_modules: Vec<AdapterModuleView>,
    /// Every core instance and every adapter module, in the order of instantiation.
    pub steps: Vec<StepView>,
    /// The compound value types.
    pub types: Vec<TypeView<'a>>,
    /// The function types that something uses, by rising id.
    pub func_types: Vec<FuncTypeView<'a>>,
    /// The core signatures that something uses, by rising id.
    pub signatures: Vec<SignatureView>,
}

/// A set of adapters that are compiled to one core module.
#[derive(Clone, Debug, Serialize)]
pub struct AdapterModuleView {
    /// Its id, which is its position in `adapter_modules`.
    pub id: u32,
    /// Number of adapter modules that must come before it on the longest chain.
    pub level: u32,
    /// The ids of its adapters, callees before callers.
    pub adapters: Vec<u32>,
}

/// A step of instantiation; `kind` says what `id` is.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(tag = "kind", content = "id", rename_all = "kebab-case")]
pub enum StepView {
    /// `core-instance`: instantiate an element of `core_instances`.
    CoreInstance(u32),
    /// `adapter-module`: instantiate an element of `adapter_modules`.
    AdapterModule(u32),
}

impl<'a> Document<'a> {
    /// Returns the document about a plan and its partition.
    pub fn new(plan: &'a Plan, partition: &Partition) -> Self {
        let names = &Names::new(plan);
        let imported = &ImportTypes::new(plan);
        let func_types = used::func_types(plan, imported).into_iter();
        let signatures = used::signatures(plan, imported).into_iter();
        Document {
            schema: SCHEMA,
            version: VERSION,
            imports: outer::imports(names, imported),
            instance_types: outer::instance_types(names, imported),
            module_types: module::module_types(imported),
            imported_funcs: func::imported_funcs(names),
            imported_modules: outer::imported_modules(names, imported),
            components: instance::components(names),
            component_instances: instance::component_instances(names),
            modules: module::modules(names),
            core_instances: instance::core_instances(names),
            resources: instance::resources(names),
            adapters: func::adapters(names, partition),
            host_lowerings: func::host_lowerings(names),
            closures: outer::closures(names),
            bundles: outer::bundles(names),
            exports: outer::exports(names, &plan.exports),
            adapter_modules: adapter_modules(partition),
            steps: steps(partition),
            types: types::types(&plan.types),
            func_types: func_types
                .map(|id| types::func_type(&plan.types, id))
                .collect(),
            signatures: signatures
                .map(|id| types::signature(&plan.types, id))
                .collect(),
        }
    }
}

/// Returns a plan and its partition as JSON, a [`Document`].
pub fn plan_json(plan: &Plan, partition: &Partition) -> String {
    let document = Document::new(plan, partition);
    let text = serde_json::to_string_pretty(&document)
        .expect("the keys of the document are strings, and a string takes all that is written");
    escape::json(text + "\n")
}

fn adapter_modules(partition: &Partition) -> Vec<AdapterModuleView> {
    let modules = partition.modules.iter();
    modules
        .map(|(id, module)| AdapterModuleView {
            id: id.as_u32(),
            level: module.level,
            adapters: module.adapters.iter().map(|id| id.as_u32()).collect(),
        })
        .collect()
}

fn steps(partition: &Partition) -> Vec<StepView> {
    let view = |step: &Step| match step {
        Step::Instance(id) => StepView::CoreInstance(id.as_u32()),
        Step::Adapters(id) => StepView::AdapterModule(id.as_u32()),
    };
    partition.steps.iter().map(view).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::plan_json;
    use crate::adapt::partition::Partition;
    use crate::adapt::plan::Plan;
    use crate::adapt::print::example::{HOSTILE, partition, plan};
    use crate::adapt::print::golden::check_golden;

    fn example() -> Value {
        serde_json::from_str(&plan_json(&plan(), &partition())).unwrap()
    }

    #[test]
    fn is_what_it_was() {
        check_golden("example.json", &plan_json(&plan(), &partition()));
    }

    #[test]
    fn says_what_it_is() {
        let json: Value =
            serde_json::from_str(&plan_json(&Plan::default(), &Partition::default())).unwrap();
        assert_eq!(json["schema"], "interfuse-plan");
        assert_eq!(json["version"], 1);
    }

    #[test]
    fn adapter_has_both_sides() {
        let adapter = &example()["adapters"][0];
        assert_eq!(adapter["name"], "a.greet → b.greet");
        assert_eq!(adapter["module"], 0);
        assert_eq!(
            adapter["lower"]["instance"],
            json!({ "id": 1, "name": "a" })
        );
        assert_eq!(adapter["lower"]["options"]["encoding"], "utf8");
        let lift = &adapter["lift"];
        assert_eq!(lift["type"]["wit"], "func(name: string) -> string");
        let callee = json!({
            "kind": "export",
            "instance": { "id": 1, "name": "b.main" },
            "item": "func",
            "index": 0,
            "name": "greet",
        });
        assert_eq!(lift["callee"], callee);
        assert_eq!(lift["options"]["encoding"], "utf16");
        assert_eq!(lift["options"]["memory"]["export"]["name"], "memory");
        assert_eq!(lift["options"]["memory"]["type"]["memory64"], false);
        assert_eq!(lift["options"]["realloc"]["name"], "cabi_realloc");
        assert_eq!(lift["options"]["post_return"]["name"], "drop-counter");
    }

    #[test]
    fn every_id_of_a_list_is_its_position() {
        let document = example();
        for (member, list) in document.as_object().unwrap() {
            let sparse = matches!(&**member, "func_types" | "signatures" | "steps");
            let Some(list) = list.as_array().filter(|_| !sparse) else {
                continue;
            };
            assert!(!list.is_empty(), "{member}");
            for (position, element) in list.iter().enumerate() {
                let id = element.get("id").unwrap_or(&Value::Null);
                assert!(
                    member == "exports" || *id == position,
                    "{member} {position}"
                );
            }
        }
    }

    #[test]
    fn host_lowering_leads_to_the_import() {
        let document = example();
        assert_eq!(document["host_lowerings"][0]["func"], 0);
        assert_eq!(
            document["imported_funcs"][0]["place"],
            json!({ "import": { "id": 0, "name": "demo:host/logging" }, "path": ["sink", "log"] })
        );
    }

    #[test]
    fn names_are_whole() {
        let document = example();
        assert_eq!(document["modules"][2]["name"], HOSTILE);
        assert_eq!(document["core_instances"][2]["args"][1]["name"], HOSTILE);
    }

    #[test]
    fn shared_instances_stand_there_once() {
        let document = example();
        let bundle = json!({ "kind": "instance", "bundle": 0 });
        assert_eq!(document["bundles"][1]["exports"][0]["item"], bundle);
        assert_eq!(document["exports"][1]["item"], bundle);
        assert_eq!(document["instance_types"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn resource_has_owner_and_destructor() {
        let resource = &example()["resources"][0];
        assert_eq!(resource["origin"]["kind"], "guest");
        assert_eq!(resource["origin"]["owner"]["name"], "b");
        assert_eq!(resource["origin"]["destructor"]["name"], "drop-counter");
    }

    #[test]
    fn types_are_structural() {
        let document = example();
        let definition = json!({
            "kind": "record",
            "fields": [
                { "name": "x", "type": "s32" },
                { "name": "y", "type": "s32" },
                { "name": "unit", "type": { "type": 0 } },
            ],
        });
        assert_eq!(document["types"][1]["definition"], definition);
        assert_eq!(document["types"][1]["names"], json!(["point"]));
        assert_eq!(
            document["func_types"][1]["params"][0],
            json!({ "name": "self", "type": { "borrow": 0 } })
        );
    }
}
