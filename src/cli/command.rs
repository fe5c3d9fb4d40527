//! What each subcommand does.

use std::process::ExitCode;

use anyhow::{Context, Result};
use interfuse::adapt::{self, Detail, Partition, Plan};

use crate::cli::args::{
    AdaptersArgs, Args, Command, ExplainArgs, GraphArgs, GraphFormat, InputArgs, OutputArgs,
    PlanArgs,
};
use crate::cli::input::InputFile;
use crate::cli::{adapters, explain, input, load, output, progress, typed};

/// What is said if a command has nothing to work on.
const NO_INPUT: &str = "there is no component: name a file, or a `--type`";

/// Does what the arguments say, and returns what the process ends with.
///
/// # Errors
///
/// Fails if an input cannot be read or planned, or the output cannot be written.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let done = match &args.command {
        Command::Plan(args) => run_on(&args.input, &args.output, |plan, partition, _| {
            Ok(plan_text(args, plan, partition))
        }),
        Command::Graph(args) => run_on(&args.input, &args.output, |plan, partition, _| {
            Ok(graph_text(args, plan, partition))
        }),
        Command::Adapters(args) => adapters(args),
        Command::Explain(args) => explain(args),
        #[cfg(feature = "wasi")]
        Command::Run(args) => return crate::cli::run::run(args),
        #[cfg(feature = "runtime")]
        Command::Compile(args) => crate::cli::component::compile(args),
        #[cfg(feature = "wast")]
        Command::Wast(args) => crate::cli::wast::run(args),
    };
    done.map(|()| ExitCode::SUCCESS)
}

fn adapters(args: &AdaptersArgs) -> Result<()> {
    if let Some(ty) = &args.ty.ty {
        let text = typed::text(&args.ty, ty, &args.config.fact_config())?;
        return output::write(args.output.output.as_deref(), &text);
    }
    let input = args.input.as_ref().context(NO_INPUT)?;
    match &args.output.output {
        Some(folder) if args.wasm => with_plan(input, |plan, partition, files| {
            adapters::write_files(args, plan, partition, files, folder)
        }),
        _ => run_on(input, &args.output, |plan, partition, files| {
            adapters::text(args, plan, partition, files)
        }),
    }
}

fn explain(args: &ExplainArgs) -> Result<()> {
    if let Some(ty) = &args.ty.ty {
        let text = explain::of_type(args, &args.ty, ty)?;
        return output::write(args.output.output.as_deref(), &text);
    }
    let input = args.input.as_ref().context(NO_INPUT)?;
    run_on(input, &args.output, |plan, partition, files| {
        explain::text(args, plan, partition, files)
    })
}

/// Prints what `print` makes of the plan of an input.
fn run_on(
    input: &InputArgs,
    output: &OutputArgs,
    print: impl FnOnce(&Plan, &Partition, &[InputFile]) -> Result<String>,
) -> Result<()> {
    let text = with_plan(input, print)?;
    output::write(output.output.as_deref(), &text)
}

/// Returns what `then` makes of the plan of an input.
fn with_plan<T>(
    input: &InputArgs,
    then: impl FnOnce(&Plan, &Partition, &[InputFile]) -> Result<T>,
) -> Result<T> {
    let files = input::read(input)?;
    let what = format!("planning {}", input.file.display());
    progress::show(&what, || {
        let (plan, partition) = load::load(&files)?;
        then(&plan, &partition, &files)
    })
}

fn plan_text(args: &PlanArgs, plan: &Plan, partition: &Partition) -> String {
    match (args.json, args.full) {
        (true, _) => adapt::plan_json(plan, partition),
        (false, true) => adapt::plan_text(plan, partition, Detail::Full),
        (false, false) => adapt::plan_text(plan, partition, Detail::Summary),
    }
}

fn graph_text(args: &GraphArgs, plan: &Plan, partition: &Partition) -> String {
    match args.format {
        GraphFormat::Dot => adapt::plan_dot(plan, partition),
        GraphFormat::Mermaid => adapt::plan_mermaid(plan, partition),
    }
}
