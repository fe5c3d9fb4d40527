//! What is lowered and lifted again is what it was, for any type, any value and any options.

use proptest::prelude::{Just, ProptestConfig, Strategy, prop_assert, prop_assert_eq, proptest};
use proptest::sample::select;

use crate::runtime::component::tests::convert::{of_val, to_val};
use crate::runtime::component::tests::fake::{Fixture, RESOURCES, all_options};
use crate::strategy::{FuncSample, TypeConfig, Value, args, funcs, results};

const CONFIG: TypeConfig = TypeConfig {
    depth: 4,
    fixed_lists: true,
    maps: true,
    huge_enums: true,
    resources: RESOURCES,
};

/// Returns functions with arguments and a result.
fn calls() -> impl Strategy<Value = (FuncSample, Vec<Value>, Option<Value>)> {
    funcs(CONFIG).prop_flat_map(|sample| {
        let args = args(&sample.types, sample.ty);
        let results = results(&sample.types, sample.ty);
        (Just(sample), args, results)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn values_are_what_they_were((sample, args, result) in calls(), options in select(all_options())) {
        let types = sample.types.clone();
        let func = types.func(sample.ty).clone();
        let mut fixture = Fixture::new(sample.types, sample.ty, options);
        let call = fixture.guest.resources.enter();

        let held = &mut fixture.guest.resources;
        let params = func.params.iter().zip(&args);
        let vals: Vec<_> = params.map(|((_, ty), value)| to_val(&types, held, *ty, value)).collect();
        let values = fixture.lower_params(&vals).expect("the test made it so");
        let back = fixture.lift_params(&values).expect("the test made it so");
        let held = &mut fixture.guest.resources;
        let back = func.params.iter().zip(&back);
        let back: Vec<_> = back.map(|((_, ty), val)| of_val(&types, held, *ty, val)).collect();
        prop_assert_eq!(back, args);

        let val = func.result.zip(result.as_ref()).map(|(ty, value)| to_val(&types, held, ty, value));
        let values = fixture.lower_result(val.as_ref()).expect("the test made it so");
        let back = fixture.lift_result(&values).expect("the test made it so");
        let held = &mut fixture.guest.resources;
        let back = func.result.zip(back).map(|(ty, val)| of_val(&types, held, ty, &val));
        prop_assert_eq!(back, result);
        fixture.guest.resources.leave(call);
        prop_assert!(fixture.guest.handles.iter().flatten().all(|(_, _, owns)| !owns));
    }

    /// Whatever flat values a guest passes, and whatever is in its memory: the host gets a value of the type or an error.
    #[test]
    fn hostile_memory_never_panics(
        (sample, args, result) in calls(),
        options in select(all_options()),
        noise in proptest::collection::vec((proptest::prelude::any::<u16>(), proptest::prelude::any::<u8>()), 0..40),
        flats in proptest::collection::vec((0..18_usize, proptest::prelude::any::<u64>(), 0..64_u32), 0..4),
    ) {
        let types = sample.types.clone();
        let func = types.func(sample.ty).clone();
        let mut fixture = Fixture::new(sample.types, sample.ty, options);
        let held = &mut fixture.guest.resources;
        let params = func.params.iter().zip(&args);
        let vals: Vec<_> = params.map(|((_, ty), value)| to_val(&types, held, *ty, value)).collect();
        let val = func.result.zip(result.as_ref()).map(|(ty, value)| to_val(&types, held, ty, value));
        let mut values = fixture.lower_params(&vals).expect("the test made it so");
        let mut returned = fixture.lower_result(val.as_ref()).expect("the test made it so");
        for (at, byte) in noise {
            let len = fixture.guest.memory.len();
            if len > 0 {
                fixture.guest.memory[usize::from(at) % len] = byte;
            }
        }
        for (at, bits, shift) in flats {
            if let Some(value) = values.get_mut(at) {
                value.set_u64(bits >> shift);
            }
            if let Some(value) = returned.get_mut(at) {
                value.set_u64(bits >> shift);
            }
        }
        if let Ok(vals) = fixture.lift_params(&values) {
            for (val, (_, ty)) in vals.iter().zip(fixture.ty.params()) {
                prop_assert!(val.check(&ty).is_ok());
            }
        }
        if let Ok(Some(val)) = fixture.lift_result(&returned) {
            prop_assert!(val.check(&fixture.ty.result().expect("the test made it so")).is_ok());
        }
    }
}
