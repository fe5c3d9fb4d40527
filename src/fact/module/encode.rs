//! The end of writing a module: indices become known, and bytes come out.

use std::collections::HashMap;

use cranelift_entity::SecondaryMap;
use wasm_encoder::{
    CodeSection, EntityType, ExportKind, ExportSection, Function, FunctionSection, GlobalSection,
    ImportSection, IndirectNameMap, InstructionSink, MemorySection, Module, NameMap, NameSection,
    TypeSection,
};

use crate::fact::emit::{FuncId, Piece};
use crate::fact::module::builder::{Exported, FuncBody, ModuleBuilder};

impl ModuleBuilder {
    /// Ends the module: returns its bytes.
    ///
    /// # Panics
    ///
    /// Panics if a function was declared and never defined; in debug builds also if the module is not valid.
    pub(in crate::fact) fn finish(self, name: &str) -> Vec<u8> {
        let indices = self.indices();
        let mut module = Module::new();
        module.section(&self.type_section());
        module.section(&self.import_section());
        module.section(&self.function_section());
        if self.memories.values().any(|memory| memory.import.is_none()) {
            module.section(&self.memory_section());
        }
        if self.globals.values().any(|global| global.import.is_none()) {
            module.section(&self.global_section());
        }
        module.section(&self.export_section(&indices));
        module.section(&self.code_section(&indices));
        module.section(&self.name_section(name, &indices));
        let bytes = module.finish();
        if cfg!(debug_assertions) {
            let features = wasmparser::WasmFeatures::all();
            let result = wasmparser::Validator::new_with_features(features).validate_all(&bytes);
            if let Err(error) = result {
                panic!("a module was written that is not valid: {error}");
            }
        }
        bytes
    }

    /// Returns the final index of each function: imported ones come first.
    fn indices(&self) -> SecondaryMap<FuncId, u32> {
        let is_imported = |id: &FuncId| matches!(self.funcs[*id].body, FuncBody::Imported(_));
        let imported = self.funcs.keys().filter(is_imported);
        let own = self.funcs.keys().filter(|id| !is_imported(id));
        let mut indices = SecondaryMap::new();
        for (index, id) in imported.chain(own).enumerate() {
            indices[id] = u32::try_from(index).expect("a module has fewer than 2^32 functions");
        }
        indices
    }

    fn type_section(&self) -> TypeSection {
        let mut section = TypeSection::new();
        for (params, results) in self.types.keys() {
            section
                .ty()
                .function(params.iter().copied(), results.iter().copied());
        }
        section
    }

    fn import_section(&self) -> ImportSection {
        let mut section = ImportSection::new();
        for memory in self.memories.values() {
            if let Some(import) = &memory.import {
                section.import(&import.module, &import.name, EntityType::Memory(memory.ty));
            }
        }
        for global in self.globals.values() {
            if let Some(import) = &global.import {
                section.import(&import.module, &import.name, EntityType::Global(global.ty));
            }
        }
        for func in self.funcs.values() {
            if let FuncBody::Imported(import) = &func.body {
                section.import(&import.module, &import.name, EntityType::Function(func.ty));
            }
        }
        section
    }

    fn function_section(&self) -> FunctionSection {
        let mut section = FunctionSection::new();
        for func in self.funcs.values() {
            if !matches!(func.body, FuncBody::Imported(_)) {
                section.function(func.ty);
            }
        }
        section
    }

    fn memory_section(&self) -> MemorySection {
        let mut section = MemorySection::new();
        for memory in self
            .memories
            .values()
            .filter(|memory| memory.import.is_none())
        {
            section.memory(memory.ty);
        }
        section
    }

    fn global_section(&self) -> GlobalSection {
        let mut section = GlobalSection::new();
        for global in self.globals.values() {
            if let Some(init) = &global.init {
                section.global(global.ty, init);
            }
        }
        section
    }

    fn export_section(&self, indices: &SecondaryMap<FuncId, u32>) -> ExportSection {
        let mut section = ExportSection::new();
        for (name, item) in &self.exports {
            let (kind, index) = match *item {
                Exported::Func(id) => (ExportKind::Func, indices[id]),
                Exported::Global(id) => (ExportKind::Global, id.as_u32()),
            };
            section.export(name, kind, index);
        }
        section
    }

    fn code_section(&self, indices: &SecondaryMap<FuncId, u32>) -> CodeSection {
        let mut section = CodeSection::new();
        for func in self.funcs.values() {
            match &func.body {
                FuncBody::Imported(_) => {}
                FuncBody::Declared => panic!("{} was never defined", func.name),
                FuncBody::Defined { pieces, locals, .. } => {
                    let mut body = Function::new_with_locals_types(locals.iter().copied());
                    for piece in pieces {
                        match piece {
                            Piece::Bytes(bytes) => body.raw(bytes.iter().copied()),
                            Piece::Call(id) => {
                                let mut call = Vec::new();
                                InstructionSink::new(&mut call).call(indices[*id]);
                                body.raw(call)
                            }
                        };
                    }
                    section.function(&body);
                }
            }
        }
        section
    }

    fn name_section(&self, name: &str, indices: &SecondaryMap<FuncId, u32>) -> NameSection {
        let mut by_index: Vec<_> = self
            .funcs
            .iter()
            .map(|(id, func)| (indices[id], func))
            .collect();
        by_index.sort_by_key(|(index, _)| *index);
        let names: Vec<_> = by_index.iter().map(|(_, func)| &func.name).collect();
        let funcs = name_map(&names);
        let mut locals = IndirectNameMap::new();
        for (index, func) in by_index {
            if let FuncBody::Defined { names, .. } = &func.body {
                locals.append(index, &name_map(names));
            }
        }
        let memories: Vec<_> = self.memories.values().map(|it| &it.name).collect();
        let globals: Vec<_> = self.globals.values().map(|it| &it.name).collect();
        let mut section = NameSection::new();
        section.module(name);
        section.functions(&funcs);
        section.locals(&locals);
        section.memories(&name_map(&memories));
        section.globals(&name_map(&globals));
        section
    }
}

/// Returns names by index. One that was there before gets a number, so that a reader can tell them apart.
fn name_map(names: &[impl AsRef<str>]) -> NameMap {
    let mut map = NameMap::new();
    let mut counts: HashMap<&str, u32> = HashMap::with_capacity(names.len());
    for (index, name) in names.iter().enumerate() {
        let name = name.as_ref();
        let index = u32::try_from(index).expect("indices have 32 bits");
        let count = counts.entry(name).or_default();
        *count += 1;
        match count {
            _ if name.is_empty() => {}
            1 => map.append(index, name),
            again => map.append(index, &format!("{name} {again}")),
        }
    }
    map
}
