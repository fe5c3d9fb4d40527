//! Compiled code as bytes: what is not as it was written is refused.

use crate::runtime::vm::artifact::{Artifact, ArtifactError};

fn written() -> Vec<u8> {
    Artifact::encode(&("a description", 7_u32), &[0xc3; 5_000])
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
fn changes_of_header_and_description_are_refused() {
    let bytes = written();
    let description_end = 48 + read(&bytes).expect("it is good").description().len();
    for position in 0..description_end {
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
    assert!(matches!(kind(&newer), ArtifactError::Version { found: 2 }));
    let mut huge = written();
    huge[24..32].fill(0xff);
    assert!(matches!(kind(&huge), ArtifactError::Damaged(_)));
}
