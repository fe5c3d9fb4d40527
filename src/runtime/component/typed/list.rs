//! Lists.

use crate::runtime::component::canon::{LiftCx, LowerCx};
use crate::runtime::component::ty::Type;
use crate::runtime::component::typed::abi::Abi;
use crate::runtime::component::typed::mismatch::TypeMismatch;
use crate::runtime::component::typed::traits::{ComponentType, Lift, Lower, TypeRef};
use crate::runtime::error::Error;
use crate::runtime::vm::layout::RawValue;

impl<T: ComponentType> ComponentType for [T] {
    const ABI: Abi = Abi::list(T::ABI);

    fn typecheck(ty: &Type) -> Result<(), TypeMismatch> {
        match ty {
            Type::List(list) => T::typecheck(&list.ty()).map_err(|it| it.within("element")),
            Type::Map(map) => {
                T::typecheck_entry(&map.key(), &map.value()).map_err(|it| it.within("entry"))
            }
            other => Err(TypeMismatch::of::<[T]>(Some(other))),
        }
    }
}

impl<T: Lower> Lower for [T] {
    #[inline]
    fn lower_flat(
        &self,
        cx: &mut LowerCx<'_>,
        ty: TypeRef<'_>,
        flat: &mut [RawValue],
    ) -> Result<(), Error> {
        let pair = lower_slice(self, cx, ty)?;
        flat[0].set_u64(pair.0);
        flat[1].set_u64(pair.1);
        Ok(())
    }

    #[inline]
    fn lower_memory(&self, cx: &mut LowerCx<'_>, ty: TypeRef<'_>, at: usize) -> Result<(), Error> {
        let pair = lower_slice(self, cx, ty)?;
        cx.write_pair(at, pair);
        Ok(())
    }
}

impl<T: ComponentType> ComponentType for Vec<T> {
    const ABI: Abi = <[T]>::ABI;

    fn typecheck(ty: &Type) -> Result<(), TypeMismatch> {
        <[T]>::typecheck(ty)
    }
}

impl<T: Lower> Lower for Vec<T> {
    #[inline]
    fn lower_flat(
        &self,
        cx: &mut LowerCx<'_>,
        ty: TypeRef<'_>,
        flat: &mut [RawValue],
    ) -> Result<(), Error> {
        self.as_slice().lower_flat(cx, ty, flat)
    }

    #[inline]
    fn lower_memory(&self, cx: &mut LowerCx<'_>, ty: TypeRef<'_>, at: usize) -> Result<(), Error> {
        self.as_slice().lower_memory(cx, ty, at)
    }
}

impl<T: Lift> Lift for Vec<T> {
    #[inline]
    fn lift_flat(cx: &mut LiftCx<'_>, ty: TypeRef<'_>, flat: &[RawValue]) -> Result<Self, Error> {
        let pair = (cx.pointer(&flat[0]), cx.pointer(&flat[1]));
        lift_vec(cx, ty, pair)
    }

    #[inline]
    fn lift_memory(cx: &mut LiftCx<'_>, ty: TypeRef<'_>, at: usize) -> Result<Self, Error> {
        let pair = cx.read_pair(at);
        lift_vec(cx, ty, pair)
    }
}

/// Writes a list to new memory and returns its address and length. Spec: `store_list_into_range`.
#[inline]
fn lower_slice<T: Lower>(
    list: &[T],
    cx: &mut LowerCx<'_>,
    ty: TypeRef<'_>,
) -> Result<(u64, u64), Error> {
    let at = cx.allocate_list(T::ABI.layout(cx.width()), list.len())?;
    let element = cx.element_of(T::ABI, ty);
    T::lower_list(list, cx, element, at)?;
    Ok((address(at), address(list.len())))
}

/// Reads a list of a guest's. Spec: `load_list_from_range`.
#[inline]
fn lift_vec<T: Lift>(
    cx: &mut LiftCx<'_>,
    ty: TypeRef<'_>,
    pair: (u64, u64),
) -> Result<Vec<T>, Error> {
    let (at, len) = cx.list(pair, T::ABI.layout(cx.width()))?;
    let element = cx.element_of(T::ABI, ty);
    T::lift_list(cx, element, at, len)
}

#[inline]
fn address(position: usize) -> u64 {
    u64::try_from(position).expect("a position fits into 64 bits")
}

impl<T: ComponentType, const N: usize> ComponentType for [T; N] {
    const ABI: Abi = Abi::array(T::ABI, N);

    fn typecheck(ty: &Type) -> Result<(), TypeMismatch> {
        match ty {
            Type::FixedList(list) if usize::try_from(list.size()) == Ok(N) => {
                T::typecheck(&list.ty()).map_err(|it| it.within("element"))
            }
            other => Err(TypeMismatch::of::<[T; N]>(Some(other))),
        }
    }
}

impl<T: Lower, const N: usize> Lower for [T; N] {
    fn lower_flat(
        &self,
        cx: &mut LowerCx<'_>,
        ty: TypeRef<'_>,
        flat: &mut [RawValue],
    ) -> Result<(), Error> {
        let element = cx.part_of(T::ABI, ty, 0);
        for (it, flat) in self.iter().zip(flat.chunks_exact_mut(T::ABI.flat_count())) {
            it.lower_flat(cx, element, flat)?;
        }
        Ok(())
    }

    #[inline]
    fn lower_memory(&self, cx: &mut LowerCx<'_>, ty: TypeRef<'_>, at: usize) -> Result<(), Error> {
        let element = cx.part_of(T::ABI, ty, 0);
        T::lower_list(self, cx, element, at)
    }

    #[inline]
    fn write_plain(&self, bytes: &mut [u8]) {
        let chunks = bytes.chunks_exact_mut(T::ABI.plain_size());
        for (it, chunk) in self.iter().zip(chunks) {
            it.write_plain(chunk);
        }
    }
}

impl<T: Lift, const N: usize> Lift for [T; N] {
    fn lift_flat(cx: &mut LiftCx<'_>, ty: TypeRef<'_>, flat: &[RawValue]) -> Result<Self, Error> {
        let element = cx.part_of(T::ABI, ty, 0);
        let flats = flat.chunks_exact(T::ABI.flat_count());
        let list = flats.map(|flat| T::lift_flat(cx, element, flat));
        Ok(array(list.collect::<Result<_, _>>()?))
    }

    fn lift_memory(cx: &mut LiftCx<'_>, ty: TypeRef<'_>, at: usize) -> Result<Self, Error> {
        let element = cx.part_of(T::ABI, ty, 0);
        T::lift_list(cx, element, at, N).map(array)
    }

    fn read_plain(bytes: &[u8]) -> Result<Self, Error> {
        let chunks = bytes.chunks_exact(T::ABI.plain_size());
        Ok(array(chunks.map(T::read_plain).collect::<Result<_, _>>()?))
    }
}

fn array<T, const N: usize>(list: Vec<T>) -> [T; N] {
    let Ok(array) = list.try_into() else {
        unreachable!("there are {N} elements")
    };
    array
}
