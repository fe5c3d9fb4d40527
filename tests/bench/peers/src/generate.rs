//! How long adapters take to write, and how large they are without their names.

use std::path::PathBuf;
use std::{env, fs};

use anyhow::{Context, Result};
use interfuse::adapt::{
    Config, DefinedType, InvalidType, Limits, PartitionConfig, StringEncoding, Types, ValType,
    analyze_effects, inline, partition, translate,
};
use interfuse::fact::{AdapterSpec, Callee, FactConfig, Guard, ImportName, compile, plan_modules};
use serde::Serialize;
use wasmparser::{Parser, Payload};

use crate::list::Element;
use crate::sample::{Contender, Settings, medians};
use crate::spec::{adapter, side};

/// The variable that says where a large composition is.
const ZOO_VARIABLE: &str = "INTERFUSE_ZOO_FILE";

/// Where it is otherwise, beside the repository.
const ZOO_FILE: &str = "../shared/zoo/x-rust-py-c.wasm";

/// Something that modules are made of.
pub struct Case {
    /// The name of the kind.
    pub name: String,
    /// Number of adapters.
    pub adapters: usize,
    /// Writes the modules, from what was prepared.
    pub generate: Box<dyn Fn() -> Result<Vec<Vec<u8>>>>,
}

/// What was measured of a case.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// The name of the kind.
    pub name: String,
    /// Number of adapters.
    pub adapters: usize,
    /// Microseconds of the generation.
    pub micros: f64,
    /// Size of the modules in bytes, without their names.
    pub bytes: usize,
    /// Microseconds that are to be reached.
    pub goal_micros: Option<f64>,
    /// The size in bytes that is to be reached.
    pub goal_bytes: Option<usize>,
}

/// Returns all cases.
///
/// # Errors
///
/// Fails if the composition is there and cannot be read.
pub fn cases() -> Result<Vec<Case>> {
    let mut cases = vec![
        single("u32", |_| Ok(ValType::U32)),
        single("list<u8>", |types| Element::U8.define(types)),
        single("list<record{u32,f64}>", |types| {
            Element::Padded.define(types)
        }),
        single("list<char>", |types| Element::Char.define(types)),
        single("variant", variant),
        single("enum of 10,000", |types| {
            types.define(DefinedType::Enum(labels(10_000).into()))
        }),
        single("record of 5,000 fields", |types| {
            let fields = labels(5_000).into_iter().map(|label| (label, ValType::U16));
            types.define(DefinedType::Record(fields.collect()))
        }),
        single("DAG that unfolds to 2^40", dag),
    ];
    use StringEncoding::{Latin1OrUtf16, Utf8, Utf16};
    for from in [Utf8, Utf16, Latin1OrUtf16] {
        for to in [Utf8, Utf16, Latin1OrUtf16] {
            let mut types = Types::default();
            let spec = guarded(&mut types, &[ValType::String], from, to);
            cases.push(of_specs(
                &format!("string {from} to {to}"),
                types,
                vec![spec],
            ));
        }
    }
    cases.push(many(1_000)?);
    cases.push(many(10_000)?);
    cases.extend(composition()?);
    Ok(cases)
}

fn labels(count: usize) -> Vec<interfuse::adapt::Label> {
    (0..count).map(|at| format!("l{at}").into()).collect()
}

fn variant(types: &mut Types) -> Result<ValType, InvalidType> {
    let list = types.define(DefinedType::List(ValType::U8))?;
    let pair = types.define(DefinedType::Tuple([ValType::F64, list].into()))?;
    let payloads = [Some(ValType::U32), Some(ValType::String), Some(pair), None];
    let cases = labels(4).into_iter().zip(payloads).collect();
    types.define(DefinedType::Variant(cases))
}

fn dag(types: &mut Types) -> Result<ValType, InvalidType> {
    let mut unfolding = ValType::U8;
    for _ in 0..40 {
        let list = types.define(DefinedType::List(unfolding))?;
        unfolding = types.define(DefinedType::Tuple([list, list].into()))?;
    }
    Ok(unfolding)
}

/// Returns an adapter of guests that might try to leave at any time.
fn guarded(
    types: &mut Types,
    params: &[ValType],
    from: StringEncoding,
    to: StringEncoding,
) -> AdapterSpec {
    let mut spec = adapter(types, params, from, to);
    // Names are as short as those in a module of a real component: they count.
    spec.lower = side(0, "0", from, Guard::Clear);
    spec.lift = side(1, "1", to, Guard::Clear);
    spec.export = "0".into();
    spec.callee = Callee::Import(ImportName::new("callee", "0"));
    spec
}

fn of_specs(name: &str, types: Types, specs: Vec<AdapterSpec>) -> Case {
    Case {
        name: name.into(),
        adapters: specs.len(),
        generate: Box::new(move || Ok(vec![compile(&types, &specs, &FactConfig::default())?.wasm])),
    }
}

/// Returns a module of one adapter with one parameter.
fn single(name: &str, define: impl Fn(&mut Types) -> Result<ValType, InvalidType>) -> Case {
    let mut types = Types::default();
    let ty = define(&mut types).expect("the type is within the limits");
    let utf8 = StringEncoding::Utf8;
    let spec = guarded(&mut types, &[ty], utf8, utf8);
    of_specs(name, types, vec![spec])
}

/// Returns a module of many adapters of several types.
fn many(count: usize) -> Result<Case> {
    let mut types = Types::default();
    let list = Element::U8.define(&mut types)?;
    let records = Element::Padded.define(&mut types)?;
    let variant = variant(&mut types)?;
    let params: [&[ValType]; 5] = [
        &[ValType::U32],
        &[ValType::String, ValType::Bool],
        &[list, ValType::U64],
        &[records],
        &[variant, ValType::Char],
    ];
    let utf8 = StringEncoding::Utf8;
    let specs = (0..count).map(|at| {
        let mut spec = guarded(&mut types, params[at % params.len()], utf8, utf8);
        spec.export = format!("{at}");
        spec.callee = Callee::Import(ImportName::new("callee", format!("{at}")));
        spec
    });
    let specs = specs.collect();
    Ok(of_specs(&format!("{count} adapters"), types, specs))
}

/// Returns all adapters of a large composition, if it is there.
fn composition() -> Result<Option<Case>> {
    let beside = || {
        [env!("CARGO_MANIFEST_DIR"), "../../..", ZOO_FILE]
            .iter()
            .collect()
    };
    let path = env::var_os(ZOO_VARIABLE).map_or_else(beside, PathBuf::from);
    if !path.is_file() {
        let path = path.display();
        eprintln!("skipped: {path} is absent; {ZOO_VARIABLE} names another composition");
        return Ok(None);
    }
    let bytes = fs::read(&path).with_context(|| format!("failed to read {}", path.display()))?;
    let translation = translate(&Config::default(), &bytes)?;
    let plan = inline(&translation, Limits::default())?;
    let partition = partition(&plan, &PartitionConfig::default());
    let effects = analyze_effects(&plan, &[&bytes]);
    let stem = path.file_stem().context("a file has a name")?;
    Ok(Some(Case {
        name: stem.to_string_lossy().into_owned(),
        adapters: plan.adapters.len(),
        generate: Box::new(move || {
            let modules = plan_modules(&plan, &partition, &effects);
            let compiled = modules
                .values()
                .map(|module| Ok(module.compile(&plan, &FactConfig::default())?.wasm));
            compiled.collect()
        }),
    }))
}

impl Case {
    /// Measures the case.
    ///
    /// # Errors
    ///
    /// Fails if an adapter cannot be compiled.
    pub fn measure(&self, settings: Settings) -> Result<Row> {
        let contender: Contender<'_, ()> = &|(), count| {
            for _ in 0..count {
                std::hint::black_box((self.generate)()?);
            }
            Ok(())
        };
        let times = medians(settings, &mut (), &[contender])?;
        let modules = (self.generate)()?;
        let sizes: Result<Vec<_>> = modules
            .iter()
            .map(|wasm| size_without_names(wasm))
            .collect();
        let (goal_micros, goal_bytes) = self.goals();
        Ok(Row {
            name: self.name.clone(),
            adapters: self.adapters,
            micros: times[0] / 1e3,
            bytes: sizes?.iter().sum(),
            goal_micros,
            goal_bytes,
        })
    }

    /// Returns what is to be reached.
    fn goals(&self) -> (Option<f64>, Option<usize>) {
        match &*self.name {
            "u32" => (None, Some(200)),
            "list<u8>" => (None, Some(500)),
            "10000 adapters" => (Some(1e6), None),
            "x-rust-py-c" => (Some(1e4), None),
            _ => (None, None),
        }
    }
}

/// Returns the size of a module without its custom sections.
fn size_without_names(wasm: &[u8]) -> Result<usize> {
    let mut size = 0;
    for payload in Parser::new(0).parse_all(wasm) {
        // Whatever else there is lies in a section; its identifier and size come before its range.
        size += match payload? {
            Payload::Version { range, .. } => range.count(),
            Payload::CustomSection(_) => 0,
            other => other.as_section().map_or(0, |(_, range)| {
                let len = range.count();
                1 + leb128_len(len) + len
            }),
        };
    }
    Ok(size)
}

fn leb128_len(number: usize) -> usize {
    (usize::BITS - number.leading_zeros()).div_ceil(7).max(1) as usize
}
