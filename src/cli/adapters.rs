//! `interfuse adapters`: the adapter modules of a component, printed or written to files.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use interfuse::adapt::{
    AdapterId, AdapterModuleId, CoreModule, Partition, Plan, PlanEffects, StaticModuleId,
    adapter_name, analyze_effects,
};
use interfuse::fact::{
    AdapterSpec, Assembly, Callee, CoreStep, ImportSource, PlannedModule, assemble, compile,
    state_module,
};
use serde_json::json;

use crate::cli::args::AdaptersArgs;
use crate::cli::choice::{NOTHING_CHOSEN, is_chosen};
use crate::cli::input::InputFile;
use crate::cli::manifest::Manifest;
use crate::cli::wat;

/// An adapter module that is printed or written.
struct Selected<'a> {
    id: AdapterModuleId,
    /// Those of its adapters that were chosen.
    adapters: Vec<AdapterId>,
    specs: Vec<AdapterSpec>,
    module: &'a PlannedModule,
}

/// Returns the adapter modules that the arguments choose.
fn select<'a>(
    args: &AdaptersArgs,
    plan: &Plan,
    assembly: &'a Assembly<'_>,
) -> Result<Vec<Selected<'a>>> {
    let mut selected = Vec::new();
    for (id, module) in &assembly.modules {
        let wanted = module
            .adapters
            .iter()
            .enumerate()
            .filter(|(_, id)| is_chosen(&args.choice, plan, **id));
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
            id,
            adapters,
            specs,
            module,
        });
    }
    ensure!(
        !selected.is_empty() || !args.choice.is_made(),
        NOTHING_CHOSEN
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
    let assembly = assemble(plan, partition, &effects(plan, files));
    for selected in select(args, plan, &assembly)? {
        let wasm = compile(&plan.types, &selected.specs, &args.config.fact_config())?.wasm;
        if !out.is_empty() {
            out.push('\n');
        }
        writeln!(out, ";; {}", selected.id)?;
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
    if !args.choice.is_made() {
        if !out.is_empty() && !assembly.resources.is_empty() {
            out.push('\n');
        }
        write_resources(&mut out, plan, &assembly)?;
    }
    Ok(out)
}

/// Writes a line for each resource module: the type, who uses it and how, and what a drop calls.
fn write_resources(out: &mut String, plan: &Plan, assembly: &Assembly<'_>) -> Result<()> {
    for module in assembly.resources.values() {
        let resource = &plan.resources[module.resource].name;
        let instance = &plan.component_instances[module.instance].name;
        let ops: Vec<_> = module.spec.ops.iter().map(ToString::to_string).collect();
        write!(out, ";; {resource} in {instance}: {}", ops.join(", "))?;
        if let Some(dtor) = &module.spec.dtor {
            write!(out, " → {}.{}", dtor.module, dtor.name)?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// Writes modules to a folder in the binary format, with a manifest: the chosen adapter modules, or else everything that
/// is instantiated.
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
    let assembly = assemble(plan, partition, &effects(plan, files));
    let manifest = Manifest {
        plan,
        assembly: &assembly,
    };
    let selected = select(args, plan, &assembly)?;
    let is_all = !args.choice.is_made();
    let steps = assembly.steps.iter().copied();
    let steps =
        steps.filter(|step| is_all || selected.iter().any(|it| CoreStep::Adapters(it.id) == *step));
    let mut instances = Vec::new();
    for step in steps {
        instances.push(match step {
            CoreStep::State(_) => {
                let wasm = state_module(&args.config.fact_config());
                write("state.wasm", &wasm)?;
                manifest.generated(step, ("state.wasm", &wasm), |_| ImportSource::Trap)?
            }
            CoreStep::Resource(id) => {
                let module = &assembly.resources[id];
                let wasm = module.compile(&args.config.fact_config());
                let file = format!("{id}.wasm");
                write(&file, &wasm)?;
                manifest.generated(step, (&file, &wasm), |import| module.source(import))?
            }
            CoreStep::Instance(id) => {
                let instance = &plan.core_instances[id];
                let file = match instance.module {
                    CoreModule::Static(module) => {
                        let file = format!("{module}.wasm");
                        write(&file, module_bytes(plan, module, files))?;
                        Some(file)
                    }
                    CoreModule::Imported(_) => None,
                };
                manifest.core(step, instance, file.as_deref())
            }
            CoreStep::Adapters(id) => {
                let it = selected.iter().find(|it| it.id == id);
                let it = it.expect("it was chosen");
                let wasm = compile(&plan.types, &it.specs, &args.config.fact_config())?.wasm;
                let file = format!("{id}.wasm");
                write(&file, &wasm)?;
                let source = |import: &_| it.module.source(import);
                let mut entry = manifest.generated(step, (&file, &wasm), source)?;
                entry["adapters"] = manifest.adapters(&it.adapters);
                entry
            }
        });
    }
    let mut json = json!({
        "schema": "interfuse-adapters",
        "version": 2,
        "instances": instances,
    });
    if is_all {
        json["exports"] = manifest.exports().into();
        json["resources"] = manifest.resources().into();
    }
    write("manifest.json", format!("{json:#}\n").as_bytes())
}

/// Returns the bytes of a core module of the component.
fn module_bytes<'a>(plan: &Plan, id: StaticModuleId, files: &'a [InputFile]) -> &'a [u8] {
    let span = &plan.modules[id].span;
    &files[span.file.as_u32() as usize].bytes[span.bytes.clone()]
}

fn effects(plan: &Plan, files: &[InputFile]) -> PlanEffects {
    let bytes: Vec<&[u8]> = files.iter().map(|file| &file.bytes[..]).collect();
    analyze_effects(plan, &bytes)
}
