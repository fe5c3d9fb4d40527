//! The types that functions of random components have.

/// A kind of type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    U32,
    U64,
    F64,
    Bool,
    String,
    Bytes,
    Strings,
    Pair,
    Option,
    Result,
    /// A tuple that does not fit into 16 core values.
    Wide,
    Record,
    Enum,
    Flags,
    Variant,
    Own,
    Borrow,
    Owns,
    /// A record with a handle in it.
    Holder,
}

/// Every kind.
pub(crate) const KINDS: [Kind; 19] = [
    Kind::U32,
    Kind::U64,
    Kind::F64,
    Kind::Bool,
    Kind::String,
    Kind::Bytes,
    Kind::Strings,
    Kind::Pair,
    Kind::Option,
    Kind::Result,
    Kind::Wide,
    Kind::Record,
    Kind::Enum,
    Kind::Flags,
    Kind::Variant,
    Kind::Own,
    Kind::Borrow,
    Kind::Owns,
    Kind::Holder,
];

impl Kind {
    /// Returns the core types that a value of this kind flattens to.
    fn flat(self) -> &'static [&'static str] {
        match self {
            Kind::U32 | Kind::Bool | Kind::Enum | Kind::Flags | Kind::Own | Kind::Borrow => {
                &["i32"]
            }
            Kind::U64 => &["i64"],
            Kind::F64 => &["f64"],
            Kind::String | Kind::Bytes | Kind::Strings | Kind::Owns | Kind::Holder => {
                &["i32", "i32"]
            }
            Kind::Pair | Kind::Record | Kind::Result => &["i32", "i32", "i32"],
            Kind::Option => &["i32", "f32"],
            Kind::Wide => &["i32"; 17],
            Kind::Variant => &["i32", "f64"],
        }
    }

    fn uses_memory(self) -> bool {
        match self {
            Kind::String
            | Kind::Bytes
            | Kind::Strings
            | Kind::Pair
            | Kind::Result
            | Kind::Record
            | Kind::Owns => true,
            Kind::U32
            | Kind::U64
            | Kind::F64
            | Kind::Bool
            | Kind::Option
            | Kind::Wide
            | Kind::Enum
            | Kind::Flags
            | Kind::Variant
            | Kind::Own
            | Kind::Borrow
            | Kind::Holder => false,
        }
    }

    /// Returns whether a resource is part of it.
    pub(crate) fn has_resource(self) -> bool {
        matches!(self, Kind::Own | Kind::Borrow | Kind::Owns | Kind::Holder)
    }
}

/// A type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ty {
    pub kind: Kind,
    /// The resource, of a kind that has one, otherwise 0. In a leaf it is a number among those that the leaf knows,
    /// elsewhere one among all.
    pub resource: usize,
}

impl Ty {
    /// Returns by what identifiers of this type begin, if imports and exports must name it.
    pub(crate) fn named(self) -> Option<String> {
        match self.kind {
            Kind::Record => Some("record".to_owned()),
            Kind::Enum => Some("enum".to_owned()),
            Kind::Flags => Some("flags".to_owned()),
            Kind::Variant => Some("variant".to_owned()),
            Kind::Holder => Some(format!("holder{}", self.resource)),
            _ => None,
        }
    }

    /// Returns the name by which this type is imported and exported, given that of a resource.
    pub(crate) fn name(self, name: &dyn Fn(usize) -> String) -> Option<String> {
        match self.kind {
            Kind::Holder => Some(format!("holder-{}", name(self.resource))),
            _ => self.named(),
        }
    }

    /// Returns the type as text, as if it had no name, given the identifier of a resource.
    pub(crate) fn definition(self, id: &dyn Fn(usize) -> String) -> String {
        let text = match self.kind {
            Kind::U32 => "u32",
            Kind::U64 => "u64",
            Kind::F64 => "f64",
            Kind::Bool => "bool",
            Kind::String => "string",
            Kind::Bytes => "(list u8)",
            Kind::Strings => "(list string)",
            Kind::Pair => "(tuple u8 string)",
            Kind::Option => "(option f32)",
            Kind::Result => "(result string (error u8))",
            Kind::Wide => return format!("(tuple{})", " u8".repeat(17)),
            Kind::Record => r#"(record (field "a" u8) (field "b" string))"#,
            Kind::Enum => r#"(enum "x" "y" "z")"#,
            Kind::Flags => r#"(flags "x" "y")"#,
            Kind::Variant => r#"(variant (case "a") (case "b" f64))"#,
            Kind::Own => return format!("(own {})", id(self.resource)),
            Kind::Borrow => return format!("(borrow {})", id(self.resource)),
            Kind::Owns => return format!("(list (own {}))", id(self.resource)),
            Kind::Holder => {
                let resource = id(self.resource);
                return format!(r#"(record (field "h" (own {resource})) (field "n" u32))"#);
            }
        };
        text.to_owned()
    }
}

/// The type of a function.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct FuncTy {
    pub params: Vec<Ty>,
    pub result: Option<Ty>,
}

/// The type of a core function, in the text format.
pub(crate) type CoreSignature = String;

impl FuncTy {
    /// Returns the types of the parameters and the result.
    pub(crate) fn types(&self) -> impl Iterator<Item = Ty> + '_ {
        self.params.iter().copied().chain(self.result)
    }

    /// Returns the resources of its types.
    pub(crate) fn resources(&self) -> impl Iterator<Item = usize> + '_ {
        let types = self.types().filter(|ty| ty.kind.has_resource());
        types.map(|ty| ty.resource)
    }

    /// Returns the same type over other resources.
    pub(crate) fn map(&self, map: impl Fn(usize) -> usize) -> FuncTy {
        let map = |ty: Ty| match ty.kind.has_resource() {
            true => Ty {
                resource: map(ty.resource),
                ..ty
            },
            false => ty,
        };
        FuncTy {
            params: self.params.iter().map(|ty| map(*ty)).collect(),
            result: self.result.map(map),
        }
    }

    /// Returns whether canonical definitions of this type need a memory.
    pub(crate) fn uses_memory(&self) -> bool {
        self.types().any(|ty| ty.kind.uses_memory())
            || self.flat_params().len() > 16
            || self.flat_result().len() > 1
    }

    /// Returns whether a core function made by lowering has the signature that lifting needs.
    pub(crate) fn can_relift(&self) -> bool {
        self.flat_result().len() <= 1
    }

    /// Returns the core signature for lifting, and that of a function to call after it.
    pub(crate) fn lifted(&self) -> (CoreSignature, CoreSignature) {
        let result = match self.flat_result() {
            result if result.len() > 1 => vec!["i32"],
            result => result,
        };
        let signature = params(&self.passed_params()) + &results(&result);
        (signature, params(&result))
    }

    /// Returns the core signature that comes of lowering.
    pub(crate) fn lowered(&self) -> CoreSignature {
        match self.flat_result() {
            result if result.len() > 1 => params(&[&self.passed_params()[..], &["i32"]].concat()),
            result => params(&self.passed_params()) + &results(&result),
        }
    }

    fn passed_params(&self) -> Vec<&'static str> {
        match self.flat_params() {
            params if params.len() > 16 => vec!["i32"],
            params => params,
        }
    }

    fn flat_params(&self) -> Vec<&'static str> {
        let flat = self.params.iter().flat_map(|ty| ty.kind.flat());
        flat.copied().collect()
    }

    fn flat_result(&self) -> Vec<&'static str> {
        self.result.map_or(vec![], |ty| ty.kind.flat().to_vec())
    }
}

fn params(types: &[&str]) -> String {
    match types {
        [] => String::new(),
        types => format!(" (param {})", types.join(" ")),
    }
}

fn results(types: &[&str]) -> String {
    match types {
        [] => String::new(),
        types => format!(" (result {})", types.join(" ")),
    }
}
