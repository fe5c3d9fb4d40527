//! Compiled code in files, through the API: here, because tests outside of the crate have no unsafe code.

mod support;

mod roundtrip;

mod damage;

mod perf_map;
