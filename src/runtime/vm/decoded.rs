//! What an image says of references to functions, decoded when it is wanted first: making the next instance is little more
//! than copying it.

use std::sync::OnceLock;

use cranelift_entity::{EntityRef, PrimaryMap};

use crate::runtime::bulk::span::Span;
use crate::runtime::image::{FuncSite, Image, InstancePlan};
use crate::runtime::index::{ElementId, ExternalFuncId, FuncRefId, InstanceId};

/// A reference to a function, without what differs from context to context.
#[derive(Clone, Copy, Debug)]
pub(in crate::runtime::vm) enum Reference {
    /// To one of the group.
    Own {
        /// The address of its code.
        code: u64,
        /// The number of its signature.
        signature: u64,
        /// Where in a context the reference lies.
        offset: usize,
    },
    /// To one from outside.
    External(ExternalFuncId),
}

/// The references of an instance, and those in its element segments.
#[derive(Debug)]
pub(in crate::runtime::vm) struct Decoded {
    references: OnceLock<Box<[Reference]>>,
    external: OnceLock<Box<[(FuncRefId, Reference)]>>,
    segments: PrimaryMap<ElementId, OnceLock<Box<[Reference]>>>,
}

impl Decoded {
    /// Begins with nothing decoded.
    pub(in crate::runtime::vm) fn new(plan: &InstancePlan) -> Decoded {
        Decoded {
            references: OnceLock::new(),
            external: OnceLock::new(),
            segments: plan.elements.keys().map(|_| OnceLock::new()).collect(),
        }
    }

    /// Returns the references of the instance, by their ids. `own` makes one to a function of the group.
    pub(in crate::runtime::vm) fn references(
        &self,
        image: &Image,
        instance: InstanceId,
        own: impl Fn(FuncRefId, FuncSite) -> Reference,
    ) -> &[Reference] {
        self.references.get_or_init(|| {
            let plan = &image.instances[instance];
            let sites = image.bulk.func_sites.at(plan.func_refs);
            let references = plan.func_refs.keys().zip(sites);
            references.map(|(id, site)| own(id, site)).collect()
        })
    }

    /// Returns those of the references of the instance that are to functions from outside.
    pub(in crate::runtime::vm) fn external<'a>(
        &'a self,
        references: impl FnOnce() -> &'a [Reference],
    ) -> &'a [(FuncRefId, Reference)] {
        self.external.get_or_init(|| {
            let all = references().iter().enumerate();
            let external = all.filter(|(_, it)| matches!(it, Reference::External(_)));
            let named = external.map(|(position, it)| (FuncRefId::new(position), *it));
            named.collect()
        })
    }

    /// Returns the references in an element segment. `references` are those of the instance.
    pub(in crate::runtime::vm) fn segment<'a>(
        &'a self,
        image: &Image,
        id: ElementId,
        funcs: Span<FuncRefId>,
        references: impl FnOnce() -> &'a [Reference],
    ) -> &'a [Reference] {
        self.segments[id].get_or_init(|| {
            let references = references();
            let funcs = image.bulk.elements.at(funcs);
            funcs.map(|func| references[func.index()]).collect()
        })
    }
}
