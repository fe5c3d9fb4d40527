//! Types of the validator as types of ours.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use cranelift_entity::PrimaryMap;
use indexmap::IndexMap;
use wasmparser::component_types::{
    AliasableResourceId, ComponentAnyTypeId, ComponentCoreModuleTypeId, ComponentDefinedType,
    ComponentDefinedTypeId, ComponentEntityType, ComponentFuncTypeId, ComponentInstanceTypeId,
    ComponentValType, ResourceId as ParserResourceId,
};
use wasmparser::types::{CoreTypeId, EntityType as ParserEntityType, TypesRef};
use wasmparser::{PrimitiveValType, RefType, ValType as ParserValType};

use crate::adapt::index::{FuncTypeId, ResourceId, SignatureId};
use crate::adapt::module::{EntityType, ModuleImport, ModuleType};
use crate::adapt::translate::error::{TranslateError, TranslateErrorKind};
use crate::adapt::translate::memory::{index_type, memory_type};
use crate::adapt::translate::translation::{FormalType, FormalTypeDef, ResourcePath};
use crate::adapt::types::{
    CoreType, DefinedType, FuncType, GlobalType, Label, Signature, TableType, Types, ValType,
};

/// Converts the validator's types and interns them, each once.
#[derive(Default)]
pub(in crate::adapt::translate) struct TypeConverter {
    pub types: Types,
    pub resources: PrimaryMap<ResourceId, Option<Label>>,
    resource_ids: HashMap<ParserResourceId, ResourceId>,
    defined: HashMap<ComponentDefinedTypeId, ValType>,
    funcs: HashMap<ComponentFuncTypeId, FuncTypeId>,
    instances: HashMap<ComponentInstanceTypeId, Arc<IndexMap<Label, FormalType>>>,
    modules: HashMap<ComponentCoreModuleTypeId, Arc<ModuleType>>,
    signatures: HashMap<CoreTypeId, SignatureId>,
    ref_types: HashMap<RefType, Arc<str>>,
}

/// The result of a conversion; the offset of an error is that of the section's item that asked for it.
type Result<T> = std::result::Result<T, TranslateErrorKind>;

fn unsupported<T>(what: &'static str) -> Result<T> {
    Err(TranslateErrorKind::Unsupported(what.into()))
}

/// Says that an error is about the item at `offset`.
pub(in crate::adapt::translate) trait At<T> {
    /// Adds the offset.
    fn at(self, offset: u64) -> std::result::Result<T, TranslateError>;
}

impl<T> At<T> for Result<T> {
    fn at(self, offset: u64) -> std::result::Result<T, TranslateError> {
        self.map_err(|kind| TranslateError::new(kind, offset))
    }
}

impl TypeConverter {
    /// Returns the formal resource that stands for one of the validator's.
    pub(in crate::adapt::translate) fn resource(&mut self, id: AliasableResourceId) -> ResourceId {
        let resources = &mut self.resources;
        *self
            .resource_ids
            .entry(id.resource())
            .or_insert_with(|| resources.push(None))
    }

    /// Converts the type of a value.
    pub(in crate::adapt::translate) fn val(
        &mut self,
        from: TypesRef<'_>,
        ty: ComponentValType,
    ) -> Result<ValType> {
        match ty {
            ComponentValType::Primitive(ty) => primitive(ty),
            ComponentValType::Type(id) => self.defined(from, id),
        }
    }

    /// Converts the type of a function.
    pub(in crate::adapt::translate) fn func(
        &mut self,
        from: TypesRef<'_>,
        id: ComponentFuncTypeId,
    ) -> Result<FuncTypeId> {
        // A type may have many parameters, and many functions may have it.
        if let Some(known) = self.funcs.get(&id) {
            return Ok(*known);
        }
        let ty = &from[id];
        if ty.async_ {
            return unsupported("asynchronous functions (`func async`)");
        }
        let mut params = Vec::with_capacity(ty.params.len());
        for (name, ty) in &ty.params {
            params.push((name.as_str().into(), self.val(from, *ty)?));
        }
        let result = ty.result.map(|ty| self.val(from, ty)).transpose()?;
        let ty = self.types.define_func(FuncType {
            params: params.into(),
            result,
        });
        self.funcs.insert(id, ty);
        Ok(ty)
    }

    /// Converts a type that an import or export names.
    pub(in crate::adapt::translate) fn type_def(
        &mut self,
        from: TypesRef<'_>,
        id: ComponentAnyTypeId,
    ) -> Result<FormalTypeDef> {
        Ok(match id {
            ComponentAnyTypeId::Resource(id) => FormalTypeDef::Resource(self.resource(id)),
            ComponentAnyTypeId::Defined(id) => FormalTypeDef::Value(self.defined(from, id)?),
            ComponentAnyTypeId::Func(id) => FormalTypeDef::Func(self.func(from, id)?),
            ComponentAnyTypeId::Instance(_) => FormalTypeDef::Instance,
            ComponentAnyTypeId::Component(_) => FormalTypeDef::Component,
        })
    }

    /// Converts the type of an import of the root.
    pub(in crate::adapt::translate) fn item(
        &mut self,
        from: TypesRef<'_>,
        ty: ComponentEntityType,
    ) -> Result<FormalType> {
        Ok(match ty {
            ComponentEntityType::Module(id) => FormalType::Module(self.module(from, id)),
            ComponentEntityType::Func(id) => FormalType::Func(self.func(from, id)?),
            ComponentEntityType::Value(_) => return unsupported("imports and exports of values"),
            ComponentEntityType::Type { created, .. } => {
                FormalType::Type(self.type_def(from, created)?)
            }
            ComponentEntityType::Instance(id) => FormalType::Instance(self.instance(from, id)?),
            ComponentEntityType::Component(_) => FormalType::Component,
        })
    }

    fn instance(
        &mut self,
        from: TypesRef<'_>,
        id: ComponentInstanceTypeId,
    ) -> Result<Arc<IndexMap<Label, FormalType>>> {
        if let Some(known) = self.instances.get(&id) {
            return Ok(known.clone());
        }
        let mut exports = IndexMap::new();
        for (name, item) in &from[id].exports {
            if let ComponentEntityType::Component(_) = item.ty {
                return unsupported("components inside an imported instance");
            }
            exports.insert(name.as_str().into(), self.item(from, item.ty)?);
        }
        let exports = Arc::new(exports);
        self.instances.insert(id, exports.clone());
        Ok(exports)
    }

    fn defined(&mut self, from: TypesRef<'_>, id: ComponentDefinedTypeId) -> Result<ValType> {
        if let Some(known) = self.defined.get(&id) {
            return Ok(*known);
        }
        let ty = match &from[id] {
            ComponentDefinedType::Primitive(ty) => primitive(*ty)?,
            ComponentDefinedType::Own(id) => ValType::Own(self.resource(*id)),
            ComponentDefinedType::Borrow(id) => ValType::Borrow(self.resource(*id)),
            ty => {
                let ty = self.compound(from, ty)?;
                self.types.define(ty)?
            }
        };
        self.defined.insert(id, ty);
        Ok(ty)
    }

    fn compound(&mut self, from: TypesRef<'_>, ty: &ComponentDefinedType) -> Result<DefinedType> {
        let labels = |names: &mut dyn Iterator<Item = &str>| names.map(Label::from).collect();
        Ok(match ty {
            ComponentDefinedType::Record(ty) => {
                let mut fields = Vec::with_capacity(ty.fields.len());
                for (name, ty) in &ty.fields {
                    fields.push((name.as_str().into(), self.val(from, *ty)?));
                }
                DefinedType::Record(fields.into())
            }
            ComponentDefinedType::Variant(ty) => {
                let mut cases = Vec::with_capacity(ty.cases.len());
                for (name, case) in &ty.cases {
                    let payload = case.ty.map(|ty| self.val(from, ty)).transpose()?;
                    cases.push((name.as_str().into(), payload));
                }
                DefinedType::Variant(cases.into())
            }
            ComponentDefinedType::List { element, .. } => {
                DefinedType::List(self.val(from, *element)?)
            }
            ComponentDefinedType::FixedLengthList {
                element, length, ..
            } => DefinedType::FixedList(self.val(from, *element)?, *length),
            ComponentDefinedType::Map { key, value, .. } => {
                DefinedType::Map(self.val(from, *key)?, self.val(from, *value)?)
            }
            ComponentDefinedType::Tuple(ty) => {
                let types = ty.types.iter().map(|ty| self.val(from, *ty));
                DefinedType::Tuple(types.collect::<Result<_>>()?)
            }
            ComponentDefinedType::Flags(names) => {
                DefinedType::Flags(labels(&mut names.iter().map(|name| name.as_str())))
            }
            ComponentDefinedType::Enum(names) => {
                DefinedType::Enum(labels(&mut names.iter().map(|name| name.as_str())))
            }
            ComponentDefinedType::Option { ty, .. } => DefinedType::Option(self.val(from, *ty)?),
            ComponentDefinedType::Result { ok, err, .. } => DefinedType::Result {
                ok: ok.map(|ty| self.val(from, ty)).transpose()?,
                err: err.map(|ty| self.val(from, ty)).transpose()?,
            },
            ComponentDefinedType::Future { .. } => return unsupported("futures (`future`)"),
            ComponentDefinedType::Stream { .. } => return unsupported("streams (`stream`)"),
            ComponentDefinedType::Primitive(_)
            | ComponentDefinedType::Own(_)
            | ComponentDefinedType::Borrow(_) => {
                unreachable!("{ty:?} is not made of other types")
            }
        })
    }

    /// Converts the type of a core module.
    pub(in crate::adapt::translate) fn module(
        &mut self,
        from: TypesRef<'_>,
        id: ComponentCoreModuleTypeId,
    ) -> Arc<ModuleType> {
        if let Some(known) = self.modules.get(&id) {
            return known.clone();
        }
        let mut ty = ModuleType::default();
        for ((module, name), entity) in &from[id].imports {
            let entity = self.entity(from, *entity);
            let (module, name) = (module.as_str().into(), name.as_str().into());
            ty.imports.push(ModuleImport {
                module,
                name,
                ty: entity,
            });
        }
        for (name, entity) in &from[id].exports {
            ty.exports
                .insert(name.as_str().into(), self.entity(from, *entity));
        }
        let ty = Arc::new(ty);
        self.modules.insert(id, ty.clone());
        ty
    }

    /// Converts the type of something that core modules import and export.
    pub(in crate::adapt::translate) fn entity(
        &mut self,
        from: TypesRef<'_>,
        ty: ParserEntityType,
    ) -> EntityType {
        match ty {
            ParserEntityType::Func(id) | ParserEntityType::FuncExact(id) => {
                EntityType::Func(self.signature(from, id))
            }
            ParserEntityType::Tag(id) => EntityType::Tag(self.signature(from, id)),
            ParserEntityType::Memory(ty) => EntityType::Memory(memory_type(ty)),
            ParserEntityType::Table(ty) => EntityType::Table(TableType {
                index_type: index_type(ty.table64),
                element: self.core(ParserValType::Ref(ty.element_type)),
                min: ty.initial,
                max: ty.maximum,
            }),
            ParserEntityType::Global(ty) => EntityType::Global(GlobalType {
                content: self.core(ty.content_type),
                mutable: ty.mutable,
            }),
        }
    }

    /// Converts the type of a core function.
    pub(in crate::adapt::translate) fn signature(
        &mut self,
        from: TypesRef<'_>,
        id: CoreTypeId,
    ) -> SignatureId {
        if let Some(known) = self.signatures.get(&id) {
            return *known;
        }
        let ty = from[id].unwrap_func();
        let signature = Signature {
            params: ty.params().iter().map(|ty| self.core(*ty)).collect(),
            results: ty.results().iter().map(|ty| self.core(*ty)).collect(),
        };
        let signature = self.types.define_signature(signature);
        self.signatures.insert(id, signature);
        signature
    }

    fn core(&mut self, ty: ParserValType) -> CoreType {
        match ty {
            ParserValType::I32 => CoreType::I32,
            ParserValType::I64 => CoreType::I64,
            ParserValType::F32 => CoreType::F32,
            ParserValType::F64 => CoreType::F64,
            ParserValType::V128 => CoreType::V128,
            ParserValType::Ref(ty) => {
                let text = self
                    .ref_types
                    .entry(ty)
                    .or_insert_with(|| ty.to_string().into());
                CoreType::Ref(text.clone())
            }
        }
    }

    /// Walks over the types that an item brings: gives resources, and compound types in instances, the names by which
    /// they are exported, and calls `found` with each resource and the names that lead to it. Visits each instance
    /// type once.
    pub(in crate::adapt::translate) fn walk(
        &mut self,
        from: TypesRef<'_>,
        name: &Label,
        ty: ComponentEntityType,
        found: &mut impl FnMut(ResourcePath),
    ) {
        // Nesting is limited by the validator, repetition by the set.
        let mut seen = HashSet::new();
        let mut todo = VecDeque::from([(ty, name.clone(), Vec::new())]);
        while let Some((ty, name, path)) = todo.pop_front() {
            match ty {
                ComponentEntityType::Type {
                    created: ComponentAnyTypeId::Resource(id),
                    ..
                } => {
                    let resource = self.resource(id);
                    self.resources[resource].get_or_insert(name);
                    found(ResourcePath { resource, path });
                }
                ComponentEntityType::Type {
                    created: ComponentAnyTypeId::Defined(id),
                    ..
                } if !path.is_empty() => {
                    // A type that is not supported is reported where a function uses it.
                    if let Ok(ValType::Defined(id)) = self.defined(from, id) {
                        self.types.add_name(id, &name);
                    }
                }
                ComponentEntityType::Instance(id) if seen.insert(id) => {
                    for (name, item) in &from[id].exports {
                        let name = Label::from(name.as_str());
                        let path = path.iter().cloned().chain([name.clone()]).collect();
                        todo.push_back((item.ty, name, path));
                    }
                }
                ComponentEntityType::Instance(_)
                | ComponentEntityType::Module(_)
                | ComponentEntityType::Func(_)
                | ComponentEntityType::Value(_)
                | ComponentEntityType::Component(_)
                | ComponentEntityType::Type { .. } => {}
            }
        }
    }
}

fn primitive(ty: PrimitiveValType) -> Result<ValType> {
    Ok(match ty {
        PrimitiveValType::Bool => ValType::Bool,
        PrimitiveValType::S8 => ValType::S8,
        PrimitiveValType::U8 => ValType::U8,
        PrimitiveValType::S16 => ValType::S16,
        PrimitiveValType::U16 => ValType::U16,
        PrimitiveValType::S32 => ValType::S32,
        PrimitiveValType::U32 => ValType::U32,
        PrimitiveValType::S64 => ValType::S64,
        PrimitiveValType::U64 => ValType::U64,
        PrimitiveValType::F32 => ValType::F32,
        PrimitiveValType::F64 => ValType::F64,
        PrimitiveValType::Char => ValType::Char,
        PrimitiveValType::String => ValType::String,
        PrimitiveValType::ErrorContext => return unsupported("error contexts (`error-context`)"),
    })
}
