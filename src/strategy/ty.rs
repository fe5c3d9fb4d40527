//! Strategies for types and function types.

use std::fmt;

use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::{Strategy, prop_oneof};

use crate::adapt::{FuncType, FuncTypeId, Types, ValType};
use crate::strategy::config::TypeConfig;
use crate::strategy::recipe::{Handles, labels, recipes};

/// A type and the arena it lives in. Its debug output is WIT.
#[derive(Clone)]
pub struct TypeSample {
    /// The arena.
    pub types: Types,
    /// The type.
    pub ty: ValType,
}

impl fmt::Debug for TypeSample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.types.display(self.ty))
    }
}

/// A function type and the arena it lives in. Its debug output is WIT.
#[derive(Clone)]
pub struct FuncSample {
    /// The arena.
    pub types: Types,
    /// The type of the function.
    pub ty: FuncTypeId,
}

impl fmt::Debug for FuncSample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.types.display_func(self.ty))
    }
}

/// Returns types of values.
pub fn types(config: TypeConfig) -> impl Strategy<Value = TypeSample> {
    recipes(config, Handles::Owned).prop_map(|recipe| {
        let mut types = Types::default();
        let ty = recipe.intern(&mut types);
        TypeSample { types, ty }
    })
}

/// Returns types of functions, of no parameters and of so many that they do not fit into registers.
pub fn funcs(config: TypeConfig) -> impl Strategy<Value = FuncSample> {
    let flat = TypeConfig { depth: 0, ..config };
    let of = |config| recipes(config, Handles::All);
    let params = prop_oneof![
        6 => vec(of(config), 0..4),
        2 => vec(of(flat), 0..11),
        // 16 registers: types of one, of two and of several, so that all counts around that occur.
        2 => vec(of(flat), 10..20),
    ];
    (params, weighted(0.8, recipes(config, Handles::Owned))).prop_map(|(params, result)| {
        let mut types = Types::default();
        let names = labels('p', params.len());
        let params = names.zip(&params);
        let params = params.map(|(name, it)| (name, it.intern(&mut types)));
        let params = params.collect();
        let result = result.map(|it| it.intern(&mut types));
        let ty = types.define_func(FuncType { params, result });
        FuncSample { types, ty }
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::Strategy;
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    use super::{funcs, types};
    use crate::adapt::DefinedType;
    use crate::strategy::config::TypeConfig;

    #[test]
    fn every_kind_of_type_occurs() {
        let config = TypeConfig {
            fixed_lists: true,
            ..TypeConfig::default()
        };
        let mut runner = TestRunner::deterministic();
        let mut kinds = HashSet::new();
        let mut sizes = HashSet::new();
        for _ in 0..2000 {
            let sample = types(config).new_tree(&mut runner).unwrap().current();
            for (_, ty) in sample.types.iter() {
                kinds.insert(std::mem::discriminant(ty));
                let len = match ty {
                    DefinedType::Variant(cases) => cases.len(),
                    DefinedType::Enum(names) => names.len(),
                    _ => continue,
                };
                sizes.insert(len);
            }
        }
        assert_eq!(kinds.len(), 10);
        for len in [1, 2, 256, 257, 65_537] {
            assert!(sizes.contains(&len), "{len}");
        }
    }

    /// The validator says: "map value type cannot contain a handle".
    #[test]
    fn values_of_maps_contain_no_handles() {
        let config = TypeConfig {
            resources: 1,
            ..TypeConfig::default()
        };
        let mut runner = TestRunner::deterministic();
        let mut maps = 0;
        for _ in 0..2000 {
            let sample = funcs(config).new_tree(&mut runner).unwrap().current();
            for (_, ty) in sample.types.iter() {
                if let DefinedType::Map(_, value) = ty {
                    assert!(!sample.types.has_handles(*value), "{sample:?}");
                    maps += 1;
                }
            }
        }
        assert!(maps > 0);
    }

    #[test]
    fn functions_have_few_and_many_parameters() {
        let mut runner = TestRunner::deterministic();
        let strategy = funcs(TypeConfig::default());
        let counts: HashSet<_> = (0..1000)
            .map(|_| {
                let sample = strategy.new_tree(&mut runner).unwrap().current();
                sample.types.func(sample.ty).params.len()
            })
            .collect();
        assert!((0..20).all(|count| counts.contains(&count)), "{counts:?}");
    }
}
