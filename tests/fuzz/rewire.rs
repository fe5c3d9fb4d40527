//! Instantiations with their arguments swapped: whatever has the same type may be given instead.

use std::ops::Range;

use fastrand::Rng;
use wasmparser::{BinaryReader, Result};

/// Which section an item is of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Instances {
    /// That of core instances.
    Core,
    /// That of component instances.
    Component,
}

/// Swaps what is given for two of the arguments of an instantiation, or exchanges two exports of an instance.
pub(crate) fn swap_args(of: Instances, item: &mut Vec<u8>, rng: &mut Rng) {
    let Ok(values) = values(of, item) else {
        return;
    };
    if values.len() < 2 {
        return;
    }
    let first = rng.usize(..values.len() - 1);
    let second = rng.usize(first + 1..values.len());
    let (first, second) = (values[first].clone(), values[second].clone());
    let moved = item[first.clone()].to_vec();
    let replaced: Vec<u8> = item.splice(second, moved).collect();
    // The second lies behind the first, which has not moved.
    item.splice(first, replaced);
}

/// Returns where in an item the values (kind and index) of its arguments or exports are.
fn values(of: Instances, item: &[u8]) -> Result<Vec<Range<usize>>> {
    let mut reader = BinaryReader::new(item, 0);
    let is_exports = reader.read_u8()? == 1;
    if !is_exports {
        let _instantiated = reader.read_var_u32()?;
    }
    let count = reader.read_var_u32()?;
    let mut values = Vec::new();
    for _ in 0..count {
        if is_exports && of == Instances::Component {
            let _attributes = reader.read_u8()?;
        }
        reader.read_string()?;
        let start = position(&reader);
        // A core module has a kind of two bytes.
        if reader.read_u8()? == 0 && of == Instances::Component {
            reader.read_u8()?;
        }
        reader.read_var_u32()?;
        values.push(start..position(&reader));
    }
    Ok(values)
}

fn position(reader: &BinaryReader<'_>) -> usize {
    usize::try_from(reader.original_position()).expect("an item is small")
}

#[test]
fn kinds_move_with_indices() {
    let mut item = b"\x00\x05\x02\x01a\x01\x07\x01b\x00\x11\x09".to_vec();
    swap_args(Instances::Component, &mut item, &mut Rng::with_seed(0));
    assert_eq!(item, b"\x00\x05\x02\x01a\x00\x11\x09\x01b\x01\x07");
}
