//! Interpretation of whole calls: what an adapter does, done on arrays of bytes.
//!
//! The schedule is that of `call.rs`, and values move as the same transfers say; no wasm is written or run. It is made
//! for tests, which compare it with the code that is run, and for finding out what an adapter should have done.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::adapt::{Shapes, Types};
use crate::fact::abi::{FlatType, Layout, MAX_FLAT_PARAMS, MAX_FLAT_RESULTS};
use crate::fact::compile::{InvalidSpec, check_needs};
use crate::fact::config::FactConfig;
use crate::fact::emit::Width;
use crate::fact::need::NeedFinder;
use crate::fact::schedule::{is_refused, lends, lifts_all};
use crate::fact::spec::{AdapterSpec, Guard, SideSpec};
use crate::fact::transfer::{
    CallSide, CoreValue, End, HandleCall, Mover, Owner, Scene, Source, Target, Transfers, Values,
    World, check_aligned, trap_if,
};
use crate::fact::trap::TrapCode;
use crate::fact::write::Lends;

/// An adapter that is interpreted, not compiled.
#[derive(Debug)]
pub struct Interpreter {
    caller: End,
    callee: End,
    params: Direction,
    results: Direction,
    tests_may_leave: bool,
    is_refused: bool,
    /// Whether handles that are lent are counted.
    lends: bool,
    borrows: bool,
    post_return: Option<PostReturn>,
}

/// How the values of one direction move.
#[derive(Debug)]
struct Direction {
    /// From where they were kept, if all are lifted first, or else from where they are.
    lower: Step,
    /// To where they are kept, if all are lifted first.
    lift: Option<Step>,
}

/// Moves from one end to another.
#[derive(Debug)]
struct Step {
    src: End,
    dst: End,
    transfers: Transfers,
    values: Values,
}

/// Where values go if they are in memory.
#[derive(Clone, Copy, Debug)]
enum Out {
    /// Into a block that is allocated for them.
    New,
    /// To this address.
    At(u64),
}

/// How the function is called that is called with the results after they were read.
#[derive(Clone, Copy, Debug)]
struct PostReturn {
    /// Whether the callee's instance must not leave meanwhile.
    is_guarded: bool,
}

impl Interpreter {
    /// Plans what an adapter does. It is called alone: if its callee is another adapter, the world calls that one.
    ///
    /// # Errors
    ///
    /// Fails if the specification lacks what its type needs.
    pub fn new(
        types: &Types,
        spec: &AdapterSpec,
        config: &FactConfig,
    ) -> Result<Interpreter, InvalidSpec> {
        let mut shapes = Shapes::default();
        let func = shapes.of_func(types, spec.ty);
        let needs = NeedFinder::new().of(&shapes, &func);
        check_needs(spec, &needs).map_err(|kind| InvalidSpec {
            adapter: spec.name.clone(),
            kind,
        })?;
        let caller = end(CallSide::Caller, &spec.lower, needs.lower_memory);
        let callee = end(CallSide::Callee, &spec.lift, needs.lift_memory);
        let result: Vec<_> = func.result.into_iter().collect();
        let foreign = |it| !callee.implements.contains(it);
        Ok(Interpreter {
            params: direction(
                (&caller, &callee),
                lifts_all(spec, needs.params),
                |transfers| transfers.values(&shapes, &func.params, MAX_FLAT_PARAMS),
            ),
            results: direction(
                (&callee, &caller),
                lifts_all(spec, needs.results),
                |transfers| transfers.values(&shapes, &result, MAX_FLAT_RESULTS),
            ),
            tests_may_leave: spec.lower.may_leave.is_some(),
            is_refused: is_refused(spec, config.reentrance),
            lends: lends(spec, &needs) == Lends::Counted,
            borrows: needs.borrows.iter().any(foreign),
            post_return: spec.post_return.as_ref().map(|it| PostReturn {
                is_guarded: it.guard == Guard::Clear && spec.lift.may_leave.is_some(),
            }),
            caller,
            callee,
        })
    }

    /// Makes a call.
    ///
    /// # Errors
    ///
    /// Fails if the adapter traps, or a function of the world does.
    ///
    /// # Panics
    ///
    /// Panics if the arguments, or what the callee returns, do not have the types of the core functions, or if the
    /// memory of a side became smaller.
    pub fn call<W: World>(
        &self,
        world: &mut W,
        args: &[CoreValue],
    ) -> Result<Vec<CoreValue>, W::Fault> {
        if self.tests_may_leave {
            trap_if(!world.may_leave(CallSide::Caller), TrapCode::CannotLeave)?;
        }
        trap_if(self.is_refused, TrapCode::CannotEnter)?;
        let (args, out) = self.split(args);
        let mut mark = None;
        if self.lends {
            mark = Some(world.handles(CallSide::Caller, HandleCall::Lent)?);
        }
        if self.borrows {
            world.handles(CallSide::Callee, HandleCall::EnterScope)?;
        }
        let args = self.pass(&self.params, world, &args, Out::New)?;
        let returned = world.callee(&args)?;
        if self.borrows {
            world.handles(CallSide::Callee, HandleCall::ExitScope)?;
        }
        let values = self.results.first();
        let types = flat_types(values, &values.src_flat, self.callee.width);
        let bits = bits(&returned, &types);
        let results = self.pass(&self.results, world, &bits, out)?;
        if let Some(PostReturn { is_guarded }) = self.post_return {
            if is_guarded {
                world.set_may_leave(CallSide::Callee, false);
            }
            world.post_return(&returned)?;
            if is_guarded {
                world.set_may_leave(CallSide::Callee, true);
            }
        }
        if let Some(mark) = mark {
            world.handles(CallSide::Caller, HandleCall::Release { mark })?;
        }
        Ok(results)
    }

    /// Checks the arguments; returns the bits of the parameters, and where results go.
    fn split(&self, args: &[CoreValue]) -> (Vec<u64>, Out) {
        let (params, width) = (self.params.first(), self.caller.width);
        let mut types = flat_types(params, &params.src_flat, width);
        let are_flat = self.results.first().are_flat();
        if !are_flat {
            types.push(FlatType::pointer(width));
        }
        let mut bits = bits(args, &types);
        let out = if are_flat { None } else { bits.pop() };
        (bits, out.map_or(Out::New, Out::At))
    }

    /// Moves the values of a direction, which were passed as `passed`; returns what is passed on.
    fn pass<W: World>(
        &self,
        direction: &Direction,
        world: &mut W,
        passed: &[u64],
        out: Out,
    ) -> Result<Vec<CoreValue>, W::Fault> {
        let mut scene = Scene::new(world);
        let first = direction.lift.as_ref().unwrap_or(&direction.lower);
        if !first.values.are_flat() {
            check_tuple(&mut scene, &first.src, passed[0], first.values.src_layout)?;
        }
        let kept;
        let mut from = passed;
        if let Some(lift) = &direction.lift {
            kept = lift.run(&mut scene, from, Out::New, self.lends)?;
            from = &kept;
        }
        let lower = &direction.lower;
        if let Out::At(pointer) = out {
            check_tuple(&mut scene, &lower.dst, pointer, lower.values.dst_layout)?;
        }
        let passed = lower.run(&mut scene, from, out, self.lends)?;
        if let Out::At(_) = out {
            return Ok(Vec::new());
        }
        let types = flat_types(&lower.values, &lower.values.dst_flat, lower.dst.width);
        let typed = types.iter().zip(passed);
        Ok(typed.map(|(ty, bits)| CoreValue::of(*ty, bits)).collect())
    }
}

impl Direction {
    /// Returns the values as they are at first.
    fn first(&self) -> &Values {
        &self.lift.as_ref().unwrap_or(&self.lower).values
    }
}

impl Step {
    /// Moves the values: flat ones, or those behind the one that is a pointer. Returns flat values, or a pointer.
    fn run<W: World>(
        &self,
        scene: &mut Scene<'_, W>,
        from: &[u64],
        out: Out,
        counts_lends: bool,
    ) -> Result<Vec<u64>, W::Fault> {
        let mut mover = Mover {
            transfers: &self.transfers,
            src: &self.src,
            dst: &self.dst,
            counts_lends,
            scene,
        };
        let values = &self.values;
        if values.are_flat() {
            let mut slots = vec![0; values.dst_flat.len()];
            let mut target = Target::Flat(&mut slots);
            mover.parts(&values.parts, Source::Flat(from), &mut target)?;
            return Ok(slots);
        }
        let Layout { size, align } = values.dst_layout;
        let to = match out {
            Out::New => mover.allocate(align, u64::from(size))?,
            Out::At(pointer) => pointer,
        };
        let mut target = Target::Memory(to);
        mover.parts(&values.parts, Source::Memory(from[0]), &mut target)?;
        Ok(vec![to])
    }
}

/// Plans how values move, in two steps if all are lifted first.
fn direction(
    (src, dst): (&End, &End),
    lifts_all: bool,
    plan: impl Fn(&mut Transfers) -> Values,
) -> Direction {
    let step = |src: &End, dst: &End| {
        let mut transfers = Transfers::new(src.width, dst.width);
        Step {
            values: plan(&mut transfers),
            transfers,
            src: src.clone(),
            dst: dst.clone(),
        }
    };
    let kept = lifts_all.then(|| src.keeper());
    Direction {
        lower: step(kept.as_ref().unwrap_or(src), dst),
        lift: kept.as_ref().map(|kept| step(src, kept)),
    }
}

fn end(side: CallSide, spec: &SideSpec, needs_memory: bool) -> End {
    let memory = spec.memory.as_ref().filter(|_| needs_memory);
    let guard = spec.realloc.as_ref().map(|it| it.guard);
    let implements = spec.handles.as_ref().map(|it| Arc::clone(&it.implements));
    End {
        owner: Owner::Side(side),
        width: memory.map_or(Width::W32, |it| Width::of(&it.ty)),
        encoding: spec.encoding,
        guards_realloc: guard == Some(Guard::Clear) && spec.may_leave.is_some(),
        implements: implements.unwrap_or_else(|| Arc::new(BTreeSet::new())),
    }
}

/// Returns the core types of values: their own, or that of a pointer to them.
fn flat_types(values: &Values, flat: &[FlatType], width: Width) -> Vec<FlatType> {
    if values.are_flat() {
        flat.to_vec()
    } else {
        vec![FlatType::pointer(width)]
    }
}

fn bits(values: &[CoreValue], types: &[FlatType]) -> Vec<u64> {
    let found: Vec<_> = values.iter().map(|value| value.ty()).collect();
    assert_eq!(found, types, "the values have the types of the function");
    values.iter().map(|value| value.bits()).collect()
}

/// Fails with a trap unless parameters or results are where they can be.
fn check_tuple<W: World>(
    scene: &mut Scene<'_, W>,
    end: &End,
    pointer: u64,
    layout: Layout,
) -> Result<(), W::Fault> {
    let Layout { size, align } = layout;
    check_aligned(pointer, align, TrapCode::UnalignedPointer)?;
    let why = TrapCode::TupleOutOfBounds;
    end.check_range(scene, pointer, u64::from(size), why)
}
