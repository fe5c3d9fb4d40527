//! `interfuse explain`: what adapters do.

use anyhow::{Result, ensure};
use interfuse::adapt::{Partition, Plan, analyze_effects};
use interfuse::fact::explain::{Explanation, explain};
use interfuse::fact::plan_modules;

use crate::cli::args::{ExplainArgs, TypeArgs};
use crate::cli::choice::{NOTHING_CHOSEN, is_chosen};
use crate::cli::input::InputFile;
use crate::cli::typed;

/// Returns what the chosen adapters do, as text or JSON.
///
/// # Errors
///
/// Fails if an adapter cannot be compiled, or none is like those that are asked for.
pub(crate) fn text(
    args: &ExplainArgs,
    plan: &Plan,
    partition: &Partition,
    files: &[InputFile],
) -> Result<String> {
    let bytes: Vec<&[u8]> = files.iter().map(|file| &file.bytes[..]).collect();
    let effects = analyze_effects(plan, &bytes);
    let config = args.config.fact_config();
    let mut modules = Vec::new();
    for (id, module) in plan_modules(plan, partition, &effects) {
        let adapters = module.adapters.iter();
        let chosen = adapters.map(|id| is_chosen(&args.choice, plan, *id));
        let chosen: Vec<bool> = chosen.collect();
        if !chosen.contains(&true) {
            continue;
        }
        // The whole module is explained, so that it can be told what is shared.
        let mut explained = explain(&id.to_string(), &plan.types, &module.specs, &config)?;
        let mut chosen = chosen.into_iter();
        explained.adapters.retain(|_| chosen.next() == Some(true));
        modules.push(explained);
    }
    ensure!(
        !modules.is_empty() || !args.choice.is_made(),
        NOTHING_CHOSEN
    );
    Ok(print(args, &Explanation::new(modules)))
}

/// Returns what an adapter does for a function of the type `text`, as text or JSON.
///
/// # Errors
///
/// Fails if the type is not valid or not supported.
pub(crate) fn of_type(args: &ExplainArgs, ty: &TypeArgs, text: &str) -> Result<String> {
    let (types, spec) = typed::adapter(ty, text)?;
    let module = explain("module", &types, &[spec], &args.config.fact_config())?;
    Ok(print(args, &Explanation::new(vec![module])))
}

fn print(args: &ExplainArgs, explanation: &Explanation) -> String {
    if args.json {
        explanation.to_json()
    } else {
        explanation.to_string()
    }
}
