//! Compiled code as bytes: what is not as it was written is refused.

use crate::runtime::bulk::table::Table;
use crate::runtime::image::{Bulk, FuncSite, InlineSite, InlineStretch, TrapSite};
use crate::runtime::index::{ExternalFuncId, FuncRefId, InlineSiteId, SignatureSlot};
use crate::runtime::trap::TrapKind;
use crate::runtime::vm::artifact::{Artifact, ArtifactError};

/// Size of the header, as the table in the documentation has it.
const HEADER_BYTES: usize = 192;

/// Size of a page.
const PAGE_BYTES: usize = 4096;

fn written() -> Vec<u8> {
    let sites = [
        FuncSite::Code(32, SignatureSlot::FIRST),
        FuncSite::External(ExternalFuncId::from_u32(7)),
    ];
    let trap = TrapSite {
        offset: 5,
        kind: TrapKind::Unreachable,
    };
    let first = Some(InlineSiteId::from_u32(0));
    let inlined = [None, first].map(|parent| InlineSite {
        parent,
        function: 9,
    });
    let stretches = [first, None].map(|site| InlineStretch { start: 3, site });
    let bulk = Bulk {
        names: b"some names".to_vec().into(),
        traps: Table::from_iter([trap]),
        inline_sites: Table::from_iter(inlined),
        inline_stretches: Table::from_iter(stretches),
        func_sites: Table::from_iter(sites),
        elements: Table::from_iter([FuncRefId::from_u32(1)]),
        data: b"some data".to_vec().into(),
        ..Bulk::default()
    };
    Artifact::encode(&("a description", 7_u32), &[0xc3; 5_000], &bulk)
}

fn read(bytes: &[u8]) -> Result<Artifact, ArtifactError> {
    // SAFETY: nothing is run.
    unsafe { Artifact::deserialize(bytes) }
}

#[test]
fn what_was_written_is_read() {
    let artifact = read(&written()).expect("it was just written");
    let found: (String, u32) = postcard::from_bytes(artifact.description()).expect("it is there");
    assert_eq!(found, ("a description".to_owned(), 7));
}

#[test]
fn other_lengths_are_refused() {
    let bytes = written();
    for len in 0..bytes.len() {
        assert!(read(&bytes[..len]).is_err(), "{len} bytes");
    }
    let longer = [&bytes[..], &[0]].concat();
    assert!(read(&longer).is_err());
}

#[test]
fn changes_are_refused() {
    let bytes = written();
    // What follows the tables up to the next page is not used.
    let used = bytes[..PAGE_BYTES].iter().rposition(|byte| *byte != 0);
    let used = used.expect("there is a header");
    assert!(used > HEADER_BYTES);
    let code = PAGE_BYTES..PAGE_BYTES + 5_000;
    let data = 3 * PAGE_BYTES..bytes.len();
    for position in (0..used).chain(code.step_by(501)).chain(data) {
        for bit in 0..8 {
            let mut changed = bytes.clone();
            changed[position] ^= 1 << bit;
            assert!(read(&changed).is_err(), "bit {bit} of byte {position}");
        }
    }
}

#[test]
fn refusals_say_why() {
    let kind = |bytes: &[u8]| read(bytes).err().expect("it is refused");
    assert!(matches!(kind(b""), ArtifactError::Foreign));
    assert!(matches!(kind(&[0; 100]), ArtifactError::Foreign));
    let mut newer = written();
    newer[16] += 1;
    assert!(matches!(kind(&newer), ArtifactError::Version { found: 5 }));
    let mut huge = written();
    huge[32..40].fill(0xff);
    assert!(matches!(kind(&huge), ArtifactError::Damaged(_)));
}
