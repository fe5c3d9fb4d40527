//! What is said of adapters, as data.

use serde::Serialize;

use crate::adapt::print::escape;
use crate::fact::explain::import::ImportExplanation;
use crate::fact::explain::value::{MoveExplanation, ValuesExplanation};

/// The name of the schema.
pub const SCHEMA: &str = "interfuse-explain";

/// The version of the schema.
pub const VERSION: u32 = 1;

/// What adapter modules do. Prints as text.
#[derive(Clone, Debug, Serialize)]
pub struct Explanation {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// [`VERSION`].
    pub version: u32,
    /// The modules.
    pub modules: Vec<ModuleExplanation>,
}

/// What the adapters of one module do.
#[derive(Clone, Debug, Serialize)]
pub struct ModuleExplanation {
    /// The name of the module.
    pub name: String,
    /// Bytes of the code of its functions.
    pub code_bytes: usize,
    /// Its functions, imported ones left out.
    pub functions: Vec<FunctionExplanation>,
    /// Each distinct way in which a type moves; parts come before what is made of them.
    pub moves: Vec<MoveExplanation>,
    /// Its adapters.
    pub adapters: Vec<AdapterExplanation>,
}

/// A function of an adapter module.
#[derive(Clone, Debug, Serialize)]
pub struct FunctionExplanation {
    /// Its position in `functions`.
    pub id: usize,
    /// Its name.
    pub name: String,
    /// Bytes of its code.
    pub bytes: usize,
    /// How many adapters of the module use it, as their own code or by a call.
    pub adapters: usize,
}

/// What an adapter does.
#[derive(Clone, Debug, Serialize)]
pub struct AdapterExplanation {
    /// The name under which the module exports it.
    pub export: String,
    /// Its name for people, from the caller to the callee.
    pub name: String,
    /// The type of the function in WIT, cut if it is long.
    #[serde(rename = "type")]
    pub ty: String,
    /// The side of the caller.
    pub from: SideExplanation,
    /// The side of the callee.
    pub to: SideExplanation,
    /// Whether every call traps, because the callee must not be entered. Then no value moves, and none is listed.
    pub refused: bool,
    /// How the parameters move.
    pub params: ValuesExplanation,
    /// How the result moves; none if there is no result, or no value moves.
    pub result: Option<ValuesExplanation>,
    /// The functions that it consists of, positions in `functions`: its own comes first.
    pub functions: Vec<usize>,
    /// The adapter of the same module that it calls, by the name of its export.
    pub calls: Option<String>,
    /// What it imports.
    pub imports: Vec<ImportExplanation>,
    /// The reasons for which it may trap by itself, those of an adapter that it calls left out.
    pub traps: Vec<TrapExplanation>,
}

/// One side of an adapter.
#[derive(Clone, Debug, Serialize)]
pub struct SideExplanation {
    /// The number of the component instance.
    pub instance: u32,
    /// How strings lie in its memory: `utf8`, `utf16` or `latin1+utf16`.
    pub encoding: String,
    /// Bits of a pointer; none if no memory is needed.
    pub pointer_bits: Option<u32>,
}

/// A reason to trap.
#[derive(Clone, Debug, Serialize)]
pub struct TrapExplanation {
    /// The number of the code.
    pub code: u32,
    /// What it means.
    pub text: String,
}

impl Explanation {
    /// Returns an explanation of some modules.
    pub fn new(modules: Vec<ModuleExplanation>) -> Explanation {
        Explanation {
            schema: SCHEMA,
            version: VERSION,
            modules,
        }
    }

    /// Returns the explanation as JSON.
    pub fn to_json(&self) -> String {
        let text = serde_json::to_string_pretty(self)
            .expect("the keys of the document are strings, and a string takes all that is written");
        escape::json(text + "\n")
    }
}
