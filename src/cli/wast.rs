//! `interfuse wast`: runs test scripts and counts what passed.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use interfuse::adapt;
use interfuse::runtime::wast::{Failure, Report, run_script};
use interfuse::runtime::{Config, Engine};
use serde_json::json;

use crate::cli::args::WastArgs;
use crate::cli::output;

/// A directive that is known to fail, or every directive of a file.
#[derive(Debug, PartialEq, Eq)]
struct Expected {
    /// The end of the path of the file.
    file: PathBuf,
    line: Option<usize>,
}

/// What came out of a file.
struct Outcome<'a> {
    file: &'a Path,
    /// What came out, or why the script cannot be read.
    report: Result<Report, String>,
}

/// Runs scripts and prints what came out.
///
/// # Errors
///
/// Fails if a file cannot be read, or if something failed that was not expected to, or the other way round.
pub(crate) fn run(args: &WastArgs) -> Result<()> {
    let expected = match &args.expected_failures {
        Some(path) => {
            let text = fs::read_to_string(path);
            let text = text.with_context(|| format!("failed to read {}", path.display()))?;
            parse(&text)?
        }
        None => Vec::new(),
    };
    // Scripts may use what is not on by default.
    let features = adapt::Config {
        fixed_length_lists: true,
        custom_page_sizes: true,
        ..adapt::Config::default()
    };
    let engine = Engine::new(Config::new().component_features(features))?;
    let mut outcomes = Vec::new();
    for file in scripts(&args.files)? {
        let text = fs::read_to_string(&file);
        let text = text.with_context(|| format!("failed to read {}", file.display()))?;
        outcomes.push((file, run_script(&engine, &text)));
    }
    let outcomes = outcomes.iter().map(|(file, report)| Outcome {
        file,
        report: report.clone(),
    });
    let outcomes: Vec<_> = outcomes.collect();
    let surprises = surprises(&outcomes, &expected);
    let text = match args.json {
        true => json_text(&outcomes, &surprises),
        false => table(&outcomes, &surprises),
    };
    output::write(None, &text)?;
    if !surprises.is_empty() {
        bail!("{} surprises", surprises.len());
    }
    Ok(())
}

/// Returns the scripts that paths name, those in folders by name.
fn scripts(paths: &[PathBuf]) -> Result<BTreeSet<PathBuf>> {
    let mut found = BTreeSet::new();
    let mut todo: Vec<PathBuf> = paths.to_vec();
    while let Some(path) = todo.pop() {
        if !path.is_dir() {
            found.insert(path);
            continue;
        }
        let entries = fs::read_dir(&path);
        let entries = entries.with_context(|| format!("failed to read {}", path.display()))?;
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() || path.extension().is_some_and(|it| it == "wast") {
                todo.push(path);
            }
        }
    }
    Ok(found)
}

/// Reads a list of expected failures: on each line a file, or `file:line`, and then why; `#` begins a comment.
fn parse(text: &str) -> Result<Vec<Expected>> {
    let lines = text.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    let expected = lines.map(|line| {
        let (place, reason) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        if reason.trim().is_empty() {
            bail!("an expected failure needs a reason: `{line}`");
        }
        Ok(match place.rsplit_once(':') {
            Some((file, number)) => Expected {
                file: file.into(),
                line: Some(
                    number
                        .parse()
                        .context(format!("no line number: `{line}`"))?,
                ),
            },
            None => Expected {
                file: place.into(),
                line: None,
            },
        })
    });
    expected.collect()
}

/// Returns what failed and was not expected to, and what was expected to fail and did not.
fn surprises(outcomes: &[Outcome<'_>], expected: &[Expected]) -> Vec<String> {
    let mut surprises = Vec::new();
    for outcome in outcomes {
        let known: Vec<&Expected> = expected
            .iter()
            .filter(|it| outcome.file.ends_with(&it.file))
            .collect();
        let file = outcome.file.display();
        let failures = match &outcome.report {
            Ok(report) => &report.failures[..],
            Err(message) => {
                if !known.iter().any(|it| it.line.is_none()) {
                    surprises.push(format!("{file}: {message}"));
                }
                continue;
            }
        };
        let is_known = |failure: &Failure| {
            let mut known = known.iter();
            known.any(|it| it.line.is_none_or(|line| line == failure.line))
        };
        let new = failures.iter().filter(|failure| !is_known(failure));
        surprises.extend(new.map(|it| format!("{file}:{}: {}", it.line, it.message)));
        for it in known {
            let fails = match it.line {
                Some(line) => failures.iter().any(|failure| failure.line == line),
                None => !failures.is_empty(),
            };
            if !fails {
                let line = it.line.map(|line| format!(":{line}")).unwrap_or_default();
                surprises.push(format!("{file}{line}: expected to fail, and passes"));
            }
        }
    }
    surprises
}

fn table(outcomes: &[Outcome<'_>], surprises: &[String]) -> String {
    let names: Vec<_> = outcomes
        .iter()
        .map(|it| it.file.display().to_string())
        .collect();
    let width = names.iter().map(String::len).max().unwrap_or(0).max(5);
    let mut text = format!("{:width$}  passed  failed\n", "file");
    let (mut passed, mut failed) = (0, 0);
    for (name, outcome) in names.iter().zip(outcomes) {
        let counts = match &outcome.report {
            Ok(report) => (report.passed, report.failures.len()),
            Err(_) => (0, 1),
        };
        passed += counts.0;
        failed += counts.1;
        let _ = writeln!(text, "{name:width$}  {:6}  {:6}", counts.0, counts.1);
    }
    let _ = writeln!(text, "{:width$}  {passed:6}  {failed:6}", "total");
    for surprise in surprises {
        let _ = writeln!(text, "{surprise}");
    }
    text
}

fn json_text(outcomes: &[Outcome<'_>], surprises: &[String]) -> String {
    let files = outcomes.iter().map(|outcome| {
        let file = outcome.file.display().to_string();
        match &outcome.report {
            Ok(report) => json!({
                "file": file,
                "passed": report.passed,
                "failures": report.failures.iter()
                    .map(|it| json!({ "line": it.line, "message": it.message }))
                    .collect::<Vec<_>>(),
            }),
            Err(message) => json!({ "file": file, "error": message }),
        }
    });
    let files: Vec<_> = files.collect();
    format!("{:#}\n", json!({ "files": files, "surprises": surprises }))
}
