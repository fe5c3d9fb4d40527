//! What `interfuse explain` says: golden files, choices, and types of any size.
//!
//! The first line of a `.type` file is a type, the second one may hold arguments of `interfuse explain`.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::command::{assert_error, interfuse, stdout};
use crate::golden;
use crate::load::files;

const PLANS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/plan");

fn golden_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/explain")
}

fn explain(args: &[&str]) -> String {
    stdout(interfuse(&[&["explain"], args].concat(), b""))
}

fn explain_json(args: &[&str]) -> Value {
    let text = explain(&[args, &["--json"]].concat());
    serde_json::from_str(&text).unwrap()
}

#[test]
fn types_are_explained_as_they_were() {
    let folder = golden_folder();
    let files = files(&folder, "type");
    assert!(files.len() >= 10, "the types are in {}", folder.display());
    for path in files {
        let text = fs::read_to_string(&path).unwrap();
        let (ty, options) = text.split_once('\n').unwrap();
        let mut args = vec!["--type", ty];
        args.extend(options.split_whitespace());
        golden::check(&path.with_extension("txt"), &explain(&args));
    }
}

#[test]
fn components_are_explained_as_they_were() {
    for name in ["shim_fixup", "pass_through_chain"] {
        let file = format!("{PLANS}/{name}.wat");
        let text = golden_folder().join(format!("{name}.txt"));
        golden::check(&text, &explain(&[&file]));
    }
    let file = format!("{PLANS}/shim_fixup.wat");
    let json = golden_folder().join("shim_fixup.json");
    golden::check(&json, &explain(&[&file, "--json"]));
}

#[test]
fn positions_and_sizes_agree() {
    let file = format!("{PLANS}/shim_fixup.wat");
    let json = explain_json(&[&file]);
    assert_eq!(json["schema"], "interfuse-explain");
    assert_eq!(json["version"], 1);
    for module in json["modules"].as_array().unwrap() {
        let functions = module["functions"].as_array().unwrap();
        let bytes = functions.iter().map(|it| it["bytes"].as_u64().unwrap());
        assert_eq!(module["code_bytes"].as_u64().unwrap(), bytes.sum::<u64>());
        for (position, function) in functions.iter().enumerate() {
            assert_eq!(function["id"], position);
            assert!(function["adapters"].as_u64().unwrap() > 0, "{function}");
        }
        for adapter in module["adapters"].as_array().unwrap() {
            let own = adapter["functions"][0].as_u64().unwrap();
            let own = &functions[usize::try_from(own).unwrap()];
            assert_eq!(own["name"], adapter["name"]);
            for import in adapter["imports"].as_array().unwrap() {
                assert_ne!(import["uses"], serde_json::json!([]), "{import}");
            }
            for values in [&adapter["params"], &adapter["result"]] {
                for value in values["values"].as_array().unwrap_or(&Vec::new()) {
                    let how = value["move"].as_u64().unwrap();
                    assert!(!module["moves"][usize::try_from(how).unwrap()].is_null());
                }
            }
        }
        for (position, it) in module["moves"].as_array().unwrap().iter().enumerate() {
            assert_eq!(it["id"], position);
            for part in it["parts"].as_array().unwrap() {
                assert!(part["move"].as_u64() < it["id"].as_u64());
            }
        }
    }
}

#[test]
fn adapters_are_chosen() {
    let file = format!("{PLANS}/pass_through_chain.wat");
    let all = explain_json(&[&file]);
    let one = explain_json(&[&file, "--adapter", "1"]);
    let [module] = &one["modules"].as_array().unwrap()[..] else {
        panic!("{one}");
    };
    assert_eq!(module["adapters"].as_array().unwrap().len(), 1);
    assert_eq!(module["adapters"][0]["export"], "adapter1");
    assert_eq!(module["functions"], all["modules"][0]["functions"]);
    let name = module["adapters"][0]["name"].as_str().unwrap();
    let instance = |side: &str| side.split_once('.').unwrap().0.to_owned();
    let (from, to) = name.split_once(" → ").unwrap();
    let between = format!("{},{}", instance(from), instance(to));
    let found = explain_json(&[&file, "--between", &between]);
    assert_eq!(found["modules"][0]["adapters"][0]["name"], name);
}

#[test]
fn wrong_input_is_an_error() {
    let file = format!("{PLANS}/shim_fixup.wat");
    let fails = |args: &[&str], message| {
        let output = interfuse(&[&["explain"], args].concat(), b"");
        assert_error(&output, message);
    };
    fails(&[&file, "--adapter", "9999"], "no adapter is like that");
    fails(
        &[&file, "--between", "kit,nobody"],
        "no adapter is like that",
    );
    fails(&["--type", "(func (param"], "failed to read the type");
    fails(
        &["--type", "(func (param \"s\" (stream u8)))"],
        "not supported",
    );
    fails(&["/does/not/exist.wasm"], "/does/not/exist.wasm");
    for usage in [
        &[][..],
        &[&file, "--type", "(func)"][..],
        &[&file, "--to", "utf16"],
        &[&file, "--between", "kit"],
        &["--type", "(func)", "--to", "utf32"],
        &["--adapter", "first"],
    ] {
        let output = interfuse(&[&["explain"], usage].concat(), b"");
        assert_eq!(output.status.code(), Some(2), "{usage:?}");
    }
}

#[test]
fn component_without_adapters_has_nothing_to_explain() {
    let output = interfuse(&["explain", "-"], b"(component)");
    assert_eq!(stdout(output), "no adapters\n");
}

/// Explains a parameter of a type, as text and as JSON; returns the text.
fn explain_param(ty: &str, bytes_max: usize) -> String {
    let ty = format!("(func (param \"p\" {ty}))");
    let text = explain(&["--type", &ty]);
    assert!(text.len() < bytes_max, "{} bytes of text", text.len());
    let json = explain_json(&["--type", &ty]);
    assert_eq!(
        json["modules"][0]["adapters"][0]["params"]["values"][0]["name"],
        "p"
    );
    text
}

#[test]
fn types_of_any_size_are_explained() {
    let names = |count: usize| {
        let name = |i| format!(" \"l{i}\"");
        (0..count).map(name).collect::<String>()
    };
    let text = explain_param(&format!("(enum{})", names(10_000)), 2_000);
    assert!(text.contains("checked to be below 10000"), "{text}");
    let fields = |count: usize| {
        let field = |i| format!(" (field \"l{i}\" string)");
        (0..count).map(field).collect::<String>()
    };
    let text = explain_param(&format!("(record{})", fields(1_000)), 20_000);
    assert!(text.contains("more parts"), "{text}");
}
