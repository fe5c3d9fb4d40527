//! Some dependencies are used in some places only, which keeps the stages of the pipeline apart.

use crate::source::Source;
use crate::tree::{Finding, Tree, assert_tidy, places};

/// A dependency that only some files may use.
struct Confined {
    /// The crate, or several if it ends in `*`.
    name: &'static str,
    /// An exception from `name`.
    except: &'static str,
    /// Beginnings of the paths that the rule is about.
    scope: &'static str,
    /// Beginnings of the paths in it that may use the crate.
    allowed: &'static [&'static str],
}

const CONFINED: [Confined; 5] = [
    Confined {
        name: "wasmparser",
        except: "",
        scope: "src/adapt/",
        allowed: &[
            "src/adapt/translate.rs",
            "src/adapt/translate/",
            "src/adapt/effect",
        ],
    },
    Confined {
        name: "petgraph",
        except: "",
        scope: "src/",
        allowed: &[
            "src/adapt/graph.rs",
            "src/adapt/partition.rs",
            "src/adapt/effect",
        ],
    },
    Confined {
        name: "wasm_encoder",
        except: "",
        scope: "src/adapt/",
        allowed: &[],
    },
    Confined {
        name: "cranelift_*",
        except: "cranelift_entity",
        scope: "src/adapt/",
        allowed: &[],
    },
    Confined {
        name: "anyhow",
        except: "",
        scope: "src/",
        allowed: &["src/main.rs", "src/cli.rs", "src/cli/"],
    },
];

impl Confined {
    fn forbids(&self, path: &str) -> bool {
        let is_allowed = self.allowed.iter().any(|start| path.starts_with(start));
        path.starts_with(self.scope) && !is_allowed
    }

    fn is_named(&self, word: &str) -> bool {
        let named = match self.name.strip_suffix('*') {
            Some(start) => word.starts_with(start),
            None => word == self.name,
        };
        named && word != self.except
    }

    fn message(&self, word: &str) -> String {
        let scope = self.scope;
        if self.allowed.is_empty() {
            return format!("`{word}` is not used in `{scope}`: do this in a later stage");
        }
        let allowed = self.allowed.join("`, `");
        format!("`{word}` is used in `{scope}` only by `{allowed}`: do this there")
    }
}

fn confined_crates(tree: &Tree) -> Vec<Finding> {
    tree.rust()
        .map(Source::new)
        .flat_map(|source| confined_crates_of(&source))
        .collect()
}

fn confined_crates_of(source: &Source<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for confined in CONFINED.iter().filter(|it| it.forbids(source.path)) {
        let named = source.tokens.iter().filter(|it| confined.is_named(it.text));
        findings.extend(
            named.map(|token| Finding::new(source.path, token.line, confined.message(token.text))),
        );
    }
    findings
}

#[test]
fn dependencies_are_used_where_they_belong() {
    assert_tidy(confined_crates);
}

#[test]
fn dependency_out_of_place_is_found() {
    let all = "//! A.\n// wasmparser\nuse anyhow::A;\nuse cranelift_codegen::B;\nuse cranelift_entity::C;\n\
        use petgraph::D;\nuse wasm_encoder::E;\nuse wasmparser::F;\n";
    let of = |path| places(confined_crates, &[(path, all)]);
    let lines = |path: &str, lines: &[usize]| -> Vec<String> {
        lines.iter().map(|line| format!("{path}:{line}")).collect()
    };
    let expect = |path, expected: &[usize]| assert_eq!(of(path), lines(path, expected));
    expect("src/adapt/plan.rs", &[3, 4, 6, 7, 8]);
    expect("src/adapt/translate/scope.rs", &[3, 4, 6, 7]);
    expect("src/adapt/effect.rs", &[3, 4, 7]);
    expect("src/adapt/graph.rs", &[3, 4, 7, 8]);
    expect("src/fact/call.rs", &[3, 6]);
    expect("src/cli/print.rs", &[6]);
    expect("tests/props/main.rs", &[]);
}
