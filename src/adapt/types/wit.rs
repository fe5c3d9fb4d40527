//! Printing of types as WIT.
//!
//! A type with a name prints as its name; what has none prints as its structure, cut off after
//! [`PRINT_NODES_MAX`] types.

use std::cell::Cell;
use std::fmt;

use crate::adapt::index::{FuncTypeId, ResourceId, TypeId};
use crate::adapt::types::store::Types;
use crate::adapt::types::value::{DefinedType, FuncType, Label, ValType};

/// Largest number of types in one printed type (ours: a type of a few bytes may unfold to 2^40 parts).
pub const PRINT_NODES_MAX: u32 = 1000;

impl Types {
    /// Returns a type as text: its name, or its structure if it has none.
    pub fn display(&self, ty: ValType) -> impl fmt::Display + '_ {
        Wit {
            types: self,
            what: What::Val(ty),
            budget: Cell::new(PRINT_NODES_MAX),
        }
    }

    /// Returns the definition of a compound type as text, also if it has a name.
    pub fn display_definition(&self, id: TypeId) -> impl fmt::Display + '_ {
        Wit {
            types: self,
            what: What::Definition(id),
            budget: Cell::new(PRINT_NODES_MAX),
        }
    }

    /// Returns a function type as text: `func(a: u32) -> string`.
    pub fn display_func(&self, id: FuncTypeId) -> impl fmt::Display + '_ {
        Wit {
            types: self,
            what: What::Func(id),
            budget: Cell::new(PRINT_NODES_MAX),
        }
    }

    /// Returns the name of a resource as text.
    pub fn display_resource(&self, id: ResourceId) -> impl fmt::Display + '_ {
        Wit {
            types: self,
            what: What::Resource(id),
            budget: Cell::new(PRINT_NODES_MAX),
        }
    }
}

enum What {
    Val(ValType),
    Definition(TypeId),
    Func(FuncTypeId),
    Resource(ResourceId),
}

struct Wit<'a> {
    types: &'a Types,
    what: What,
    budget: Cell<u32>,
}

impl fmt::Display for Wit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.what {
            What::Val(ty) => self.val(f, ty),
            What::Definition(id) => self.defined(f, id),
            What::Func(id) => self.func(f, self.types.func(id)),
            What::Resource(id) => self.resource(f, id),
        }
    }
}

impl Wit<'_> {
    fn val(&self, f: &mut fmt::Formatter<'_>, ty: ValType) -> fmt::Result {
        let Some(budget) = self.budget.get().checked_sub(1) else {
            return f.write_str("…");
        };
        self.budget.set(budget);
        f.write_str(match ty {
            ValType::Bool => "bool",
            ValType::S8 => "s8",
            ValType::U8 => "u8",
            ValType::S16 => "s16",
            ValType::U16 => "u16",
            ValType::S32 => "s32",
            ValType::U32 => "u32",
            ValType::S64 => "s64",
            ValType::U64 => "u64",
            ValType::F32 => "f32",
            ValType::F64 => "f64",
            ValType::Char => "char",
            ValType::String => "string",
            ValType::Own(id) => return self.handle(f, "own", id),
            ValType::Borrow(id) => return self.handle(f, "borrow", id),
            ValType::Defined(id) => match self.types.shown_name(id) {
                Some(name) => name,
                None => return self.defined(f, id),
            },
        })
    }

    fn handle(&self, f: &mut fmt::Formatter<'_>, kind: &str, id: ResourceId) -> fmt::Result {
        write!(f, "{kind}<")?;
        self.resource(f, id)?;
        f.write_str(">")
    }

    fn resource(&self, f: &mut fmt::Formatter<'_>, id: ResourceId) -> fmt::Result {
        match self.types.resource_name(id) {
            Some(name) => f.write_str(name),
            None => write!(f, "{id}"),
        }
    }

    fn func(&self, f: &mut fmt::Formatter<'_>, ty: &FuncType) -> fmt::Result {
        f.write_str("func(")?;
        self.list(f, &ty.params, |f, (name, ty)| {
            write!(f, "{name}: ")?;
            self.val(f, *ty)
        })?;
        f.write_str(")")?;
        match ty.result {
            Some(ty) => {
                f.write_str(" -> ")?;
                self.val(f, ty)
            }
            None => Ok(()),
        }
    }

    fn defined(&self, f: &mut fmt::Formatter<'_>, id: TypeId) -> fmt::Result {
        match self.types.defined(id) {
            DefinedType::Record(fields) => self.braced(f, "record", fields, |f, (name, ty)| {
                write!(f, "{name}: ")?;
                self.val(f, *ty)
            }),
            DefinedType::Variant(cases) => self.braced(f, "variant", cases, |f, (name, ty)| {
                f.write_str(name)?;
                match ty {
                    Some(ty) => {
                        f.write_str("(")?;
                        self.val(f, *ty)?;
                        f.write_str(")")
                    }
                    None => Ok(()),
                }
            }),
            DefinedType::Flags(names) => self.braced(f, "flags", names, label),
            DefinedType::Enum(names) => self.braced(f, "enum", names, label),
            DefinedType::List(ty) => self.angled(f, "list", &[*ty]),
            DefinedType::FixedList(ty, length) => {
                f.write_str("list<")?;
                self.val(f, *ty)?;
                write!(f, ", {length}>")
            }
            DefinedType::Map(key, value) => self.angled(f, "map", &[*key, *value]),
            DefinedType::Tuple(types) => self.angled(f, "tuple", types),
            DefinedType::Option(ty) => self.angled(f, "option", &[*ty]),
            DefinedType::Result {
                ok: None,
                err: None,
            } => f.write_str("result"),
            DefinedType::Result {
                ok: Some(ok),
                err: None,
            } => self.angled(f, "result", &[*ok]),
            DefinedType::Result {
                ok: Some(ok),
                err: Some(err),
            } => self.angled(f, "result", &[*ok, *err]),
            DefinedType::Result {
                ok: None,
                err: Some(err),
            } => {
                f.write_str("result<_, ")?;
                self.val(f, *err)?;
                f.write_str(">")
            }
        }
    }

    fn angled(&self, f: &mut fmt::Formatter<'_>, kind: &str, types: &[ValType]) -> fmt::Result {
        write!(f, "{kind}<")?;
        self.list(f, types, |f, ty| self.val(f, *ty))?;
        f.write_str(">")
    }

    fn braced<T>(
        &self,
        f: &mut fmt::Formatter<'_>,
        kind: &str,
        items: &[T],
        item: impl Fn(&mut fmt::Formatter<'_>, &T) -> fmt::Result,
    ) -> fmt::Result {
        write!(f, "{kind} {{ ")?;
        self.list(f, items, item)?;
        f.write_str(" }")
    }

    /// Writes items with commas between them, and `…` where the budget ends.
    fn list<T>(
        &self,
        f: &mut fmt::Formatter<'_>,
        items: &[T],
        item: impl Fn(&mut fmt::Formatter<'_>, &T) -> fmt::Result,
    ) -> fmt::Result {
        for (i, it) in items.iter().enumerate() {
            if i > 0 {
                f.write_str(", ")?;
            }
            let Some(budget) = self.budget.get().checked_sub(1) else {
                return f.write_str("…");
            };
            self.budget.set(budget);
            item(f, it)?;
        }
        Ok(())
    }
}

fn label(f: &mut fmt::Formatter<'_>, name: &Label) -> fmt::Result {
    f.write_str(name)
}

#[cfg(test)]
mod tests {
    use super::PRINT_NODES_MAX;
    use crate::adapt::types::store::Types;
    use crate::adapt::types::value::{DefinedType, FuncType, ValType};

    #[test]
    fn anonymous_and_named_types() {
        let mut types = Types::default();
        let point =
            DefinedType::Record([("x".into(), ValType::S32), ("y".into(), ValType::F64)].into());
        let point = types.define(point).unwrap();
        let list = types.define(DefinedType::List(point)).unwrap();
        let result = types
            .define(DefinedType::Result {
                ok: None,
                err: Some(list),
            })
            .unwrap();
        assert_eq!(
            types.display(result).to_string(),
            "result<_, list<record { x: s32, y: f64 }>>"
        );
        let ValType::Defined(id) = point else {
            unreachable!("a record is a compound type")
        };
        types.add_name(id, &"point".into());
        let func = types.define_func(FuncType {
            params: [("p".into(), list)].into(),
            result: Some(result),
        });
        assert_eq!(
            types.display_func(func).to_string(),
            "func(p: list<point>) -> result<_, list<point>>"
        );
        assert_eq!(
            types.display_definition(id).to_string(),
            "record { x: s32, y: f64 }"
        );
    }

    #[test]
    fn type_that_unfolds_to_2_pow_60_leaves_prints_cut_off() {
        let mut types = Types::default();
        let mut ty = ValType::U8;
        for _ in 0..60 {
            ty = types.define(DefinedType::Tuple([ty, ty].into())).unwrap();
        }
        let text = types.display(ty).to_string();
        assert!(text.contains('…'));
        assert!(text.len() < 10 * PRINT_NODES_MAX as usize);
    }
}
