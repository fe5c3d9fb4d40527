//! From compiled functions to one piece of code that runs anywhere.

use cranelift_entity::EntityRef;

use crate::runtime::bulk::table::TableBuilder;
use crate::runtime::codegen::compiled::{ALIGN_BYTES, Compiled};
use crate::runtime::codegen::error::CodegenError;
use crate::runtime::codegen::site::SiteId;
use crate::runtime::image::{InlineSite, InlineStretch, TrapSite};
use crate::runtime::index::InlineSiteId;

/// What is between functions: `int3`.
const PADDING: u8 = 0xcc;

/// How large code may be in bytes, so that each function can call every other one.
const CODE_BYTES_MAX: usize = 0x7fff_ffff;

/// Functions put one after the other.
#[derive(Default)]
pub(super) struct Assembled {
    /// The code.
    pub(super) code: Vec<u8>,
    /// Where each function begins, and its length.
    pub(super) ranges: Vec<(u32, u32)>,
    /// Where code traps.
    pub(super) traps: TableBuilder<TrapSite>,
    /// Where functions were put into others.
    pub(super) inline_sites: TableBuilder<InlineSite>,
    /// Which code came of these places.
    pub(super) inline_stretches: TableBuilder<InlineStretch>,
}

/// Puts functions one after the other and lets them call each other. The first ones are those that symbols name.
///
/// # Errors
///
/// Fails if there is too much code.
pub(super) fn assemble(compiled: &[Compiled]) -> Result<Assembled, CodegenError> {
    let align_bytes = usize::try_from(ALIGN_BYTES).expect("a usize has 32 bits or more");
    let size_of = |compiled: &Compiled| compiled.code.len().next_multiple_of(align_bytes);
    let size_bytes: usize = compiled.iter().map(size_of).sum();
    if size_bytes > CODE_BYTES_MAX {
        let count = |bytes: usize| u64::try_from(bytes).expect("a usize has 64 bits or less");
        return Err(CodegenError::Limit {
            what: "size of the code in bytes",
            found: count(size_bytes),
            limit: count(CODE_BYTES_MAX),
        });
    }
    let mut all = Assembled {
        code: Vec::with_capacity(size_bytes),
        ..Assembled::default()
    };
    for function in compiled {
        let start = to_u32(all.code.len());
        all.code.extend_from_slice(&function.code);
        all.ranges.push((start, to_u32(function.code.len())));
        all.traps.extend(function.traps.iter().map(|site| TrapSite {
            offset: start + site.offset,
            kind: site.kind,
        }));
        add_inlined(&mut all, start, function);
        let end = all.code.len().next_multiple_of(align_bytes);
        all.code.resize(end, PADDING);
    }
    for (caller, function) in compiled.iter().enumerate() {
        for call in &function.calls {
            let at = all.ranges[caller].0 + call.offset;
            let (callee, _) = all.ranges[call.callee.index()];
            let distance = i64::from(callee) + call.addend - i64::from(at);
            let distance = i32::try_from(distance).expect("all code is within reach");
            let at = usize::try_from(at).expect("a usize has 32 bits or more");
            all.code[at..at + 4].copy_from_slice(&distance.to_le_bytes());
        }
    }
    Ok(all)
}

/// Adds what was put into a function that begins at an offset.
fn add_inlined(all: &mut Assembled, start: u32, function: &Compiled) {
    let first = all.inline_sites.len();
    let id = |site: SiteId| InlineSiteId::new(first + site.index());
    let sites = function.sites.values().map(|site| InlineSite {
        parent: site.parent.map(id),
        function: site.callee.as_u32(),
    });
    all.inline_sites.extend(sites);
    let stretches = function.stretches.iter().map(|stretch| InlineStretch {
        start: start + stretch.start,
        site: stretch.site.map(id),
    });
    all.inline_stretches.extend(stretches);
}

fn to_u32(offset: usize) -> u32 {
    u32::try_from(offset).expect("the size of code is bounded")
}
