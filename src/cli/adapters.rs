//! `interfuse adapters`: the adapter modules of a component, printed or written to files.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use interfuse::adapt::{AdapterId, Partition, Plan, adapter_name, analyze_effects};
use interfuse::fact::{
    AdapterSpec, Callee, FactConfig, ImportName, ImportSource, PlannedModule, Reentrance, compile,
    plan_modules,
};
use serde_json::{Value, json};

use crate::cli::args::{AdaptersArgs, ReentranceArg};
use crate::cli::input::InputFile;
use crate::cli::wat;

/// An adapter module that is printed or written.
struct Selected {
    /// Its name.
    name: String,
    /// Its adapters.
    adapters: Vec<AdapterId>,
    specs: Vec<AdapterSpec>,
    module: PlannedModule,
}

/// Returns the adapter modules that the arguments choose.
fn select(
    args: &AdaptersArgs,
    plan: &Plan,
    partition: &Partition,
    files: &[InputFile],
) -> Result<Vec<Selected>> {
    let bytes: Vec<&[u8]> = files.iter().map(|file| &file.bytes[..]).collect();
    let effects = analyze_effects(plan, &bytes);
    let is_wanted = |id: AdapterId| {
        let adapter = &plan.adapters[id];
        let instance = |id| &*plan.component_instances[id].name;
        args.adapter.is_none_or(|wanted| id.as_u32() == wanted)
            && args.between.as_ref().is_none_or(|between| {
                between.from == instance(adapter.lower.instance)
                    && between.to == instance(adapter.lift.instance)
            })
    };
    let mut selected = Vec::new();
    for (id, module) in plan_modules(plan, partition, &effects) {
        let wanted = module
            .adapters
            .iter()
            .enumerate()
            .filter(|(_, id)| is_wanted(**id));
        let kept = with_callees(&module.specs, wanted.map(|(position, _)| position));
        if kept.is_empty() {
            continue;
        }
        let adapters = kept
            .iter()
            .map(|position| module.adapters[*position])
            .collect();
        let specs = renumber(&module.specs, &kept);
        selected.push(Selected {
            name: id.to_string(),
            adapters,
            specs,
            module,
        });
    }
    ensure!(
        !selected.is_empty() || (args.adapter.is_none() && args.between.is_none()),
        "no adapter is like that: `interfuse plan` lists them all"
    );
    Ok(selected)
}

/// Returns the positions of adapters and of those that they call.
fn with_callees(specs: &[AdapterSpec], wanted: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut kept = BTreeSet::new();
    let mut todo: Vec<_> = wanted.collect();
    while let Some(position) = todo.pop() {
        if kept.insert(position)
            && let Callee::Adapter(callee) = specs[position].callee
        {
            todo.push(callee);
        }
    }
    kept.into_iter().collect()
}

/// Returns the specifications at some positions, with callees at their new positions.
fn renumber(specs: &[AdapterSpec], kept: &[usize]) -> Vec<AdapterSpec> {
    let spec = |position: &usize| {
        let mut spec = specs[*position].clone();
        if let Callee::Adapter(callee) = &mut spec.callee {
            *callee = kept.partition_point(|it| it < callee);
        }
        spec
    };
    kept.iter().map(spec).collect()
}

/// Returns the chosen adapter modules in the text format, each adapter with a head that says what it does.
///
/// # Errors
///
/// Fails if an adapter cannot be compiled.
pub(crate) fn text(
    args: &AdaptersArgs,
    plan: &Plan,
    partition: &Partition,
    files: &[InputFile],
) -> Result<String> {
    let mut out = String::new();
    for selected in select(args, plan, partition, files)? {
        let wasm = compile(&plan.types, &selected.specs, &config(args))?.wasm;
        writeln!(out, ";; {}", selected.name)?;
        for id in &selected.adapters {
            let adapter = &plan.adapters[*id];
            let (from, to) = (
                adapter.lower.options.encoding,
                adapter.lift.options.encoding,
            );
            writeln!(out, ";;\n;; {id}  {}", adapter_name(plan, adapter))?;
            writeln!(out, ";;   {}", plan.types.display_func(adapter.lift.ty))?;
            writeln!(out, ";;   strings {from} → {to}")?;
        }
        out.push_str(&wat::print(&wasm)?);
    }
    Ok(out)
}

/// Writes the chosen adapter modules to a folder in the binary format, with a manifest that says where each import
/// comes from.
///
/// # Errors
///
/// Fails if an adapter cannot be compiled or a file cannot be written.
pub(crate) fn write_files(
    args: &AdaptersArgs,
    plan: &Plan,
    partition: &Partition,
    files: &[InputFile],
    folder: &Path,
) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("failed to make {}", folder.display()))?;
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        fs::write(&path, bytes).with_context(|| format!("failed to write {}", path.display()))
    };
    let mut modules = Vec::new();
    for selected in select(args, plan, partition, files)? {
        let wasm = compile(&plan.types, &selected.specs, &config(args))?.wasm;
        let file = format!("{}.wasm", selected.name);
        write(&file, &wasm)?;
        modules.push(json!({
            "name": selected.name,
            "file": file,
            "exports": selected.adapters.iter().map(|id| json!({
                "name": id.to_string(),
                "adapter": adapter_name(plan, &plan.adapters[*id]),
                "type": plan.types.display_func(plan.adapters[*id].lift.ty).to_string(),
            })).collect::<Vec<_>>(),
            "imports": imports(plan, &selected.module, &wasm)?,
        }));
    }
    let manifest = json!({ "schema": "interfuse-adapters", "version": 1, "modules": modules });
    write("imports.json", format!("{manifest:#}\n").as_bytes())
}

/// Returns the imports of a module in their order, with where each comes from.
fn imports(plan: &Plan, module: &PlannedModule, wasm: &[u8]) -> Result<Vec<Value>> {
    let mut imports = Vec::new();
    for payload in wasmparser::Parser::new(0).parse_all(wasm) {
        let wasmparser::Payload::ImportSection(section) = payload? else {
            continue;
        };
        for import in section.into_imports() {
            let import = import?;
            let name = ImportName::new(import.module, import.name);
            let source = source_json(plan, &module.source(&name));
            imports.push(json!({ "module": name.module, "name": name.name, "source": source }));
        }
    }
    Ok(imports)
}

fn source_json(plan: &Plan, source: &ImportSource) -> Value {
    match source {
        ImportSource::Core(export) => json!({
            "kind": "core-instance",
            "core_instance": export.instance.as_u32(),
            "name": &*plan.core_instances[export.instance].name,
        }),
        ImportSource::Adapter(id) => json!({ "kind": "adapter", "adapter": id.as_u32() }),
        ImportSource::Defined(def) => {
            json!({ "kind": "defined", "definition": format!("{def:?}") })
        }
        ImportSource::Trap => json!({ "kind": "trap" }),
        ImportSource::State(instance) => json!({
            "kind": "state",
            "component_instance": instance.as_u32(),
            "name": &*plan.component_instances[*instance].name,
        }),
    }
}

/// Returns the settings of the generator that the arguments choose.
pub(crate) fn config(args: &AdaptersArgs) -> FactConfig {
    FactConfig {
        simd: !args.no_simd,
        reentrance: match args.reentrance {
            ReentranceArg::Allowed => Reentrance::Allowed,
            ReentranceArg::TrapSame => Reentrance::TrapSame,
            ReentranceArg::TrapKin => Reentrance::TrapKin,
        },
    }
}
