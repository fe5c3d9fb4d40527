//! `wasi:random`: numbers of the system, and those that follow from a seed.

use interfuse::wasi::{SeededRandom, WasiCtx};

use crate::guest::{Guest, bytes};

#[test]
fn numbers_follow_from_a_seed() {
    let mut results = Vec::new();
    for _ in 0..2 {
        let mut builder = WasiCtx::builder();
        builder.secure_random(SeededRandom::new(1_234_567));
        builder.insecure_random(SeededRandom::new(2));
        builder.insecure_random_seed(3 << 64 | 4);
        let mut guest = Guest::new(builder.build());
        let secure = guest.text("random/random#get-random-u64", &[]);
        assert_eq!(secure, "6457827717110365317");
        let seed = guest.text("random/insecure-seed#insecure-seed", &[]);
        assert_eq!(seed, "(4, 3)");
        results.push([
            guest.text("random/random#get-random-bytes", &["13".into()]),
            guest.text("random/insecure#get-insecure-random-bytes", &["3".into()]),
            guest.text("random/insecure#get-insecure-random-u64", &[]),
        ]);
    }
    assert_eq!(results[0], results[1]);
}

#[test]
fn numbers_of_the_system_differ() {
    let mut guest = Guest::new(WasiCtx::default());
    for interface in [
        "random/random#get-random",
        "random/insecure#get-insecure-random",
    ] {
        let mut random = || {
            let path = format!("{interface}-bytes");
            bytes(&guest.call(&path, &["1000".into()]))
        };
        let (one, other) = (random(), random());
        assert_eq!(one.len(), 1000);
        assert_ne!(one, other);
        let trap = guest.trap(
            &format!("{interface}-bytes"),
            &["18446744073709551615".into()],
        );
        assert!(trap.contains("random bytes at once"), "{trap}");
    }
    let seed = guest.text("random/insecure-seed#insecure-seed", &[]);
    assert_eq!(guest.text("random/insecure-seed#insecure-seed", &[]), seed);
}
