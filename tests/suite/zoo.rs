//! Real components, made with other people's toolchains: `../shared/zoo` beside the repository.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

use interfuse::adapt::{Detail, analyze_effects, plan_json, plan_text};
use interfuse::fact::explain::{Explanation, explain};
use interfuse::fact::{FactConfig, plan_modules};

use crate::load::{files, load};

/// Returns the folder of the zoo, or says that it is absent; in CI it must be there.
pub(crate) fn zoo() -> Option<PathBuf> {
    let zoo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/zoo");
    if zoo.is_dir() {
        return Some(zoo);
    }
    assert!(
        env::var_os("CI").is_none(),
        "{} is absent in CI",
        zoo.display()
    );
    eprintln!("skipped: {} is absent", zoo.display());
    None
}

/// Core modules that are instantiated, adapters, and adapter modules of each component.
///
/// The first two are what the zoo's own table says of them. Adapter modules follow from how toolchains link: adapters
/// without a memory on the caller's side are there before its main module, the others need the memory of that module.
/// A caller that is also called thus adds one level between (`mid`, and the Python kit that calls the C one).
const ZOO: [(&str, usize, usize, usize); 14] = [
    ("c-calc", 1, 0, 0),
    ("x-c16-cl1", 6, 27, 2),
    ("x-c8-c16", 6, 27, 2),
    ("x-c8-c8", 6, 27, 2),
    ("x-cl1-c8", 6, 27, 2),
    ("x-qjs-c16", 14, 55, 2),
    ("x-rust-c16", 6, 27, 2),
    ("x-rust-cl1", 6, 27, 2),
    ("x-rust-js", 6, 27, 2),
    ("x-rust-mid-c16", 9, 54, 3),
    ("x-rust-py-c", 42, 29, 3),
    ("x-rust-rust", 6, 27, 2),
    ("x-rust-rust-wasi", 6, 27, 2),
    ("x-rust-sqlite", 6, 6, 2),
];

#[test]
fn real_components_have_the_adapters_that_are_known_of_them() {
    let Some(zoo) = zoo() else { return };
    let expected: BTreeMap<_, _> = ZOO
        .iter()
        .map(|(name, a, b, c)| ((*name).to_owned(), (*a, *b, *c)))
        .collect();
    let found = files(&zoo, "wasm").into_iter().map(|path| {
        let (plan, partition) = load(&path);
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (
            name,
            (
                plan.core_instances.len(),
                plan.adapters.len(),
                partition.modules.len(),
            ),
        )
    });
    assert_eq!(found.collect::<BTreeMap<_, _>>(), expected);
}

#[test]
fn adapters_of_real_components_are_valid() {
    let Some(zoo) = zoo() else { return };
    for path in files(&zoo, "wasm") {
        let bytes = fs::read(&path).unwrap();
        let (plan, partition) = load(&path);
        let effects = analyze_effects(&plan, &[&bytes]);
        for module in plan_modules(&plan, &partition, &effects).values() {
            for simd in [false, true] {
                let config = FactConfig {
                    simd,
                    ..FactConfig::default()
                };
                let wasm = module.compile(&plan, &config).unwrap().wasm;
                wasmparser::validate(&wasm).unwrap();
                // The version that the compiler's translator carries.
                let features = wasmparser_217::WasmFeatures::all();
                wasmparser_217::Validator::new_with_features(features)
                    .validate_all(&wasm)
                    .unwrap();
            }
        }
    }
}

#[test]
fn adapters_of_real_components_are_explained() {
    let Some(zoo) = zoo() else { return };
    for path in files(&zoo, "wasm") {
        let bytes = fs::read(&path).unwrap();
        let (plan, partition) = load(&path);
        let effects = analyze_effects(&plan, &[&bytes]);
        let config = FactConfig::default();
        let modules = plan_modules(&plan, &partition, &effects);
        let modules = modules.values().map(|module| {
            let explained = explain("m", &plan.types, &module.specs, &config).unwrap();
            assert_eq!(explained.adapters.len(), module.adapters.len());
            for import in explained.adapters.iter().flat_map(|it| &it.imports) {
                assert!(!import.uses.is_empty(), "{import:?}");
            }
            for function in &explained.functions {
                assert!(function.adapters > 0, "{function:?}");
            }
            explained
        });
        let explanation = Explanation::new(modules.collect());
        let lines = explanation.to_string().lines().count();
        assert!(lines <= 60 * plan.adapters.len().max(1), "{lines} lines");
    }
}

#[test]
fn real_components_print() {
    let Some(zoo) = zoo() else { return };
    for path in files(&zoo, "wasm") {
        let (plan, partition) = load(&path);
        let json: serde_json::Value = serde_json::from_str(&plan_json(&plan, &partition)).unwrap();
        assert_eq!(
            json["adapters"].as_array().unwrap().len(),
            plan.adapters.len()
        );
        let text = plan_text(&plan, &partition, Detail::Summary);
        assert!(text.contains("\nstages\n"), "{}", path.display());
    }
}
