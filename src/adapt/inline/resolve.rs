//! Resolving of types: formal resources become actual ones.

use std::collections::HashMap;

use crate::adapt::index::{FuncTypeId, ResourceId, TypeId};
use crate::adapt::inline::error::{Budget, InlineError};
use crate::adapt::plan::TypeExport;
use crate::adapt::translate::translation::FormalTypeDef;
use crate::adapt::types::{FuncType, Types, ValType};

/// What the formal resources of one component instance stand for.
#[derive(Default)]
pub(in crate::adapt::inline) struct Env {
    resources: HashMap<ResourceId, ResourceId>,
    resolved: HashMap<TypeId, ValType>,
}

impl Env {
    /// Gives a formal resource its meaning.
    pub(in crate::adapt::inline) fn bind(&mut self, formal: ResourceId, actual: ResourceId) {
        let before = self.resources.insert(formal, actual);
        assert!(before.is_none(), "{formal} was bound twice");
    }

    /// Returns what a formal resource stands for.
    pub(in crate::adapt::inline) fn resource(&self, formal: ResourceId) -> ResourceId {
        self.resources[&formal]
    }
}

/// Resolves types of a translation into types of a plan.
pub(in crate::adapt::inline) struct Resolver<'a> {
    from: &'a Types,
    to: Types,
    /// Types in which no resource occurs are the same everywhere.
    without_handles: HashMap<TypeId, ValType>,
}

impl<'a> Resolver<'a> {
    /// Begins with signatures alone, whose ids stay as they are.
    pub(in crate::adapt::inline) fn new(from: &'a Types) -> Resolver<'a> {
        Resolver {
            from,
            to: from.signatures_only(),
            without_handles: HashMap::new(),
        }
    }

    /// Returns the types of the plan.
    pub(in crate::adapt::inline) fn types(&mut self) -> &mut Types {
        &mut self.to
    }

    /// Ends with the types of the plan.
    pub(in crate::adapt::inline) fn finish(self) -> Types {
        self.to
    }

    /// Resolves the type of a value.
    pub(in crate::adapt::inline) fn val(
        &mut self,
        env: &mut Env,
        budget: &mut Budget,
        ty: ValType,
    ) -> Result<ValType, InlineError> {
        let id = match ty {
            ValType::Own(formal) => return Ok(ValType::Own(env.resource(formal))),
            ValType::Borrow(formal) => return Ok(ValType::Borrow(env.resource(formal))),
            ValType::Defined(id) => id,
            other => return Ok(other),
        };
        let has_handles = self.from.has_handles(ty);
        let known = if has_handles {
            &env.resolved
        } else {
            &self.without_handles
        };
        if let Some(known) = known.get(&id) {
            return Ok(*known);
        }
        let from = self.from.defined(id);
        budget.steps(1 + from.member_count())?;
        let mut parts = Vec::new();
        from.for_each_part(|part| parts.push(part));
        // Nesting is at most `TYPE_DEPTH_MAX`.
        for part in &mut parts {
            *part = self.val(env, budget, *part)?;
        }
        let mut parts = parts.into_iter();
        let resolved = from.map_parts(|_| parts.next().expect("there are as many as before"));
        let resolved = self.to.define(resolved).map_err(|_| budget.too_large())?;
        if let ValType::Defined(to) = resolved {
            self.from
                .names(id)
                .iter()
                .for_each(|name| self.to.add_name(to, name));
        }
        let known = if has_handles {
            &mut env.resolved
        } else {
            &mut self.without_handles
        };
        known.insert(id, resolved);
        Ok(resolved)
    }

    /// Resolves the type of a function.
    pub(in crate::adapt::inline) fn func(
        &mut self,
        env: &mut Env,
        budget: &mut Budget,
        id: FuncTypeId,
    ) -> Result<FuncTypeId, InlineError> {
        let from = self.from.func(id);
        budget.steps(from.params.len())?;
        let mut params = Vec::with_capacity(from.params.len());
        for (name, ty) in &from.params {
            params.push((name.clone(), self.val(env, budget, *ty)?));
        }
        let result = from
            .result
            .map(|ty| self.val(env, budget, ty))
            .transpose()?;
        Ok(self.to.define_func(FuncType {
            params: params.into(),
            result,
        }))
    }

    /// Resolves a type that an export names.
    pub(in crate::adapt::inline) fn type_def(
        &mut self,
        env: &mut Env,
        budget: &mut Budget,
        ty: FormalTypeDef,
    ) -> Result<TypeExport, InlineError> {
        Ok(match ty {
            FormalTypeDef::Resource(formal) => TypeExport::Resource(env.resource(formal)),
            FormalTypeDef::Value(ty) => TypeExport::Value(self.val(env, budget, ty)?),
            FormalTypeDef::Func(id) => TypeExport::Func(self.func(env, budget, id)?),
            FormalTypeDef::Instance => TypeExport::Instance,
            FormalTypeDef::Component => TypeExport::Component,
        })
    }
}
