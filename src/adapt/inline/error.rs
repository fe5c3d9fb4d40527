//! Limits on what inlining may make, and the error when one is passed.

use thiserror::Error;

/// Largest number of instances, core instances included, unless the caller says otherwise (ours: each level of
/// nesting can double their number, so a small binary could ask for any number).
pub const MAX_INSTANCES: usize = 10_000;

/// Largest number of steps that instantiation takes, unless the caller says otherwise (ours: bounds the size of the
/// plan; a step is an item that is defined, an argument, or a type that is resolved or a member of one; a function that
/// is lifted or lowered is several).
pub const MAX_STEPS: usize = 1_000_000;

/// Steps that a lifted function takes beside those of its type (ours: its definition is that much larger than others).
pub(in crate::adapt::inline) const LIFT_STEPS: usize = 4;

/// Steps that a lowered function takes beside those of its type (ours: an adapter is a definition of each side, and the
/// same once more as the key by which adapters are interned).
pub(in crate::adapt::inline) const LOWER_STEPS: usize = 32;

/// Limits on what inlining may make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest number of instances, core instances included.
    pub max_instances: usize,
    /// Largest number of steps: items that are defined, arguments, types that are resolved.
    pub max_steps: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            max_instances: MAX_INSTANCES,
            max_steps: MAX_STEPS,
        }
    }
}

/// The component, flat, would be larger than a limit allows.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InlineError {
    /// There are too many instances.
    #[error(
        "the component instantiates more than {limit} modules and components; raise `Limits::max_instances` if it \
         is meant to"
    )]
    TooManyInstances {
        /// The limit that was passed.
        limit: usize,
    },
    /// Instantiation takes too many steps.
    #[error(
        "the component takes more than {limit} steps to instantiate; raise `Limits::max_steps` if it is meant to"
    )]
    TooLarge {
        /// The limit that was passed.
        limit: usize,
    },
}

/// What is left of the limits.
#[derive(Clone, Debug)]
pub(in crate::adapt::inline) struct Budget {
    limits: Limits,
    instances: usize,
    steps: usize,
}

impl Budget {
    /// Begins with everything left.
    pub(in crate::adapt::inline) fn new(limits: Limits) -> Budget {
        Budget {
            limits,
            instances: limits.max_instances,
            steps: limits.max_steps,
        }
    }

    /// Takes one instance.
    pub(in crate::adapt::inline) fn instance(&mut self) -> Result<(), InlineError> {
        let limit = self.limits.max_instances;
        self.instances = self
            .instances
            .checked_sub(1)
            .ok_or(InlineError::TooManyInstances { limit })?;
        Ok(())
    }

    /// Takes a number of steps.
    pub(in crate::adapt::inline) fn steps(&mut self, count: usize) -> Result<(), InlineError> {
        self.steps = self
            .steps
            .checked_sub(count)
            .ok_or_else(|| self.too_large())?;
        Ok(())
    }

    /// Returns the error for a plan that is too large.
    pub(in crate::adapt::inline) fn too_large(&self) -> InlineError {
        InlineError::TooLarge {
            limit: self.limits.max_steps,
        }
    }
}
