//! Random modules that end, with what both engines know.

use arbitrary::Unstructured;
use fastrand::Rng;
use interfuse::runtime::ExportType;
use wasm_smith::{Config, Module};

use crate::differential::available;

/// Loops and calls in all functions of an instance together (ours: keeps the interpreter fast).
const FUEL: u32 = 1000;

/// Largest number of bytes that a module is made of (ours: keeps modules small).
const ENTROPY_BYTES_MAX: usize = 16 << 10;

/// Largest size of a memory in bytes (ours: all of it is compared).
const MEMORY_BYTES_MAX: u32 = 3 << 16;

/// Largest number of modules of a group that are random (ours: one calls the next, and that one the next).
const GROUP_MAX: usize = 4;

/// The modules of a group.
pub(crate) struct Modules {
    pub(crate) wasm: Vec<Vec<u8>>,
    /// What each of them exports.
    pub(crate) exports: Vec<Vec<ExportType>>,
}

/// Makes a module, unless the seed is one of the few that give none.
pub(crate) fn generate(seed: u64) -> Option<Vec<u8>> {
    let mut rng = Rng::with_seed(seed);
    let config = config(&mut rng);
    make(config, &mut rng)
}

/// Makes the modules of a group, unless the seed is one of the few that give none. They import from
/// each other and from the host, and some pass calls on. `exports` returns what a module exports.
pub(crate) fn generate_group(
    seed: u64,
    exports: impl Fn(&[u8]) -> Vec<ExportType>,
) -> Option<Modules> {
    let mut rng = Rng::with_seed(seed);
    let config = config(&mut rng);
    let (mut modules, mut exported) = (Vec::new(), Vec::new());
    for _ in 0..rng.usize(2..=GROUP_MAX) {
        let config = Config {
            available_imports: Some(available::module(&exported)),
            max_imports: 100,
            max_type_size: 10_000,
            max_funcs: rng.usize(10..20),
            max_globals: 12,
            max_memories: 4,
            max_tables: 4,
            // Small functions are inlined.
            max_instructions: if rng.bool() { 16 } else { 80 },
            ..config.clone()
        };
        // The generator often gives up on what has to import much.
        let Some(module) = make(config, &mut rng) else {
            break;
        };
        exported.push(exports(&module));
        modules.push(module);
        for _ in 0..rng.usize(1..=2) {
            let relay = available::relay(&exported, &mut rng);
            exported.push(exports(&relay));
            modules.push(relay);
        }
    }
    (!modules.is_empty()).then_some(Modules {
        wasm: modules,
        exports: exported,
    })
}

fn make(config: Config, rng: &mut Rng) -> Option<Vec<u8>> {
    let mut entropy = vec![0; rng.usize(512..ENTROPY_BYTES_MAX)];
    rng.fill(&mut entropy);
    let mut module = Module::new(config, &mut Unstructured::new(&entropy)).ok()?;
    let fuel = module.ensure_termination(FUEL);
    fuel.expect("bodies are made of instructions");
    Some(module.to_bytes())
}

fn config(rng: &mut Rng) -> Config {
    Config {
        bulk_memory_enabled: true,
        reference_types_enabled: rng.u8(..4) != 0,
        simd_enabled: rng.bool(),
        multi_value_enabled: rng.u8(..4) != 0,
        tail_call_enabled: rng.bool(),
        memory64_enabled: rng.bool(),
        extended_const_enabled: rng.bool(),
        custom_page_sizes_enabled: rng.u8(..8) == 0,
        saturating_float_to_int_enabled: true,
        sign_extension_ops_enabled: true,
        // What one of the engines does not have, or does in its own way.
        compact_imports_enabled: false,
        exceptions_enabled: false,
        gc_enabled: false,
        relaxed_simd_enabled: false,
        threads_enabled: false,
        wide_arithmetic_enabled: false,
        // Most start functions trap, and then there is no instance.
        allow_start_export: rng.u8(..4) == 0,
        // The interpreter answers wrong to the `select` by which divisors of zero would be avoided.
        disallow_traps: false,
        canonicalize_nans: true,
        export_everything: true,
        memory_max_size_required: true,
        table_max_size_required: true,
        max_memory32_bytes: MEMORY_BYTES_MAX.into(),
        max_memory64_bytes: MEMORY_BYTES_MAX.into(),
        max_table_elements: 40,
        max_imports: if rng.bool() { 0 } else { 6 },
        min_funcs: 3,
        max_funcs: rng.usize(3..8),
        max_globals: 8,
        max_memories: rng.usize(1..4),
        min_memories: u32::from(rng.bool()),
        max_tables: rng.usize(1..4),
        max_types: 12,
        max_data_segments: 6,
        max_element_segments: 6,
        max_elements: 12,
        max_instructions: rng.usize(20..200),
        max_values: 6,
        ..Config::default()
    }
}
