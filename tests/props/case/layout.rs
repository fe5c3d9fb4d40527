//! From a draft to a call: values are put into registers and memory, between bytes that mean nothing.

use std::ops::Range;

use interfuse::adapt::IndexType;
use interfuse::strategy::Value;

use crate::case::draft::{Draft, SideDraft};
use crate::case::noise::Noise;
use crate::case::site::{Finder, Kind, Place, Site};
use crate::oracle::call::state;
use crate::oracle::flat::{Flat, MAX_FLAT_PARAMS, MAX_FLAT_RESULTS, flatten_types};
use crate::oracle::guest::{Allocator, CalleeScript, Manner, PAGE_BYTES, ReallocCall};
use crate::oracle::layout::{align_to, alignment, elem_size};
use crate::oracle::lower::{LowerCx, lower_flat_values, takes_out_pointer};
use crate::oracle::observation::{Fault, Side};
use crate::oracle::scenario::{Scenario, SideScenario};
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
}

/// Lays out a call.
pub(crate) fn lay_out(draft: &Draft) -> Case {
    let mut noise = Noise::new(draft.noise);
    let needs = Needs::of(draft);
    let [caller, callee] = [0, 1].map(|side| draft.sides[side]);

    let args = placed(
        caller,
        MAX_FLAT_PARAMS,
        &needs.params,
        &draft.args,
        &mut noise,
    );
    let result: Vec<_> = draft.result.iter().cloned().collect();
    let result = placed(
        callee,
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
    let scenario = Scenario {
        types: draft.sample.types.clone(),
        func: draft.sample.ty,
        within: draft.within,
        sides: [
            side_scenario(caller, needs.caller, caller_parts),
            side_scenario(callee, needs.callee, callee_parts),
        ],
        args: args_flats,
        callee: CalleeScript {
            grow: draft.callee_grows,
            write,
            results: Some(results),
        },
        post_return: draft.post_return,
    };
    Case {
        scenario,
        arg_sites,
        arg_hole,
        result_sites: result.sites,
    }
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
}

/// Puts values into registers and into a memory of whole pages.
fn placed(
    draft: SideDraft,
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
    let (_, world) = place(draft, (memory.clone(), at), max_flat, (&vals, types));
    let size = world.sides[0].realloc.as_ref().unwrap().0.end() - at;
    // Room for the values, and at least a page beside them.
    let pages = usize::try_from(size.div_ceil(PAGE_BYTES)).unwrap();
    memory.extend(noise.bytes(pages * page));
    if draft.is_flush {
        let len = u64::try_from(memory.len()).unwrap();
        at = (len - size) / PLACE_ALIGN * PLACE_ALIGN;
    }
    let (flats, world) = place(draft, (memory, at), max_flat, (&vals, types));
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
    }
}

/// Puts values into registers and, from an address on, into a memory.
fn place(
    draft: SideDraft,
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
    };
    let flats = lower_flat_values(&mut cx, max_flat, (vals, types), None);
    (flats.expect("there is room"), world)
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
    }
}
