//! Interpretation of whole calls: what an adapter does, done on arrays of bytes.
//!
//! The schedule is that of `call.rs`, and values move as the same transfers say; no wasm is written or run. It is made
//! for tests, which compare it with the code that is run, and for finding out what an adapter should have done.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::adapt::{Shapes, Types};
use crate::fact::abi::{FlatType, Layout, MAX_FLAT_PARAMS, MAX_FLAT_RESULTS};
use crate::fact::compile::{InvalidSpec, check_needs};
use crate::fact::emit::Width;
use crate::fact::need::NeedFinder;
use crate::fact::spec::{AdapterSpec, Guard, SideSpec};
use crate::fact::transfer::{
    CallSide, CoreValue, End, HandleCall, Mover, Source, Target, Transfers, Values, World,
    check_aligned, trap_if,
};
use crate::fact::trap::TrapCode;

/// An adapter that is interpreted, not compiled.
#[derive(Debug)]
pub struct Interpreter {
    caller: End,
    callee: End,
    /// Transfers of parameters.
    there: Transfers,
    /// Transfers of results.
    back: Transfers,
    params: Values,
    results: Values,
    tests_may_leave: bool,
    lends: bool,
    borrows: bool,
    post_return: Option<PostReturn>,
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
    pub fn new(types: &Types, spec: &AdapterSpec) -> Result<Interpreter, InvalidSpec> {
        let mut shapes = Shapes::default();
        let func = shapes.of_func(types, spec.ty);
        let needs = NeedFinder::new().of(&shapes, &func);
        check_needs(spec, &needs).map_err(|kind| InvalidSpec {
            adapter: spec.name.clone(),
            kind,
        })?;
        let caller = end(CallSide::Caller, &spec.lower, needs.lower_memory);
        let callee = end(CallSide::Callee, &spec.lift, needs.lift_memory);
        let mut there = Transfers::new(caller.width, callee.width);
        let mut back = Transfers::new(callee.width, caller.width);
        let result: Vec<_> = func.result.into_iter().collect();
        let foreign = |it| !callee.implements.contains(it);
        Ok(Interpreter {
            params: there.values(&shapes, &func.params, MAX_FLAT_PARAMS),
            results: back.values(&shapes, &result, MAX_FLAT_RESULTS),
            there,
            back,
            tests_may_leave: spec.lower.may_leave.is_some(),
            lends: !needs.borrows.is_empty(),
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
        let (args, out) = self.split(args);
        let mut mark = None;
        if self.lends {
            mark = Some(world.handles(CallSide::Caller, HandleCall::Lent)?);
        }
        if self.borrows {
            world.handles(CallSide::Callee, HandleCall::EnterScope)?;
        }
        let args = self.lower_params(world, &args)?;
        let returned = world.callee(&args)?;
        if self.borrows {
            world.handles(CallSide::Callee, HandleCall::ExitScope)?;
        }
        let results = self.lower_results(world, &returned, out)?;
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

    /// Checks the arguments; returns the bits of the parameters and the address where results go, if they go there.
    fn split(&self, args: &[CoreValue]) -> (Vec<u64>, Option<u64>) {
        let pointer = FlatType::pointer(self.caller.width);
        let mut types = flat_types(&self.params, &self.params.src_flat, self.caller.width);
        if !self.results.are_flat() {
            types.push(pointer);
        }
        let mut bits = bits(args, &types);
        let out = if self.results.are_flat() {
            None
        } else {
            bits.pop()
        };
        (bits, out)
    }

    fn lower_params<W: World>(
        &self,
        world: &mut W,
        args: &[u64],
    ) -> Result<Vec<CoreValue>, W::Fault> {
        let params = &self.params;
        let mut mover = Mover {
            transfers: &self.there,
            src: &self.caller,
            dst: &self.callee,
            world,
        };
        if params.are_flat() {
            return flat_values(&mut mover, params, args);
        }
        let pointer = args[0];
        check_tuple(mover.world, &self.caller, pointer, params.src_layout)?;
        let Layout { size, align } = params.dst_layout;
        let new = mover.allocate(align, u64::from(size))?;
        mover.parts(
            &params.parts,
            Source::Memory(pointer),
            &mut Target::Memory(new),
        )?;
        let ty = FlatType::pointer(self.callee.width);
        Ok(vec![CoreValue::of(ty, new)])
    }

    fn lower_results<W: World>(
        &self,
        world: &mut W,
        returned: &[CoreValue],
        out: Option<u64>,
    ) -> Result<Vec<CoreValue>, W::Fault> {
        let results = &self.results;
        let types = flat_types(results, &results.src_flat, self.callee.width);
        let returned = bits(returned, &types);
        let mut mover = Mover {
            transfers: &self.back,
            src: &self.callee,
            dst: &self.caller,
            world,
        };
        let Some(out) = out else {
            return flat_values(&mut mover, results, &returned);
        };
        let pointer = returned[0];
        check_tuple(mover.world, &self.callee, pointer, results.src_layout)?;
        check_tuple(mover.world, &self.caller, out, results.dst_layout)?;
        mover.parts(
            &results.parts,
            Source::Memory(pointer),
            &mut Target::Memory(out),
        )?;
        Ok(Vec::new())
    }
}

fn end(side: CallSide, spec: &SideSpec, needs_memory: bool) -> End {
    let memory = spec.memory.as_ref().filter(|_| needs_memory);
    let guard = spec.realloc.as_ref().map(|it| it.guard);
    let implements = spec.handles.as_ref().map(|it| Arc::clone(&it.implements));
    End {
        side,
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

fn flat_values<W: World>(
    mover: &mut Mover<'_, W>,
    values: &Values,
    from: &[u64],
) -> Result<Vec<CoreValue>, W::Fault> {
    let mut slots = vec![0; values.dst_flat.len()];
    mover.parts(
        &values.parts,
        Source::Flat(from),
        &mut Target::Flat(&mut slots),
    )?;
    let typed = values.dst_flat.iter().zip(slots);
    Ok(typed.map(|(ty, bits)| CoreValue::of(*ty, bits)).collect())
}

/// Fails with a trap unless parameters or results are where they can be.
fn check_tuple<W: World>(
    world: &mut W,
    end: &End,
    pointer: u64,
    layout: Layout,
) -> Result<(), W::Fault> {
    let Layout { size, align } = layout;
    check_aligned(pointer, align, TrapCode::UnalignedPointer)?;
    let why = TrapCode::TupleOutOfBounds;
    end.check_range(world, pointer, u64::from(size), why)
}
