//! Canonical definitions: a lifted function that is lowered becomes an adapter, a function of the host that is
//! lowered a host lowering.

use cranelift_entity::EntityRef;

use crate::adapt::adapter::{
    Adapter, CanonOptions, CoreDef, HostLowering, Lift, Lower, ResourceBuiltin, ResourceOp,
};
use crate::adapt::index::{
    ComponentFuncIndex, ComponentInstanceId, CoreFuncIndex, FuncTypeId, ResourceId, SignatureId,
};
use crate::adapt::inline::def::FuncDef;
use crate::adapt::inline::error::{LIFT_STEPS, LOWER_STEPS};
use crate::adapt::inline::frame::Frame;
use crate::adapt::inline::inliner::{AdapterKey, Inliner, Result, SideKey};
use crate::adapt::plan::ResourceOrigin;
use crate::adapt::translate::translation::Options;
use crate::adapt::types::Label;

/// A `canon lift` or `canon lower` without what it refers to.
pub(in crate::adapt::inline) struct CanonDef<'a> {
    pub name: &'a Label,
    pub signature: SignatureId,
    pub ty: FuncTypeId,
    pub options: &'a Options,
}

impl Inliner<'_> {
    /// Adds a component function made of a core function.
    pub(in crate::adapt::inline) fn lift(
        &mut self,
        frame: &mut Frame<'_>,
        callee: CoreFuncIndex,
        def: &CanonDef<'_>,
    ) -> Result<()> {
        self.budget.steps(LIFT_STEPS)?;
        let lift = Lift {
            instance: frame.instance,
            name: def.name.clone(),
            callee: frame.core_funcs[callee.index()].clone(),
            signature: def.signature,
            ty: self.func_type(def.ty)?,
            options: frame.options(def.options),
        };
        frame
            .funcs
            .push(FuncDef::Lifted(self.defs.lifts.push(lift)));
        Ok(())
    }

    /// Adds a core function made of a component function.
    pub(in crate::adapt::inline) fn lower(
        &mut self,
        frame: &mut Frame<'_>,
        func: ComponentFuncIndex,
        def: &CanonDef<'_>,
    ) -> Result<()> {
        self.budget.steps(LOWER_STEPS)?;
        let lower = Lower {
            instance: frame.instance,
            name: def.name.clone(),
            ty: self.func_type(def.ty)?,
            signature: def.signature,
            options: frame.options(def.options),
        };
        let lower_key = self.side_key(lower.instance, &lower.options, lower.ty);
        let core = match frame.funcs[func.index()] {
            FuncDef::Lifted(id) => {
                let lift = self.defs.lifts[id].clone();
                let key = AdapterKey {
                    callee: lift.callee.clone(),
                    lift: self.side_key(lift.instance, &lift.options, lift.ty),
                    lower: lower_key,
                };
                let adapters = &mut self.plan.adapters;
                let new = || adapters.push(Adapter { lift, lower });
                CoreDef::Adapter(*self.adapters.entry(key).or_insert_with(new))
            }
            FuncDef::Imported(func) => {
                let lowerings = &mut self.plan.host_lowerings;
                let new = || lowerings.push(HostLowering { func, lower });
                let key = (func, lower_key);
                CoreDef::HostLowering(*self.host_lowerings.entry(key).or_insert_with(new))
            }
        };
        frame.core_funcs.push(core);
        Ok(())
    }

    fn side_key(
        &mut self,
        instance: ComponentInstanceId,
        options: &CanonOptions,
        ty: FuncTypeId,
    ) -> SideKey {
        let shape = self.shapes.of_func(self.resolver.types(), ty);
        SideKey {
            instance,
            options: options.clone(),
            shape,
        }
    }

    fn func_type(&mut self, ty: FuncTypeId) -> Result<FuncTypeId> {
        let env = self.envs.last_mut().expect("a frame is open");
        self.resolver.func(env, &mut self.budget, ty)
    }

    /// Makes a resource type.
    pub(in crate::adapt::inline) fn define_resource(
        &mut self,
        frame: &Frame<'_>,
        formal: ResourceId,
        dtor: Option<CoreFuncIndex>,
    ) {
        let dtor = dtor.map(|index| frame.core_funcs[index.index()].clone());
        let owner = frame.instance;
        let actual = self.resource(formal, ResourceOrigin::Guest { owner, dtor });
        self.env().bind(formal, actual);
    }

    /// Adds a canonical built-in for resources.
    pub(in crate::adapt::inline) fn resource_builtin(
        &mut self,
        frame: &mut Frame<'_>,
        op: ResourceOp,
        formal: ResourceId,
    ) {
        let resource = self.env().resource(formal);
        let instance = frame.instance;
        frame.core_funcs.push(CoreDef::Resource(ResourceBuiltin {
            op,
            resource,
            instance,
        }));
    }
}
