//! The functions that the functions of a core module call, found in its bytes.

use cranelift_entity::EntityRef;
use wasmparser::{Encoding, FunctionBody, Operator, Parser, Payload, Result};

use crate::adapt::index::FuncIndex;
use crate::adapt::module::{EntityType, StaticModule};

/// Where the functions of a core module are.
pub(crate) struct Functions<'a> {
    /// For each imported function its position among the imports.
    imported: Vec<usize>,
    /// The bodies of the others.
    bodies: Vec<FunctionBody<'a>>,
}

/// Where a function of a core module is.
pub(crate) enum Function<'f, 'a> {
    /// It is imported: its position among the imports.
    Imported(usize),
    /// It is defined in the module.
    Defined(&'f FunctionBody<'a>),
}

impl<'a> Functions<'a> {
    /// Returns the functions of a module with these bytes; nothing if they are not those of a module.
    pub(crate) fn read(module: &StaticModule, bytes: &'a [u8]) -> Option<Self> {
        let imports = module.imports.iter().enumerate();
        let mut bodies = Vec::new();
        for payload in Parser::new(0).parse_all(bytes) {
            match payload.ok()? {
                Payload::Version {
                    encoding: Encoding::Component,
                    ..
                } => return None,
                Payload::CodeSectionEntry(body) => bodies.push(body),
                _ => {}
            }
        }
        Some(Functions {
            imported: imports
                .filter(|(_, import)| matches!(import.ty, EntityType::Func(_)))
                .map(|(position, _)| position)
                .collect(),
            bodies,
        })
    }

    /// Returns where a function is.
    pub(crate) fn get(&self, func: FuncIndex) -> Option<Function<'_, 'a>> {
        match self.imported.get(func.index()) {
            Some(position) => Some(Function::Imported(*position)),
            None => self
                .bodies
                .get(func.index() - self.imported.len())
                .map(Function::Defined),
        }
    }

    /// Returns the functions that a body calls or makes references to, in ascending order and each once; nothing if
    /// it also calls what cannot be told from its bytes, or these cannot be read.
    pub(crate) fn callees(&self, body: &FunctionBody<'a>) -> Option<Vec<FuncIndex>> {
        let mut callees = direct_callees(body).ok()??;
        callees.sort_unstable();
        callees.dedup();
        let count = self.imported.len() + self.bodies.len();
        let callees = callees.into_iter().map(|index| {
            let index = usize::try_from(index).ok()?;
            (index < count).then(|| FuncIndex::new(index))
        });
        callees.collect()
    }
}

/// Returns the indices of the functions that a body calls or makes references to; nothing if it also calls references.
fn direct_callees(body: &FunctionBody<'_>) -> Result<Option<Vec<u32>>> {
    let mut callees = Vec::new();
    let mut operators = body.get_operators_reader()?;
    while !operators.eof() {
        match operators.read()? {
            Operator::Call { function_index }
            | Operator::ReturnCall { function_index }
            | Operator::RefFunc { function_index } => callees.push(function_index),
            Operator::CallIndirect { .. }
            | Operator::ReturnCallIndirect { .. }
            | Operator::CallRef { .. }
            | Operator::ReturnCallRef { .. }
            | Operator::ContNew { .. }
            | Operator::ContBind { .. }
            | Operator::Suspend { .. }
            | Operator::Resume { .. }
            | Operator::ResumeThrow { .. }
            | Operator::ResumeThrowRef { .. }
            | Operator::Switch { .. } => return Ok(None),
            _ => {}
        }
    }
    Ok(Some(callees))
}
