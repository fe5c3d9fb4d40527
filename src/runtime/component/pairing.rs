//! The types of functions that several components know, each in its own numbers.

use std::collections::HashMap;

use cranelift_entity::PrimaryMap;

use crate::adapt::{FuncType, FuncTypeId, ResourceId, TypeId, Types, ValType};

/// Types of functions that one component lowers and others lift.
#[derive(Debug, Default)]
pub(in crate::runtime) struct Pairing {
    /// What they are made of.
    pub(in crate::runtime) types: Types,
    /// Their resource types. A component may know one type by several ids, whose handles it keeps apart.
    pub(in crate::runtime) resources: PrimaryMap<ResourceId, Ids>,
    known: HashMap<(usize, TypeId, TypeId), ValType>,
    ids: HashMap<Ids, ResourceId>,
}

/// What a resource type is for two components.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::runtime) struct Ids {
    /// The position of the component that lifts.
    pub(in crate::runtime) callee: usize,
    /// What the type is there.
    pub(in crate::runtime) lift: ResourceId,
    /// What it is for the component that lowers.
    pub(in crate::runtime) lower: ResourceId,
}

impl Pairing {
    /// Adds the type of a function, which is the same for the component at a position and for the one that lowers, but for
    /// numbers.
    pub(in crate::runtime) fn func(
        &mut self,
        callee: usize,
        lift: (&Types, FuncTypeId),
        lower: (&Types, FuncTypeId),
    ) -> FuncTypeId {
        let (here, there) = (lift.0.func(lift.1), lower.0.func(lower.1));
        let mut pair = Pair {
            callee,
            lift: lift.0,
            lower: lower.0,
            pairing: self,
        };
        let params = here.params.iter().zip(&there.params);
        let params = params.map(|((name, ty), (_, other))| (name.clone(), pair.ty(*ty, *other)));
        let params = params.collect();
        let result = here.result.zip(there.result);
        let result = result.map(|(ty, other)| pair.ty(ty, other));
        self.types.define_func(FuncType { params, result })
    }
}

/// Two components.
struct Pair<'a> {
    callee: usize,
    lift: &'a Types,
    lower: &'a Types,
    pairing: &'a mut Pairing,
}

impl Pair<'_> {
    fn ty(&mut self, lift: ValType, lower: ValType) -> ValType {
        match (lift, lower) {
            (ValType::Own(lift), ValType::Own(lower)) => ValType::Own(self.resource(lift, lower)),
            (ValType::Borrow(lift), ValType::Borrow(lower)) => {
                ValType::Borrow(self.resource(lift, lower))
            }
            (ValType::Defined(lift), ValType::Defined(lower)) => self.defined(lift, lower),
            (same, other) => {
                assert_eq!(same, other, "the types of a link were compared");
                same
            }
        }
    }

    fn defined(&mut self, lift: TypeId, lower: TypeId) -> ValType {
        let key = (self.callee, lift, lower);
        if let Some(known) = self.pairing.known.get(&key) {
            return *known;
        }
        let (here, there) = (self.lift.defined(lift), self.lower.defined(lower));
        let mut others = Vec::new();
        there.for_each_part(|part| others.push(part));
        let mut others = others.into_iter();
        let ty = here.map_parts(|part| {
            let other = others.next();
            self.ty(part, other.expect("the types of a link were compared"))
        });
        let ty = self.pairing.types.define(ty);
        let ty = ty.expect("what is a type of a component is one of both");
        self.pairing.known.insert(key, ty);
        ty
    }

    fn resource(&mut self, lift: ResourceId, lower: ResourceId) -> ResourceId {
        let ids = Ids {
            callee: self.callee,
            lift,
            lower,
        };
        let resources = &mut self.pairing.resources;
        let entry = self.pairing.ids.entry(ids);
        *entry.or_insert_with(|| resources.push(ids))
    }
}

#[cfg(test)]
mod tests {
    use super::{Ids, Pairing};
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
        let mut pairing = Pairing::default();
        let ty = pairing.func(7, (&lift, here), (&lower, there));
        let ids = |lower| Ids {
            callee: 7,
            lift: ResourceId::from_u32(3),
            lower: ResourceId::from_u32(lower),
        };
        let resources: Vec<_> = pairing.resources.values().copied().collect();
        assert_eq!(resources, [ids(5), ids(6)]);
        let mut expected = Types::default();
        let expected_ty = func(&mut expected, 0, 1);
        assert_eq!(
            pairing.types.display_func(ty).to_string(),
            expected.display_func(expected_ty).to_string()
        );
    }

    #[test]
    fn types_of_several_components_are_kept_apart() {
        let (mut one, mut other, mut lower) =
            (Types::default(), Types::default(), Types::default());
        let here = [func(&mut one, 3, 3), func(&mut other, 3, 3)];
        let there = func(&mut lower, 5, 5);
        let mut pairing = Pairing::default();
        let [one, other] = [(0, &one, here[0]), (1, &other, here[1])]
            .map(|(callee, types, ty)| pairing.func(callee, (types, ty), (&lower, there)));
        assert_ne!(one, other);
        let callees: Vec<_> = pairing.resources.values().map(|ids| ids.callee).collect();
        assert_eq!(callees, [0, 1]);
    }
}
