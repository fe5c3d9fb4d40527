//! Numbers, `bool` and `char`.

use crate::runtime::component::canon::{LiftCx, LowerCx, lift_char};
use crate::runtime::component::ty::Type;
use crate::runtime::component::typed::abi::Abi;
use crate::runtime::component::typed::mismatch::TypeMismatch;
use crate::runtime::component::typed::traits::{ComponentType, Lift, Lower, TypeRef};
use crate::runtime::error::Error;
use crate::runtime::vm::layout::RawValue;

macro_rules! numbers {
    ($($ty:ty, $name:ident, $get:ident,
        |$flat_value:ident| $to_flat:expr, |$flat:ident| $of_flat:expr;)*) => {
        $(
            impl ComponentType for $ty {
                const ABI: Abi = Abi::number(size_of::<$ty>() as u32);

                fn typecheck(ty: &Type) -> Result<(), TypeMismatch> {
                    match ty {
                        Type::$name => Ok(()),
                        other => Err(TypeMismatch::of::<$ty>(Some(other))),
                    }
                }
            }

            impl Lower for $ty {
                #[inline]
                fn lower_flat(
                    &self,
                    _: &mut LowerCx<'_>,
                    _: TypeRef<'_>,
                    flat: &mut [RawValue],
                ) -> Result<(), Error> {
                    let $flat_value = *self;
                    // All 64 bits, since the flat value may be joined with one that has as many.
                    flat[0].set_u64($to_flat);
                    Ok(())
                }

                #[inline]
                fn write_plain(&self, bytes: &mut [u8]) {
                    bytes.copy_from_slice(&self.to_le_bytes());
                }

                #[inline]
                fn lower_list(
                    list: &[$ty],
                    cx: &mut LowerCx<'_>,
                    _: TypeRef<'_>,
                    at: usize,
                ) -> Result<(), Error> {
                    cx.write_all(at, list);
                    Ok(())
                }
            }

            impl Lift for $ty {
                #[inline]
                fn lift_flat(
                    _: &mut LiftCx<'_>,
                    _: TypeRef<'_>,
                    flat: &[RawValue],
                ) -> Result<$ty, Error> {
                    let $flat = flat[0].$get();
                    Ok($of_flat)
                }

                #[inline]
                fn read_plain(bytes: &[u8]) -> Result<$ty, Error> {
                    let bytes = bytes.first_chunk().expect("there are as many bytes");
                    Ok(<$ty>::from_le_bytes(*bytes))
                }

                #[inline]
                fn lift_list(
                    cx: &mut LiftCx<'_>,
                    _: TypeRef<'_>,
                    at: usize,
                    len: usize,
                ) -> Result<Vec<$ty>, Error> {
                    cx.read_all(at, len)
                }
            }
        )*
    };
}

/// Returns the lowest bits of a flat value. Spec: `lift_flat_unsigned`.
macro_rules! lowest {
    ($flat:ident, $ty:ty) => {
        <$ty>::from_le_bytes(*$flat.to_le_bytes().first_chunk().expect("it is narrower"))
    };
}

numbers! {
    i8, S8, as_u32, |it| u64::from(i32::from(it).cast_unsigned()), |it| lowest!(it, i8);
    u8, U8, as_u32, |it| u64::from(it), |it| lowest!(it, u8);
    i16, S16, as_u32, |it| u64::from(i32::from(it).cast_unsigned()), |it| lowest!(it, i16);
    u16, U16, as_u32, |it| u64::from(it), |it| lowest!(it, u16);
    i32, S32, as_u32, |it| u64::from(it.cast_unsigned()), |it| it.cast_signed();
    u32, U32, as_u32, |it| u64::from(it), |it| it;
    i64, S64, as_u64, |it| it.cast_unsigned(), |it| it.cast_signed();
    u64, U64, as_u64, |it| it, |it| it;
    f32, F32, as_u32, |it| u64::from(it.to_bits()), |it| f32::from_bits(it);
    f64, F64, as_u64, |it| it.to_bits(), |it| f64::from_bits(it);
}

impl ComponentType for bool {
    const ABI: Abi = Abi::number(1);

    fn typecheck(ty: &Type) -> Result<(), TypeMismatch> {
        match ty {
            Type::Bool => Ok(()),
            other => Err(TypeMismatch::of::<bool>(Some(other))),
        }
    }
}

impl Lower for bool {
    #[inline]
    fn lower_flat(
        &self,
        _: &mut LowerCx<'_>,
        _: TypeRef<'_>,
        flat: &mut [RawValue],
    ) -> Result<(), Error> {
        flat[0].set_u64(u64::from(*self));
        Ok(())
    }

    #[inline]
    fn write_plain(&self, bytes: &mut [u8]) {
        bytes[0] = u8::from(*self);
    }

    #[inline]
    fn lower_list(
        list: &[bool],
        cx: &mut LowerCx<'_>,
        _: TypeRef<'_>,
        at: usize,
    ) -> Result<(), Error> {
        cx.write_all(at, list);
        Ok(())
    }
}

impl Lift for bool {
    #[inline]
    fn lift_flat(_: &mut LiftCx<'_>, _: TypeRef<'_>, flat: &[RawValue]) -> Result<bool, Error> {
        Ok(flat[0].as_u32() != 0)
    }

    #[inline]
    fn read_plain(bytes: &[u8]) -> Result<bool, Error> {
        Ok(bytes[0] != 0)
    }

    #[inline]
    fn lift_list(
        cx: &mut LiftCx<'_>,
        _: TypeRef<'_>,
        at: usize,
        len: usize,
    ) -> Result<Vec<bool>, Error> {
        cx.read_all(at, len)
    }
}

impl ComponentType for char {
    const ABI: Abi = Abi::number(4).partial();

    fn typecheck(ty: &Type) -> Result<(), TypeMismatch> {
        match ty {
            Type::Char => Ok(()),
            other => Err(TypeMismatch::of::<char>(Some(other))),
        }
    }
}

impl Lower for char {
    #[inline]
    fn lower_flat(
        &self,
        _: &mut LowerCx<'_>,
        _: TypeRef<'_>,
        flat: &mut [RawValue],
    ) -> Result<(), Error> {
        flat[0].set_u64(u64::from(*self));
        Ok(())
    }

    #[inline]
    fn write_plain(&self, bytes: &mut [u8]) {
        bytes.copy_from_slice(&u32::from(*self).to_le_bytes());
    }

    #[inline]
    fn lower_list(
        list: &[char],
        cx: &mut LowerCx<'_>,
        _: TypeRef<'_>,
        at: usize,
    ) -> Result<(), Error> {
        cx.write_all(at, list);
        Ok(())
    }
}

impl Lift for char {
    #[inline]
    fn lift_flat(_: &mut LiftCx<'_>, _: TypeRef<'_>, flat: &[RawValue]) -> Result<char, Error> {
        lift_char(flat[0].as_u32())
    }

    #[inline]
    fn read_plain(bytes: &[u8]) -> Result<char, Error> {
        let bytes = bytes.first_chunk().expect("there are as many bytes");
        lift_char(u32::from_le_bytes(*bytes))
    }

    #[inline]
    fn lift_list(
        cx: &mut LiftCx<'_>,
        _: TypeRef<'_>,
        at: usize,
        len: usize,
    ) -> Result<Vec<char>, Error> {
        cx.read_all(at, len)
    }
}
