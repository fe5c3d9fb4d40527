//! A plan as text that says nothing of nesting: what it instantiates, joins and exports.
//!
//! Component instances are numbered among those that own something or are a side of something. Everything else keeps
//! its order, which instantiation gives and nesting must not change.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};

use interfuse::adapt::{
    Bundle, CanonOptions, ComponentInstanceId, CoreDef, CoreExport, CoreInstance, CoreModule,
    DefinedType, ExportItem, FuncTypeId, ImportPath, ImportType, ImportedFuncId, Lift, Lower, Plan,
    ResourceOrigin, TypeExport, ValType,
};

/// Returns the lines of a plan that was made of `bytes`.
pub(crate) fn canonical(plan: &Plan, bytes: &[u8]) -> Vec<String> {
    let printer = Printer {
        plan,
        bytes,
        owners: owners(plan),
    };
    let mut lines = Vec::new();
    for (id, instance) in &plan.core_instances {
        lines.push(format!("{id}: {}", printer.core_instance(instance)));
    }
    for (id, adapter) in &plan.adapters {
        let (lift, lower) = (printer.lift(&adapter.lift), printer.lower(&adapter.lower));
        lines.push(format!("{id}: lift {lift}, lower {lower}"));
    }
    for (id, lowering) in &plan.host_lowerings {
        let func = printer.imported_func(lowering.func);
        let lower = printer.lower(&lowering.lower);
        lines.push(format!("{id}: {func}, lower {lower}"));
    }
    for (id, resource) in &plan.resources {
        let origin = match &resource.origin {
            ResourceOrigin::Guest { owner, dtor } => {
                let dtor = dtor.as_ref().map(|dtor| printer.core_def(dtor));
                format!("{} {dtor:?}", printer.owner(*owner))
            }
            ResourceOrigin::Host(path) => printer.path(path),
        };
        lines.push(format!("{id} `{}`: {origin}", resource.name));
    }
    for (id, import) in &plan.imports {
        let ty = printer.import_type(&import.ty);
        lines.push(format!("{id} `{}`: {ty}", import.name));
    }
    let live: BTreeSet<_> = plan
        .imported_funcs
        .keys()
        .map(|id| printer.imported_func(id))
        .collect();
    lines.push(format!("{} of {live:?}", plan.imported_funcs.len()));
    lines.push(format!("exports {}", printer.bundle(&plan.exports)));
    lines
}

/// Returns numbers for the component instances that matter.
fn owners(plan: &Plan) -> BTreeMap<ComponentInstanceId, usize> {
    let mut found = BTreeSet::new();
    found.extend(plan.core_instances.values().map(|instance| instance.owner));
    let sides = plan.adapters.values();
    found.extend(sides.flat_map(|adapter| [adapter.lift.instance, adapter.lower.instance]));
    let lowerings = plan.host_lowerings.values();
    found.extend(lowerings.map(|lowering| lowering.lower.instance));
    for bundle in plan.bundles.values().chain([&plan.exports]) {
        for export in bundle.exports.values() {
            if let ExportItem::Lifted(lift) = &export.item {
                found.insert(lift.instance);
            }
        }
    }
    found.into_iter().zip(0..).collect()
}

struct Printer<'a> {
    plan: &'a Plan,
    bytes: &'a [u8],
    owners: BTreeMap<ComponentInstanceId, usize>,
}

impl Printer<'_> {
    fn owner(&self, id: ComponentInstanceId) -> String {
        format!("owner{}", self.owners[&id])
    }

    fn core_instance(&self, instance: &CoreInstance) -> String {
        let module = self.module(instance.module);
        let args: Vec<_> = instance.args.iter().map(|arg| self.core_def(arg)).collect();
        let owner = self.owner(instance.owner);
        format!("{owner} {module} ({})", args.join(", "))
    }

    fn module(&self, module: CoreModule) -> String {
        match module {
            CoreModule::Static(id) => {
                let module = &self.plan.modules[id];
                let mut hasher = DefaultHasher::new();
                self.bytes[module.span.bytes.clone()].hash(&mut hasher);
                format!("{:?} {:016x}", module.name, hasher.finish())
            }
            CoreModule::Imported(id) => self.path(&self.plan.imported_modules[id].path),
        }
    }

    fn core_def(&self, def: &CoreDef) -> String {
        match def {
            CoreDef::Export(export) => self.core_export(export),
            CoreDef::Adapter(id) => id.to_string(),
            CoreDef::HostLowering(id) => id.to_string(),
            CoreDef::Resource(builtin) => {
                let owner = self.owner(builtin.instance);
                format!("{owner} {} {}", builtin.op, builtin.resource)
            }
        }
    }

    fn core_export(&self, export: &CoreExport) -> String {
        format!("{} {:?}", export.instance, export.item)
    }

    fn lift(&self, lift: &Lift) -> String {
        format!(
            "{} `{}` {} {:?} {} {}",
            self.owner(lift.instance),
            lift.name,
            self.core_def(&lift.callee),
            self.plan.types.signature(lift.signature).to_string(),
            self.func_type(lift.ty),
            self.options(&lift.options)
        )
    }

    fn lower(&self, lower: &Lower) -> String {
        format!(
            "{} `{}` {:?} {} {}",
            self.owner(lower.instance),
            lower.name,
            self.plan.types.signature(lower.signature).to_string(),
            self.func_type(lower.ty),
            self.options(&lower.options)
        )
    }

    fn options(&self, options: &CanonOptions) -> String {
        let def = |def: &Option<CoreDef>| def.as_ref().map(|def| self.core_def(def));
        let memory = options.memory.as_ref();
        let memory = memory.map(|memory| (self.core_export(&memory.export), memory.ty));
        format!(
            "{} {memory:?} {:?} {:?}",
            options.encoding,
            def(&options.realloc),
            def(&options.post_return)
        )
    }

    fn imported_func(&self, id: ImportedFuncId) -> String {
        let func = &self.plan.imported_funcs[id];
        format!("{} {}", self.path(&func.path), self.func_type(func.ty))
    }

    fn path(&self, path: &ImportPath) -> String {
        format!("{}{:?}", path.import, path.path)
    }

    fn import_type(&self, ty: &ImportType) -> String {
        match ty {
            ImportType::Func(ty) => self.func_type(*ty),
            ImportType::Instance(exports) => {
                let exports = exports.iter();
                let exports: Vec<_> = exports
                    .map(|(name, ty)| format!("`{name}`: {}", self.import_type(ty)))
                    .collect();
                format!("{{ {} }}", exports.join(", "))
            }
            ImportType::Resource(id) => id.to_string(),
            ImportType::Type(ty) => self.type_export(*ty),
            ImportType::Module(_) | ImportType::Component => panic!("no world has such imports"),
        }
    }

    fn bundle(&self, bundle: &Bundle) -> String {
        let exports = bundle.exports.iter();
        let sorted: BTreeMap<_, _> = exports
            .map(|(name, export)| (name, self.export(&export.item)))
            .collect();
        format!("{sorted:?}")
    }

    fn export(&self, item: &ExportItem) -> String {
        match item {
            ExportItem::Lifted(lift) => self.lift(lift),
            ExportItem::Imported(id) => self.imported_func(*id),
            ExportItem::Instance(id) => self.bundle(&self.plan.bundles[*id]),
            ExportItem::Module(module) => self.module(*module),
            ExportItem::Component(_) => panic!("no world exports components"),
            ExportItem::Type(ty) => self.type_export(*ty),
        }
    }

    fn type_export(&self, ty: TypeExport) -> String {
        match ty {
            TypeExport::Resource(id) => id.to_string(),
            TypeExport::Value(ty) => self.val_type(ty),
            TypeExport::Func(ty) => self.func_type(ty),
            TypeExport::Instance | TypeExport::Component => format!("{ty:?}"),
        }
    }

    fn func_type(&self, id: FuncTypeId) -> String {
        let ty = self.plan.types.func(id);
        let params = ty.params.iter();
        let params: Vec<_> = params
            .map(|(name, ty)| format!("{name}: {}", self.val_type(*ty)))
            .collect();
        let result = ty.result.map(|ty| self.val_type(ty));
        format!("func({}) -> {result:?}", params.join(", "))
    }

    /// Returns a type with all its parts. Its names are left out: they are those that wrappers give it, too.
    fn val_type(&self, ty: ValType) -> String {
        let ValType::Defined(id) = ty else {
            return match ty {
                ValType::Own(id) => format!("own {id}"),
                ValType::Borrow(id) => format!("borrow {id}"),
                other => format!("{other:?}"),
            };
        };
        let ty = self.plan.types.defined(id);
        let mut parts = Vec::new();
        ty.for_each_part(|part| parts.push(self.val_type(part)));
        // What is left without the parts are the labels.
        let labels = match ty {
            DefinedType::Record(fields) => fields.iter().map(|(name, _)| name).collect(),
            DefinedType::Variant(cases) => cases.iter().map(|(name, _)| name).collect(),
            DefinedType::Enum(names) | DefinedType::Flags(names) => names.iter().collect(),
            _ => Vec::new(),
        };
        let kind = format!("{ty:?}");
        let kind = kind.split(|c: char| !c.is_alphanumeric()).next();
        format!("{kind:?} {labels:?} {parts:?}")
    }
}
