//! From bytes to a module.

use cranelift_codegen::entity::EntityRef;
use cranelift_wasm::{FuncIndex, GlobalIndex, MemoryIndex, TableIndex, TypeIndex};
use wasmparser_217::{
    BinaryReaderError, CompositeInnerType, DataKind, DataSectionReader, ElementItems, ElementKind,
    ElementSectionReader, ExternalKind, FunctionBody, Parser, Payload, TableInit, TypeRef,
    ValidPayload, Validator, ValidatorResources, WasmModuleResources,
};

use crate::runtime::codegen::error::CodegenError;
use crate::runtime::codegen::module::convert;
use crate::runtime::codegen::module::def::{
    Data, Elements, ElementsItems, ElementsMode, Expr, Import, Item, Module, Op,
};
use crate::runtime::codegen::module::expr;
use crate::runtime::codegen::module::name;
use crate::runtime::codegen::module::proposal::{SUPPORTED, is_component, parser_refusal};

/// A result of the parser.
type Read<T> = Result<T, BinaryReaderError>;

impl<'a> Module<'a> {
    /// Parses a module and validates it, except for the bodies of its functions.
    ///
    /// # Errors
    ///
    /// Fails if it is not valid, or uses a proposal that code cannot be generated for.
    pub(in crate::runtime) fn parse(bytes: &'a [u8]) -> Result<Module<'a>, CodegenError> {
        if is_component(bytes) {
            return Err(CodegenError::Component);
        }
        read(bytes).map_err(|error| parser_refusal(bytes, &error))
    }
}

fn read(bytes: &[u8]) -> Read<Module<'_>> {
    let mut module = Module {
        bytes,
        ..Module::default()
    };
    let mut validator = Validator::new_with_features(SUPPORTED);
    let mut parser = Parser::new(0);
    parser.set_features(SUPPORTED);
    for payload in parser.parse_all(bytes) {
        let payload = payload?;
        match validator.payload(&payload)? {
            ValidPayload::Func(func, body) => add_body(&mut module, func.resources, body),
            ValidPayload::Ok | ValidPayload::End(_) => add_payload(&mut module, payload)?,
            ValidPayload::Parser(_) => unreachable!("only components nest"),
        }
    }
    if let Some(resources) = &module.resources {
        let indices = module.funcs.keys();
        let referenced = indices.filter(|func| resources.is_function_referenced(func.as_u32()));
        module.referenced.extend(referenced);
    }
    Ok(module)
}

fn add_body<'a>(module: &mut Module<'a>, resources: ValidatorResources, body: FunctionBody<'a>) {
    module.bodies.push(body);
    module.resources.get_or_insert(resources);
}

fn add_payload<'a>(module: &mut Module<'a>, payload: Payload<'a>) -> Read<()> {
    match payload {
        Payload::TypeSection(section) => {
            for group in section {
                add_types(module, group?);
            }
        }
        Payload::ImportSection(section) => {
            for import in section {
                add_import(module, import?);
            }
        }
        Payload::FunctionSection(section) => {
            for ty in section {
                module.funcs.push(TypeIndex::from_u32(ty?));
            }
        }
        Payload::TableSection(section) => {
            for table in section {
                add_table(module, table?)?;
            }
        }
        Payload::MemorySection(section) => {
            for ty in section {
                module.memories.push(convert::memory_type(&ty?));
            }
        }
        Payload::GlobalSection(section) => {
            for global in section {
                let global = global?;
                module.globals.push(convert::global_type(&global.ty));
                let value = expr::read(&global.init_expr)?;
                refer_in(module, &value);
                module.global_values.push(value);
            }
        }
        Payload::ExportSection(section) => {
            for export in section {
                add_export(module, export?);
            }
        }
        Payload::StartSection { func, .. } => module.start = Some(FuncIndex::from_u32(func)),
        Payload::ElementSection(section) => add_elements(module, section)?,
        Payload::DataSection(section) => add_data(module, section)?,
        Payload::CustomSection(section) => name::read(module, section.as_known()),
        _ => {}
    }
    Ok(())
}

fn add_types(module: &mut Module<'_>, group: wasmparser_217::RecGroup) {
    for ty in group.into_types() {
        let CompositeInnerType::Func(ty) = &ty.composite_type.inner else {
            unreachable!("validation lets {ty} in without garbage collection");
        };
        module.types.push(convert::func_type(ty));
    }
}

fn add_import<'a>(module: &mut Module<'a>, import: wasmparser_217::Import<'a>) {
    let item = match import.ty {
        TypeRef::Func(ty) => Item::Func(module.funcs.push(TypeIndex::from_u32(ty))),
        TypeRef::Memory(ty) => Item::Memory(module.memories.push(convert::memory_type(&ty))),
        TypeRef::Table(ty) => Item::Table(module.tables.push(convert::table_type(&ty))),
        TypeRef::Global(ty) => Item::Global(module.globals.push(convert::global_type(&ty))),
        TypeRef::Tag(ty) => unreachable!("validation lets {ty:?} in without exceptions"),
    };
    module.imports.push(Import {
        module: import.module,
        name: import.name,
        item,
    });
}

fn add_table(module: &mut Module<'_>, table: wasmparser_217::Table<'_>) -> Read<()> {
    module.tables.push(convert::table_type(&table.ty));
    let value = match &table.init {
        TableInit::RefNull => None,
        TableInit::Expr(value) => Some(expr::read(value)?),
    };
    if let Some(value) = &value {
        refer_in(module, value);
    }
    module.table_values.push(value);
    Ok(())
}

fn add_export<'a>(module: &mut Module<'a>, export: wasmparser_217::Export<'a>) {
    let item = match export.kind {
        ExternalKind::Func => Item::Func(FuncIndex::from_u32(export.index)),
        ExternalKind::Memory => Item::Memory(MemoryIndex::from_u32(export.index)),
        ExternalKind::Table => Item::Table(TableIndex::from_u32(export.index)),
        ExternalKind::Global => Item::Global(GlobalIndex::from_u32(export.index)),
        ExternalKind::Tag => unreachable!("validation lets tags in without exceptions"),
    };
    if let Item::Func(func) = item {
        module.referenced.insert(func);
    }
    module.exports.insert(export.name, item);
}

fn add_elements<'a>(module: &mut Module<'a>, section: ElementSectionReader<'a>) -> Read<()> {
    for segment in section {
        let segment = segment?;
        let mode = match segment.kind {
            ElementKind::Passive => ElementsMode::Passive,
            ElementKind::Declared => ElementsMode::Declared,
            ElementKind::Active {
                table_index,
                offset_expr,
            } => {
                let table = TableIndex::from_u32(table_index.unwrap_or(0));
                ElementsMode::Active(table, expr::read(&offset_expr)?)
            }
        };
        let (ty, items) = match segment.items {
            ElementItems::Functions(funcs) => {
                let funcs: Vec<FuncIndex> = funcs
                    .into_iter()
                    .map(|func| func.map(FuncIndex::from_u32))
                    .collect::<Read<_>>()?;
                module.referenced.extend(funcs.iter().copied());
                (
                    wasmparser_217::RefType::FUNCREF,
                    ElementsItems::Funcs(funcs),
                )
            }
            ElementItems::Expressions(ty, exprs) => {
                let exprs: Vec<Expr> = exprs
                    .into_iter()
                    .map(|item| expr::read(&item?))
                    .collect::<Read<_>>()?;
                exprs.iter().for_each(|expr| refer_in(module, expr));
                (ty, ElementsItems::Exprs(exprs))
            }
        };
        let ty = convert::ref_type(ty);
        module.elements.push(Elements { mode, ty, items });
    }
    Ok(())
}

fn add_data<'a>(module: &mut Module<'a>, section: DataSectionReader<'a>) -> Read<()> {
    for segment in section {
        let segment = segment?;
        let active = match segment.kind {
            DataKind::Passive => None,
            DataKind::Active {
                memory_index,
                offset_expr,
            } => {
                let memory = MemoryIndex::new(to_usize(memory_index));
                Some((memory, expr::read(&offset_expr)?))
            }
        };
        let bytes = segment.data;
        module.data.push(Data { active, bytes });
    }
    Ok(())
}

/// Notes the functions that an expression refers to.
fn refer_in(module: &mut Module<'_>, expr: &Expr) {
    let funcs = expr.ops.iter().filter_map(|op| match op {
        Op::RefFunc(func) => Some(*func),
        Op::Plain(_) | Op::GlobalGet(_) => None,
    });
    module.referenced.extend(funcs);
}

fn to_usize(index: u32) -> usize {
    usize::try_from(index).expect("a usize has 32 bits or more")
}
