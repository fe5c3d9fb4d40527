//! What a written module says of itself: sizes of functions, who calls whom, what is imported and used.

use std::collections::{BTreeSet, HashMap};

use wasmparser::{
    BinaryReaderError, FunctionBody, KnownCustom, Name, Operator, Parser, Payload, TypeRef,
};

use crate::fact::spec::ImportName;

/// A module, read.
#[derive(Debug, Default)]
pub(in crate::fact::explain) struct Written {
    /// Imported functions; they have the first indices.
    pub(in crate::fact::explain) funcs: Vec<ImportName>,
    /// Imported globals.
    pub(in crate::fact::explain) globals: Vec<ImportName>,
    /// The functions of the module itself.
    pub(in crate::fact::explain) bodies: Vec<Body>,
    /// Names of functions.
    pub(in crate::fact::explain) names: HashMap<u32, String>,
    /// Which function is exported under a name.
    pub(in crate::fact::explain) exports: HashMap<String, u32>,
}

/// The body of a function.
#[derive(Debug, Default)]
pub(in crate::fact::explain) struct Body {
    /// Its size in bytes, locals included.
    pub(in crate::fact::explain) size: usize,
    /// The functions that it calls.
    calls: BTreeSet<u32>,
    /// The globals that it reads or writes.
    globals: BTreeSet<u32>,
    /// The numbers with which it calls the first imported function.
    traps: BTreeSet<u32>,
}

/// What can be reached from a function.
#[derive(Debug, Default)]
pub(in crate::fact::explain) struct Reach {
    /// Functions of the module, as positions among its bodies.
    pub(in crate::fact::explain) bodies: BTreeSet<usize>,
    /// Imported functions.
    pub(in crate::fact::explain) imports: BTreeSet<usize>,
    /// Imported globals.
    pub(in crate::fact::explain) globals: BTreeSet<usize>,
    /// Functions at which the way ended.
    pub(in crate::fact::explain) ends: BTreeSet<u32>,
    /// The codes with which one can trap.
    pub(in crate::fact::explain) traps: BTreeSet<u32>,
}

impl Written {
    /// Reads a module that was written here: its first import of a function is the one that traps.
    pub(in crate::fact::explain) fn read(wasm: &[u8]) -> Result<Written, BinaryReaderError> {
        let mut module = Written::default();
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let import = import?;
                        let name = ImportName::new(import.module, import.name);
                        match import.ty {
                            TypeRef::Func(_) => module.funcs.push(name),
                            TypeRef::Global(_) => module.globals.push(name),
                            _ => {}
                        }
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export?;
                        module.exports.insert(export.name.to_owned(), export.index);
                    }
                }
                Payload::CodeSectionEntry(body) => module.bodies.push(read_body(&body)?),
                Payload::CustomSection(section) => {
                    if let KnownCustom::Name(names) = section.as_known() {
                        for name in names {
                            if let Name::Function(names) = name? {
                                for name in names {
                                    let name = name?;
                                    module.names.insert(name.index, name.name.to_owned());
                                }
                            }
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(module)
    }

    /// Returns what can be reached from a function without going through the functions in `ends`.
    pub(in crate::fact::explain) fn reach(&self, from: u32, ends: &BTreeSet<u32>) -> Reach {
        let mut reach = Reach::default();
        let mut todo = vec![from];
        while let Some(func) = todo.pop() {
            let index = func as usize;
            if func != from && ends.contains(&func) {
                reach.ends.insert(func);
            } else if index < self.funcs.len() {
                reach.imports.insert(index);
            } else if reach.bodies.insert(index - self.funcs.len()) {
                let body = &self.bodies[index - self.funcs.len()];
                todo.extend(&body.calls);
                reach
                    .globals
                    .extend(body.globals.iter().map(|it| *it as usize));
                reach.traps.extend(&body.traps);
            }
        }
        reach
    }
}

fn read_body(body: &FunctionBody<'_>) -> Result<Body, BinaryReaderError> {
    let range = body.range();
    let mut read = Body {
        size: usize::try_from(range.end - range.start).expect("a module fits into memory"),
        ..Body::default()
    };
    let mut constant = None;
    for operator in body.get_operators_reader()? {
        let operator = operator?;
        match (&operator, constant) {
            (Operator::Call { function_index: 0 }, Some(number)) => {
                read.calls.insert(0);
                read.traps.insert(number);
            }
            (Operator::Call { function_index }, _) => {
                read.calls.insert(*function_index);
            }
            (Operator::GlobalGet { global_index } | Operator::GlobalSet { global_index }, _) => {
                read.globals.insert(*global_index);
            }
            _ => {}
        }
        constant = match operator {
            Operator::I32Const { value } => Some(value.cast_unsigned()),
            _ => None,
        };
    }
    Ok(read)
}
