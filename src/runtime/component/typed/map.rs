//! Maps. Of entries with one key, the last one stays.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hash};

use crate::runtime::component::canon::{LiftCx, LowerCx};
use crate::runtime::component::ty::Type;
use crate::runtime::component::typed::abi::Abi;
use crate::runtime::component::typed::mismatch::TypeMismatch;
use crate::runtime::component::typed::traits::{ComponentType, Lift, Lower, TypeRef};
use crate::runtime::error::Error;
use crate::runtime::vm::layout::RawValue;

macro_rules! maps {
    ($map:ty, [$($bounds:tt)*], [$($hasher:ident: $build:path)?]) => {
        impl<K: ComponentType, V: ComponentType $(, $hasher)?> ComponentType for $map {
            const ABI: Abi = <[(K, V)]>::ABI;

            fn typecheck(ty: &Type) -> Result<(), TypeMismatch> {
                match ty {
                    Type::Map(map) => {
                        K::typecheck(&map.key()).map_err(|it| it.within("key"))?;
                        V::typecheck(&map.value()).map_err(|it| it.within("value"))
                    }
                    other => Err(TypeMismatch::of::<Self>(Some(other))),
                }
            }
        }

        impl<K: Lower, V: Lower $(, $hasher)?> Lower for $map {
            fn lower_flat(
                &self,
                cx: &mut LowerCx<'_>,
                ty: TypeRef<'_>,
                flat: &mut [RawValue],
            ) -> Result<(), Error> {
                self.iter().collect::<Vec<(&K, &V)>>().lower_flat(cx, ty, flat)
            }

            fn lower_memory(
                &self,
                cx: &mut LowerCx<'_>,
                ty: TypeRef<'_>,
                at: usize,
            ) -> Result<(), Error> {
                self.iter().collect::<Vec<(&K, &V)>>().lower_memory(cx, ty, at)
            }
        }

        impl<K: Lift + $($bounds)*, V: Lift $(, $hasher: $build + Default)?> Lift for $map {
            fn lift_flat(
                cx: &mut LiftCx<'_>,
                ty: TypeRef<'_>,
                flat: &[RawValue],
            ) -> Result<Self, Error> {
                Ok(Vec::<(K, V)>::lift_flat(cx, ty, flat)?.into_iter().collect())
            }

            fn lift_memory(
                cx: &mut LiftCx<'_>,
                ty: TypeRef<'_>,
                at: usize,
            ) -> Result<Self, Error> {
                Ok(Vec::<(K, V)>::lift_memory(cx, ty, at)?.into_iter().collect())
            }
        }
    };
}

maps! { HashMap<K, V, S>, [Eq + Hash], [S: BuildHasher] }
maps! { BTreeMap<K, V>, [Ord], [] }
