//! Inlining: the bodies of small functions take the place of calls from other instances to them, and those of what these
//! call take theirs. What else is inside one module its compiler has inlined already, as far as it pays.

use std::sync::OnceLock;

use cranelift_codegen::entity::SecondaryMap;
use cranelift_codegen::ir::{
    Block, ExternalName, FuncRef, Function, Inst, InstructionData, Opcode,
};
use cranelift_entity::PrimaryMap;

use crate::runtime::codegen::compiled::Faults;
use crate::runtime::codegen::environ::OWN;
use crate::runtime::codegen::link::{Group, Symbol};
use crate::runtime::codegen::site::{self, Site, SiteId, Sites};
use crate::runtime::codegen::splice::{is_spliceable, splice};

/// Largest body in bytes of wasm of a function of another instance that is inlined (ours: an adapter with its checks, and
/// the small functions that it leads to).
const BYTES_MAX: usize = 160;

/// How deep bodies are put into bodies (ours: a call goes through an adapter to a function and on through the next
/// adapter to another).
const DEPTH_MAX: usize = 6;

/// How many blocks a function may have where bodies are still put into it (ours: functions that are large already gain
/// nothing, and register allocation takes longer than its due).
const BLOCKS_MAX: usize = 4_000;

/// How many instructions are put into one function (ours).
const INSTS_MAX: usize = 2_000;

/// The body of a function, translated.
pub(super) struct Body {
    /// The function.
    pub(super) func: Box<Function>,
    /// Where it may fault.
    pub(super) faults: Faults,
}

/// The bodies of functions that may be inlined, each translated when it is wanted first.
pub(super) struct Bodies {
    bodies: PrimaryMap<Symbol, OnceLock<Option<Body>>>,
}

impl Bodies {
    /// Begins with none translated.
    pub(super) fn new(group: &Group<'_>) -> Bodies {
        let empty = |_| OnceLock::new();
        Bodies {
            bodies: group.symbols.keys().map(empty).collect(),
        }
    }

    /// Returns the body of a function if it can be inlined. `translate` translates it, or fails.
    fn get(&self, symbol: Symbol, translate: impl FnOnce(Symbol) -> Option<Body>) -> Option<&Body> {
        let body = self.bodies[symbol].get_or_init(|| {
            let body = translate(symbol)?;
            is_spliceable(&body.func).then_some(body)
        });
        body.as_ref()
    }
}

/// Inlines what pays in the function `symbol` of a group. `translate` translates another function, or fails. Returns where
/// the function faults then, and where bodies were put.
pub(super) fn inline(
    func: &mut Function,
    mut faults: Faults,
    symbol: Symbol,
    group: &Group<'_>,
    bodies: &Bodies,
    mut translate: impl FnMut(Symbol) -> Option<Body>,
) -> (Faults, Sites) {
    let mut sites = Sites::new();
    // Of which body the code in a block is; of the function itself if of none.
    let mut origins: SecondaryMap<Block, Option<SiteId>> = SecondaryMap::new();
    let mut insts = 0;
    let mut next = func.layout.entry_block();
    while let Some(block) = next {
        let origin = origins[block];
        let caller = origin.map_or(symbol, |site| sites[site].callee);
        let found = calls(func, block).find_map(|(call, callee)| {
            if insts >= INSTS_MAX
                || depth(&sites, origin) >= DEPTH_MAX
                || !pays(group, caller, callee, depth(&sites, origin))
            {
                return None;
            }
            let body = bodies.get(callee, &mut translate)?;
            // A body that does not fit leaves room for those of later calls.
            let fits = insts + body.func.dfg.num_insts() <= INSTS_MAX;
            fits.then_some((call, callee, body))
        });
        next = match found {
            Some((call, callee, body)) => {
                if body.faults == Faults::AtZero {
                    faults = Faults::AtZero;
                }
                insts += body.func.dfg.num_insts();
                let parent = origin;
                let site = sites.push(Site { parent, callee });
                let loc = site::name(func, site);
                let (blocks, after) = splice(func, call, &body.func, loc);
                for block in &blocks {
                    origins[*block] = Some(site);
                }
                origins[after] = origin;
                blocks.first().copied()
            }
            None => func.layout.next_block(block),
        };
        if func.dfg.num_blocks() > BLOCKS_MAX {
            break;
        }
    }
    (faults, sites)
}

/// Returns how many bodies are around what is in a place.
fn depth(sites: &Sites, place: Option<SiteId>) -> usize {
    std::iter::successors(place, |site| sites[*site].parent).count()
}

/// Returns the calls in a block of functions that the group defines.
fn calls(func: &Function, block: Block) -> impl Iterator<Item = (Inst, Symbol)> {
    func.layout.block_insts(block).filter_map(|inst| {
        let InstructionData::Call {
            opcode: Opcode::Call,
            func_ref,
            ..
        } = func.dfg.insts[inst]
        else {
            return None;
        };
        Some((inst, symbol(func, func_ref)?))
    })
}

/// Returns which function of the group is called.
fn symbol(func: &Function, callee: FuncRef) -> Option<Symbol> {
    let ExternalName::User(name) = func.dfg.ext_funcs[callee].name else {
        return None;
    };
    let name = &func.params.user_named_funcs()[name];
    (name.namespace == OWN).then(|| Symbol::from_u32(name.index))
}

/// Returns whether the body of a function is small enough to take the place of a call, in code that is so deep. Calls within
/// a module stay, whose compiler inlined what pays; but in the place of a call from elsewhere that compiler knew less: that an
/// adapter allocates so many bytes, for instance.
fn pays(group: &Group<'_>, caller: Symbol, callee: Symbol, depth: usize) -> bool {
    let (from, _) = group.symbols[caller];
    let (to, func) = group.symbols[callee];
    let crosses = from != to || (depth > 0 && caller != callee);
    crosses && group.instances[to].module.body(func).range().len() <= BYTES_MAX
}
