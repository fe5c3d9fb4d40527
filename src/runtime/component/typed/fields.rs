//! What has fields: tuples here, and records by the same macro.

use crate::runtime::component::canon::{LiftCx, LowerCx};
use crate::runtime::component::ty::Type;
use crate::runtime::component::typed::abi::Abi;
use crate::runtime::component::typed::mismatch::TypeMismatch;
use crate::runtime::component::typed::traits::{
    ComponentNamedList, ComponentType, Lift, Lower, TypeRef,
};
use crate::runtime::error::Error;
use crate::runtime::vm::layout::RawValue;

/// Implements [`Lower`] and [`Lift`] for a type that has fields.
#[doc(hidden)]
#[macro_export]
macro_rules! __component_fields {
    (
        [$($generic:ident),*] $name:ty;
        $($field:tt: $ty:ty => $value:ident),+;
        $made:expr
    ) => {
        impl<$($generic: $crate::component::Lower),*> $crate::component::Lower for $name {
            #[inline(always)]
            fn lower_flat(
                &self,
                cx: &mut $crate::component::__private::LowerCx<'_>,
                ty: $crate::component::__private::TypeRef<'_>,
                flat: &mut [$crate::component::__private::RawValue],
            ) -> ::core::result::Result<(), $crate::component::__private::Error> {
                let (mut index, mut flat) = (0, flat);
                $(
                    let abi = <$ty as $crate::component::ComponentType>::ABI;
                    let (own, rest) = flat.split_at_mut(abi.flat_count());
                    let part = cx.part_of(abi, ty, index);
                    $crate::component::Lower::lower_flat(&self.$field, cx, part, own)?;
                    (index, flat) = (index + 1, rest);
                )+
                let _ = (index, flat);
                ::core::result::Result::Ok(())
            }

            #[inline]
            fn lower_memory(
                &self,
                cx: &mut $crate::component::__private::LowerCx<'_>,
                ty: $crate::component::__private::TypeRef<'_>,
                at: usize,
            ) -> ::core::result::Result<(), $crate::component::__private::Error> {
                let abi = <Self as $crate::component::ComponentType>::ABI;
                if abi.is_plain() {
                    $crate::component::Lower::write_plain(self, cx.plain_bytes(at, abi));
                    return ::core::result::Result::Ok(());
                }
                let offsets = const {
                    $crate::component::__private::Abi::offsets([
                        $(<$ty as $crate::component::ComponentType>::ABI),+
                    ])
                };
                let mut index = 0;
                $(
                    let part = cx.part_of(<$ty as $crate::component::ComponentType>::ABI, ty, index);
                    let at_part = at + cx.offset(&offsets, index);
                    $crate::component::Lower::lower_memory(&self.$field, cx, part, at_part)?;
                    index += 1;
                )+
                let _ = index;
                ::core::result::Result::Ok(())
            }

            #[inline]
            fn write_plain(&self, bytes: &mut [u8]) {
                let offsets = const {
                    $crate::component::__private::Abi::offsets([
                        $(<$ty as $crate::component::ComponentType>::ABI),+
                    ])
                };
                let mut index = 0;
                $(
                    let part = offsets.plain::<$ty>(index);
                    $crate::component::Lower::write_plain(&self.$field, &mut bytes[part]);
                    index += 1;
                )+
                let _ = index;
            }
        }

        impl<$($generic: $crate::component::Lift),*> $crate::component::Lift for $name {
            #[inline]
            fn lift_flat(
                cx: &mut $crate::component::__private::LiftCx<'_>,
                ty: $crate::component::__private::TypeRef<'_>,
                flat: &[$crate::component::__private::RawValue],
            ) -> ::core::result::Result<Self, $crate::component::__private::Error> {
                let (mut index, mut flat) = (0, flat);
                $(
                    let abi = <$ty as $crate::component::ComponentType>::ABI;
                    let (own, rest) = flat.split_at(abi.flat_count());
                    let part = cx.part_of(abi, ty, index);
                    let $value = <$ty as $crate::component::Lift>::lift_flat(cx, part, own)?;
                    (index, flat) = (index + 1, rest);
                )+
                let _ = (index, flat);
                ::core::result::Result::Ok($made)
            }

            #[inline]
            fn lift_memory(
                cx: &mut $crate::component::__private::LiftCx<'_>,
                ty: $crate::component::__private::TypeRef<'_>,
                at: usize,
            ) -> ::core::result::Result<Self, $crate::component::__private::Error> {
                let abi = <Self as $crate::component::ComponentType>::ABI;
                if abi.is_plain() {
                    return <Self as $crate::component::Lift>::read_plain(cx.plain_bytes(at, abi));
                }
                let offsets = const {
                    $crate::component::__private::Abi::offsets([
                        $(<$ty as $crate::component::ComponentType>::ABI),+
                    ])
                };
                let mut index = 0;
                $(
                    let part = cx.part_of(<$ty as $crate::component::ComponentType>::ABI, ty, index);
                    let at_part = at + cx.offset(&offsets, index);
                    let $value = <$ty as $crate::component::Lift>::lift_memory(cx, part, at_part)?;
                    index += 1;
                )+
                let _ = index;
                ::core::result::Result::Ok($made)
            }

            #[inline]
            fn read_plain(
                bytes: &[u8],
            ) -> ::core::result::Result<Self, $crate::component::__private::Error> {
                let offsets = const {
                    $crate::component::__private::Abi::offsets([
                        $(<$ty as $crate::component::ComponentType>::ABI),+
                    ])
                };
                let mut index = 0;
                $(
                    let part = offsets.plain::<$ty>(index);
                    let $value = <$ty as $crate::component::Lift>::read_plain(&bytes[part])?;
                    index += 1;
                )+
                let _ = index;
                ::core::result::Result::Ok($made)
            }
        }
    };
}

macro_rules! tuples {
    ($($name:ident $value:ident $index:tt)+) => {
        impl<$($name: ComponentType),+> ComponentType for ($($name,)+) {
            const ABI: Abi = Abi::record([$($name::ABI),+]);

            fn typecheck(ty: &Type) -> Result<(), TypeMismatch> {
                match ty {
                    Type::Tuple(tuple) => {
                        let types: Vec<_> = tuple.types().collect();
                        check_parts(&types, &[$($name::typecheck),+], "part")
                    }
                    other => Err(TypeMismatch::of::<Self>(Some(other))),
                }
            }

            fn typecheck_entry(key: &Type, value: &Type) -> Result<(), TypeMismatch> {
                let types = [key.clone(), value.clone()];
                check_parts(&types, &[$($name::typecheck),+], "part")
            }
        }

        impl<$($name: ComponentType),+> ComponentNamedList for ($($name,)+) {
            fn typecheck_list(types: &[Type]) -> Result<(), TypeMismatch> {
                check_parts(types, &[$($name::typecheck),+], "value")
            }
        }

        $crate::__component_fields! {
            [$($name),+] ($($name,)+); $($index: $name => $value),+; ($($value,)+)
        }
    };
}

/// A check of a type.
type Check = fn(&Type) -> Result<(), TypeMismatch>;

fn check_parts(types: &[Type], checks: &[Check], what: &str) -> Result<(), TypeMismatch> {
    if types.len() != checks.len() {
        let (host, component) = (checks.len(), types.len());
        let message = format!("the host has {host} {what}s, the component {component}");
        return Err(TypeMismatch::saying(message));
    }
    for (i, (check, ty)) in checks.iter().zip(types).enumerate() {
        check(ty).map_err(|it| it.within(format!("{what} {}", i + 1)))?;
    }
    Ok(())
}

tuples! { A a 0 }
tuples! { A a 0 B b 1 }
tuples! { A a 0 B b 1 C c 2 }
tuples! { A a 0 B b 1 C c 2 D d 3 }
tuples! { A a 0 B b 1 C c 2 D d 3 E e 4 }
tuples! { A a 0 B b 1 C c 2 D d 3 E e 4 F f 5 }
tuples! { A a 0 B b 1 C c 2 D d 3 E e 4 F f 5 G g 6 }
tuples! { A a 0 B b 1 C c 2 D d 3 E e 4 F f 5 G g 6 H h 7 }
tuples! { A a 0 B b 1 C c 2 D d 3 E e 4 F f 5 G g 6 H h 7 I i 8 }
tuples! { A a 0 B b 1 C c 2 D d 3 E e 4 F f 5 G g 6 H h 7 I i 8 J j 9 }
tuples! { A a 0 B b 1 C c 2 D d 3 E e 4 F f 5 G g 6 H h 7 I i 8 J j 9 K k 10 }
tuples! { A a 0 B b 1 C c 2 D d 3 E e 4 F f 5 G g 6 H h 7 I i 8 J j 9 K k 10 L l 11 }
tuples! { A a 0 B b 1 C c 2 D d 3 E e 4 F f 5 G g 6 H h 7 I i 8 J j 9 K k 10 L l 11 M m 12 }
tuples! { A a 0 B b 1 C c 2 D d 3 E e 4 F f 5 G g 6 H h 7 I i 8 J j 9 K k 10 L l 11 M m 12 N n 13 }
tuples! { A a 0 B b 1 C c 2 D d 3 E e 4 F f 5 G g 6 H h 7 I i 8 J j 9 K k 10 L l 11 M m 12 N n 13 O o 14 }
tuples! { A a 0 B b 1 C c 2 D d 3 E e 4 F f 5 G g 6 H h 7 I i 8 J j 9 K k 10 L l 11 M m 12 N n 13 O o 14 P p 15 }

impl ComponentType for () {
    const ABI: Abi = Abi::UNIT;

    fn typecheck(ty: &Type) -> Result<(), TypeMismatch> {
        Err(TypeMismatch::of::<()>(Some(ty)))
    }

    fn typecheck_payload(ty: Option<&Type>) -> Result<(), TypeMismatch> {
        ty.map_or(Ok(()), Self::typecheck)
    }
}

impl ComponentNamedList for () {
    fn typecheck_list(types: &[Type]) -> Result<(), TypeMismatch> {
        check_parts(types, &[], "value")
    }
}

impl Lower for () {
    #[inline]
    fn lower_flat(
        &self,
        _: &mut LowerCx<'_>,
        _: TypeRef<'_>,
        _: &mut [RawValue],
    ) -> Result<(), Error> {
        Ok(())
    }

    #[inline]
    fn write_plain(&self, _: &mut [u8]) {}
}

impl Lift for () {
    #[inline]
    fn lift_flat(_: &mut LiftCx<'_>, _: TypeRef<'_>, _: &[RawValue]) -> Result<(), Error> {
        Ok(())
    }

    #[inline]
    fn read_plain(_: &[u8]) -> Result<(), Error> {
        Ok(())
    }
}
