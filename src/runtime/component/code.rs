//! A compiled component.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cranelift_entity::{EntityRef, PrimaryMap};

use crate::adapt::{
    ComponentInstanceId, FuncTypeId, HostLoweringId, ImportPath, ImportedFuncId, ResourceId, Span,
    ValType,
};
use crate::runtime::component::canon::{CanonFunc, CanonTypes};
use crate::runtime::component::item::Items;
use crate::runtime::component::outline::{LiftId, Origin, Outline};
use crate::runtime::component::resource::ResourceType;
use crate::runtime::component::ty::TypeSpace;
use crate::runtime::engine::Engine;
use crate::runtime::vm::code::Code as Image;

/// How the values of a function are passed.
#[derive(Debug)]
pub(in crate::runtime) struct Passing {
    /// How they are flattened.
    pub(in crate::runtime) canon: CanonFunc,
    /// Whether there are handles among them.
    pub(in crate::runtime) passes_handles: bool,
    /// Whether a guest that is called gets handles that borrow: of resources that it does not implement.
    pub(in crate::runtime) borrows: bool,
}

/// A compiled component.
pub(in crate::runtime) struct Code {
    /// What it was compiled with.
    pub(in crate::runtime) engine: Engine,
    /// What the runtime keeps of its plan.
    pub(in crate::runtime) outline: Outline,
    /// Its machine code.
    pub(in crate::runtime) image: Arc<Image>,
    /// Its types, before it is instantiated.
    pub(in crate::runtime) space: Arc<TypeSpace>,
    /// The types with their layouts.
    pub(in crate::runtime) types: CanonTypes,
    /// The functions of the host that it uses, by what is lowered.
    pub(in crate::runtime) lowerings: PrimaryMap<HostLoweringId, Passing>,
    /// The functions that the host calls.
    pub(in crate::runtime) lifts: PrimaryMap<LiftId, Arc<Passing>>,
    /// What it was compiled from; nothing if it was loaded.
    pub(in crate::runtime) files: Files,
}

/// What a component is compiled from.
#[derive(Default)]
pub(in crate::runtime) struct Files {
    /// The component in the binary format, and behind it those that were given for its imports.
    pub(in crate::runtime) components: Vec<Arc<[u8]>>,
    /// The core modules that were given for its imports.
    pub(in crate::runtime) modules: HashMap<ImportPath, Arc<[u8]>>,
}

impl Files {
    /// Returns the bytes of something that is written in one of the components.
    pub(in crate::runtime) fn at(&self, span: &Span) -> Option<&[u8]> {
        let file = self.components.get(span.file.index())?;
        file.get(span.bytes.clone())
    }
}

impl Code {
    /// Puts together what was compiled or loaded.
    pub(in crate::runtime) fn new(
        engine: &Engine,
        outline: Outline,
        image: Arc<Image>,
        files: Files,
    ) -> Code {
        let resources = formal_resources(outline.resources.keys());
        let types = CanonTypes::new(&outline.types);
        let passing = |ty: FuncTypeId, callee: Option<ComponentInstanceId>| {
            let func = outline.types.func(ty);
            Passing {
                canon: types.func(ty),
                passes_handles: func.val_types().any(|ty| outline.types.has_handles(ty)),
                borrows: callee.is_some_and(|callee| borrows(&outline, ty, callee)),
            }
        };
        let lowerings = outline.lowerings.values().map(|it| passing(it.ty, None));
        let lowerings = lowerings.collect();
        let lifts = outline.lifts.values();
        let callee = |side| Some(outline.sides[side].instance);
        let lifts = lifts.map(|it| Arc::new(passing(it.ty, callee(it.side))));
        let lifts = lifts.collect();
        Code {
            types,
            lowerings,
            lifts,
            space: TypeSpace::new(Arc::clone(&outline.types), resources),
            engine: engine.clone(),
            outline,
            image,
            files,
        }
    }

    /// Returns how the values of an imported function are passed.
    pub(in crate::runtime) fn imported(&self, id: ImportedFuncId) -> CanonFunc {
        self.types.func(self.outline.imported_funcs[id].ty)
    }

    /// Returns what is imported and exported.
    pub(in crate::runtime) fn items(&self) -> Items<'_> {
        Items {
            outline: &self.outline,
            space: &self.space,
        }
    }
}

/// Returns resource types for those that a component mentions, before it is instantiated.
pub(in crate::runtime) fn formal_resources(
    ids: impl Iterator<Item = ResourceId>,
) -> PrimaryMap<ResourceId, ResourceType> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let component = NEXT.fetch_add(1, Ordering::Relaxed);
    ids.map(|id| ResourceType::uninstantiated(component, id))
        .collect()
}

/// Returns whether a function gets handles that borrow resources which its instance does not implement.
///
/// Spec: `lower_borrow`.
fn borrows(outline: &Outline, ty: FuncTypeId, callee: ComponentInstanceId) -> bool {
    let mut seen = HashSet::new();
    let params = &outline.types.func(ty).params;
    let mut todo: Vec<ValType> = params.iter().map(|(_, ty)| *ty).collect();
    while let Some(ty) = todo.pop() {
        match ty {
            ValType::Borrow(id) => match outline.resources[id].origin {
                Origin::Guest { owner, .. } if owner == callee => {}
                _ => return true,
            },
            ValType::Defined(id) if outline.types.has_handles(ty) && seen.insert(id) => {
                let parts = outline.types.defined(id);
                parts.for_each_part(|part| todo.push(part));
            }
            _ => {}
        }
    }
    false
}
