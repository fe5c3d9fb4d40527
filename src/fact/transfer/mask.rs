//! Which bytes of the elements of a list move, where elements move in part: records with padding, and variants whose
//! payloads are plain bytes.
//!
//! A mask says which bytes of a block move; the destination keeps the others. Thus neither padding nor the payload of
//! another case crosses, and no branch depends on a discriminant.

use crate::fact::transfer::build::Transfers;
use crate::fact::transfer::data::{At, List, Scalar, TransferId, TransferKind, Variant};

/// Size of a block in bytes: that of a SIMD register.
pub(in crate::fact) const BLOCK_BYTES: usize = 16;

/// Smallest number of blocks that one turn of a loop moves (ours).
const BLOCKS_MIN: usize = 4;

/// Largest number of them.
const BLOCKS_MAX: usize = 6;

/// Largest number of cases: what one instruction looks up.
const CASES_MAX: usize = 16;

/// The bit of bytes that move in every case.
pub(in crate::fact) const ALWAYS: u8 = 1 << 7;

/// The bit of bytes that move in no case.
const NEVER: u8 = 1 << 6;

/// A list whose elements can move by blocks.
#[derive(Clone, Debug)]
pub(in crate::fact) struct MaskedList {
    /// Which bytes move.
    pub(in crate::fact) mask: Mask,
    /// The number of blocks that one turn of a loop moves, which are filled by whole elements.
    pub(in crate::fact) blocks: usize,
}

/// Which bytes of an element move.
#[derive(Clone, Debug)]
pub(in crate::fact) enum Mask {
    /// Always the same.
    Fixed(Vec<bool>),
    /// Those of the case, which the first byte tells.
    ByCase {
        /// The bits of each case.
        bits: [u8; CASES_MAX],
        /// The bit of each byte: it moves in the cases that have it.
        bytes: Vec<u8>,
    },
}

impl Mask {
    /// Returns the number of blocks that one turn of the loop moves: elements of `size` bytes fill them.
    fn blocks(&self, size: usize) -> Option<usize> {
        match self {
            Mask::Fixed(_) => {
                let is_whole = |blocks: &usize| (BLOCK_BYTES * blocks).is_multiple_of(size);
                let blocks = (1..=BLOCKS_MAX).find(is_whole)?;
                Some(blocks * BLOCKS_MIN.div_ceil(blocks))
            }
            // An element lies in one block.
            Mask::ByCase { .. } => BLOCK_BYTES.is_multiple_of(size).then_some(BLOCKS_MIN),
        }
    }
}

impl Transfers {
    /// Returns which bytes of the elements of a list move, if that is all there is to them, and elements fill blocks.
    pub(in crate::fact) fn mask(&self, list: &List) -> Option<MaskedList> {
        let size = list.src_size as usize;
        if list.src_size != list.dst_size || size > BLOCK_BYTES * BLOCKS_MAX {
            return None;
        }
        let mask = match &self.get(list.element).kind {
            TransferKind::Variant(variant) => self.mask_by_case(variant, size)?,
            _ => {
                let mut bytes = vec![false; size];
                self.cover(list.element, 0, &mut bytes)?;
                Mask::Fixed(bytes)
            }
        };
        let blocks = mask.blocks(size)?;
        Some(MaskedList { mask, blocks })
    }

    fn mask_by_case(&self, variant: &Variant, size: usize) -> Option<Mask> {
        let is_small = variant.discriminant_size == 1 && variant.cases.len() <= CASES_MAX;
        let is_alike = variant.src_payload == variant.dst_payload;
        (is_small && is_alike).then_some(())?;
        let mut moves = vec![vec![false; size]; variant.cases.len()];
        for (transfer, moves) in variant.cases.iter().zip(&mut moves) {
            if let Some(transfer) = transfer {
                self.cover(*transfer, variant.src_payload, moves)?;
            }
        }
        // For each byte the cases in which it moves; bytes that agree share a bit.
        let mut sets = Vec::new();
        let mut bits = [0; CASES_MAX];
        bits[..moves.len()].fill(ALWAYS);
        let mut bytes = vec![ALWAYS];
        for at in 1..size {
            let set: Vec<bool> = moves.iter().map(|moves| moves[at]).collect();
            if !set.contains(&true) {
                bytes.push(NEVER);
                continue;
            }
            let known = sets.iter().position(|known| *known == set);
            let bit = 1_u8 << known.unwrap_or(sets.len());
            (bit < NEVER).then_some(())?;
            bytes.push(bit);
            if known.is_none() {
                let of_set = bits.iter_mut().zip(&set).filter(|(_, has)| **has);
                of_set.for_each(|(bits, _)| *bits |= bit);
                sets.push(set);
            }
        }
        Some(Mask::ByCase { bits, bytes })
    }

    /// Marks the bytes that move; gives up if they do not move as they are, to where they were.
    fn cover(&self, id: TransferId, offset: u32, bytes: &mut [bool]) -> Option<()> {
        let size = match &self.get(id).kind {
            TransferKind::Bytes(run) => run.size,
            TransferKind::Scalar(Scalar::Number(number)) => number.size(),
            TransferKind::Sequence(parts) => {
                for part in parts {
                    let (At::Offset(src), At::Offset(dst)) = (part.src, part.dst) else {
                        return None;
                    };
                    (src == dst).then_some(())?;
                    self.cover(part.transfer, offset + src, bytes)?;
                }
                return Some(());
            }
            _ => return None,
        };
        bytes[offset as usize..][..size as usize].fill(true);
        Some(())
    }
}
