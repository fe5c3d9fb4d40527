//! Types of functions, to look at.

use std::fmt;
use std::sync::Arc;

use crate::adapt::FuncTypeId;
use crate::runtime::component::ty::{Type, TypeSpace};

/// The type of a function.
#[derive(Clone)]
pub struct ComponentFunc {
    space: Arc<TypeSpace>,
    id: FuncTypeId,
}

impl ComponentFunc {
    /// Returns a function type of a space.
    pub(in crate::runtime) fn of(space: &Arc<TypeSpace>, id: FuncTypeId) -> ComponentFunc {
        let space = Arc::clone(space);
        ComponentFunc { space, id }
    }

    /// Returns the names and types of the parameters in their order.
    pub fn params(&self) -> impl ExactSizeIterator<Item = (&str, Type)> {
        let params = &self.space.types().func(self.id).params;
        params
            .iter()
            .map(|(name, ty)| (&**name, Type::of(&self.space, *ty)))
    }

    /// Returns the type of the result, if there is one.
    pub fn result(&self) -> Option<Type> {
        let result = self.space.types().func(self.id).result;
        result.map(|ty| Type::of(&self.space, ty))
    }
}

impl PartialEq for ComponentFunc {
    /// Names of parameters count, as they do when components are linked.
    fn eq(&self, other: &ComponentFunc) -> bool {
        self.result() == other.result() && self.params().eq(other.params())
    }
}

impl Eq for ComponentFunc {}

impl fmt::Display for ComponentFunc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.space.types().display_func(self.id), f)
    }
}

impl fmt::Debug for ComponentFunc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use cranelift_entity::PrimaryMap;

    use super::ComponentFunc;
    use crate::adapt::{DefinedType, FuncType, ResourceId, Types, ValType};
    use crate::runtime::component::resource::ResourceType;
    use crate::runtime::component::ty::{Type, TypeSpace};

    fn space(types: Types, resources: &[ResourceType]) -> Arc<TypeSpace> {
        let mut map = PrimaryMap::new();
        for resource in resources {
            map.push(*resource);
        }
        TypeSpace::new(Arc::new(types), map)
    }

    #[test]
    fn types_of_two_components_are_equal_if_their_structure_and_resources_are() {
        let make = |before: ValType, resource: ResourceType| {
            let mut types = Types::default();
            // Ids differ between the two.
            types.define(DefinedType::Option(before)).unwrap();
            let own = ValType::Own(ResourceId::from_u32(0));
            let list = types.define(DefinedType::List(own)).unwrap();
            let fields = [("a".into(), list), ("b".into(), ValType::U8)];
            let record = types.define(DefinedType::Record(fields.into())).unwrap();
            Type::of(&space(types, &[resource]), record)
        };
        let one = ResourceType::host_dynamic(1);
        let two = ResourceType::host_dynamic(2);
        assert_eq!(make(ValType::U8, one), make(ValType::Char, one));
        assert_ne!(make(ValType::U8, one), make(ValType::U8, two));
    }

    #[test]
    fn types_that_unfold_to_2_pow_60_leaves_are_compared() {
        let make = |leaf| {
            let mut types = Types::default();
            let mut ty = leaf;
            for _ in 0..60 {
                ty = types.define(DefinedType::Tuple([ty, ty].into())).unwrap();
            }
            Type::of(&space(types, &[]), ty)
        };
        assert_eq!(make(ValType::U8), make(ValType::U8));
        assert_ne!(make(ValType::U8), make(ValType::S8));
    }

    #[test]
    fn functions_are_listed_and_print_as_wit() {
        let mut types = Types::default();
        let names = ["north", "south"].map(Into::into);
        let side = types.define(DefinedType::Enum(names.into())).unwrap();
        let func = FuncType {
            params: [("side".into(), side), ("n".into(), ValType::U32)].into(),
            result: Some(ValType::String),
        };
        let id = types.define_func(func);
        let func = ComponentFunc::of(&space(types, &[]), id);
        let params: Vec<_> = func
            .params()
            .map(|(name, ty)| format!("{name} {ty}"))
            .collect();
        assert_eq!(params, ["side enum { north, south }", "n u32"]);
        assert_eq!(func.result(), Some(Type::String));
        let text = "func(side: enum { north, south }, n: u32) -> string";
        assert_eq!(func.to_string(), text);
    }
}
