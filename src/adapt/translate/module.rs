//! Core modules: where they are, what they import and export.

use std::ops::Range;
use std::sync::Arc;

use cranelift_entity::{EntityRef, PrimaryMap};
use indexmap::IndexMap;
use wasmparser::types::TypesRef;
use wasmparser::{CustomSectionReader, ExternalKind, KnownCustom, Name};

use crate::adapt::index::{
    FileId, FuncIndex, GlobalIndex, MemoryIndex, StaticModuleId, TableIndex, TagIndex,
};
use crate::adapt::module::{EntityIndex, ModuleExport, ModuleImport, Span, StaticModule};
use crate::adapt::translate::error::TranslateError;
use crate::adapt::translate::ty::TypeConverter;
use crate::adapt::types::Label;

/// A core module that is being read.
pub(in crate::adapt::translate) struct ModuleReader {
    module: StaticModule,
    exports: Vec<(Label, ExternalKind, u32)>,
}

impl ModuleReader {
    /// Begins with the module at `bytes`.
    pub(in crate::adapt::translate) fn new(file: FileId, bytes: Range<usize>) -> ModuleReader {
        ModuleReader {
            module: StaticModule {
                name: None,
                span: Span { file, bytes },
                imports: Vec::new(),
                exports: IndexMap::new(),
                has_start: false,
            },
            exports: Vec::new(),
        }
    }

    /// Takes note of the export section.
    pub(in crate::adapt::translate) fn export_section(
        &mut self,
        section: wasmparser::ExportSectionReader<'_>,
    ) -> Result<(), TranslateError> {
        for export in section {
            let export = export?;
            self.exports
                .push((export.name.into(), export.kind, export.index));
        }
        Ok(())
    }

    /// Takes note of a start section.
    pub(in crate::adapt::translate) fn start_section(&mut self) {
        self.module.has_start = true;
    }

    /// Takes the name of the module from a `name` section. A broken name section is as good as none.
    pub(in crate::adapt::translate) fn custom_section(
        &mut self,
        section: &CustomSectionReader<'_>,
    ) {
        if let KnownCustom::Name(names) = section.as_known() {
            for subsection in names.into_iter().map_while(Result::ok) {
                if let Name::Module { name, .. } = subsection {
                    self.module.name = Some(name.into());
                    return;
                }
            }
        }
    }

    /// Ends the module, whose types the validator knows as `from`.
    pub(in crate::adapt::translate) fn finish(
        mut self,
        from: TypesRef<'_>,
        converter: &mut TypeConverter,
        modules: &mut PrimaryMap<StaticModuleId, Arc<StaticModule>>,
    ) -> StaticModuleId {
        for (module, name, ty) in from
            .core_imports()
            .expect("these are the types of a module")
        {
            let ty = converter.entity(from, ty);
            self.module.imports.push(ModuleImport {
                module: module.into(),
                name: name.into(),
                ty,
            });
        }
        for (name, kind, index) in self.exports {
            let export = wasmparser::Export {
                name: &name,
                kind,
                index,
            };
            let ty = from
                .entity_type_from_export(&export)
                .expect("the export was validated");
            let ty = converter.entity(from, ty);
            let index = entity_index(kind, index as usize);
            self.module.exports.insert(name, ModuleExport { index, ty });
        }
        modules.push(Arc::new(self.module))
    }
}

fn entity_index(kind: ExternalKind, index: usize) -> EntityIndex {
    match kind {
        ExternalKind::Func | ExternalKind::FuncExact => EntityIndex::Func(FuncIndex::new(index)),
        ExternalKind::Table => EntityIndex::Table(TableIndex::new(index)),
        ExternalKind::Memory => EntityIndex::Memory(MemoryIndex::new(index)),
        ExternalKind::Global => EntityIndex::Global(GlobalIndex::new(index)),
        ExternalKind::Tag => EntityIndex::Tag(TagIndex::new(index)),
    }
}
