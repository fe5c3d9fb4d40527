//! What is done with a module on each engine.

use std::hash::{DefaultHasher, Hash, Hasher};

use fastrand::Rng;
use interfuse::runtime::{ExportType, ExternType, FuncType, ImportType, ValType};

use crate::differential::value::Value;

/// How often a module is instantiated.
const ROUNDS: usize = 3;

/// One of how many calls of the host fails.
const HOST_FAILS_ONE_OF: u64 = 16;

/// A call of an export.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// The instance, by its number in the group.
    pub(crate) instance: usize,
    pub(crate) export: String,
    pub(crate) params: Vec<Value>,
    pub(crate) results: usize,
}

/// What happens to an instance.
#[derive(Clone, Debug)]
pub(crate) struct Round {
    pub(crate) calls: Vec<Call>,
}

/// Returns what happens to each group of instances with these exports. Each function is called twice; another one is first
/// in each round, since the later ones may have no fuel.
pub(crate) fn rounds(exports: &[Vec<ExportType>], seed: u64) -> Vec<Round> {
    let mut rng = Rng::with_seed(seed ^ 0x5eed);
    let exports = exports.iter().enumerate();
    let exports = exports.flat_map(|(at, exports)| exports.iter().map(move |export| (at, export)));
    let funcs = exports.filter_map(|(instance, export)| match &export.ty {
        ExternType::Func(ty) => Some((instance, &export.name, ty)),
        _ => None,
    });
    let funcs: Vec<_> = funcs.collect();
    let round = |first: usize| {
        let from_first = funcs.iter().cycle().skip(first).take(2 * funcs.len());
        let calls = from_first.map(|(instance, name, ty)| Call {
            instance: *instance,
            export: (*name).clone(),
            params: values(&ty.params, &mut rng),
            results: ty.results.len(),
        });
        Round {
            calls: calls.collect(),
        }
    };
    (0..ROUNDS).map(round).collect()
}

fn values(types: &[ValType], rng: &mut Rng) -> Vec<Value> {
    types.iter().map(|ty| Value::random(*ty, rng)).collect()
}

/// Returns what a function of the host answers, unless it fails.
pub(crate) fn answer(import: usize, ty: &FuncType, params: &[Value]) -> Option<Vec<Value>> {
    let mut hasher = DefaultHasher::new();
    (import, params).hash(&mut hasher);
    let seed = hasher.finish();
    let fails = seed.is_multiple_of(HOST_FAILS_ONE_OF);
    (!fails).then(|| values(&ty.results, &mut Rng::with_seed(seed)))
}

/// Returns the value of an imported global.
pub(crate) fn initial(import: usize, ty: ValType) -> Value {
    let seed = u64::try_from(import).unwrap();
    Value::random(ty, &mut Rng::with_seed(seed))
}

/// Returns whether an import can be given to both engines.
pub(crate) fn can_be_given(import: &ImportType) -> bool {
    match &import.ty {
        ExternType::Memory(ty) => !ty.shared,
        ExternType::Func(_) | ExternType::Table(_) | ExternType::Global(_) => true,
    }
}
