//! From the source of a group to its image.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use cranelift_entity::{EntityRef, PrimaryMap};
use rayon::iter::{IntoParallelIterator, ParallelExtend, ParallelIterator};

use crate::runtime::bulk::bytes::Bytes;
use crate::runtime::bulk::span::Span;
use crate::runtime::bulk::table::TableBuilder;
use crate::runtime::codegen::assemble::{Assembled, assemble};
use crate::runtime::codegen::compiled::Compiled;
use crate::runtime::codegen::config::{CodegenConfig, Threads};
use crate::runtime::codegen::error::CodegenError;
use crate::runtime::codegen::function::{Surroundings, name};
use crate::runtime::codegen::generator::Generator;
use crate::runtime::codegen::group::GroupSource;
use crate::runtime::codegen::inline::Bodies;
use crate::runtime::codegen::link::{Group, Symbol, link};
use crate::runtime::codegen::module::refusal;
use crate::runtime::codegen::plan::{Pool, plan};
use crate::runtime::codegen::target::Target;
use crate::runtime::codegen::trampoline::Crossing;
use crate::runtime::image::{Bulk, CodeRange, Image, Signature, Trampolines};
use crate::runtime::index::{InstanceId, SignatureSlot};
use crate::runtime::types::FuncType;

/// A piece of code to compile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Job {
    /// A function that the group defines.
    Func(Symbol),
    /// What is between host and guest.
    Crossing(Crossing, SignatureSlot),
}

/// Compiles a group.
///
/// # Errors
///
/// Fails if a function is not valid or the code generator fails on it, if an import is not given what it demands, or if
/// something is too large.
pub(in crate::runtime) fn compile_group(
    target: &Target,
    config: &CodegenConfig,
    source: &GroupSource<'_>,
) -> Result<Image, CodegenError> {
    let group = link(source)?;
    let jobs = jobs(&group);
    let surroundings = Surroundings {
        target,
        config,
        group: &group,
        bodies: &Bodies::new(&group),
    };
    let compiled = compile_all(surroundings, &jobs)?;
    let assembled = assemble(&compiled)?;
    drop(compiled);
    Ok(image(&group, &jobs, assembled))
}

/// Compiles the entry and the exit for a type, by themselves.
///
/// # Errors
///
/// Fails if the code generator does.
pub(in crate::runtime) fn compile_trampolines(
    target: &Target,
    ty: &FuncType,
) -> Result<Trampolines, CodegenError> {
    let mut generator = Generator::new(target);
    let both = [Crossing::Entry, Crossing::Exit];
    let compiled = both
        .iter()
        .map(|crossing| crossing.compile(&mut generator, ty))
        .collect::<Result<Vec<_>, _>>()?;
    let assembled = assemble(&compiled)?;
    let [entry, exit] = [0, 1].map(|position| Some(assembled.ranges[position].0));
    let mut functions = Functions::default();
    for (crossing, range) in both.iter().zip(&assembled.ranges) {
        functions.add(*range, &crossing.name(ty), None);
    }
    Ok(Trampolines {
        signature: Signature {
            ty: ty.clone(),
            entry,
            exit,
        },
        bulk: functions.into_bulk(assembled),
    })
}

/// Returns what has to be compiled: first the functions in the order of symbols.
fn jobs(group: &Group<'_>) -> Vec<Job> {
    let mut entries = BTreeSet::new();
    for (id, linked) in &group.instances {
        let start = linked.module.start.iter();
        let callable = linked.func_refs.keys().chain(start);
        let slots = callable.map(|func| group.signature(id, *func));
        entries.extend(slots.filter(|slot| group.signatures[*slot].needs_entry()));
    }
    let exits: BTreeSet<SignatureSlot> = group.externals.funcs.values().copied().collect();
    let crossing = |crossing| move |slot| Job::Crossing(crossing, slot);
    group
        .symbols
        .keys()
        .map(Job::Func)
        .chain(entries.into_iter().map(crossing(Crossing::Entry)))
        .chain(exits.into_iter().map(crossing(Crossing::Exit)))
        .collect()
}

/// Compiles everything, and returns it in the order of jobs, or the error of the first job that has one.
fn compile_all(
    surroundings: Surroundings<'_>,
    jobs: &[Job],
) -> Result<Vec<Compiled>, CodegenError> {
    let Surroundings { target, config, .. } = surroundings;
    let group = surroundings.group;
    let first_error = AtomicUsize::new(usize::MAX);
    let run = |generator: &mut Generator<'_>, index: usize| {
        if first_error.load(Ordering::Relaxed) < index {
            return None;
        }
        let result = match jobs[index] {
            Job::Func(symbol) => surroundings.compile(generator, symbol),
            Job::Crossing(crossing, slot) => crossing.compile(generator, &group.signatures[slot]),
        };
        if result.is_err() {
            first_error.fetch_min(index, Ordering::Relaxed);
        }
        Some(result)
    };
    let mut results = Vec::with_capacity(jobs.len());
    match config.threads {
        Threads::Current => {
            let mut generator = Generator::new(target);
            results.extend((0..jobs.len()).map(|index| (index, run(&mut generator, index))));
        }
        Threads::Pool => {
            // The largest come first, so that none of them is left when the others are done.
            let mut order: Vec<usize> = (0..jobs.len()).collect();
            order.sort_by_key(|index| Reverse(size_bytes(group, jobs[*index])));
            let start = || Generator::new(target);
            let one = |generator: &mut Generator<'_>, index: usize| (index, run(generator, index));
            results.par_extend(order.into_par_iter().map_init(start, one));
            results.sort_by_key(|(index, _)| *index);
        }
    }
    // What was left out comes after an error.
    let results = results.into_iter().map_while(|(_, result)| result);
    let (index, error) = match results.enumerate().map(keep_index).collect() {
        Ok(compiled) => return Ok(compiled),
        Err(error) => error,
    };
    Err(explain(group, jobs[index], error))
}

fn keep_index<T, E>((index, result): (usize, Result<T, E>)) -> Result<T, (usize, E)> {
    result.map_err(|error| (index, error))
}

/// Finds out whether a function that is not valid is one of a proposal. That takes as long as the module is large, so it
/// is not done for each function.
fn explain(group: &Group<'_>, job: Job, error: CodegenError) -> CodegenError {
    match (job, error) {
        (Job::Func(symbol), CodegenError::Invalid { message, offset }) => {
            let (instance, _) = group.symbols[symbol];
            refusal(group.instances[instance].module.bytes, &message, offset)
        }
        (_, error) => error,
    }
}

/// Returns how large the source of a job is.
fn size_bytes(group: &Group<'_>, job: Job) -> usize {
    match job {
        Job::Func(symbol) => {
            let (instance, func) = group.symbols[symbol];
            group.instances[instance].module.body(func).range().len()
        }
        Job::Crossing(..) => 0,
    }
}

fn image(group: &Group<'_>, jobs: &[Job], assembled: Assembled) -> Image {
    let ranges = &assembled.ranges;
    let offset = |symbol: Symbol| ranges[symbol.index()].0;
    let mut signatures: PrimaryMap<SignatureSlot, Signature> = group
        .signatures
        .values()
        .map(|ty| Signature {
            ty: ty.clone(),
            entry: None,
            exit: None,
        })
        .collect();
    let mut functions = Functions::default();
    for (job, range) in jobs.iter().zip(ranges) {
        match *job {
            Job::Func(symbol) => {
                let (instance, func) = group.symbols[symbol];
                let origin = Some((instance, func.as_u32()));
                functions.add(*range, &name(&group.instances[instance], func), origin);
            }
            Job::Crossing(crossing, slot) => {
                let signature = &mut signatures[slot];
                match crossing {
                    Crossing::Entry => signature.entry = Some(range.0),
                    Crossing::Exit => signature.exit = Some(range.0),
                }
                functions.add(*range, &crossing.name(&signature.ty), None);
            }
        }
    }
    let mut pool = Pool::default();
    let plans = group.instances.keys();
    let plans = plans.map(|id| plan(group, id, &offset, &mut pool));
    let instances = plans.collect();
    Image {
        instances,
        shape: group.shape.clone(),
        externals: group.externals.clone(),
        signatures,
        bulk: Bulk {
            func_sites: pool.func_sites.finish(),
            elements: pool.elements.finish(),
            data: pool.data.finish(),
            ..functions.into_bulk(assembled)
        },
    }
}

/// What is known of functions.
#[derive(Default)]
struct Functions {
    ranges: TableBuilder<CodeRange>,
    names: Vec<u8>,
}

impl Functions {
    fn add(&mut self, (start, len): (u32, u32), name: &str, origin: Option<(InstanceId, u32)>) {
        let name_start = self.names.len();
        self.names.extend_from_slice(name.as_bytes());
        self.ranges.extend([CodeRange {
            start,
            len,
            name: Span::new(name_start..self.names.len()),
            origin,
        }]);
    }

    fn into_bulk(self, assembled: Assembled) -> Bulk {
        Bulk {
            code: Bytes::from(assembled.code),
            functions: self.ranges.finish(),
            names: Bytes::from(self.names),
            traps: assembled.traps.finish(),
            inline_sites: assembled.inline_sites.finish(),
            inline_stretches: assembled.inline_stretches.finish(),
            ..Bulk::default()
        }
    }
}
