//! Why a group cannot be compiled.

use thiserror::Error;

/// Why a group of core instances cannot be compiled.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub(in crate::runtime) enum CodegenError {
    /// The input is not a valid module.
    #[error("invalid core module at offset {offset:#x}: {message}")]
    Invalid {
        /// What is wrong.
        message: String,
        /// Where: an offset into the input in bytes.
        offset: u64,
    },
    /// The input is a component.
    #[error("this is a component, not a core module")]
    Component,
    /// The module is valid, but uses a proposal that the code generator lacks.
    #[error("not supported: the core module uses {proposal}, at offset {offset:#x}: {message}")]
    Unsupported {
        /// The name of the proposal.
        proposal: &'static str,
        /// What the validator without the proposal says.
        message: String,
        /// Where: an offset into the input in bytes.
        offset: u64,
    },
    /// An import of an instance cannot be given what it is to be given.
    #[error(transparent)]
    Import(Box<ImportError>),
    /// The instance is given more or fewer imports than its module has.
    #[error("instance `{instance}` imports {expected} things and is given {found}")]
    ImportCount {
        /// The name of the instance.
        instance: String,
        /// The number of imports of the module.
        expected: usize,
        /// The number of imports that it is given.
        found: usize,
    },
    /// Something is larger than the code generator can do.
    #[error("{what}: {found}, at most {limit} are possible")]
    Limit {
        /// What is too large.
        what: &'static str,
        /// How large it is.
        found: u64,
        /// How large it may be.
        limit: u64,
    },
    /// A function cannot be compiled.
    #[error("function `{name}`: {problem}")]
    Function {
        /// The name of the function.
        name: String,
        /// What is wrong.
        problem: FunctionProblem,
    },
    /// There is no code for this machine.
    #[error("this machine cannot run compiled code: {0}")]
    Host(String),
}

/// Which import of an instance cannot be given what it is to be given, and why.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("instance `{instance}`: import `{module}` `{name}`: {problem}")]
pub(in crate::runtime) struct ImportError {
    /// The name of the instance.
    pub(in crate::runtime) instance: String,
    /// The first part of the name of the import.
    pub(in crate::runtime) module: String,
    /// The second part of the name of the import.
    pub(in crate::runtime) name: String,
    /// What is wrong.
    pub(in crate::runtime) problem: ImportProblem,
}

/// What is wrong with an import.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub(in crate::runtime) enum ImportProblem {
    /// It is taken from an instance that is not made before.
    #[error("instance {0} is not made before this one")]
    Order(usize),
    /// The other instance has no such export.
    #[error("instance `{instance}` does not export `{export}`")]
    Missing {
        /// The name of the other instance.
        instance: String,
        /// The name of the export.
        export: String,
    },
    /// The types differ.
    #[error("expected {expected}, found {found}")]
    Type {
        /// What is imported.
        expected: String,
        /// What it is given.
        found: String,
    },
    /// The numbers of what comes from outside have a gap before this one.
    #[error("external number {0} comes before a lower one")]
    Gap(usize),
}

/// Why a function cannot be compiled.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub(in crate::runtime) enum FunctionProblem {
    /// The code generator refused it.
    #[error("the code generator refuses it: {0}")]
    Refused(String),
    /// The code generator panicked.
    #[error("the code generator failed on it: {0}")]
    Panicked(String),
    /// It would take too long.
    #[error(
        "its control flow joins so often that giving registers to its values would take {found} steps, at most {limit} \
         are allowed"
    )]
    TooManySteps {
        /// The number of steps.
        found: u64,
        /// The number that is allowed.
        limit: u64,
    },
}
