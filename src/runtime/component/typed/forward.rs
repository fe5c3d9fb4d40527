//! Pointers to values, which are what the values are.

use std::rc::Rc;
use std::sync::Arc;

use crate::runtime::component::canon::{LiftCx, LowerCx};
use crate::runtime::component::ty::Type;
use crate::runtime::component::typed::abi::Abi;
use crate::runtime::component::typed::mismatch::TypeMismatch;
use crate::runtime::component::typed::traits::{ComponentType, Lift, Lower, TypeRef};
use crate::runtime::error::Error;
use crate::runtime::vm::layout::RawValue;

macro_rules! pointers {
    ($($pointer:ty;)*) => {
        $(
            impl<T: ComponentType + ?Sized> ComponentType for $pointer {
                const ABI: Abi = T::ABI;

                fn typecheck(ty: &Type) -> Result<(), TypeMismatch> {
                    T::typecheck(ty)
                }

                fn typecheck_entry(key: &Type, value: &Type) -> Result<(), TypeMismatch> {
                    T::typecheck_entry(key, value)
                }

                fn typecheck_payload(ty: Option<&Type>) -> Result<(), TypeMismatch> {
                    T::typecheck_payload(ty)
                }
            }

            impl<T: Lower + ?Sized> Lower for $pointer {
                #[inline(always)]
                fn lower_flat(
                    &self,
                    cx: &mut LowerCx<'_>,
                    ty: TypeRef<'_>,
                    flat: &mut [RawValue],
                ) -> Result<(), Error> {
                    T::lower_flat(self, cx, ty, flat)
                }

                #[inline]
                fn lower_memory(
                    &self,
                    cx: &mut LowerCx<'_>,
                    ty: TypeRef<'_>,
                    at: usize,
                ) -> Result<(), Error> {
                    T::lower_memory(self, cx, ty, at)
                }

                #[inline]
                fn write_plain(&self, bytes: &mut [u8]) {
                    T::write_plain(self, bytes);
                }
            }
        )*
    };
}

pointers! {
    &T;
    Box<T>;
    Rc<T>;
    Arc<T>;
}

macro_rules! lifted {
    ($($pointer:ident)*) => {
        $(
            impl<T: Lift> Lift for $pointer<T> {
                #[inline]
                fn lift_flat(
                    cx: &mut LiftCx<'_>,
                    ty: TypeRef<'_>,
                    flat: &[RawValue],
                ) -> Result<Self, Error> {
                    T::lift_flat(cx, ty, flat).map($pointer::new)
                }

                #[inline]
                fn lift_memory(
                    cx: &mut LiftCx<'_>,
                    ty: TypeRef<'_>,
                    at: usize,
                ) -> Result<Self, Error> {
                    T::lift_memory(cx, ty, at).map($pointer::new)
                }

                #[inline]
                fn read_plain(bytes: &[u8]) -> Result<Self, Error> {
                    T::read_plain(bytes).map($pointer::new)
                }
            }

            impl Lift for $pointer<str> {
                fn lift_flat(
                    cx: &mut LiftCx<'_>,
                    ty: TypeRef<'_>,
                    flat: &[RawValue],
                ) -> Result<Self, Error> {
                    String::lift_flat(cx, ty, flat).map(Into::into)
                }

                fn lift_memory(
                    cx: &mut LiftCx<'_>,
                    ty: TypeRef<'_>,
                    at: usize,
                ) -> Result<Self, Error> {
                    String::lift_memory(cx, ty, at).map(Into::into)
                }
            }

            impl<T: Lift> Lift for $pointer<[T]> {
                fn lift_flat(
                    cx: &mut LiftCx<'_>,
                    ty: TypeRef<'_>,
                    flat: &[RawValue],
                ) -> Result<Self, Error> {
                    Vec::lift_flat(cx, ty, flat).map(Into::into)
                }

                fn lift_memory(
                    cx: &mut LiftCx<'_>,
                    ty: TypeRef<'_>,
                    at: usize,
                ) -> Result<Self, Error> {
                    Vec::lift_memory(cx, ty, at).map(Into::into)
                }
            }
        )*
    };
}

lifted! { Box Rc Arc }
