//! What the translator asks about the machine and about types.

use cranelift_codegen::ir::Type;
use cranelift_codegen::isa::TargetFrontendConfig;
use cranelift_wasm::{EngineOrModuleTypeIndex, TargetEnvironment, TypeConvert, WasmHeapType};
use wasmparser_217::UnpackedIndex;

use crate::runtime::codegen::environ::state::Environ;
use crate::runtime::codegen::signature::POINTER;

impl TypeConvert for Environ<'_> {
    fn lookup_heap_type(&self, index: UnpackedIndex) -> WasmHeapType {
        unreachable!("validation lets a reference to type {index} in")
    }

    fn lookup_type_index(&self, index: UnpackedIndex) -> EngineOrModuleTypeIndex {
        unreachable!("validation lets a reference to type {index} in")
    }
}

impl TargetEnvironment for Environ<'_> {
    fn target_config(&self) -> TargetFrontendConfig {
        self.target.isa().frontend_config()
    }

    fn heap_access_spectre_mitigation(&self) -> bool {
        let flags = self.target.isa().flags();
        flags.enable_heap_access_spectre_mitigation()
    }

    fn proof_carrying_code(&self) -> bool {
        false
    }

    fn reference_type(&self, _: WasmHeapType) -> (Type, bool) {
        (POINTER, false)
    }
}
