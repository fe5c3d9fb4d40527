//! The values of one direction of a call, parameters or results: where they are and how each moves.
//!
//! Spec: `lift_flat_values`, `lower_flat_values`.

use crate::adapt::{ShapeId, Shapes};
use crate::fact::abi::{FlatType, Layout};
use crate::fact::transfer::build::Transfers;
use crate::fact::transfer::data::{Part, PlaceKind, Route};

/// The values of one direction: parameters or results.
#[derive(Clone, Debug)]
pub(in crate::fact) struct Values {
    /// How each value moves.
    pub(in crate::fact) parts: Vec<Part>,
    /// How all of them are held.
    pub(in crate::fact) route: Route,
    /// The flat types at the source; empty if the values are in memory.
    pub(in crate::fact) src_flat: Vec<FlatType>,
    /// The flat types at the destination; empty if the values are in memory.
    pub(in crate::fact) dst_flat: Vec<FlatType>,
    /// The layout of all values at the source, as the fields of a tuple.
    pub(in crate::fact) src_layout: Layout,
    /// The layout of all values at the destination, as the fields of a tuple.
    pub(in crate::fact) dst_layout: Layout,
}

impl Values {
    /// Returns whether the values are passed as core values, and not in memory.
    pub(in crate::fact) fn are_flat(&self) -> bool {
        self.route.src == PlaceKind::Flat
    }
}

impl Transfers {
    /// Plans how values move: flat if there are at most `max` flat values.
    pub(in crate::fact) fn values(
        &mut self,
        shapes: &Shapes,
        ids: &[ShapeId],
        max: usize,
    ) -> Values {
        let (src, dst) = self.flatten(shapes, ids);
        // The width of pointers changes the types of flat values, not their number.
        let (route, src_flat, dst_flat) = match (src, dst) {
            (Some(src), Some(dst)) if src.len() <= max => {
                assert_eq!(src.len(), dst.len());
                (Route::FLAT, src.to_vec(), dst.to_vec())
            }
            _ => (Route::IN_MEMORY, Vec::new(), Vec::new()),
        };
        let (parts, src_layout, dst_layout) = self.tuple(shapes, ids, route);
        Values {
            parts,
            route,
            src_flat,
            dst_flat,
            src_layout,
            dst_layout,
        }
    }
}
