//! Strings.

use crate::runtime::component::canon::{LiftCx, LowerCx, lift_string, lower_string};
use crate::runtime::component::ty::Type;
use crate::runtime::component::typed::abi::Abi;
use crate::runtime::component::typed::mismatch::TypeMismatch;
use crate::runtime::component::typed::traits::{ComponentType, Lift, Lower, TypeRef};
use crate::runtime::error::Error;
use crate::runtime::vm::layout::RawValue;

impl ComponentType for str {
    const ABI: Abi = Abi::PAIR;

    fn typecheck(ty: &Type) -> Result<(), TypeMismatch> {
        match ty {
            Type::String => Ok(()),
            other => Err(TypeMismatch::of::<str>(Some(other))),
        }
    }
}

impl Lower for str {
    #[inline(always)]
    fn lower_flat(
        &self,
        cx: &mut LowerCx<'_>,
        _: TypeRef<'_>,
        flat: &mut [RawValue],
    ) -> Result<(), Error> {
        let pair = lower_string(cx, self)?;
        flat[0].set_u64(pair.0);
        flat[1].set_u64(pair.1);
        Ok(())
    }

    #[inline]
    fn lower_memory(&self, cx: &mut LowerCx<'_>, _: TypeRef<'_>, at: usize) -> Result<(), Error> {
        let pair = lower_string(cx, self)?;
        cx.write_pair(at, pair);
        Ok(())
    }
}

impl ComponentType for String {
    const ABI: Abi = Abi::PAIR;

    fn typecheck(ty: &Type) -> Result<(), TypeMismatch> {
        match ty {
            Type::String => Ok(()),
            other => Err(TypeMismatch::of::<String>(Some(other))),
        }
    }
}

impl Lower for String {
    #[inline(always)]
    fn lower_flat(
        &self,
        cx: &mut LowerCx<'_>,
        ty: TypeRef<'_>,
        flat: &mut [RawValue],
    ) -> Result<(), Error> {
        self.as_str().lower_flat(cx, ty, flat)
    }

    #[inline]
    fn lower_memory(&self, cx: &mut LowerCx<'_>, ty: TypeRef<'_>, at: usize) -> Result<(), Error> {
        self.as_str().lower_memory(cx, ty, at)
    }
}

impl Lift for String {
    fn lift_flat(cx: &mut LiftCx<'_>, _: TypeRef<'_>, flat: &[RawValue]) -> Result<String, Error> {
        let pair = (cx.pointer(&flat[0]), cx.pointer(&flat[1]));
        lift_string(cx, pair)
    }

    fn lift_memory(cx: &mut LiftCx<'_>, _: TypeRef<'_>, at: usize) -> Result<String, Error> {
        let pair = cx.read_pair(at);
        lift_string(cx, pair)
    }
}
