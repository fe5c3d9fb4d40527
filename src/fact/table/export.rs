//! What the state module exports: names, signatures, meanings.

/// Number of resource types that can be told apart, which are numbered from 0. Ours: a row keeps two bits next to the type.
pub const RESOURCE_TYPES_MAX: u32 = (1 << 30) - 1;

/// What is no handle: the value of [`StateExport::Fault`] at first.
pub const NO_HANDLE: u32 = u32::MAX;

/// Something that the state module exports. All numbers are of the type `i32`.
///
/// `type` is the number of a resource type, `rep` a representation, `handle` an index into the table. Each function that
/// takes a handle tests it, in this order: traps with `UnknownHandle` unless it is used, with `WrongHandleType` unless
/// it is of that type; then as said at the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StateExport {
    /// The flag `may_leave`: 1 or 0, and 1 at first. Adapters test and set it.
    MayLeave,
    /// The handle that was lent last. Adapters only read it, before they lend: it is what
    /// [`Release`](StateExport::Release) takes.
    Lent,
    /// The handle that a function did not accept, for whoever explains the trap; [`NO_HANDLE`] if there was none. Adapters do
    /// not touch it.
    Fault,
    /// Makes a resource, which traps with `CannotLeave` unless the instance may leave, and with `TableFull`.
    ///
    /// Spec: `canon_resource_new`.
    ResourceNew,
    /// Returns the representation of a handle, owned or not. Does not test whether the instance may leave.
    ///
    /// Spec: `canon_resource_rep`.
    ResourceRep,
    /// Drops a handle, which traps with `CannotLeave` before all else unless the instance may leave, and with
    /// `HandleLent`. If `owned` is not 0, the caller has to call the destructor.
    ///
    /// Spec: `canon_resource_drop`, but for the destructor.
    ResourceDrop,
    /// Takes a handle out of the table to give its resource away, which traps with `HandleLent` and with `NotOwned`.
    ///
    /// Spec: `lift_own`.
    TakeOwn,
    /// Puts a resource that was given to the instance into the table, which traps with `TableFull`.
    ///
    /// Spec: `lower_own`.
    PutOwn,
    /// Lends a handle, owned or not, until it is released. If nothing can take or drop the handle before,
    /// [`ResourceRep`](StateExport::ResourceRep) does as well, and there is nothing to release.
    ///
    /// Spec: `lift_borrow`, `Subtask.add_lender`.
    Lend,
    /// Releases what was lent since [`Lent`](StateExport::Lent) had the value `mark`.
    ///
    /// Spec: `Subtask.deliver_resolve`.
    Release,
    /// Puts a borrowed resource into the table, for the newest scope, which must exist. Traps with `TableFull`. Not for
    /// resources that the instance implements: of these it gets the representation.
    ///
    /// Spec: `lower_borrow`.
    PutBorrow,
    /// Begins the scope of a call that borrows. Traps with `TableFull`.
    ///
    /// Spec: `Task.num_borrows`.
    EnterScope,
    /// Ends the newest scope, which traps with `BorrowsRemain`.
    ///
    /// Spec: `Task.return_`.
    ExitScope,
}

/// What kind of thing is exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StateSignature {
    /// A mutable global.
    Global,
    /// A function, with names of its parameters and results.
    Func {
        /// The parameters.
        params: &'static [&'static str],
        /// The results.
        results: &'static [&'static str],
    },
}

impl StateExport {
    /// Everything that is exported, in the order of the exports.
    pub const ALL: &[StateExport] = &[
        StateExport::MayLeave,
        StateExport::Lent,
        StateExport::Fault,
        StateExport::ResourceNew,
        StateExport::ResourceRep,
        StateExport::ResourceDrop,
        StateExport::TakeOwn,
        StateExport::PutOwn,
        StateExport::Lend,
        StateExport::Release,
        StateExport::PutBorrow,
        StateExport::EnterScope,
        StateExport::ExitScope,
    ];

    /// Returns the name of the export.
    pub fn name(self) -> &'static str {
        match self {
            StateExport::MayLeave => "may-leave",
            StateExport::Lent => "lent",
            StateExport::Fault => "fault",
            StateExport::ResourceNew => "resource-new",
            StateExport::ResourceRep => "resource-rep",
            StateExport::ResourceDrop => "resource-drop",
            StateExport::TakeOwn => "take-own",
            StateExport::PutOwn => "put-own",
            StateExport::Lend => "lend",
            StateExport::Release => "release",
            StateExport::PutBorrow => "put-borrow",
            StateExport::EnterScope => "enter-scope",
            StateExport::ExitScope => "exit-scope",
        }
    }

    /// Returns what kind of thing it is.
    pub fn signature(self) -> StateSignature {
        let (params, results): (&[_], &[_]) = match self {
            StateExport::MayLeave | StateExport::Lent | StateExport::Fault => {
                return StateSignature::Global;
            }
            StateExport::ResourceNew | StateExport::PutOwn | StateExport::PutBorrow => {
                (&["type", "rep"], &["handle"])
            }
            StateExport::ResourceRep | StateExport::TakeOwn | StateExport::Lend => {
                (&["type", "handle"], &["rep"])
            }
            StateExport::ResourceDrop => (&["type", "handle"], &["rep", "owned"]),
            StateExport::Release => (&["mark"], &[]),
            StateExport::EnterScope | StateExport::ExitScope => (&[], &[]),
        };
        StateSignature::Func { params, results }
    }
}
