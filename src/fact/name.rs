//! Names of flat parameters, for people who read a module: taken from the names in the type of the function.

use crate::adapt::{DefinedType, FuncTypeId, Types, ValType};
use crate::fact::abi::MAX_FLAT_PARAMS;

/// Largest number of types that are looked at for one function (ours: types may unfold to billions).
const STEPS_MAX: u32 = 1_000;

/// Returns names for the flat parameters of a function: that of the parameter, and the way to the part of it that the
/// flat value is. There may be more names than flat parameters, or fewer if types are large.
pub(in crate::fact) fn flat_param_names(types: &Types, func: FuncTypeId) -> Vec<String> {
    let mut namer = Namer {
        types,
        names: Vec::new(),
        steps: 0,
    };
    for (name, ty) in &types.func(func).params {
        let before = namer.names.len();
        namer.add(*ty, name);
        if namer.is_tired() {
            namer.names.truncate(before);
            break;
        }
    }
    namer.names
}

struct Namer<'a> {
    types: &'a Types,
    names: Vec<String>,
    steps: u32,
}

impl Namer<'_> {
    fn is_tired(&self) -> bool {
        self.steps > STEPS_MAX || self.names.len() > MAX_FLAT_PARAMS
    }

    /// Adds the names of the flat values of a type whose own name is `path`.
    fn add(&mut self, ty: ValType, path: &str) {
        self.steps += 1;
        if self.is_tired() {
            return;
        }
        let ValType::Defined(id) = ty else {
            match ty {
                ValType::String => self.add_pair(path),
                _ => self.names.push(path.to_owned()),
            }
            return;
        };
        let types = self.types;
        match types.defined(id) {
            DefinedType::Record(fields) => {
                for (name, ty) in fields {
                    self.add(*ty, &format!("{path}.{name}"));
                }
            }
            DefinedType::Tuple(fields) => {
                for (position, ty) in fields.iter().enumerate() {
                    self.add(*ty, &format!("{path}.{position}"));
                }
            }
            DefinedType::FixedList(element, count) => {
                for position in 0..*count {
                    if self.is_tired() {
                        return;
                    }
                    self.add(*element, &format!("{path}.{position}"));
                }
            }
            DefinedType::List(_) | DefinedType::Map(..) => self.add_pair(path),
            DefinedType::Flags(_) | DefinedType::Enum(_) => self.names.push(path.to_owned()),
            DefinedType::Variant(cases) => {
                self.add_cases(cases.iter().filter_map(|(_, ty)| *ty), path);
            }
            DefinedType::Option(ty) => self.add_cases([*ty].into_iter(), path),
            DefinedType::Result { ok, err } => {
                self.add_cases([*ok, *err].into_iter().flatten(), path);
            }
        }
    }

    fn add_pair(&mut self, path: &str) {
        self.names.push(format!("{path}.ptr"));
        self.names.push(format!("{path}.len"));
    }

    /// Adds the name of a discriminant, and those of the flat values that the payloads share. What several payloads share
    /// is numbered.
    fn add_cases(&mut self, payloads: impl Iterator<Item = ValType>, path: &str) {
        self.names.push(format!("{path}.case"));
        let start = self.names.len();
        let mut payload_count = 0;
        let mut longest = Vec::new();
        for payload in payloads {
            payload_count += 1;
            self.add(payload, &format!("{path}.value"));
            if self.is_tired() {
                return;
            }
            let names = self.names.split_off(start);
            if names.len() > longest.len() {
                longest = names;
            }
        }
        if payload_count > 1 {
            let numbered = |position| format!("{path}.{position}");
            longest = (0..longest.len()).map(numbered).collect();
        }
        self.names.append(&mut longest);
    }
}
