//! Adapters and functions of the host in the JSON of a plan.

use serde::Serialize;

use crate::adapt::adapter::{CanonOptions, Lift, Lower};
use crate::adapt::partition::Partition;
use crate::adapt::print::json::instance::{CoreDefView, CoreExportView, ImportPathView};
use crate::adapt::print::json::module::{MemoryTypeView, Named};
use crate::adapt::print::json::types::FuncTypeRef;
use crate::adapt::print::name::Names;

/// The options of a `canon lift` or `canon lower`.
#[derive(Clone, Debug, Serialize)]
pub struct OptionsView<'a> {
    /// `"utf8"`, `"utf16"` or `"latin1+utf16"`.
    pub encoding: String,
    /// The memory that pointers point into.
    pub memory: Option<MemoryView<'a>>,
    /// The function that allocates in the memory.
    pub realloc: Option<CoreDefView<'a>>,
    /// The function that is called after the results were read; of a lift only.
    pub post_return: Option<CoreDefView<'a>>,
}

/// A memory.
#[derive(Clone, Debug, Serialize)]
pub struct MemoryView<'a> {
    /// Where it comes from.
    pub export: CoreExportView<'a>,
    /// Its type, as the component declares it.
    #[serde(rename = "type")]
    pub ty: MemoryTypeView,
}

impl<'a> OptionsView<'a> {
    fn new(names: &Names<'a>, options: &'a CanonOptions) -> Self {
        let func = |def: &'a Option<_>| def.as_ref().map(|def| CoreDefView::new(names, def));
        OptionsView {
            encoding: options.encoding.to_string(),
            memory: options.memory.as_ref().map(|memory| MemoryView {
                export: CoreExportView::new(names, &memory.export),
                ty: (&memory.ty).into(),
            }),
            realloc: func(&options.realloc),
            post_return: func(&options.post_return),
        }
    }
}

/// A `canon lift`: the side of the callee.
#[derive(Clone, Debug, Serialize)]
pub struct LiftView<'a> {
    /// The component instance it belongs to.
    pub instance: Named<'a>,
    /// The name by which the instance offers the function, for people.
    pub name: &'a str,
    /// The core function.
    pub callee: CoreDefView<'a>,
    /// The id of the core function's signature.
    pub signature: u32,
    /// The type of the component function.
    #[serde(rename = "type")]
    pub ty: FuncTypeRef,
    /// How values are read and written.
    pub options: OptionsView<'a>,
}

impl<'a> LiftView<'a> {
    /// Returns the view of a lift.
    pub(crate) fn new(names: &Names<'a>, lift: &'a Lift) -> Self {
        LiftView {
            instance: Named::component_instance(names, lift.instance),
            name: &lift.name,
            callee: CoreDefView::new(names, &lift.callee),
            signature: lift.signature.as_u32(),
            ty: FuncTypeRef::new(&names.plan.types, lift.ty),
            options: OptionsView::new(names, &lift.options),
        }
    }
}

/// A `canon lower`: the side of the caller.
#[derive(Clone, Debug, Serialize)]
pub struct LowerView<'a> {
    /// The component instance it belongs to.
    pub instance: Named<'a>,
    /// The name by which the instance knows the function, for people.
    pub name: &'a str,
    /// The id of the core function's signature.
    pub signature: u32,
    /// The type of the component function.
    #[serde(rename = "type")]
    pub ty: FuncTypeRef,
    /// How values are read and written.
    pub options: OptionsView<'a>,
}

impl<'a> LowerView<'a> {
    fn new(names: &Names<'a>, lower: &'a Lower) -> Self {
        LowerView {
            instance: Named::component_instance(names, lower.instance),
            name: &lower.name,
            signature: lower.signature.as_u32(),
            ty: FuncTypeRef::new(&names.plan.types, lower.ty),
            options: OptionsView::new(names, &lower.options),
        }
    }
}

/// A fused adapter.
#[derive(Clone, Debug, Serialize)]
pub struct AdapterView<'a> {
    /// Its id, which is its position in `adapters`.
    pub id: u32,
    /// Its name for people, `caller.import → callee.export`: escaped, and cut if it is long.
    pub name: String,
    /// The adapter module it lives in, an element of `adapter_modules`; `null` if nothing uses it.
    pub module: Option<u32>,
    /// The side of the callee.
    pub lift: LiftView<'a>,
    /// The side of the caller.
    pub lower: LowerView<'a>,
}

/// Returns the adapters.
pub(crate) fn adapters<'a>(names: &Names<'a>, partition: &Partition) -> Vec<AdapterView<'a>> {
    let adapters = names.plan.adapters.iter();
    adapters
        .map(|(id, adapter)| AdapterView {
            id: id.as_u32(),
            name: names.adapter(id),
            module: partition.module_of[id].map(|module| module.as_u32()),
            lift: LiftView::new(names, &adapter.lift),
            lower: LowerView::new(names, &adapter.lower),
        })
        .collect()
}

/// A function of the host as an instance lowers it.
#[derive(Clone, Debug, Serialize)]
pub struct HostLoweringView<'a> {
    /// Its id, which is its position in `host_lowerings`.
    pub id: u32,
    /// Its name for people: escaped, and cut if it is long.
    pub name: String,
    /// The function of the host, an element of `imported_funcs`.
    pub func: u32,
    /// The side of the caller.
    pub lower: LowerView<'a>,
}

/// Returns the functions of the host as instances lower them.
pub(crate) fn host_lowerings<'a>(names: &Names<'a>) -> Vec<HostLoweringView<'a>> {
    let lowerings = names.plan.host_lowerings.iter();
    lowerings
        .map(|(id, lowering)| HostLoweringView {
            id: id.as_u32(),
            name: names.host_lowering(id),
            func: lowering.func.as_u32(),
            lower: LowerView::new(names, &lowering.lower),
        })
        .collect()
}

/// A function of the host that something uses.
#[derive(Clone, Debug, Serialize)]
pub struct ImportedFuncView<'a> {
    /// Its id, which is its position in `imported_funcs`.
    pub id: u32,
    /// Where it is imported.
    pub place: ImportPathView<'a>,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: FuncTypeRef,
}

/// Returns the functions of the host.
pub(crate) fn imported_funcs<'a>(names: &Names<'a>) -> Vec<ImportedFuncView<'a>> {
    let funcs = names.plan.imported_funcs.iter();
    funcs
        .map(|(id, func)| ImportedFuncView {
            id: id.as_u32(),
            place: ImportPathView::new(names, &func.path),
            ty: FuncTypeRef::new(&names.plan.types, func.ty),
        })
        .collect()
}
