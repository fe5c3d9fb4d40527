//! Function bodies of core modules, which are validated last.

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use wasmparser::{FuncToValidate, FuncValidatorAllocations, FunctionBody, ValidatorResources};

use crate::adapt::translate::error::TranslateError;

/// A function body, and what is needed to validate it.
pub(in crate::adapt::translate) type Body<'a> =
    (FuncToValidate<ValidatorResources>, FunctionBody<'a>);

/// Validates function bodies on all cores. Of several errors the first in the file counts.
pub(in crate::adapt::translate) fn check_bodies(
    bodies: Vec<Body<'_>>,
) -> Result<(), TranslateError> {
    let error = bodies
        .into_par_iter()
        .map_init(
            FuncValidatorAllocations::default,
            |allocations, (func, body)| {
                let mut validator = func.into_validator(std::mem::take(allocations));
                let result = validator.validate(&body);
                *allocations = validator.into_allocations();
                result.err()
            },
        )
        .flatten()
        .min_by_key(wasmparser::Error::offset);
    match error {
        Some(error) => Err(error.into()),
        None => Ok(()),
    }
}
