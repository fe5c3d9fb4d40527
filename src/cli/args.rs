//! The arguments of the command.

use std::path::PathBuf;
#[cfg(feature = "wasi")]
use std::time::Duration;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use interfuse::fact::{FactConfig, Reentrance};

use crate::cli::value::{Between, Supply};
#[cfg(feature = "wasi")]
use crate::cli::value::{FolderArg, NetArg, duration, size};

/// Fuses the calls between the instances of a WebAssembly component.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print what a component consists of: instances, adapters, imports, exports, stages
    Plan(PlanArgs),
    /// Print how the instances of a component call each other, as a graph
    Graph(GraphArgs),
    /// Print the adapters of a component as core WebAssembly
    Adapters(AdaptersArgs),
    /// Say what the adapters of a component do: how each value moves, bytes of code, imports, reasons to trap
    Explain(ExplainArgs),
    /// Run a program, or a function of a component
    #[cfg(feature = "wasi")]
    Run(RunArgs),
    /// Compile a component to machine code, to be run later
    #[cfg(feature = "runtime")]
    Compile(CompileArgs),
    /// Run test scripts, and count what passed
    #[cfg(feature = "wast")]
    Wast(WastArgs),
}

/// The arguments of `interfuse plan`.
#[derive(Debug, ClapArgs)]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// Print JSON, which is always full
    #[arg(long, conflicts_with = "full")]
    pub(crate) json: bool,
    /// Print every argument of every core instance
    #[arg(long)]
    pub(crate) full: bool,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// The arguments of `interfuse graph`.
#[derive(Debug, ClapArgs)]
pub(crate) struct GraphArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// The language of the graph
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: GraphFormat,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// The arguments of `interfuse adapters`.
#[derive(Debug, ClapArgs)]
pub(crate) struct AdaptersArgs {
    #[command(flatten)]
    pub(crate) input: Option<InputArgs>,
    #[command(flatten)]
    pub(crate) choice: ChoiceArgs,
    /// Write binaries, and a manifest of their imports, to the folder that `--output` names
    #[arg(long, requires = "output", conflicts_with = "ty")]
    pub(crate) wasm: bool,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    #[command(flatten)]
    pub(crate) ty: TypeArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// The arguments of `interfuse explain`.
#[derive(Debug, ClapArgs)]
pub(crate) struct ExplainArgs {
    #[command(flatten)]
    pub(crate) input: Option<InputArgs>,
    #[command(flatten)]
    pub(crate) choice: ChoiceArgs,
    /// Print JSON, with all parts of all types
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    #[command(flatten)]
    pub(crate) ty: TypeArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// The arguments of `interfuse run`.
#[cfg(feature = "wasi")]
#[derive(Debug, ClapArgs)]
pub(crate) struct RunArgs {
    /// The component, binary, text, or what `interfuse compile` wrote: that is machine code, and must come from somebody you
    /// trust; `-` is the standard input
    pub(crate) file: PathBuf,
    /// Call a function: its name and its arguments in WAVE, like `greet("Ada", [1, 2])`
    #[arg(long, value_name = "CALL")]
    pub(crate) invoke: Option<String>,
    /// The interface that has the function, if several have one of that name
    #[arg(long, value_name = "NAME")]
    pub(crate) interface: Option<String>,
    /// Print every call that crosses the boundary of a component, with its values
    #[arg(long)]
    pub(crate) trace: bool,
    /// Print how long compiling, instantiating and each call take
    #[arg(long)]
    pub(crate) time: bool,
    /// Call it several times
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) repeat: u32,
    /// Let imports that are not there trap when they are called
    #[arg(long)]
    pub(crate) unknown_imports_trap: bool,
    /// Supply a component for the component import of this name
    #[arg(long, value_name = "NAME=FILE")]
    pub(crate) supply: Vec<Supply>,
    /// Give the program a variable: `NAME=VALUE`, or `NAME` for one that is set here
    #[arg(long, value_name = "NAME[=VALUE]")]
    pub(crate) env: Vec<String>,
    /// Give the program a folder, by another name or the same; with `:ro` it can only read it
    #[arg(long = "dir", value_name = "HOST[::GUEST][:ro]")]
    pub(crate) dirs: Vec<FolderArg>,
    /// Give the program this file as its standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) stdin: Option<PathBuf>,
    /// Let the program use the network: all of it, or only these addresses, to connect and send to or to listen at; who
    /// sends datagrams may get some from anybody
    #[arg(long, value_name = "HOST:PORT", num_args = 0..=1, require_equals = true, default_missing_value = "all")]
    pub(crate) allow_net: Vec<NetArg>,
    /// Stop the program after this time, like `90s`, `1.5s` or `200ms`; one that was compiled before, without
    /// `--interruptible`, and computes is ended a second later, and does not say where
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) timeout: Option<Duration>,
    /// Let the program use no more memory than this, in bytes, or like `64K`, `100M` or `2G`
    #[arg(long, value_name = "BYTES", value_parser = size)]
    pub(crate) max_memory: Option<u64>,
    /// What the program gets as its arguments
    #[arg(last = true)]
    pub(crate) args: Vec<String>,
}

/// The arguments of `interfuse compile`.
#[cfg(feature = "runtime")]
#[derive(Debug, ClapArgs)]
pub(crate) struct CompileArgs {
    /// The component, binary or text; `-` is the standard input
    pub(crate) file: PathBuf,
    /// Let `run --timeout` stop it while it computes, which makes loops a little slower
    #[arg(long)]
    pub(crate) interruptible: bool,
    /// Write here
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
}

/// The arguments of `interfuse wast`.
#[cfg(feature = "wast")]
#[derive(Debug, ClapArgs)]
pub(crate) struct WastArgs {
    /// Scripts, or folders of scripts, of core modules and components
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// What is known to fail: on each line `FILE` or `FILE:LINE`, and why. It is an error if it passes
    #[arg(long, value_name = "LIST")]
    pub(crate) expected_failures: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Settings of the generator.
#[derive(Debug, ClapArgs)]
pub(crate) struct ConfigArgs {
    /// Use no SIMD instructions
    #[arg(long)]
    no_simd: bool,
    /// Which calls into an instance that is on the stack already trap
    #[arg(long, value_name = "POLICY", default_value = "allowed")]
    reentrance: ReentranceArg,
}

impl ConfigArgs {
    /// Returns the settings.
    pub(crate) fn fact_config(&self) -> FactConfig {
        FactConfig {
            simd: !self.no_simd,
            reentrance: match self.reentrance {
                ReentranceArg::Allowed => Reentrance::Allowed,
                ReentranceArg::TrapSame => Reentrance::TrapSame,
                ReentranceArg::TrapKin => Reentrance::TrapKin,
            },
        }
    }
}

/// Which adapters of a component are meant.
#[derive(Debug, ClapArgs)]
pub(crate) struct ChoiceArgs {
    /// Only the adapter of this number; `adapters` prints what it calls as well
    #[arg(long, value_name = "NUMBER")]
    pub(crate) adapter: Option<u32>,
    /// Only adapters for calls from one component instance to another
    #[arg(long, value_name = "FROM,TO")]
    pub(crate) between: Option<Between>,
}

impl ChoiceArgs {
    /// Returns whether not all adapters are meant.
    pub(crate) fn is_made(&self) -> bool {
        self.adapter.is_some() || self.between.is_some()
    }
}

/// An adapter of which nothing is known but its type.
#[derive(Debug, ClapArgs)]
pub(crate) struct TypeArgs {
    /// Make one adapter for a function of this type, as in `(func (param "s" string) (result (list u8)))`
    #[arg(long = "type", value_name = "TYPE", conflicts_with_all = ["file", "adapter", "between"])]
    pub(crate) ty: Option<String>,
    /// How strings lie in the caller's memory
    #[arg(
        long,
        value_enum,
        default_value_t,
        requires = "ty",
        conflicts_with = "file"
    )]
    pub(crate) from: Encoding,
    /// How strings lie in the callee's memory
    #[arg(
        long,
        value_enum,
        default_value_t,
        requires = "ty",
        conflicts_with = "file"
    )]
    pub(crate) to: Encoding,
    /// Bits of a pointer into the caller's memory
    #[arg(
        long,
        value_enum,
        default_value_t,
        requires = "ty",
        conflicts_with = "file"
    )]
    pub(crate) from_width: PointerWidth,
    /// Bits of a pointer into the callee's memory
    #[arg(
        long,
        value_enum,
        default_value_t,
        requires = "ty",
        conflicts_with = "file"
    )]
    pub(crate) to_width: PointerWidth,
    /// Caller and callee are one instance, with one memory
    #[arg(long, requires = "ty", conflicts_with = "to_width")]
    pub(crate) within: bool,
}

/// How strings lie in a memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Encoding {
    /// UTF-8
    #[default]
    Utf8,
    /// UTF-16
    Utf16,
    /// Latin-1 or UTF-16
    #[value(name = "latin1+utf16")]
    Latin1OrUtf16,
}

/// Which calls into an instance that is on the stack already trap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReentranceArg {
    /// None
    #[default]
    Allowed,
    /// Calls within one instance
    TrapSame,
    /// Calls within one instance, and between one and another around it
    TrapKin,
}

/// The width of a pointer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum PointerWidth {
    /// 32 bits
    #[default]
    #[value(name = "32")]
    Bits32,
    /// 64 bits
    #[value(name = "64")]
    Bits64,
}

/// A graph language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum GraphFormat {
    /// Graphviz
    #[default]
    Dot,
    /// Mermaid
    Mermaid,
}

/// What to read.
#[derive(Debug, ClapArgs)]
pub(crate) struct InputArgs {
    /// The component, binary or text; `-` is the standard input
    pub(crate) file: PathBuf,
    /// Supply a component for the component import of this name
    #[arg(long, value_name = "NAME=FILE")]
    pub(crate) supply: Vec<Supply>,
}

/// Where to write.
#[derive(Debug, ClapArgs)]
pub(crate) struct OutputArgs {
    /// Write here instead of to the standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::{Args, Command};

    #[test]
    fn definition_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn supplies_are_repeatable() {
        let args = [
            "interfuse",
            "plan",
            "-",
            "--supply",
            "a=b.wasm",
            "--supply",
            "c=-",
        ];
        let Command::Plan(args) = Args::try_parse_from(args).unwrap().command else {
            panic!("the command is `plan`");
        };
        let names: Vec<_> = args.input.supply.iter().map(|it| &*it.name).collect();
        assert_eq!(names, ["a", "c"]);
    }

    #[test]
    fn json_is_always_full() {
        let args = ["interfuse", "plan", "a.wasm", "--json", "--full"];
        assert!(Args::try_parse_from(args).is_err());
    }
}
