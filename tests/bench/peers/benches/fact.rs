//! The cases of the tables, for criterion.

use std::time::{Duration, Instant};

use anyhow::Result;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use interfuse_peers::{copy, generate, handle, world};

/// Times so many repetitions of something.
fn time(count: u64, run: impl FnOnce(u32) -> Result<()>) -> Duration {
    let count = u32::try_from(count).expect("criterion repeats less often");
    let start = Instant::now();
    run(count).expect("it ran before");
    start.elapsed()
}

fn generation(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("fact/generate");
    group.sample_size(10);
    for case in generate::cases().expect("the composition can be read") {
        group.bench_function(&case.name, |bencher| bencher.iter(|| (case.generate)()));
    }
    group.finish();
}

fn copies(criterion: &mut Criterion) {
    let engine = world::engine().expect("the engine runs here");
    let mut group = criterion.benchmark_group("fact/copy");
    group.sample_size(10);
    for case in copy::cases() {
        let prepared = case.prepare(&engine);
        let mut prepared = prepared.expect("the adapter does what it must");
        group.throughput(Throughput::Bytes(u64::from(prepared.bytes)));
        let mut add = |name: &str, run: fn(&mut copy::Prepared, u32) -> Result<()>| {
            let id = BenchmarkId::new(format!("{}/{name}", case.name), case.size);
            group.bench_function(id, |bencher| {
                bencher.iter_custom(|count| time(count, |count| run(&mut prepared, count)));
            });
        };
        add("memory.copy", copy::Prepared::copy);
        add("simd", copy::Prepared::with_simd);
        add("no simd", copy::Prepared::without_simd);
    }
    group.finish();
}

fn handles(criterion: &mut Criterion) {
    let engine = world::engine().expect("the engine runs here");
    let mut group = criterion.benchmark_group("fact/handles");
    for case in handle::Case::ALL {
        let prepared = case.prepare(&engine);
        let mut prepared = prepared.expect("the adapter does what it must");
        group.bench_function(case.name(), |bencher| {
            bencher.iter_custom(|count| time(count, |count| prepared.call(count)));
        });
    }
    group.finish();
}

/// Returns settings that leave the hundreds of cases a few minutes.
fn settings() -> Criterion {
    Criterion::default()
        .warm_up_time(Duration::from_millis(100))
        .measurement_time(Duration::from_millis(500))
}

criterion_group! {
    name = all;
    config = settings();
    targets = generation, copies, handles
}
criterion_main!(all);
