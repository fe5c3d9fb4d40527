//! WASI: each function does what its interface says.

mod guest;

mod io;

mod cli;

mod clocks;

mod random;

mod filesystem;

mod path;

mod escape;

mod sockets;

mod network;

mod command;

mod zoo;

mod real;
