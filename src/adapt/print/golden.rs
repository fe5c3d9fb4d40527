//! Comparison of what is printed with files.

use std::path::Path;

/// Fails unless `text` is what the file `tests/data/print/<name>` holds; with `BLESS=1` it writes the file.
pub(crate) fn check_golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/print");
    if std::env::var_os("BLESS").is_some() {
        std::fs::create_dir_all(&path).expect("failed to make the folder");
        std::fs::write(path.join(name), text).expect("failed to write the file");
    }
    let golden = std::fs::read_to_string(path.join(name)).expect("failed to read the file");
    assert_eq!(text, golden, "{name}");
}
