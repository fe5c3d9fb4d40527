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
    let lines = text.lines().zip(golden.lines());
    let same = lines.take_while(|(line, golden)| line == golden).count();
    let line = text.lines().nth(same);
    assert!(
        text == golden,
        "{name} differs from line {}: {line:?}; BLESS=1 writes it",
        same + 1
    );
}
