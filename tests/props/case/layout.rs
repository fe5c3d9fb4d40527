//! From a draft to a call: values are put into registers and memory, between bytes that mean nothing.

use std::collections::BTreeSet;
use std::ops::Range;

use interfuse::adapt::{IndexType, ResourceId};
use interfuse::fact::Reentrance;
use interfuse::strategy::Value;

use crate::case::draft::{Draft, RESOURCES, SideDraft};
use crate::case::noise::Noise;
use crate::case::site::{Finder, Kind, Place, Site};
use crate::oracle::call::{call, state};
use crate::oracle::flat::{Flat, MAX_FLAT_PARAMS, MAX_FLAT_RESULTS, flatten_types};
use crate::oracle::guest::{Allocator, CalleeScript, Manner, PAGE_BYTES, ReallocCall};
use crate::oracle::layout::{align_to, alignment, elem_size};
use crate::oracle::lower::{LowerCx, lower_flat_values, takes_out_pointer};
use crate::oracle::observation::{Fault, Side};
use crate::oracle::scenario::{Scenario, SideScenario};
use crate::oracle::table::{HandleStep, Table};
use crate::oracle::text::utf16_tag;
use crate::oracle::ty::Ty;
use crate::oracle::val::{Form, Source, Text, Val, latin1_bytes, utf16_bytes};
use crate::oracle::world::World;

/// What everything is aligned to that is placed as a whole.
const PLACE_ALIGN: u64 = 16;

/// A call, and where something in it can be made wrong.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) scenario: Scenario,
    /// What the caller passes, and where results go.
    pub(crate) arg_sites: Vec<Site>,
    /// Where in the caller's memory that is.
    pub(crate) arg_hole: Range<u64>,
    /// What the callee returns.
    pub(crate) result_sites: Vec<Site>,
    /// The handles that the caller lends.
    pub(crate) lent: Vec<(ResourceId, u32)>,
}

/// Lays out a call.
pub(crate) fn lay_out(draft: &Draft) -> Case {
    let mut noise = Noise::new(draft.noise);
    let needs = Needs::of(draft);
    let [caller, callee] = [0, 1].map(|side| draft.sides[side]);

    let [caller_handles, callee_handles] =
        [Side::Caller, Side::Callee].map(|side| first_handles(draft, side, &mut noise));
    let args = placed(
        (caller, &caller_handles),
        MAX_FLAT_PARAMS,
        &needs.params,
        &draft.args,
        &mut noise,
    );
    let result: Vec<_> = draft.result.iter().cloned().collect();
    let result = placed(
        (callee, &callee_handles),
        MAX_FLAT_RESULTS,
        &needs.results,
        &result,
        &mut noise,
    );

    let (mut args_flats, mut arg_sites) = (args.flats, args.sites);
    let mut bottom = args.bottom;
    if takes_out_pointer(caller.width, MAX_FLAT_RESULTS, &needs.results).is_some() {
        let tuple = Ty::Record(needs.results.clone());
        let (align, len) = (
            alignment(&tuple, caller.width),
            elem_size(&tuple, caller.width),
        );
        let out = align_to(bottom + 1, align);
        arg_sites.push(Site {
            place: Place::Flat(args_flats.len()),
            kind: Kind::Pointer { align, len },
        });
        args_flats.push(Flat::pointer(caller.width, out));
        bottom = out + len;
    }
    let mut results = result.flats;
    let (mut caller_memory, mut callee_memory) = (args.memory, result.memory);
    scramble(&mut args_flats, &mut caller_memory, &arg_sites, &mut noise);
    scramble(&mut results, &mut callee_memory, &result.sites, &mut noise);

    let (at, end) = (result.hole.start, result.hole.end);
    let range = usize::try_from(at).unwrap()..usize::try_from(end).unwrap();
    let blob = callee_memory[range.clone()].to_vec();
    callee_memory[range.clone()].copy_from_slice(&noise.bytes(range.len()));
    let write = (needs.callee.memory && !blob.is_empty()).then_some((at, blob));

    let arg_hole = args.hole.clone();
    let caller_parts = (caller_memory, bottom, args.hole);
    let callee_parts = (callee_memory, result.bottom, result.hole);
    let mut sides = [
        side_scenario(caller, needs.caller, caller_parts),
        side_scenario(callee, needs.callee, callee_parts),
    ];
    let handles = [args.handles, result.handles];
    for ((parts, handles), side) in sides
        .iter_mut()
        .zip(handles)
        .zip([Side::Caller, Side::Callee])
    {
        parts.implements = draft.implements(side);
        parts.handles = handles;
    }
    let mut scenario = Scenario {
        types: draft.sample.types.clone(),
        func: draft.sample.ty,
        within: draft.within,
        around: None,
        reentrance: Reentrance::Allowed,
        sides,
        args: args_flats,
        callee: CalleeScript {
            grow: draft.callee_grows,
            write,
            results: Some(results),
        },
        post_return: draft.post_return,
        callback: draft.callback,
        drops: Vec::new(),
        rows_max: 0,
    };
    let lent = drop_borrowed(&mut scenario);
    Case {
        lent,
        scenario,
        arg_sites,
        arg_hole,
        result_sites: result.sites,
    }
}

/// Has the callee drop what it borrows, as it must. Returns what the caller lends.
fn drop_borrowed(scenario: &mut Scenario) -> Vec<(ResourceId, u32)> {
    if !scenario.has_handles() {
        return Vec::new();
    }
    let [caller, callee] = call(scenario).tables_inside.expect("good calls arrive");
    let borrowed = callee.borrowed().into_iter();
    scenario.drops = borrowed
        .map(|(ty, handle)| (Side::Callee, ty, handle))
        .collect();
    // Wrong calls do not move more handles than good ones, but for the results.
    let results = u32::try_from(scenario.side(Side::Callee).handles.len()).unwrap();
    scenario.rows_max = caller.len().max(callee.len()) + results + 8;
    caller.lent()
}

/// The types of a function and what its sides cannot do without.
struct Needs {
    params: Vec<Ty>,
    results: Vec<Ty>,
    caller: SideNeeds,
    callee: SideNeeds,
}

/// What a side cannot do without.
#[derive(Clone, Copy)]
struct SideNeeds {
    memory: bool,
    realloc: bool,
}

impl Needs {
    fn of(draft: &Draft) -> Needs {
        let types = &draft.sample.types;
        let func = types.func(draft.sample.ty);
        let params: Vec<_> = func
            .params
            .iter()
            .map(|(_, ty)| Ty::of(types, *ty))
            .collect();
        let results: Vec<_> = func.result.iter().map(|ty| Ty::of(types, *ty)).collect();
        let spill = |types: &[Ty], max| flatten_types(types, IndexType::I32).len() > max;
        let param_spill = spill(&params, MAX_FLAT_PARAMS);
        let result_spill = spill(&results, MAX_FLAT_RESULTS);
        let param_pointers = params.iter().any(has_pointers);
        let result_pointers = results.iter().any(has_pointers);
        let needs = |realloc: bool, memory: bool, draft: SideDraft| SideNeeds {
            memory: memory || realloc || draft.has_all,
            realloc: realloc || draft.has_all,
        };
        let (reads, returns) = (
            param_pointers || param_spill,
            result_pointers || result_spill,
        );
        Needs {
            caller: needs(result_pointers, reads || result_spill, draft.sides[0]),
            callee: needs(reads, returns, draft.sides[1]),
            params,
            results,
        }
    }
}

fn has_pointers(ty: &Ty) -> bool {
    match ty {
        Ty::Bool | Ty::S8 | Ty::U8 | Ty::S16 | Ty::U16 | Ty::S32 | Ty::U32 => false,
        Ty::S64 | Ty::U64 | Ty::F32 | Ty::F64 | Ty::Char | Ty::Flags(_) => false,
        Ty::Own(_) | Ty::Borrow(_) => false,
        Ty::String | Ty::List(_) => true,
        Ty::FixedList(element, _) => has_pointers(element),
        Ty::Record(fields) => fields.iter().any(has_pointers),
        Ty::Variant(cases) => cases.iter().flatten().any(has_pointers),
    }
}

/// Values in registers and memory.
struct Placed {
    flats: Vec<Flat>,
    memory: Vec<u8>,
    /// The part of the memory that the values take.
    hole: Range<u64>,
    /// Up to where the memory is taken, if the values are not at its end.
    bottom: u64,
    sites: Vec<Site>,
    /// How the side came to its handles.
    handles: Vec<HandleStep>,
}

/// Puts values into registers and into a memory of whole pages.
fn placed(
    (draft, handles): (SideDraft, &[HandleStep]),
    max_flat: usize,
    types: &[Ty],
    values: &[Value],
    noise: &mut Noise,
) -> Placed {
    let source = Source {
        encoding: draft.encoding,
        prefers_utf16: draft.prefers_utf16,
    };
    let vals: Vec<Val> = values.iter().map(|value| source.val(value)).collect();
    let mut at = PLACE_ALIGN;
    let page = usize::try_from(PAGE_BYTES).unwrap();
    let mut memory = noise.bytes(page);
    let (_, world) = place(
        (draft, handles),
        (memory.clone(), at),
        max_flat,
        (&vals, types),
    );
    let size = world.sides[0].realloc.as_ref().unwrap().0.end() - at;
    // Room for the values, and at least a page beside them.
    let pages = usize::try_from(size.div_ceil(PAGE_BYTES)).unwrap();
    memory.extend(noise.bytes(pages * page));
    if draft.is_flush {
        let len = u64::try_from(memory.len()).unwrap();
        at = (len - size) / PLACE_ALIGN * PLACE_ALIGN;
    }
    let (flats, world) = place((draft, handles), (memory, at), max_flat, (&vals, types));
    let mut finder = Finder {
        side: &world.sides[0],
        flats: &flats,
        found: Vec::new(),
    };
    finder.values(max_flat, types);
    let sites = finder.found;
    let [side, _] = world.sides;
    let hole = at..at + size;
    Placed {
        flats,
        memory: side.memory.bytes,
        bottom: if draft.is_flush {
            PLACE_ALIGN
        } else {
            hole.end
        },
        hole,
        sites,
        handles: side.table.setup,
    }
}

/// Puts values into registers and, from an address on, into a memory.
fn place(
    (draft, handles): (SideDraft, &[HandleStep]),
    (memory, at): (Vec<u8>, u64),
    max_flat: usize,
    (vals, types): (&[Val], &[Ty]),
) -> (Vec<Flat>, World) {
    let allocator = Allocator::new(Manner::InPlace, draft.width, at, 0..0);
    let side = state(&SideScenario {
        encoding: draft.encoding,
        width: draft.width,
        memory: Some(memory),
        realloc: Some((allocator, draft.guard)),
        may_leave: None,
        implements: BTreeSet::new(),
        handles: handles.to_vec(),
    });
    let mut world = World {
        sides: [side.clone(), side],
        within: false,
        events: Vec::new(),
    };
    let mut cx = LowerCx {
        world: &mut world,
        side: Side::Caller,
        store_string: store_as_it_is,
        put_handle: put_as_it_is,
    };
    let flats = lower_flat_values(&mut cx, max_flat, (vals, types), None);
    (flats.expect("there is room"), world)
}

/// Returns how a side comes to handles that are not passed: of each type the first one represents 0 and may be lent,
/// and there are one that is lent, one that is borrowed, and rows that were used before.
fn first_handles(draft: &Draft, side: Side, noise: &mut Noise) -> Vec<HandleStep> {
    if !draft.has_handles() {
        return Vec::new();
    }
    let mut steps = vec![HandleStep::Task];
    let types = || (0..RESOURCES).map(ResourceId::from_u32);
    steps.extend(types().map(|ty| HandleStep::Own(ty, 0)));
    let [one, other] = [0, 1].map(ResourceId::from_u32);
    let lent = RESOURCES + 1;
    let rep = |noise: &mut Noise| u32::try_from(noise.next() >> 40).unwrap();
    steps.extend([
        HandleStep::Own(one, rep(noise)),
        HandleStep::Lend(one, lent),
    ]);
    steps.extend(types().map(|ty| HandleStep::Borrow(ty, rep(noise))));
    let free = lent + RESOURCES + 1;
    let count = u32::try_from(noise.below(4)).unwrap();
    steps.extend((0..count).map(|_| HandleStep::Own(other, rep(noise))));
    let mut handles: Vec<_> = (free..free + count).collect();
    if side == Side::Callee {
        handles.reverse();
    }
    steps.extend(
        handles
            .into_iter()
            .skip(1)
            .map(|it| HandleStep::Drop(other, it)),
    );
    steps
}

/// Gives the side a handle before the call.
fn put_as_it_is(table: &mut Table, ty: &Ty, val: &Val) -> u32 {
    match (ty, val) {
        (Ty::Own(ty), Val::Own(rep)) => table.set_up(HandleStep::Own(*ty, *rep)),
        // The first handle of the type, which may be lent several times.
        (Ty::Borrow(ty), Val::Borrow(0)) => ty.as_u32() + 1,
        (Ty::Borrow(ty), Val::Borrow(rep)) if rep % 2 == 0 => {
            table.set_up(HandleStep::Own(*ty, *rep))
        }
        (Ty::Borrow(ty), Val::Borrow(rep)) => table.set_up(HandleStep::Borrow(*ty, *rep)),
        (ty, val) => panic!("{val:?} is no {ty:?}"),
    }
}

/// Puts a string into memory in the form that it has.
fn store_as_it_is(world: &mut World, side: Side, text: &Text) -> Result<(u64, u64), Fault> {
    let tag = utf16_tag(world.side(side));
    let (align, bytes, len) = match text.form {
        Form::Utf8 => (1, text.text.as_bytes().to_vec(), text.units),
        Form::Utf16 => (2, utf16_bytes(&text.text), text.units),
        Form::Latin1 => (2, latin1_bytes(&text.text), text.units),
        Form::Tagged => (2, utf16_bytes(&text.text), text.units | tag),
    };
    let call = ReallocCall {
        old: 0,
        old_size: 0,
        align,
        new_size: u64::try_from(bytes.len()).unwrap(),
    };
    let ptr = world.reallocate(side, call)?;
    world.side_mut(side).memory.write(ptr, &bytes);
    Ok((ptr, len))
}

/// Sets bits of registers and of memory that mean nothing. Between values they have no meaning anyway.
fn scramble(flats: &mut [Flat], memory: &mut [u8], sites: &[Site], noise: &mut Noise) {
    for site in sites {
        match site.place {
            Place::Flat(at) => {
                let flat = flats[at];
                flats[at] = Flat::of(
                    flat.core(),
                    scrambled(flat.bits(), 32, site.kind, noise.next()),
                );
            }
            Place::Memory { at, len } if len <= 8 => {
                let at = usize::try_from(at).unwrap();
                let len = usize::try_from(len).unwrap();
                let mut bytes = [0; 8];
                bytes[..len].copy_from_slice(&memory[at..][..len]);
                let bits = u64::from_le_bytes(bytes);
                let new = scrambled(bits, 8, site.kind, noise.next());
                memory[at..][..len].copy_from_slice(&new.to_le_bytes()[..len]);
            }
            Place::Memory { .. } => {}
        }
    }
}

/// Returns bits that mean the same, where a bool takes a number of bits.
fn scrambled(old: u64, bool_bits: u32, kind: Kind, new: u64) -> u64 {
    let bool_mask = (1 << bool_bits) - 1;
    match kind {
        Kind::Free => new,
        Kind::Low { bits } if bits < 64 => old & !(u64::MAX << bits) | new << bits,
        Kind::Bool if old & bool_mask != 0 => (new | 1 << (new % u64::from(bool_bits))) & bool_mask,
        _ => old,
    }
}

/// Returns a side with a memory, an allocator that leaves what is in it alone, and a flag, as far as they are wanted.
fn side_scenario(
    draft: SideDraft,
    needs: SideNeeds,
    (memory, bottom, hole): (Vec<u8>, u64, Range<u64>),
) -> SideScenario {
    let allocator = Allocator::new(draft.manner, draft.width, align_to(bottom, 2), hole);
    SideScenario {
        encoding: draft.encoding,
        width: draft.width,
        memory: needs.memory.then_some(memory),
        realloc: needs.realloc.then_some((allocator, draft.guard)),
        may_leave: draft.has_flag.then_some(true),
        implements: BTreeSet::new(),
        handles: Vec::new(),
    }
}
