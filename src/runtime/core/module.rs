//! Compiled modules.

use std::sync::Arc;

use crate::runtime::codegen::{GroupSource, Module as Parsed, compile_group};
use crate::runtime::core::saved::{restore, save};
use crate::runtime::core::types::{ExportType, ExternType, ImportType};
use crate::runtime::engine::Engine;
use crate::runtime::error::Error;
use crate::runtime::vm::artifact::Artifact;
use crate::runtime::vm::code::Code;

/// A compiled module, to be instantiated in any number of stores. Copies are cheap and mean the same module.
#[derive(Clone)]
pub struct Module {
    inner: Arc<Inner>,
}

struct Inner {
    engine: Engine,
    code: Arc<Code>,
    imports: Vec<ImportType>,
    exports: Vec<ExportType>,
}

impl Module {
    /// Compiles a module in the binary format.
    ///
    /// # Errors
    ///
    /// Fails if it is not valid, or uses what is not supported.
    pub fn new(engine: &Engine, wasm: &[u8]) -> Result<Module, Error> {
        let parsed = Parsed::parse(wasm)?;
        let source = GroupSource::single("module".to_owned(), &parsed);
        let image = compile_group(engine.target(), engine.codegen(), &source)?;
        let imports = parsed.imports().map(|(import, ty)| ImportType {
            module: import.module.to_owned(),
            name: import.name.to_owned(),
            ty: ty.into(),
        });
        let exports = parsed.exports().map(|(name, ty)| ExportType {
            name: name.to_owned(),
            ty: ty.into(),
        });
        let inner = Inner {
            engine: engine.clone(),
            code: engine.load(image)?,
            imports: imports.collect(),
            exports: exports.collect(),
        };
        Ok(Module {
            inner: Arc::new(inner),
        })
    }

    /// Returns the compiled module as bytes, to be kept in a file: see [`Artifact`].
    pub fn serialize(&self) -> Vec<u8> {
        let Inner {
            engine,
            code,
            imports,
            exports,
        } = &*self.inner;
        save(engine, code, "module", &(imports, exports))
    }

    /// Makes a module of compiled code.
    ///
    /// # Errors
    ///
    /// Fails if the code is not that of a module, or is for another processor or for an engine with other settings.
    pub fn from_artifact(engine: &Engine, artifact: &Artifact) -> Result<Module, Error> {
        let (code, (imports, exports)) = restore(engine, artifact, "module")?;
        let inner = Inner {
            engine: engine.clone(),
            code,
            imports,
            exports,
        };
        Ok(Module {
            inner: Arc::new(inner),
        })
    }

    /// Returns the engine.
    pub fn engine(&self) -> &Engine {
        &self.inner.engine
    }

    /// Returns what the module imports, in order.
    pub fn imports(&self) -> &[ImportType] {
        &self.inner.imports
    }

    /// Returns what the module exports, in order.
    pub fn exports(&self) -> &[ExportType] {
        &self.inner.exports
    }

    /// Returns the type of an export.
    pub fn export(&self, name: &str) -> Option<&ExternType> {
        let mut exports = self.inner.exports.iter();
        exports.find(|it| it.name == name).map(|it| &it.ty)
    }

    pub(in crate::runtime) fn code(&self) -> &Arc<Code> {
        &self.inner.code
    }
}
