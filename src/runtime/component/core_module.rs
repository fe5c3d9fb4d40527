//! Core modules that components import and export.

use std::sync::Arc;

use crate::runtime::codegen::Module as Parsed;
use crate::runtime::core::module::Module;
use crate::runtime::engine::Engine;
use crate::runtime::error::Error;

/// A core module that a component imports or exports: it is compiled together with what instantiates it.
#[derive(Clone, Debug)]
pub struct CoreModule {
    bytes: Arc<[u8]>,
}

impl CoreModule {
    /// Makes one of the binary format.
    ///
    /// # Errors
    ///
    /// Fails if it is not valid, as far as that is known without looking at the bodies of functions, or uses what is not
    /// supported.
    pub fn new(bytes: &[u8]) -> Result<CoreModule, Error> {
        Parsed::parse(bytes)?;
        Ok(CoreModule {
            bytes: bytes.into(),
        })
    }

    /// Returns the binary format.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Compiles it by itself.
    ///
    /// # Errors
    ///
    /// Fails if it is not valid or uses what is not supported.
    pub fn compile(&self, engine: &Engine) -> Result<Module, Error> {
        Module::new(engine, &self.bytes)
    }

    /// Returns the binary format, to be kept.
    pub(in crate::runtime) fn shared_bytes(&self) -> &Arc<[u8]> {
        &self.bytes
    }
}
