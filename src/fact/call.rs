//! The schedule of one synchronous call.
//!
//! Spec: `canon_lower` and `canon_lift` for functions that are not asynchronous. Parameters are lifted and lowered one
//! by one rather than all lifted first: what differs is which of several traps comes first.

use std::rc::Rc;

use wasm_encoder::ValType;

use crate::adapt::{FuncShape, ShapeId};
use crate::fact::abi::{FlatType, Layout, MAX_FLAT_PARAMS, MAX_FLAT_RESULTS};
use crate::fact::emit::{Code, FuncId, Local};
use crate::fact::module::GlobalId;
use crate::fact::table::StateExport;
use crate::fact::transfer::{Part, PlaceKind, Route};
use crate::fact::trap::TrapCode;
use crate::fact::write::{Channel, Place, Shared, Slot, TableId, Writer, check};

/// A call that is to be written.
pub(in crate::fact) struct Call<'a> {
    /// The shape of the function.
    pub(in crate::fact) shape: &'a FuncShape,
    /// From the caller to the callee.
    pub(in crate::fact) there: Channel,
    /// The flag `may_leave` of the caller's instance.
    pub(in crate::fact) may_leave: Option<GlobalId>,
    /// Whether the callee borrows handles, which the caller lends.
    pub(in crate::fact) lends: bool,
    /// Whether the callee has handles for what it borrows, and must drop them before it returns.
    pub(in crate::fact) borrows: bool,
    /// The core function that is called.
    pub(in crate::fact) callee: FuncId,
    /// The function that is called with the results after they were read, and the flag `may_leave` of its instance if
    /// it must be cleared for that time.
    pub(in crate::fact) post_return: Option<(FuncId, Option<GlobalId>)>,
}

/// The core types of one side of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::fact) struct CoreTypes {
    /// The parameters.
    pub(in crate::fact) params: Vec<ValType>,
    /// The results.
    pub(in crate::fact) results: Vec<ValType>,
}

/// The values of one direction: parameters or results.
struct Values {
    parts: Vec<Part>,
    route: Route,
    src_flat: Vec<FlatType>,
    dst_flat: Vec<FlatType>,
    src_layout: Layout,
    dst_layout: Layout,
}

impl Values {
    /// Plans how values move through a channel: flat if there are at most `max` flat values.
    fn plan(shared: &mut Shared<'_>, channel: Channel, shapes: &[ShapeId], max: usize) -> Values {
        let all = shared.shapes;
        let transfers = shared.transfers(channel);
        let (src, dst) = transfers.flatten(all, shapes);
        // The width of pointers changes the types of flat values, not their number.
        let (route, src_flat, dst_flat) = match (src, dst) {
            (Some(src), Some(dst)) if src.len() <= max => {
                assert_eq!(src.len(), dst.len());
                let route = Route {
                    src: PlaceKind::Flat,
                    dst: PlaceKind::Flat,
                };
                (route, src.to_vec(), dst.to_vec())
            }
            _ => (Route::IN_MEMORY, Vec::new(), Vec::new()),
        };
        let (parts, src_layout, dst_layout) = transfers.tuple(all, shapes, route);
        Values {
            parts,
            route,
            src_flat,
            dst_flat,
            src_layout,
            dst_layout,
        }
    }

    fn are_flat(&self) -> bool {
        self.route.src == PlaceKind::Flat
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
    let params: Vec<_> = lower.params.iter().map(|ty| ("arg", *ty)).collect();
    let (mut code, args) = Code::new(&params);
    let mut args: Vec<_> = args.into_iter().map(Rc::new).collect();
    let result: Vec<_> = call.shape.result.into_iter().collect();
    let results = Values::plan(shared, call.there.reversed(), &result, MAX_FLAT_RESULTS);
    let out = if results.are_flat() { None } else { args.pop() };

    if let Some(flag) = call.may_leave {
        code.ins().global_get(flag.as_u32()).i32_eqz();
        shared.traps.trap_if(&mut code, TrapCode::CannotLeave);
    }
    let mark = call.lends.then(|| {
        let lent = shared.lent(
            call.there
                .src_table
                .expect("a side with handles has a table"),
        );
        code.ins().global_get(lent.as_u32());
        code.pop("lent before", ValType::I32)
    });
    if call.borrows {
        table_call(
            shared,
            &mut code,
            call.there.dst_table,
            StateExport::EnterScope,
        );
    }
    lower_params(shared, &mut code, call, args);
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
            call.there.dst_table,
            StateExport::ExitScope,
        );
    }
    // Flat results wait on the stack until the call is over.
    move_results(shared, &mut code, call, &results, &returned, out);
    if let Some((post_return, flag)) = call.post_return {
        set_flag(&mut code, flag, 0);
        returned.iter().rev().for_each(|local| code.get(local));
        code.call(post_return);
        set_flag(&mut code, flag, 1);
    }
    if let Some(mark) = mark {
        code.get(&mark);
        table_call(
            shared,
            &mut code,
            call.there.src_table,
            StateExport::Release,
        );
    }
    shared.module.define(func, code);
}

/// Calls an operation of a handle table with what is on the stack.
fn table_call(
    shared: &mut Shared<'_>,
    code: &mut Code,
    table: Option<TableId>,
    operation: StateExport,
) {
    let func = shared.table_func(table.expect("a side with handles has a table"), operation);
    code.call(func);
}

/// Sets a flag if there is one.
pub(in crate::fact) fn set_flag(code: &mut Code, flag: Option<GlobalId>, value: i32) {
    if let Some(flag) = flag {
        code.ins().i32_const(value).global_set(flag.as_u32());
    }
}

/// Moves the parameters and pushes them for the callee.
fn lower_params(shared: &mut Shared<'_>, code: &mut Code, call: &Call<'_>, args: Vec<Rc<Local>>) {
    let channel = call.there;
    let params = Values::plan(shared, channel, &call.shape.params, MAX_FLAT_PARAMS);
    let mut writer = Writer { shared, channel };
    if params.are_flat() {
        let slot = |(local, held): (Rc<Local>, &FlatType)| Slot { local, held: *held };
        let src = Place::Flat(args.into_iter().zip(&params.src_flat).map(slot).collect());
        writer.push_parts(code, "param", &params, &src);
        return;
    }
    let (src, traps) = (channel.src(), writer.shared.traps);
    let [pointer] = &args[..] else {
        unreachable!("spilled parameters are one pointer: {args:?}")
    };
    let Layout { size, align } = params.src_layout;
    check::aligned(code, traps, src, pointer, align, TrapCode::UnalignedPointer);
    let len = |code: &mut Code| {
        code.ins().i64_const(i64::from(size));
    };
    check::in_bounds(code, traps, src, pointer, len, TrapCode::TupleOutOfBounds);
    let dst = channel.dst();
    let Layout { size, align } = params.dst_layout;
    let new = writer.allocate(code, dst, align, |code| {
        dst.width.constant(&mut code.ins(), u64::from(size));
    });
    let new = Rc::new(new);
    writer.parts(
        code,
        &params.parts,
        &Place::behind(pointer),
        &Place::behind(&new),
    );
    code.get(&new);
}

/// Moves the results from where the callee returned them to `out`, or pushes them.
fn move_results(
    shared: &mut Shared<'_>,
    code: &mut Code,
    call: &Call<'_>,
    results: &Values,
    returned: &[Rc<Local>],
    out: Option<Rc<Local>>,
) {
    let channel = call.there.reversed();
    let mut writer = Writer { shared, channel };
    let Some(out) = out else {
        let slot = |(local, held): (&Rc<Local>, &FlatType)| Slot {
            local: Rc::clone(local),
            held: *held,
        };
        let src = Place::Flat(returned.iter().zip(&results.src_flat).map(slot).collect());
        writer.push_parts(code, "result", results, &src);
        return;
    };
    let [pointer] = returned else {
        unreachable!("spilled results are one pointer: {returned:?}")
    };
    let traps = writer.shared.traps;
    for (endpoint, pointer, layout) in [
        (channel.src(), pointer, results.src_layout),
        (channel.dst(), &out, results.dst_layout),
    ] {
        let Layout { size, align } = layout;
        check::aligned(
            code,
            traps,
            endpoint,
            pointer,
            align,
            TrapCode::UnalignedPointer,
        );
        let len = |code: &mut Code| {
            code.ins().i64_const(i64::from(size));
        };
        check::in_bounds(
            code,
            traps,
            endpoint,
            pointer,
            len,
            TrapCode::TupleOutOfBounds,
        );
    }
    writer.parts(
        code,
        &results.parts,
        &Place::behind(pointer),
        &Place::behind(&out),
    );
}

impl Writer<'_, '_> {
    /// Writes the moves of flat values and pushes them.
    fn push_parts(&mut self, code: &mut Code, role: &str, values: &Values, src: &Place) {
        for part in &values.parts {
            self.push(code, part.transfer, role, &src.part(part.src));
        }
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
