//! Compiled code that is not yet in its place.

use cranelift_codegen::CompiledCode;
use cranelift_codegen::FinalizedRelocTarget;
use cranelift_codegen::binemit::Reloc;
use cranelift_codegen::ir::{ExternalName, Function, TrapCode};

use crate::runtime::codegen::environ::OWN;
use crate::runtime::codegen::error::FunctionProblem;
use crate::runtime::codegen::link::Symbol;
use crate::runtime::codegen::site::{Sites, Stretch, stretches};
use crate::runtime::codegen::trap;
use crate::runtime::image::TrapSite;

/// Compiled code that is not yet in its place.
#[derive(Debug)]
pub(super) struct Compiled {
    /// The code.
    pub(super) code: Vec<u8>,
    /// Where it calls other functions of the group.
    pub(super) calls: Vec<CallSite>,
    /// Where it traps, with offsets from its beginning.
    pub(super) traps: Vec<TrapSite>,
    /// What was put into it that code came of.
    pub(super) sites: Sites,
    /// Which of its code came of that, with offsets from its beginning.
    pub(super) stretches: Vec<Stretch>,
}

/// Where accesses of a function to memories may fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Faults {
    /// Behind the memories only, so that it is known what a fault means.
    BehindMemories,
    /// At address 0 too: that is where accesses go whose bounds were checked and did not hold.
    AtZero,
}

/// A call of another function of the group.
#[derive(Clone, Copy, Debug)]
pub(super) struct CallSite {
    /// Offset of the 4 bytes that say how far away the other function is.
    pub(super) offset: u32,
    /// The other function.
    pub(super) callee: Symbol,
    /// What is added to the distance from those bytes.
    pub(super) addend: i64,
}

/// Functions begin at multiples of this many bytes: what the processor likes, and enough for the constants among code.
pub(super) const ALIGN_BYTES: u32 = 32;

/// The instruction with which code traps on purpose.
const UD2: [u8; 2] = [0x0f, 0x0b];

impl Compiled {
    /// Takes what the code generator made of a function that others were put into at `sites`.
    ///
    /// # Errors
    ///
    /// Fails if the code needs something that we do not have, like a library.
    pub(super) fn new(
        func: &Function,
        output: &CompiledCode,
        faults: Faults,
        sites: &Sites,
    ) -> Result<Compiled, FunctionProblem> {
        let refuse = |what: String| Err(FunctionProblem::Refused(what));
        assert!(output.buffer.alignment <= ALIGN_BYTES);
        let code = output.code_buffer().to_vec();
        let mut calls = Vec::new();
        for reloc in output.buffer.relocs() {
            let target = match &reloc.target {
                FinalizedRelocTarget::ExternalName(ExternalName::User(name)) => {
                    let name = &func.params.user_named_funcs()[*name];
                    (name.namespace == OWN).then(|| Symbol::from_u32(name.index))
                }
                _ => None,
            };
            let (Some(callee), Reloc::X86CallPCRel4) = (target, reloc.kind) else {
                return refuse(format!("it refers to {:?}", reloc.target));
            };
            calls.push(CallSite {
                offset: reloc.offset,
                callee,
                addend: reloc.addend,
            });
        }
        let mut traps = Vec::new();
        for site in output.buffer.traps() {
            let offset = site.offset;
            let is_known = faults == Faults::BehindMemories && !is_ud2(&code, offset);
            if site.code == TrapCode::HeapOutOfBounds && is_known {
                continue;
            }
            match trap::kind(site.code) {
                Some(kind) => traps.push(TrapSite { offset, kind }),
                None => return refuse(format!("it traps with {}", site.code)),
            }
        }
        traps.sort_by_key(|site| site.offset);
        let (stretches, sites) = stretches(func, output, sites);
        Ok(Compiled {
            code,
            calls,
            traps,
            sites,
            stretches,
        })
    }
}

fn is_ud2(code: &[u8], offset: u32) -> bool {
    let offset = usize::try_from(offset).expect("a usize has 32 bits or more");
    code[offset..].starts_with(&UD2)
}
