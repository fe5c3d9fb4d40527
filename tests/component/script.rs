//! Scripts of components: ours, and those of the component model if they are there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use interfuse::adapt;
use interfuse::runtime::wast::run_script;
use interfuse::runtime::{Config, Engine};

/// Returns the folder of our scripts.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/wast")
}

#[test]
fn our_scripts_pass() {
    let features = adapt::Config {
        fixed_length_lists: true,
        custom_page_sizes: true,
        ..adapt::Config::default()
    };
    let engine = Engine::new(Config::new().component_features(features)).unwrap();
    let entries = fs::read_dir(folder()).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|it| it == "wast"));
    files.sort();
    let mut failures = Vec::new();
    for file in &files {
        let name = file.file_name().unwrap().display();
        let text = fs::read_to_string(file).unwrap();
        assert!(
            text.starts_with(";; "),
            "{name} does not say what it is for"
        );
        match run_script(&engine, &text) {
            Ok(report) => {
                assert!(report.passed + report.failures.len() > 1, "{name}");
                let lines = report.failures.iter();
                failures.extend(lines.map(|it| format!("{name}:{}: {}", it.line, it.message)));
            }
            Err(message) => failures.push(format!("{name}: {message}")),
        }
    }
    assert!(files.len() > 30, "there are {} scripts", files.len());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The folder that `INTERFUSE_COMPONENT_MODEL` names is `test` of the repository of the component model.
#[test]
fn scripts_of_the_component_model_pass() {
    let Some(suite) = std::env::var_os("INTERFUSE_COMPONENT_MODEL") else {
        eprintln!("skipped: INTERFUSE_COMPONENT_MODEL names no folder");
        return;
    };
    let suite = PathBuf::from(suite);
    let parts = ["linking", "resources", "values", "validation", "binary"];
    let output = Command::new(env!("CARGO_BIN_EXE_interfuse"))
        .arg("wast")
        .arg("--expected-failures")
        .arg(folder().join("component-model.expected"))
        .args(parts.map(|part| suite.join(part)))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
}
