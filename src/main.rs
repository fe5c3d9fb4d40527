//! The `interfuse` command.

fn main() {}
