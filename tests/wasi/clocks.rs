//! `wasi:clocks`: what time it is, and waiting for it.

use interfuse::wasi::{HostMonotonicClock, VirtualClock, WasiCtx};

use crate::guest::Guest;

#[test]
fn virtual_time_passes_when_somebody_waits() {
    let clock = VirtualClock::new(1_500_000_000);
    let mut builder = WasiCtx::builder();
    builder
        .wall_clock(clock.clone())
        .monotonic_clock(clock.clone());
    let mut guest = Guest::new(builder.build());
    let now = guest.text("clocks/wall-clock#now", &[]);
    assert_eq!(now, "{seconds: 1, nanoseconds: 500000000}");
    assert_eq!(guest.text("clocks/monotonic-clock#now", &[]), "1500000000");
    let hour = "3600000000000".into();
    let pollable = guest.handle("clocks/monotonic-clock#subscribe-duration", &[hour]);
    assert_eq!(
        guest.text("io/poll#pollable.ready", &[pollable.into()]),
        "false"
    );
    guest.call("io/poll#pollable.block", &[pollable.into()]);
    assert_eq!(
        guest.text("io/poll#pollable.ready", &[pollable.into()]),
        "true"
    );
    assert_eq!(clock.now(), 3_601_500_000_000);
    let past = guest.handle("clocks/monotonic-clock#subscribe-instant", &["5".into()]);
    assert_eq!(guest.text("io/poll#pollable.ready", &[past.into()]), "true");
}

#[test]
fn system_time_passes() {
    let mut guest = Guest::new(WasiCtx::default());
    let mut now = || -> u64 {
        guest
            .text("clocks/monotonic-clock#now", &[])
            .parse()
            .unwrap()
    };
    let before = now();
    while now() == before {}
    assert_eq!(guest.text("clocks/monotonic-clock#resolution", &[]), "1");
    let resolution = guest.text("clocks/wall-clock#resolution", &[]);
    assert_eq!(resolution, "{seconds: 0, nanoseconds: 1}");
    let soon = guest.handle(
        "clocks/monotonic-clock#subscribe-duration",
        &["1000".into()],
    );
    guest.call("io/poll#pollable.block", &[soon.into()]);
    assert_eq!(guest.text("io/poll#pollable.ready", &[soon.into()]), "true");
}
