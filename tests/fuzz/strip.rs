//! Real components are mostly code: the large core modules in them are cut down to what linking sees.

use std::collections::HashMap;

use anyhow::Result;
use wasm_encoder::{
    CodeSection, ExportKind, ExportSection, Function, FunctionSection, Module, NameSection,
    RawSection,
};
use wasmparser::{
    ExternalKind, Imports, KnownCustom, Name, Parser, Payload, SectionLimited, TypeRef,
};

use crate::tree::{Binary, Body, slice};

/// Size from which a core module is cut down, in bytes.
const MODULE_MAX_BYTES: usize = 4 << 10;

/// Cuts down every large core module in a component.
pub(crate) fn strip(binary: &mut Binary) -> Result<()> {
    for section in &mut binary.sections {
        if let Body::Binary(nested) = &mut section.body {
            if nested.is_component() {
                strip(nested)?;
                continue;
            }
            let bytes = nested.encode();
            if bytes.len() > MODULE_MAX_BYTES {
                *nested = Binary::parse(&cut(&bytes)?)?;
            }
        }
    }
    Ok(())
}

/// What stays of a core module.
#[derive(Default)]
struct Kept<'a> {
    types: Option<RawSection<'a>>,
    imports: Option<RawSection<'a>>,
    tables: Option<RawSection<'a>>,
    memories: Option<RawSection<'a>>,
    tags: Option<RawSection<'a>>,
    globals: Option<RawSection<'a>>,
    exports: Vec<wasmparser::Export<'a>>,
    /// Types of all functions, imported ones first.
    funcs: Vec<u32>,
    imported_funcs: usize,
    name: Option<&'a str>,
}

/// Returns a module with the same imports and exports, whose functions do nothing and have no data.
fn cut(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut kept = Kept::default();
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload?;
        let raw = payload.as_section().map(|(id, range)| RawSection {
            id,
            data: slice(bytes, &range),
        });
        match payload {
            Payload::TypeSection(_) => kept.types = raw,
            Payload::ImportSection(section) => {
                kept.imports = raw;
                kept.import(section)?;
            }
            Payload::FunctionSection(section) => {
                kept.funcs
                    .extend(section.into_iter().collect::<Result<Vec<_>, _>>()?);
            }
            Payload::TableSection(_) => kept.tables = raw,
            Payload::MemorySection(_) => kept.memories = raw,
            Payload::TagSection(_) => kept.tags = raw,
            Payload::GlobalSection(_) => kept.globals = raw,
            Payload::ExportSection(section) => {
                kept.exports = section.into_iter().collect::<Result<_, _>>()?;
            }
            Payload::CustomSection(section) => {
                if let KnownCustom::Name(names) = section.as_known() {
                    kept.names(names);
                }
            }
            _ => {}
        }
    }
    Ok(kept.module().finish())
}

impl<'a> Kept<'a> {
    fn import(&mut self, section: SectionLimited<'a, Imports<'a>>) -> Result<()> {
        for import in section.into_imports() {
            if let TypeRef::Func(ty) = import?.ty {
                self.funcs.push(ty);
            }
        }
        self.imported_funcs = self.funcs.len();
        Ok(())
    }

    fn names(&mut self, names: wasmparser::NameSectionReader<'a>) {
        for subsection in names.into_iter().map_while(Result::ok) {
            if let Name::Module { name, .. } = subsection {
                self.name = Some(name);
            }
        }
    }

    fn module(self) -> Module {
        let mut funcs = FunctionSection::new();
        let mut code = CodeSection::new();
        let mut exports = ExportSection::new();
        let mut new_indices = HashMap::new();
        for export in &self.exports {
            let mut index = export.index;
            if export.kind == ExternalKind::Func && index as usize >= self.imported_funcs {
                index = *new_indices.entry(index).or_insert_with(|| {
                    funcs.function(self.funcs[index as usize]);
                    let mut body = Function::new([]);
                    body.instructions().unreachable().end();
                    code.function(&body);
                    let new = self.imported_funcs + funcs.len() as usize - 1;
                    u32::try_from(new).expect("no more than before")
                });
            }
            exports.export(export.name, export_kind(export.kind), index);
        }
        let mut module = Module::new();
        let raw = |module: &mut Module, section: Option<RawSection<'a>>| {
            if let Some(section) = section {
                module.section(&section);
            }
        };
        raw(&mut module, self.types);
        raw(&mut module, self.imports);
        module.section(&funcs);
        raw(&mut module, self.tables);
        raw(&mut module, self.memories);
        raw(&mut module, self.tags);
        raw(&mut module, self.globals);
        module.section(&exports);
        module.section(&code);
        if let Some(name) = self.name {
            let mut names = NameSection::new();
            names.module(name);
            module.section(&names);
        }
        module
    }
}

fn export_kind(kind: ExternalKind) -> ExportKind {
    match kind {
        ExternalKind::Func | ExternalKind::FuncExact => ExportKind::Func,
        ExternalKind::Table => ExportKind::Table,
        ExternalKind::Memory => ExportKind::Memory,
        ExternalKind::Global => ExportKind::Global,
        ExternalKind::Tag => ExportKind::Tag,
    }
}
