//! Which proposals code can be generated for, and which one a module that is refused would need.

use wasmparser::Validator as NewValidator;
use wasmparser::WasmFeatures as NewFeatures;
use wasmparser_217::{BinaryReaderError, Chunk, Parser, Payload, WasmFeatures};

use crate::runtime::codegen::error::CodegenError;

/// The proposals that code can be generated for. (Floats are a proposal to the validator, and `externref` is a type of
/// garbage collection.)
pub(in crate::runtime::codegen) const SUPPORTED: WasmFeatures = WasmFeatures::MUTABLE_GLOBAL
    .union(WasmFeatures::SATURATING_FLOAT_TO_INT)
    .union(WasmFeatures::SIGN_EXTENSION)
    .union(WasmFeatures::REFERENCE_TYPES)
    .union(WasmFeatures::MULTI_VALUE)
    .union(WasmFeatures::BULK_MEMORY)
    .union(WasmFeatures::SIMD)
    .union(WasmFeatures::RELAXED_SIMD)
    .union(WasmFeatures::THREADS)
    .union(WasmFeatures::TAIL_CALL)
    .union(WasmFeatures::FLOATS)
    .union(WasmFeatures::GC_TYPES)
    .union(WasmFeatures::MULTI_MEMORY)
    .union(WasmFeatures::MEMORY64)
    .union(WasmFeatures::EXTENDED_CONST)
    .union(WasmFeatures::CUSTOM_PAGE_SIZES);

/// Proposals that code cannot be generated for. One that needs another, or implies it, comes before it.
const UNSUPPORTED: [(NewFeatures, &str); 12] = [
    (
        NewFeatures::LEGACY_EXCEPTIONS,
        "the legacy exception-handling proposal",
    ),
    (NewFeatures::STACK_SWITCHING, "the stack-switching proposal"),
    (NewFeatures::EXCEPTIONS, "the exception-handling proposal"),
    (NewFeatures::WIDE_ARITHMETIC, "the wide-arithmetic proposal"),
    (NewFeatures::MEMORY_CONTROL, "the memory-control proposal"),
    (
        NewFeatures::ACQUIRE_RELEASE_ATOMICS,
        "the proposal of acquire-release atomics",
    ),
    (
        NewFeatures::SHARED_EVERYTHING_THREADS,
        "the shared-everything-threads proposal",
    ),
    (
        NewFeatures::CUSTOM_DESCRIPTORS,
        "the custom-descriptors proposal",
    ),
    (NewFeatures::COMPACT_IMPORTS, "the compact-imports proposal"),
    (
        NewFeatures::MULTIBYTE_ARRAY_ACCESS,
        "the proposal of multibyte array access",
    ),
    (NewFeatures::GC, "the garbage-collection proposal"),
    (
        NewFeatures::FUNCTION_REFERENCES.union(NewFeatures::GC),
        "the function-references proposal",
    ),
];

/// Returns why a module was refused: it is invalid, or it needs a proposal, which the newer validator knows.
pub(in crate::runtime::codegen) fn refusal(
    bytes: &[u8],
    message: &str,
    offset: u64,
) -> CodegenError {
    let is_valid = |features| {
        NewValidator::new_with_features(features)
            .validate_all(bytes)
            .is_ok()
    };
    let message = message.to_owned();
    let all = NewFeatures::all();
    let mut names = UNSUPPORTED.iter();
    if !is_component(bytes)
        && is_valid(all)
        && let Some((_, proposal)) = names.find(|(features, _)| !is_valid(all - *features))
    {
        return CodegenError::Unsupported {
            proposal,
            message,
            offset,
        };
    }
    CodegenError::Invalid { message, offset }
}

/// Returns why a module was refused by the parser.
pub(super) fn parser_refusal(bytes: &[u8], error: &BinaryReaderError) -> CodegenError {
    refusal(bytes, error.message(), to_u64(error.offset()))
}

/// Returns whether the input begins like a component.
pub(super) fn is_component(bytes: &[u8]) -> bool {
    let first = Parser::new(0).parse(bytes, true);
    matches!(
        first,
        Ok(Chunk::Parsed {
            payload: Payload::Version {
                encoding: wasmparser_217::Encoding::Component,
                ..
            },
            ..
        })
    )
}

fn to_u64(offset: usize) -> u64 {
    u64::try_from(offset).expect("offsets have 64 bits or less")
}
