//! The command line: reads files, calls the library, prints.

pub(crate) mod value;

pub(crate) mod args;

pub(crate) mod input;

pub(crate) mod output;

pub(crate) mod progress;

pub(crate) mod load;

pub(crate) mod wat;

pub(crate) mod choice;

pub(crate) mod typed;

pub(crate) mod manifest;

pub(crate) mod adapters;

pub(crate) mod explain;

#[cfg(feature = "runtime")]
pub(crate) mod component;

#[cfg(feature = "wasi")]
pub(crate) mod precompiled;

#[cfg(feature = "wasi")]
pub(crate) mod guest;

#[cfg(feature = "wasi")]
pub(crate) mod run;

#[cfg(feature = "wast")]
pub(crate) mod wast;

pub(crate) mod command;

use std::process::ExitCode;

use clap::Parser;

use args::Args;

/// Does what the arguments of the process say, and returns how that went.
pub(crate) fn main() -> ExitCode {
    match command::run(&Args::parse()) {
        Ok(code) => code,
        Err(error) => {
            output::write_error(&error);
            ExitCode::FAILURE
        }
    }
}
