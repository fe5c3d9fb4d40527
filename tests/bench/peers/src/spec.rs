//! Specifications of adapters between two guests: `caller` and `callee`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use interfuse::adapt::{
    FuncType, IndexType, MemoryType, ResourceId, StringEncoding, Types, ValType,
};
use interfuse::fact::{
    AdapterSpec, Callback, Callee, Guard, HandlesSpec, ImportName, MemorySpec, ReallocSpec,
    SideSpec,
};

/// The name under which an adapter is exported.
pub const EXPORT: &str = "adapter";

/// Returns one side: `module` exports what belongs to it.
pub fn side(instance: u32, module: &str, encoding: StringEncoding, guard: Guard) -> SideSpec {
    SideSpec {
        instance,
        ancestors: Arc::default(),
        encoding,
        memory: Some(MemorySpec {
            import: ImportName::new(module, "memory"),
            ty: MemoryType {
                index_type: IndexType::I32,
                shared: false,
                min_pages: 1,
                max_pages: None,
                page_size_log2: 16,
            },
        }),
        realloc: Some(ReallocSpec {
            func: ImportName::new(module, "realloc"),
            guard,
        }),
        may_leave: Some(ImportName::new(module, "may-leave")),
        handles: None,
    }
}

/// Returns an adapter for a function of these parameters.
///
/// Its guards are those of guests that cannot try to leave where they must not, which is what analysis finds of most.
pub fn adapter(
    types: &mut Types,
    params: &[ValType],
    from: StringEncoding,
    to: StringEncoding,
) -> AdapterSpec {
    let named = params.iter().enumerate();
    let params = named.map(|(i, ty)| (format!("p{i}").into(), *ty)).collect();
    AdapterSpec {
        standing: None,
        export: EXPORT.into(),
        name: EXPORT.into(),
        ty: types.define_func(FuncType {
            params,
            result: None,
        }),
        lower: side(0, "caller", from, Guard::Keep),
        lift: side(1, "callee", to, Guard::Keep),
        callee: Callee::Import(ImportName::new("callee", "take")),
        post_return: None,
        callback: Callback::Impossible,
    }
}

/// Returns an adapter whose guests have handle tables; `implements` says whose resource it is.
pub fn with_handles(mut spec: AdapterSpec, resource: ResourceId, implements: Owner) -> AdapterSpec {
    let handles = |module: &str, is_owner: bool| HandlesSpec {
        numbers: BTreeMap::new(),
        module: module.into(),
        implements: Arc::new(
            is_owner
                .then_some(resource)
                .into_iter()
                .collect::<BTreeSet<_>>(),
        ),
    };
    spec.lower.handles = Some(handles("caller-state", false));
    spec.lift.handles = Some(handles("callee-state", implements == Owner::Callee));
    spec
}

/// Who implements a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The guest that is called.
    Callee,
    /// Neither of the two.
    Another,
}
