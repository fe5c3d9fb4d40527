//! The arguments of the command.

use std::path::PathBuf;
use std::str::FromStr;
#[cfg(feature = "wasi")]
use std::time::Duration;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use interfuse::fact::{FactConfig, Reentrance};

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

/// The caller's and the callee's component instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Between {
    /// The name of the caller's.
    pub(crate) from: String,
    /// The name of the callee's.
    pub(crate) to: String,
}

impl FromStr for Between {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (from, to) = text.split_once(',').ok_or("expected FROM,TO")?;
        Ok(Between {
            from: from.into(),
            to: to.into(),
        })
    }
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

/// A folder for a program.
#[cfg(feature = "wasi")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FolderArg {
    /// Where it is.
    pub(crate) host: PathBuf,
    /// By what path the program finds it.
    pub(crate) guest: String,
    /// Whether the program must not change it.
    pub(crate) is_read_only: bool,
}

#[cfg(feature = "wasi")]
impl FromStr for FolderArg {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (paths, is_read_only) = match text.strip_suffix(":ro") {
            Some(paths) => (paths, true),
            None => (text, false),
        };
        let (host, guest) = paths.split_once("::").unwrap_or((paths, paths));
        if host.is_empty() || guest.is_empty() {
            return Err("expected HOST, HOST::GUEST, or one of them with `:ro`");
        }
        Ok(FolderArg {
            host: host.into(),
            guest: guest.into(),
            is_read_only,
        })
    }
}

/// What a program may use of the network.
#[cfg(feature = "wasi")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NetArg {
    /// All of it.
    All,
    /// The addresses of a host, and a port.
    Place {
        /// The host's name or address.
        host: String,
        /// Both, as they are written.
        text: String,
    },
}

#[cfg(feature = "wasi")]
impl FromStr for NetArg {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.rsplit_once(':') {
            Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok() => {
                Ok(NetArg::Place {
                    host: host.into(),
                    text: text.into(),
                })
            }
            None if text == "all" => Ok(NetArg::All),
            _ => Err("expected HOST:PORT"),
        }
    }
}

/// Reads a time: a number and a unit.
#[cfg(feature = "wasi")]
fn duration(text: &str) -> Result<Duration, &'static str> {
    let wrong = "expected a number and `ms`, `s`, `m` or `h`";
    let end = text.find(|c: char| c.is_ascii_alphabetic());
    let (number, unit) = text.split_at(end.ok_or(wrong)?);
    let seconds: f64 = number.parse().map_err(|_| wrong)?;
    let scale = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return Err(wrong),
    };
    Duration::try_from_secs_f64(seconds * scale).map_err(|_| "too short or too long a time")
}

/// Reads a number of bytes, which may have a unit.
#[cfg(feature = "wasi")]
fn size(text: &str) -> Result<u64, &'static str> {
    let wrong = "expected a number, or one with `K`, `M` or `G`";
    let (number, shift) = match text.as_bytes().last() {
        Some(b'K') => (&text[..text.len() - 1], 10),
        Some(b'M') => (&text[..text.len() - 1], 20),
        Some(b'G') => (&text[..text.len() - 1], 30),
        _ => (text, 0),
    };
    let number: u64 = number.parse().map_err(|_| wrong)?;
    number.checked_mul(1 << shift).ok_or("too many bytes")
}

/// A component for an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Supply {
    /// The name of the import.
    pub(crate) name: String,
    /// The file with the component.
    pub(crate) file: PathBuf,
}

impl FromStr for Supply {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // Names may hold `=`, as in `url=<https://…>`; names of files seldom do.
        match text.rsplit_once('=') {
            Some((name, file)) if !name.is_empty() && !file.is_empty() => Ok(Supply {
                name: name.into(),
                file: file.into(),
            }),
            _ => Err("expected NAME=FILE"),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::{Args, Command, Supply};

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
    fn name_of_a_supply_may_hold_equals_signs() {
        let supply: Supply = "url=<https://x/?a=b>=c.wasm".parse().unwrap();
        assert_eq!(supply.name, "url=<https://x/?a=b>");
        assert_eq!(supply.file.to_str(), Some("c.wasm"));
        for bad in ["", "=", "a=", "=b", "ab"] {
            assert!(bad.parse::<Supply>().is_err(), "{bad}");
        }
    }

    #[test]
    fn json_is_always_full() {
        let args = ["interfuse", "plan", "a.wasm", "--json", "--full"];
        assert!(Args::try_parse_from(args).is_err());
    }
}
