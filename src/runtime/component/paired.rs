//! The type of a function that two components know, each in its own numbers.

use std::collections::HashMap;

use cranelift_entity::PrimaryMap;

use crate::adapt::{FuncType, FuncTypeId, ResourceId, TypeId, Types, ValType};

/// The type of a function that is lifted by one component and lowered by another.
#[derive(Debug)]
pub(in crate::runtime) struct Paired {
    /// What it is made of.
    pub(in crate::runtime) types: Types,
    /// The type.
    pub(in crate::runtime) ty: FuncTypeId,
    /// Its resource types, by what each is for the two components. A component may know one type by several ids,
    /// whose handles it keeps apart.
    pub(in crate::runtime) resources: PrimaryMap<ResourceId, Ids>,
}

/// What a resource type is for the two components.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::runtime) struct Ids {
    /// For the one that lifts.
    pub(in crate::runtime) lift: ResourceId,
    /// For the one that lowers.
    pub(in crate::runtime) lower: ResourceId,
}

impl Paired {
    /// Puts together what two components know, which is the same but for numbers.
    pub(in crate::runtime) fn new(
        lift: (&Types, FuncTypeId),
        lower: (&Types, FuncTypeId),
    ) -> Paired {
        let (here, there) = (lift.0.func(lift.1), lower.0.func(lower.1));
        let mut pairing = Pairing {
            lift: lift.0,
            lower: lower.0,
            types: Types::default(),
            known: HashMap::new(),
            resources: PrimaryMap::new(),
            ids: HashMap::new(),
        };
        let params = here.params.iter().zip(&there.params);
        let params = params.map(|((name, ty), (_, other))| (name.clone(), pairing.ty(*ty, *other)));
        let params = params.collect();
        let result = here.result.zip(there.result);
        let result = result.map(|(ty, other)| pairing.ty(ty, other));
        let ty = pairing.types.define_func(FuncType { params, result });
        Paired {
            types: pairing.types,
            ty,
            resources: pairing.resources,
        }
    }
}

/// Types on their way.
struct Pairing<'a> {
    lift: &'a Types,
    lower: &'a Types,
    types: Types,
    known: HashMap<(TypeId, TypeId), ValType>,
    resources: PrimaryMap<ResourceId, Ids>,
    ids: HashMap<Ids, ResourceId>,
}

impl Pairing<'_> {
    fn ty(&mut self, lift: ValType, lower: ValType) -> ValType {
        match (lift, lower) {
            (ValType::Own(lift), ValType::Own(lower)) => {
                ValType::Own(self.resource(Ids { lift, lower }))
            }
            (ValType::Borrow(lift), ValType::Borrow(lower)) => {
                ValType::Borrow(self.resource(Ids { lift, lower }))
            }
            (ValType::Defined(lift), ValType::Defined(lower)) => self.defined(lift, lower),
            (same, other) => {
                assert_eq!(same, other, "the types of a link were compared");
                same
            }
        }
    }

    fn defined(&mut self, lift: TypeId, lower: TypeId) -> ValType {
        if let Some(known) = self.known.get(&(lift, lower)) {
            return *known;
        }
        let mut others = Vec::new();
        self.lower
            .defined(lower)
            .for_each_part(|part| others.push(part));
        let mut others = others.into_iter();
        let types = self.lift;
        let ty = types.defined(lift).map_parts(|part| {
            let other = others.next();
            self.ty(part, other.expect("the types of a link were compared"))
        });
        let ty = self.types.define(ty);
        let ty = ty.expect("what is a type of a component is one of both");
        self.known.insert((lift, lower), ty);
        ty
    }

    fn resource(&mut self, ids: Ids) -> ResourceId {
        let resources = &mut self.resources;
        *self.ids.entry(ids).or_insert_with(|| resources.push(ids))
    }
}

#[cfg(test)]
mod tests {
    use super::{Ids, Paired};
    use crate::adapt::{DefinedType, FuncType, FuncTypeId, ResourceId, Types, ValType};

    /// Returns the type `func(a: list<own<first>>, b: list<own<second>>) -> borrow<second>`.
    fn func(types: &mut Types, first: u32, second: u32) -> FuncTypeId {
        let [first, second] = [first, second].map(ResourceId::from_u32);
        let mut list = |id| types.define(DefinedType::List(ValType::Own(id))).unwrap();
        let params = [("a".into(), list(first)), ("b".into(), list(second))].into();
        types.define_func(FuncType {
            params,
            result: Some(ValType::Borrow(second)),
        })
    }

    #[test]
    fn one_type_by_two_ids_is_two() {
        let (mut lift, mut lower) = (Types::default(), Types::default());
        let (here, there) = (func(&mut lift, 3, 3), func(&mut lower, 5, 6));
        let paired = Paired::new((&lift, here), (&lower, there));
        let ids = |lower| Ids {
            lift: ResourceId::from_u32(3),
            lower: ResourceId::from_u32(lower),
        };
        let resources: Vec<_> = paired.resources.values().copied().collect();
        assert_eq!(resources, [ids(5), ids(6)]);
        let mut expected = Types::default();
        let expected_ty = func(&mut expected, 0, 1);
        assert_eq!(
            paired.types.display_func(paired.ty).to_string(),
            expected.display_func(expected_ty).to_string()
        );
    }
}
