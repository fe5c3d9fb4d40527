//! However a component is nested, its plan is that of the same component written flat.
//!
//! A random world is written in the text format twice, flat and in random wrappers, and both plans are compared as
//! text of their own kind. Names for people are left out of that, but for those that canonical definitions have.

mod ty;

mod text;

mod world;

mod seed;

mod leaf;

mod tree;

mod scope;

mod export;

mod nest;

mod canonical;

mod feature;

use interfuse::adapt::{Config, Limits, Plan, inline, translate};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use proptest::{prop_assert_eq, proptest};

use crate::config::config;
use crate::nesting::canonical::canonical;
use crate::nesting::feature::{Case, FEATURES};
use crate::nesting::seed::world;
use crate::nesting::tree::{Nesting, Tree, nesting};
use crate::nesting::world::World;

/// Returns the plan of a world in a nesting, with the text and the bytes it was made of.
fn plan(world: &World, tree: &Tree) -> (Plan, String, Vec<u8>) {
    let text = nest::text(world, tree);
    let bytes = match wat::parse_str(&text) {
        Ok(bytes) => bytes,
        Err(error) => panic!("{error}\n{text}"),
    };
    let translation = match translate(&Config::default(), &bytes) {
        Ok(translation) => translation,
        Err(error) => panic!("{error}\n{text}"),
    };
    let plan = inline(&translation, Limits::default()).unwrap();
    (plan, text, bytes)
}

proptest! {
    #![proptest_config(config("proptest-regressions/nesting.txt"))]

    #[test]
    fn nesting_does_not_change_the_plan(world in world(), nesting in nesting()) {
        // Instances of one component are to be like instances of different ones.
        let unshared = world.unshared();
        let flat = Tree::new(&unshared, &Nesting::flat());
        let (flat, flat_text, flat_bytes) = plan(&unshared, &flat);
        let nested = Tree::new(&world, &nesting);
        let (nested, nested_text, nested_bytes) = plan(&world, &nested);
        let (flat, nested) = (canonical(&flat, &flat_bytes), canonical(&nested, &nested_bytes));
        for (flat, nested) in flat.iter().zip(&nested) {
            prop_assert_eq!(flat, nested, "flat:\n{}\nnested:\n{}", &flat_text, &nested_text);
        }
        prop_assert_eq!(flat.len(), nested.len());
    }
}

/// A property that holds of cases in which nothing happens says little.
#[test]
fn random_nestings_have_every_feature() {
    const CASES: usize = 200;
    let mut runner = TestRunner::deterministic();
    let mut counts = [0; FEATURES.len()];
    for _ in 0..CASES {
        let case = (world(), nesting()).new_tree(&mut runner).unwrap();
        let (world, nesting) = case.current();
        let tree = Tree::new(&world, &nesting);
        let (plan, _, _) = plan(&world, &tree);
        let (world, tree, plan) = (&world, &tree, &plan);
        let case = Case { world, tree, plan };
        for ((_, is_feature), count) in FEATURES.iter().zip(&mut counts) {
            *count += usize::from(is_feature(&case));
        }
    }
    for ((name, _), count) in FEATURES.iter().zip(counts) {
        assert!(count >= 3, "{name}: {count} of {CASES}");
    }
}
