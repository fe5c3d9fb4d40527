//! What has cases: options and results here, and variants by the same macro.

use crate::fact::TrapCode;
use crate::runtime::component::canon::{LiftCx, LowerCx};
use crate::runtime::component::ty::Type;
use crate::runtime::component::typed::abi::Abi;
use crate::runtime::component::typed::mismatch::TypeMismatch;
use crate::runtime::component::typed::traits::ComponentType;
use crate::runtime::error::Error;
use crate::runtime::vm::layout::RawValue;

/// Implements the traits for a type that has cases. Each has a name, the type of its payload, a pattern with
/// a reference to the payload, and an expression that makes the case of a payload.
#[doc(hidden)]
#[macro_export]
macro_rules! __component_cases {
    (
        [$($generic:ident),*] $name:ty;
        $($case:ident($payload:ty): $pattern:pat => $lowered:expr, |$lifted:pat_param| $made:expr;)+
    ) => {
        impl<$($generic: $crate::component::Lower),*> $crate::component::Lower for $name {
            #[inline]
            fn lower_flat(
                &self,
                cx: &mut $crate::component::__private::LowerCx<'_>,
                ty: $crate::component::__private::TypeRef<'_>,
                flat: &mut [$crate::component::__private::RawValue],
            ) -> ::core::result::Result<(), $crate::component::__private::Error> {
                enum __Case { $($case),+ }
                match self {
                    $(
                        $pattern => {
                            let abi = <$payload as $crate::component::ComponentType>::ABI;
                            let case = __Case::$case as u32;
                            let part = cx.part_of(abi, ty, case as usize);
                            let own = $crate::component::__private::flat_case(flat, case, abi);
                            $crate::component::Lower::lower_flat($lowered, cx, part, own)
                        }
                    )+
                }
            }

            #[inline]
            fn lower_memory(
                &self,
                cx: &mut $crate::component::__private::LowerCx<'_>,
                ty: $crate::component::__private::TypeRef<'_>,
                at: usize,
            ) -> ::core::result::Result<(), $crate::component::__private::Error> {
                enum __Case { $($case),+ }
                let abi = <Self as $crate::component::ComponentType>::ABI;
                if abi.is_plain() {
                    $crate::component::Lower::write_plain(self, cx.plain_bytes(at, abi));
                    return ::core::result::Result::Ok(());
                }
                let offsets = const {
                    $crate::component::__private::Abi::payload_offset([
                        $(<$payload as $crate::component::ComponentType>::ABI),+
                    ])
                };
                let size = const {
                    $crate::component::__private::Abi::discriminant([$(stringify!($case)),+].len())
                };
                match self {
                    $(
                        $pattern => {
                            let case = __Case::$case as u32;
                            cx.write_case(at, case, size);
                            let abi = <$payload as $crate::component::ComponentType>::ABI;
                            let part = cx.part_of(abi, ty, case as usize);
                            let at = at + cx.offset(&offsets, 0);
                            $crate::component::Lower::lower_memory($lowered, cx, part, at)
                        }
                    )+
                }
            }

            #[inline]
            fn write_plain(&self, bytes: &mut [u8]) {
                enum __Case { $($case),+ }
                let offsets = const {
                    $crate::component::__private::Abi::payload_offset([
                        $(<$payload as $crate::component::ComponentType>::ABI),+
                    ])
                };
                let size = const {
                    $crate::component::__private::Abi::discriminant([$(stringify!($case)),+].len())
                };
                match self {
                    $(
                        $pattern => {
                            let case = __Case::$case as u32;
                            $crate::component::__private::plain_case(bytes, case, size);
                            let part = offsets.plain::<$payload>(0);
                            $crate::component::Lower::write_plain($lowered, &mut bytes[part]);
                        }
                    )+
                }
            }
        }

        impl<$($generic: $crate::component::Lift),*> $crate::component::Lift for $name {
            #[inline]
            fn lift_flat(
                cx: &mut $crate::component::__private::LiftCx<'_>,
                ty: $crate::component::__private::TypeRef<'_>,
                flat: &[$crate::component::__private::RawValue],
            ) -> ::core::result::Result<Self, $crate::component::__private::Error> {
                enum __Case { $($case),+ }
                let (case, flat) = $crate::component::__private::case_of_flat(flat);
                match case {
                    $(
                        case if case == __Case::$case as u32 => {
                            let abi = <$payload as $crate::component::ComponentType>::ABI;
                            let part = cx.part_of(abi, ty, case as usize);
                            let own = &flat[..abi.flat_count()];
                            let $lifted =
                                <$payload as $crate::component::Lift>::lift_flat(cx, part, own)?;
                            ::core::result::Result::Ok($made)
                        }
                    )+
                    _ => ::core::result::Result::Err(
                        $crate::component::__private::invalid_discriminant(),
                    ),
                }
            }

            #[inline]
            fn lift_memory(
                cx: &mut $crate::component::__private::LiftCx<'_>,
                ty: $crate::component::__private::TypeRef<'_>,
                at: usize,
            ) -> ::core::result::Result<Self, $crate::component::__private::Error> {
                enum __Case { $($case),+ }
                let abi = <Self as $crate::component::ComponentType>::ABI;
                if abi.is_plain() {
                    return <Self as $crate::component::Lift>::read_plain(cx.plain_bytes(at, abi));
                }
                let offsets = const {
                    $crate::component::__private::Abi::payload_offset([
                        $(<$payload as $crate::component::ComponentType>::ABI),+
                    ])
                };
                let size = const {
                    $crate::component::__private::Abi::discriminant([$(stringify!($case)),+].len())
                };
                match cx.read_case(at, size) {
                    $(
                        case if case == __Case::$case as u32 => {
                            let abi = <$payload as $crate::component::ComponentType>::ABI;
                            let part = cx.part_of(abi, ty, case as usize);
                            let at = at + cx.offset(&offsets, 0);
                            let $lifted =
                                <$payload as $crate::component::Lift>::lift_memory(cx, part, at)?;
                            ::core::result::Result::Ok($made)
                        }
                    )+
                    _ => ::core::result::Result::Err(
                        $crate::component::__private::invalid_discriminant(),
                    ),
                }
            }

            #[inline]
            fn read_plain(
                bytes: &[u8],
            ) -> ::core::result::Result<Self, $crate::component::__private::Error> {
                enum __Case { $($case),+ }
                let offsets = const {
                    $crate::component::__private::Abi::payload_offset([
                        $(<$payload as $crate::component::ComponentType>::ABI),+
                    ])
                };
                let size = const {
                    $crate::component::__private::Abi::discriminant([$(stringify!($case)),+].len())
                };
                match $crate::component::__private::case_of_bytes(bytes, size) {
                    $(
                        case if case == __Case::$case as u32 => {
                            let part = offsets.plain::<$payload>(0);
                            let $lifted =
                                <$payload as $crate::component::Lift>::read_plain(&bytes[part])?;
                            ::core::result::Result::Ok($made)
                        }
                    )+
                    _ => ::core::result::Result::Err(
                        $crate::component::__private::invalid_discriminant(),
                    ),
                }
            }
        }
    };
}

impl LowerCx<'_> {
    /// Writes the number of a case to memory.
    #[doc(hidden)]
    #[inline]
    pub fn write_case(&mut self, at: usize, case: u32, size: usize) {
        plain_case(self.bytes(at, size), case, size);
    }
}

impl LiftCx<'_> {
    /// Reads the number of a case from memory.
    #[doc(hidden)]
    #[inline]
    pub fn read_case(&mut self, at: usize, size: usize) -> u32 {
        case_of_bytes(self.bytes(at, size), size)
    }
}

/// Writes the number of a case as a flat value, and zeros to what its payload does not use; returns what it does.
#[inline]
pub fn flat_case(flat: &mut [RawValue], case: u32, payload: Abi) -> &mut [RawValue] {
    let (first, rest) = flat.split_at_mut(1);
    first[0].set_u64(u64::from(case));
    let (own, unused) = rest.split_at_mut(payload.flat_count());
    for value in unused {
        value.set_u64(0);
    }
    own
}

/// Returns the number of a case and the flat values behind it.
#[inline]
pub fn case_of_flat(flat: &[RawValue]) -> (u32, &[RawValue]) {
    let (first, rest) = flat.split_at(1);
    (first[0].as_u32(), rest)
}

/// Writes the number of a case of a plain variant, or of the payload of one.
#[inline]
pub fn plain_case(bytes: &mut [u8], case: u32, size: usize) {
    bytes[..size].copy_from_slice(&case.to_le_bytes()[..size]);
}

/// Returns the number of a case of a plain variant.
#[inline]
pub fn case_of_bytes(bytes: &[u8], size: usize) -> u32 {
    let mut number = [0; 4];
    number[..size].copy_from_slice(&bytes[..size]);
    u32::from_le_bytes(number)
}

/// Returns the trap of a guest that sent a case that there is not.
#[cold]
pub fn invalid_discriminant() -> Error {
    Error::abi_trap(TrapCode::InvalidDiscriminant)
}

impl<T: ComponentType> ComponentType for Option<T> {
    const ABI: Abi = Abi::variant([Abi::UNIT, T::ABI]);

    fn typecheck(ty: &Type) -> Result<(), TypeMismatch> {
        match ty {
            Type::Option(option) => T::typecheck(&option.ty()).map_err(|it| it.within("some")),
            other => Err(TypeMismatch::of::<Self>(Some(other))),
        }
    }
}

__component_cases! {
    [T] Option<T>;
    None(()): None => &(), |()| None;
    Some(T): Some(it) => it, |it| Some(it);
}

impl<T: ComponentType, E: ComponentType> ComponentType for Result<T, E> {
    const ABI: Abi = Abi::variant([T::ABI, E::ABI]);

    fn typecheck(ty: &Type) -> Result<(), TypeMismatch> {
        match ty {
            Type::Result(result) => {
                T::typecheck_payload(result.ok().as_ref()).map_err(|it| it.within("ok"))?;
                E::typecheck_payload(result.err().as_ref()).map_err(|it| it.within("error"))
            }
            other => Err(TypeMismatch::of::<Self>(Some(other))),
        }
    }
}

__component_cases! {
    [T, E] Result<T, E>;
    Ok(T): Ok(it) => it, |it| Ok(it);
    Err(E): Err(it) => it, |it| Err(it);
}
