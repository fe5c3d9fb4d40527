//! Resource modules of plain data, against golden files.

use std::path::Path;
use std::{env, fs};

use interfuse::adapt::{ResourceId, ResourceOp};
use interfuse::fact::{FactConfig, ImportName, ResourceSpec, resource_module};

fn check(name: &str, ops: &[ResourceOp], dtor: Option<ImportName>) {
    let spec = ResourceSpec {
        name: "thing in app".into(),
        resource: ResourceId::from_u32(3),
        state: "state app".into(),
        ops: ops.iter().copied().collect(),
        dtor,
    };
    let wasm = resource_module(&spec, &FactConfig::default());
    wasmparser::validate(&wasm).unwrap();
    let text = wasmprinter::print_bytes(&wasm).unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/fact")
        .join(name);
    if env::var_os("BLESS").is_some() {
        fs::write(&path, &text).unwrap();
    }
    let golden = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        text == golden,
        "{} differs: read the change and run with BLESS=1 if it is meant",
        path.display()
    );
}

#[test]
fn resource_modules_print_as_they_did() {
    let all = [ResourceOp::New, ResourceOp::Rep, ResourceOp::Drop];
    let dtor = ImportName::new("kit", "dtor");
    check("resource.wat", &all, Some(dtor));
    check("resource_without_destructor.wat", &[ResourceOp::Drop], None);
}
