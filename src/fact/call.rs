//! The schedule of one synchronous call.
//!
//! Spec: `canon_lower` and `canon_lift` for functions that are not asynchronous. Between two instances, values are lifted
//! and lowered one by one rather than all lifted first: what differs is which of several traps comes first. Within one
//! instance it could be told: what is lowered, and `realloc`, may change what is still to be lifted. There all values
//! are lifted first, into locals and a memory of the module.

use std::rc::Rc;

use wasm_encoder::ValType;

use crate::adapt::{FuncShape, ShapeId};
use crate::fact::abi::{FlatType, Layout, MAX_FLAT_PARAMS, MAX_FLAT_RESULTS};
use crate::fact::emit::{Code, FuncId, Local};
use crate::fact::module::{GlobalId, Traps};
use crate::fact::table::StateExport;
use crate::fact::transfer::{Part, Values};
use crate::fact::trap::TrapCode;
use crate::fact::write::{Channel, Endpoint, Handles, Place, Shared, Slot, Writer, check};

/// A call that is to be written.
pub(in crate::fact) struct Call<'a> {
    /// The shape of the function.
    pub(in crate::fact) shape: &'a FuncShape,
    /// From the caller to the callee.
    pub(in crate::fact) there: Channel,
    /// The flag `may_leave` of the caller's instance.
    pub(in crate::fact) may_leave: Option<GlobalId>,
    /// Counts how often code of the callee's instance is under way; negative once it must not be called any more.
    pub(in crate::fact) standing: Option<GlobalId>,
    /// Names of the flat parameters, as far as there are any.
    pub(in crate::fact) names: Vec<String>,
    /// Whether the callee must not be entered, so that all the adapter does is trap.
    pub(in crate::fact) is_refused: bool,
    /// If the callee borrows handles, which the caller lends: the variable that says which was lent last.
    pub(in crate::fact) lent: Option<GlobalId>,
    /// Whether the callee has handles for what it borrows, and must drop them before it returns.
    pub(in crate::fact) borrows: bool,
    /// The core function that is called.
    pub(in crate::fact) callee: FuncId,
    /// The function that is called with the results after they were read, and the flag `may_leave` of its instance if
    /// it must be cleared for that time.
    pub(in crate::fact) post_return: Option<(FuncId, Option<GlobalId>)>,
    /// How parameters move.
    pub(in crate::fact) params: Passage,
    /// How results move.
    pub(in crate::fact) results: Passage,
}

/// In which order values are lifted and lowered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::fact) enum Passage {
    /// Each is lowered before the next is lifted.
    OneByOne,
    /// All are lifted before any is lowered, and those in memory are kept here.
    AllLifted(Option<Keep>),
}

/// A memory of the module, for values between lifting and lowering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::fact) struct Keep {
    /// The memory: what it allocates is never freed by itself.
    pub(in crate::fact) endpoint: Endpoint,
    /// The variable with the number of bytes that are allocated.
    pub(in crate::fact) used: GlobalId,
}

/// The core types of one side of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::fact) struct CoreTypes {
    /// The parameters.
    pub(in crate::fact) params: Vec<ValType>,
    /// The results.
    pub(in crate::fact) results: Vec<ValType>,
}

impl Values {
    /// Plans how values move through a channel: flat if there are at most `max` flat values.
    fn plan(shared: &mut Shared<'_>, channel: Channel, shapes: &[ShapeId], max: usize) -> Values {
        let all = shared.shapes;
        shared.transfers(channel).values(all, shapes, max)
    }
}

/// Returns the core types of a function as its caller and its callee see it.
///
/// Spec: `flatten_functype`.
pub(in crate::fact) fn core_types(
    shared: &mut Shared<'_>,
    shape: &FuncShape,
    there: Channel,
) -> (CoreTypes, CoreTypes) {
    let back = there.reversed();
    let params = Values::plan(shared, there, &shape.params, MAX_FLAT_PARAMS);
    let result: Vec<_> = shape.result.into_iter().collect();
    let results = Values::plan(shared, back, &result, MAX_FLAT_RESULTS);
    let types = |flat: &[FlatType]| flat.iter().map(|ty| ty.val_type()).collect::<Vec<_>>();
    let (caller, callee) = there.widths();
    let mut lower = CoreTypes {
        params: types(&params.src_flat),
        results: types(&results.dst_flat),
    };
    let mut lift = CoreTypes {
        params: types(&params.dst_flat),
        results: types(&results.src_flat),
    };
    if !params.are_flat() {
        lower.params = vec![caller.ty()];
        lift.params = vec![callee.ty()];
    }
    if !results.are_flat() {
        lower.params.push(caller.ty());
        lift.results = vec![callee.ty()];
    }
    (lower, lift)
}

/// Writes the function that makes a call.
pub(in crate::fact) fn write_call(shared: &mut Shared<'_>, call: &Call<'_>, func: FuncId) {
    let (lower, lift) = core_types(shared, call.shape, call.there);
    let (mut code, args) = Code::new(&named_params(call, &lower));
    let mut args: Vec<_> = args.into_iter().map(Rc::new).collect();
    let result: Vec<_> = call.shape.result.into_iter().collect();
    let results = Values::plan(shared, call.there.reversed(), &result, MAX_FLAT_RESULTS);
    let out = if results.are_flat() { None } else { args.pop() };

    if let Some(flag) = call.may_leave {
        code.ins().global_get(flag.as_u32()).i32_eqz();
        shared.traps.trap_if(&mut code, TrapCode::CannotLeave);
    }
    if let Some(standing) = call.standing {
        code.ins().global_get(standing.as_u32());
        code.ins().i32_const(0).i32_lt_s();
        shared.traps.trap_if(&mut code, TrapCode::CannotEnter);
    }
    if call.is_refused {
        shared.traps.trap(&mut code, TrapCode::CannotEnter);
        shared.module.define(func, code);
        return;
    }
    let mark = call.lent.map(|lent| {
        code.ins().global_get(lent.as_u32());
        code.pop("lent before", ValType::I32)
    });
    if call.borrows {
        table_call(
            shared,
            &mut code,
            call.there.dst_handles,
            StateExport::EnterScope,
        );
        // The callee has something from here on that has to end.
        count(&mut code, call.standing, 1);
    }
    lower_params(shared, &mut code, call, args);
    if !call.borrows {
        count(&mut code, call.standing, 1);
    }
    code.call(call.callee);
    let returned: Vec<_> = lift
        .results
        .iter()
        .rev()
        .map(|ty| Rc::new(code.pop("returned", *ty)))
        .collect();
    if call.borrows {
        table_call(
            shared,
            &mut code,
            call.there.dst_handles,
            StateExport::ExitScope,
        );
    }
    // Flat results wait on the stack until the call is over.
    move_results(shared, &mut code, call, &returned, out);
    if let Some((post_return, flag)) = call.post_return {
        set_flag(&mut code, flag, 0);
        returned.iter().rev().for_each(|local| code.get(local));
        code.call(post_return);
        set_flag(&mut code, flag, 1);
    }
    count(&mut code, call.standing, -1);
    if let Some(mark) = mark {
        code.get(&mark);
        table_call(
            shared,
            &mut code,
            call.there.src_handles,
            StateExport::Release,
        );
    }
    shared.module.define(func, code);
}

/// Calls an operation of a handle table with what is on the stack.
fn table_call(shared: &mut Shared<'_>, code: &mut Code, handles: Handles, operation: StateExport) {
    let func = shared.table_func(handles.table(), operation);
    code.call(func);
}

/// Sets a flag if there is one.
pub(in crate::fact) fn set_flag(code: &mut Code, flag: Option<GlobalId>, value: i32) {
    if let Some(flag) = flag {
        code.ins().i32_const(value).global_set(flag.as_u32());
    }
}

/// Adds to the count of entries, if it is counted.
pub(in crate::fact) fn count(code: &mut Code, standing: Option<GlobalId>, change: i32) {
    if let Some(standing) = standing {
        let standing = standing.as_u32();
        code.ins().global_get(standing).i32_const(change);
        code.ins().i32_add().global_set(standing);
    }
}

/// Returns names and types of the function's parameters.
fn named_params<'a>(call: &'a Call<'_>, lower: &CoreTypes) -> Vec<(&'a str, ValType)> {
    let has_out = call.shape.result.is_some() && lower.results.is_empty();
    let count = lower.params.len() - usize::from(has_out);
    let name = |position: usize| match call.names.get(position) {
        _ if position == count => "results",
        _ if count == 1 && call.names.len() != 1 => "params",
        Some(name) => name,
        None => "param",
    };
    let types = lower.params.iter().enumerate();
    types.map(|(position, ty)| (name(position), *ty)).collect()
}

/// Moves the parameters and pushes them for the callee.
fn lower_params(shared: &mut Shared<'_>, code: &mut Code, call: &Call<'_>, args: Vec<Rc<Local>>) {
    let shapes = &call.shape.params;
    let mut side = Side {
        channel: call.there,
        shapes,
        max_flat: MAX_FLAT_PARAMS,
    };
    let mut values = side.plan(shared);
    let mut src = values.lifted_from(shared, code, side.channel.src, &args);
    if let Passage::AllLifted(keep) = call.params {
        src = side.keep(shared, code, keep, &src);
        values = side.plan(shared);
    }
    let channel = side.channel;
    let mut writer = Writer { shared, channel };
    if values.are_flat() {
        writer.push_parts(code, "lowered", &values, &src);
        return;
    }
    let new = writer.allocate_values(code, &values);
    writer.parts(code, &values.parts, &src, &Place::behind(&new));
    code.get(&new);
}

/// Moves the results from where the callee returned them to `out`, or pushes them.
fn move_results(
    shared: &mut Shared<'_>,
    code: &mut Code,
    call: &Call<'_>,
    returned: &[Rc<Local>],
    out: Option<Rc<Local>>,
) {
    let shapes: Vec<_> = call.shape.result.into_iter().collect();
    let mut side = Side {
        channel: call.there.reversed(),
        shapes: &shapes,
        max_flat: MAX_FLAT_RESULTS,
    };
    let mut values = side.plan(shared);
    let mut src = values.lifted_from(shared, code, side.channel.src, returned);
    if let Passage::AllLifted(keep) = call.results {
        src = side.keep(shared, code, keep, &src);
        values = side.plan(shared);
    }
    let channel = side.channel;
    let traps = shared.traps;
    let mut writer = Writer { shared, channel };
    match out {
        None => writer.push_parts(code, "lowered", &values, &src),
        Some(out) => {
            check_tuple(code, traps, channel.dst(), &out, values.dst_layout);
            writer.parts(code, &values.parts, &src, &Place::behind(&out));
        }
    }
}

/// Writes the checks of a pointer to parameters or results in memory.
fn check_tuple(code: &mut Code, traps: Traps, endpoint: Endpoint, pointer: &Local, layout: Layout) {
    let Layout { size, align } = layout;
    let unaligned = TrapCode::UnalignedPointer;
    check::aligned(code, traps, endpoint, pointer, align, unaligned);
    let len = |code: &mut Code| {
        code.ins().i64_const(i64::from(size));
    };
    let why = TrapCode::TupleOutOfBounds;
    check::in_bounds(code, traps, endpoint, pointer, len, why);
}

impl Values {
    /// Returns where the values are that were passed as core values: in these, or behind the one that is a
    /// pointer, which is checked.
    fn lifted_from(
        &self,
        shared: &Shared<'_>,
        code: &mut Code,
        endpoint: Option<Endpoint>,
        passed: &[Rc<Local>],
    ) -> Place {
        if self.are_flat() {
            let slot = |(local, held): (&Rc<Local>, &FlatType)| Slot {
                local: Rc::clone(local),
                held: *held,
            };
            return Place::Flat(passed.iter().zip(&self.src_flat).map(slot).collect());
        }
        let [pointer] = passed else {
            unreachable!("values in memory are passed as one pointer: {passed:?}")
        };
        let endpoint = endpoint.expect("a side whose values are in memory has a memory");
        check_tuple(code, shared.traps, endpoint, pointer, self.src_layout);
        Place::behind(pointer)
    }
}

/// The values of one direction on their way.
struct Side<'a> {
    channel: Channel,
    shapes: &'a [ShapeId],
    max_flat: usize,
}

impl Side<'_> {
    fn plan(&self, shared: &mut Shared<'_>) -> Values {
        Values::plan(shared, self.channel, self.shapes, self.max_flat)
    }

    /// Writes the lifting of all values. Returns where they are kept, from which the channel leads from now on.
    fn keep(
        &mut self,
        shared: &mut Shared<'_>,
        code: &mut Code,
        keep: Option<Keep>,
        src: &Place,
    ) -> Place {
        let (lift, lower) = self.channel.split(keep.map(|keep| keep.endpoint));
        self.channel = lift;
        let values = self.plan(shared);
        self.channel = lower;
        if let Some(keep) = keep {
            // Nothing of an earlier call is needed any more: a call within one instance lowers what it kept before guests
            // can make another.
            code.ins().i32_const(0).global_set(keep.used.as_u32());
        }
        let mut writer = Writer {
            shared,
            channel: lift,
        };
        let kept = if values.are_flat() {
            Place::Flat(Place::slots(code, "lifted", &values.dst_flat))
        } else {
            Place::behind(&writer.allocate_values(code, &values))
        };
        writer.parts(code, &values.parts, src, &kept);
        kept
    }
}

impl Writer<'_, '_> {
    /// Writes the moves of flat values and pushes them.
    fn push_parts(&mut self, code: &mut Code, role: &str, values: &Values, src: &Place) {
        for part in &values.parts {
            self.push(code, part.transfer, role, &src.part(part.src));
        }
    }

    /// Writes the allocation of values in memory at the destination. Returns the pointer.
    fn allocate_values(&mut self, code: &mut Code, values: &Values) -> Rc<Local> {
        let dst = self.channel.dst();
        let Layout { size, align } = values.dst_layout;
        Rc::new(self.allocate(code, dst, align, |code| {
            dst.width.constant(&mut code.ins(), u64::from(size));
        }))
    }

    /// Writes the moves of several parts.
    fn parts(&mut self, code: &mut Code, parts: &[Part], src: &Place, dst: &Place) {
        for Part {
            src: from,
            dst: to,
            transfer,
        } in parts
        {
            self.write(code, *transfer, &src.part(*from), &dst.part(*to));
        }
    }
}
