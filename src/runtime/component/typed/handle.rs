//! Handles.

use crate::adapt::ValType;
use crate::runtime::component::canon::{HANDLE_BYTES, LiftCx, LowerCx, resource_error};
use crate::runtime::component::resource::{Resource, ResourceAny};
use crate::runtime::component::ty::Type;
use crate::runtime::component::typed::abi::Abi;
use crate::runtime::component::typed::mismatch::TypeMismatch;
use crate::runtime::component::typed::traits::{ComponentType, Lift, Lower, TypeRef};
use crate::runtime::error::Error;
use crate::runtime::vm::layout::RawValue;

impl TypeRef<'_> {
    /// Returns the type of a handle.
    fn handle(self) -> ValType {
        match self {
            TypeRef::Value(ty) => ty,
            TypeRef::List(types) => unreachable!("a handle is part of {types:?}"),
        }
    }
}

/// Implements the traits by a function that makes an index of a handle and one that does the opposite.
macro_rules! handles {
    ([$($generic:ident)?] $ty:ty; $lower:ident, $lift:ident) => {
        impl$(<$generic: 'static>)? Lower for $ty {
            #[inline]
            fn lower_flat(
                &self,
                cx: &mut LowerCx<'_>,
                ty: TypeRef<'_>,
                flat: &mut [RawValue],
            ) -> Result<(), Error> {
                flat[0].set_u64(u64::from($lower(self, cx, ty.handle())?));
                Ok(())
            }

            #[inline]
            fn lower_memory(
                &self,
                cx: &mut LowerCx<'_>,
                ty: TypeRef<'_>,
                at: usize,
            ) -> Result<(), Error> {
                let handle = $lower(self, cx, ty.handle())?;
                cx.write(at, handle.to_le_bytes());
                Ok(())
            }
        }

        impl$(<$generic: 'static>)? Lift for $ty {
            #[inline]
            fn lift_flat(
                cx: &mut LiftCx<'_>,
                ty: TypeRef<'_>,
                flat: &[RawValue],
            ) -> Result<Self, Error> {
                $lift(cx, ty.handle(), flat[0].as_u32())
            }

            #[inline]
            fn lift_memory(
                cx: &mut LiftCx<'_>,
                ty: TypeRef<'_>,
                at: usize,
            ) -> Result<Self, Error> {
                let handle = u32::from_le_bytes(cx.read(at));
                $lift(cx, ty.handle(), handle)
            }
        }
    };
}

impl<T: 'static> ComponentType for Resource<T> {
    const ABI: Abi = Abi::HANDLE;

    fn typecheck(ty: &Type) -> Result<(), TypeMismatch> {
        match ty {
            Type::Own(resource) | Type::Borrow(resource) if *resource == Resource::<T>::ty() => {
                Ok(())
            }
            other => Err(TypeMismatch::of::<Self>(Some(other))),
        }
    }
}

handles! { [T] Resource<T>; lower_resource, lift_resource }

fn lower_resource<T: 'static>(
    resource: &Resource<T>,
    cx: &mut LowerCx<'_>,
    ty: ValType,
) -> Result<u32, Error> {
    match ty {
        ValType::Own(id) => {
            let rep = resource.give().map_err(resource_error)?;
            cx.put_own(id, rep)
        }
        ValType::Borrow(id) => {
            let rep = resource.lend().map_err(resource_error)?;
            cx.put_borrow(id, rep)
        }
        other => unreachable!("{other:?} was checked to be a handle"),
    }
}

fn lift_resource<T: 'static>(
    cx: &mut LiftCx<'_>,
    ty: ValType,
    handle: u32,
) -> Result<Resource<T>, Error> {
    cx.charge(1, HANDLE_BYTES)?;
    match ty {
        ValType::Own(id) => Ok(Resource::new_own(cx.take_own(id, handle)?)),
        ValType::Borrow(id) => Ok(Resource::new_borrow(cx.lend(id, handle)?)),
        other => unreachable!("{other:?} was checked to be a handle"),
    }
}

impl ComponentType for ResourceAny {
    const ABI: Abi = Abi::HANDLE;

    fn typecheck(ty: &Type) -> Result<(), TypeMismatch> {
        match ty {
            Type::Own(_) | Type::Borrow(_) => Ok(()),
            other => Err(TypeMismatch::of::<Self>(Some(other))),
        }
    }
}

handles! { [] ResourceAny; lower_any, lift_any }

fn lower_any(any: &ResourceAny, cx: &mut LowerCx<'_>, ty: ValType) -> Result<u32, Error> {
    cx.lower_any(ty, *any)
}

fn lift_any(cx: &mut LiftCx<'_>, ty: ValType, handle: u32) -> Result<ResourceAny, Error> {
    cx.charge(1, HANDLE_BYTES)?;
    cx.lift_any(ty, handle)
}
