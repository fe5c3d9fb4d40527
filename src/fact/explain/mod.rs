//! What adapters do, for people and for programs: how each value moves, how large the code is, what it asks for.
//!
//! [`explain`] compiles adapters and says what became of them: what is said of types comes from the transfers that are
//! written, and what is said of code and imports from the module itself.
//!
//! As JSON, an [`Explanation`] is one object; each of its types in this module is an object of it, and says what the
//! members mean. Members are never left out: what does not exist is `null`. Functions, and ways in which types move,
//! stand in lists of their module once; others refer to them by position. A change after which a correct reader could fail
//! raises [`VERSION`]; new members, roles and words may come at any time.

pub(crate) mod written;

pub(crate) mod import;

pub(crate) mod value;

pub(crate) mod view;

pub(crate) mod text;

use std::collections::BTreeSet;

use crate::adapt::print::escape;
use crate::adapt::{Label, ResourceId, StringEncoding, Types, ValType};
use crate::fact::abi::{MAX_FLAT_PARAMS, MAX_FLAT_RESULTS};
use crate::fact::compile::{InvalidSpec, compile};
use crate::fact::config::FactConfig;
use crate::fact::emit::Width;
use crate::fact::explain::value::Explainer;
use crate::fact::explain::written::{Reach, Written};
use crate::fact::need::{NeedFinder, Needs, Passing};
use crate::fact::schedule::{is_refused, lends, lifts_all};
use crate::fact::spec::{AdapterSpec, SideSpec};
use crate::fact::transfer::Setting;
use crate::fact::trap::TrapCode;
use crate::fact::write::Lends;

pub use import::{ImportExplanation, Role, SideName, Use};
pub use value::{MoveExplanation, PartExplanation, ValuesExplanation};
pub use view::{
    AdapterExplanation, Explanation, FunctionExplanation, ModuleExplanation, SCHEMA,
    SideExplanation, TrapExplanation, VERSION,
};

/// Compiles adapters to one module and explains it.
///
/// # Errors
///
/// Fails if [`compile`] does.
///
/// # Examples
///
/// ```
/// use interfuse::adapt::{FuncType, StringEncoding, Types, ValType};
/// use interfuse::fact::explain::explain;
/// use interfuse::fact::{AdapterSpec, Callback, Callee, FactConfig, ImportName, SideSpec};
///
/// let mut types = Types::default();
/// let ty = types.define_func(FuncType {
///     params: [("answer".into(), ValType::Char)].into(),
///     result: None,
/// });
/// let side = |instance| SideSpec {
///     instance,
///     ancestors: Default::default(),
///     encoding: StringEncoding::Utf8,
///     memory: None,
///     realloc: None,
///     may_leave: None,
///     handles: None,
/// };
/// let spec = AdapterSpec {
///     standing: None,
///     export: "tell".into(),
///     name: "asker.tell → oracle.tell".into(),
///     ty,
///     lower: side(0),
///     lift: side(1),
///     callee: Callee::Import(ImportName::new("oracle", "tell")),
///     post_return: None,
///     callback: Callback::Impossible,
/// };
/// let module = explain("m", &types, &[spec], &FactConfig::default())?;
/// assert_eq!(module.moves[0].how, "checked to be a Unicode scalar value");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn explain(
    name: &str,
    types: &Types,
    adapters: &[AdapterSpec],
    config: &FactConfig,
) -> Result<ModuleExplanation, InvalidSpec> {
    let wasm = compile(types, adapters, config)?.wasm;
    let module = Written::read(&wasm).expect("what was written is well-formed");
    let own: Vec<u32> = adapters
        .iter()
        .map(|it| module.exports[&it.export])
        .collect();
    let ends: BTreeSet<u32> = own.iter().copied().collect();
    let reaches: Vec<Reach> = own.iter().map(|func| module.reach(*func, &ends)).collect();
    let mut finder = NeedFinder::new();
    let mut explainer = Explainer::new(types);
    let explained = adapters.iter().zip(&reaches).map(|(spec, reach)| {
        let func = explainer.shapes.of_func(types, spec.ty);
        let needs = match is_refused(spec, config.reentrance) {
            true => Needs::default(),
            false => finder.of(&explainer.shapes, &func),
        };
        let mut adapter = Adapter {
            types,
            spec,
            config,
            needs: &needs,
            explainer: &mut explainer,
        };
        let mut explained = adapter.explain(&module, reach);
        let callee = reach.ends.first();
        let callee = callee.and_then(|func| own.iter().position(|it| it == func));
        explained.calls = callee.map(|position| adapters[position].export.clone());
        // Its own function comes before those that it calls, which have other indices.
        let first = module.exports[&spec.export] as usize - module.funcs.len();
        let helpers = reach.bodies.iter().copied().filter(|it| *it != first);
        explained.functions = [first].into_iter().chain(helpers).collect();
        explained
    });
    let explained: Vec<_> = explained.collect();
    Ok(ModuleExplanation {
        name: name.to_owned(),
        code_bytes: module.bodies.iter().map(|body| body.size).sum(),
        functions: functions(&module, &reaches),
        moves: explainer.moves,
        adapters: explained,
    })
}

fn functions(module: &Written, reaches: &[Reach]) -> Vec<FunctionExplanation> {
    let mut counts = vec![0; module.bodies.len()];
    for reach in reaches {
        reach.bodies.iter().for_each(|body| counts[*body] += 1);
    }
    let explain = |(id, (body, adapters)): (usize, (&written::Body, usize))| {
        let index = u32::try_from(module.funcs.len() + id).expect("indices have 32 bits");
        FunctionExplanation {
            id,
            name: module.names.get(&index).cloned().unwrap_or_default(),
            bytes: body.size,
            adapters,
        }
    };
    let functions = module.bodies.iter().zip(counts).enumerate();
    functions.map(explain).collect()
}

/// An adapter that is explained.
struct Adapter<'a, 'e> {
    types: &'a Types,
    spec: &'a AdapterSpec,
    config: &'a FactConfig,
    needs: &'a Needs,
    explainer: &'a mut Explainer<'e>,
}

impl Adapter<'_, '_> {
    /// Explains all but the functions, whose positions others know.
    fn explain(&mut self, module: &Written, reach: &Reach) -> AdapterExplanation {
        let spec = self.spec;
        let ty = self.types.func(spec.ty);
        let is_refused = is_refused(spec, self.config.reentrance);
        let params = if is_refused { &[][..] } else { &ty.params };
        let from = (&spec.lower, self.needs.lower_memory);
        let to = (&spec.lift, self.needs.lift_memory);
        let result: Vec<_> = ty
            .result
            .into_iter()
            .map(|ty| (Label::from(""), ty))
            .collect();
        let trap = |number: &u32| {
            let code = TrapCode::from_number(*number);
            TrapExplanation {
                code: *number,
                text: code.map_or_else(String::new, |code| code.to_string()),
            }
        };
        AdapterExplanation {
            export: spec.export.clone(),
            name: spec.name.clone(),
            ty: escape::wit(self.types.display_func(spec.ty)),
            from: side(from),
            to: side(to),
            refused: is_refused,
            params: self.values(from, to, params, MAX_FLAT_PARAMS, self.needs.params),
            result: (!result.is_empty() && !is_refused)
                .then(|| self.values(to, from, &result, MAX_FLAT_RESULTS, self.needs.results)),
            functions: Vec::new(),
            calls: None,
            imports: import::imports(module, reach, spec, (!is_refused).then_some(self.needs)),
            traps: reach.traps.iter().map(trap).collect(),
        }
    }

    fn values(
        &mut self,
        (src, src_memory): (&SideSpec, bool),
        (dst, dst_memory): (&SideSpec, bool),
        values: &[(Label, ValType)],
        max: usize,
        passing: Passing,
    ) -> ValuesExplanation {
        let width = |spec, needs| width(spec, needs).unwrap_or(Width::W32);
        let implements = dst.handles.as_ref().map(|it| &it.implements);
        let borrows = self.needs.borrows.iter().copied();
        let is_own = |it: &ResourceId| implements.is_some_and(|all| all.contains(it));
        let setting = Setting {
            src: src.encoding,
            dst: dst.encoding,
            src_width: width(src, src_memory),
            dst_width: width(dst, dst_memory),
            simd: self.config.simd,
            implements: borrows.filter(is_own).collect(),
            counts_lends: lends(self.spec, self.needs) == Lends::Counted,
        };
        let kept = match passing.memory {
            true => "memory",
            false => "locals",
        };
        ValuesExplanation {
            kept: lifts_all(self.spec, passing).then_some(kept),
            ..self.explainer.values(setting, values, max)
        }
    }
}

/// Returns the width of pointers on a side, if a memory is needed.
fn width(spec: &SideSpec, needs_memory: bool) -> Option<Width> {
    let memory = spec.memory.as_ref().filter(|_| needs_memory);
    memory.map(|memory| Width::of(&memory.ty))
}

fn side((spec, needs_memory): (&SideSpec, bool)) -> SideExplanation {
    let encoding: StringEncoding = spec.encoding;
    SideExplanation {
        instance: spec.instance,
        encoding: encoding.to_string(),
        pointer_bits: width(spec, needs_memory).map(|width| match width {
            Width::W32 => 32,
            Width::W64 => 64,
        }),
    }
}
