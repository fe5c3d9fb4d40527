//! What is decided about a call from its two sides, before anything is written, interpreted or explained.

use crate::fact::config::Reentrance;
use crate::fact::need::{Needs, Passing};
use crate::fact::spec::{AdapterSpec, Callback, SideSpec};
use crate::fact::write::Lends;

/// Returns whether a call traps whatever it is called with.
pub(in crate::fact) fn is_refused(adapter: &AdapterSpec, policy: Reentrance) -> bool {
    let (lower, lift) = (&adapter.lower, &adapter.lift);
    match policy {
        Reentrance::Allowed => false,
        Reentrance::TrapSame => is_within(adapter),
        Reentrance::TrapKin => {
            let is_around =
                |outer: &SideSpec, inner: &SideSpec| inner.ancestors.contains(&outer.instance);
            is_within(adapter) || is_around(lower, lift) || is_around(lift, lower)
        }
    }
}

/// Returns whether the handles that an adapter lends are counted.
///
/// A handle that is lent is an ordinary handle to all but those who would take it or drop it, and to these a trap. That
/// is the caller's code, and the adapter itself: when it takes a parameter that owns its resource, or, if both sides are
/// one instance, a result. If none of them can, there is nothing to mark and nothing to release.
pub(in crate::fact) fn lends(adapter: &AdapterSpec, needs: &Needs) -> Lends {
    let is_watched =
        adapter.callback == Callback::Possible || needs.owns_borrowed || is_within(adapter);
    if is_watched && !needs.borrows.is_empty() {
        Lends::Counted
    } else {
        Lends::Unwatched
    }
}

/// Returns whether the values of a direction are all lifted before any of them is lowered: within one instance it could
/// be told, if there are memories or handle tables to tell it by.
pub(in crate::fact) fn lifts_all(adapter: &AdapterSpec, passing: Passing) -> bool {
    is_within(adapter) && (passing.memory || passing.handles)
}

fn is_within(adapter: &AdapterSpec) -> bool {
    adapter.lower.instance == adapter.lift.instance
}
