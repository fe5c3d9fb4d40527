//! What a type of Rust has to do to be one of components.

use std::any::type_name;
use std::ops::Range;

use crate::adapt::{DefinedType, ValType};
use crate::fact::emit::Width;
use crate::runtime::component::canon::{LiftCx, LowerCx};
use crate::runtime::component::ty::Type;
use crate::runtime::component::typed::abi::{Abi, Offsets};
use crate::runtime::component::typed::mismatch::TypeMismatch;
use crate::runtime::error::Error;
use crate::runtime::vm::layout::RawValue;

/// The type of a value for a component, of which only handles need to know: their resource types differ from instance to
/// instance.
#[derive(Clone, Copy)]
pub enum TypeRef<'a> {
    /// That of one value.
    Value(ValType),
    /// Those of parameters, or of a result.
    List(&'a [ValType]),
}

macro_rules! part_of {
    ($name:ident) => {
        impl $name<'_> {
            /// Returns the type of a part, as far as that part needs to know.
            #[doc(hidden)]
            #[inline]
            pub fn part_of<'t>(&self, abi: Abi, ty: TypeRef<'t>, index: usize) -> TypeRef<'t> {
                if !abi.has_handles() {
                    return ty;
                }
                TypeRef::Value(match ty {
                    TypeRef::Value(ty) => self.part(ty, index),
                    TypeRef::List(types) => types[index],
                })
            }

            /// Returns the type of the elements of a list. The type of a map stands for that of its entries, too: both have
            /// the same parts.
            pub(in crate::runtime) fn element_of<'t>(
                &self,
                abi: Abi,
                ty: TypeRef<'t>,
            ) -> TypeRef<'t> {
                match ty {
                    TypeRef::Value(ValType::Defined(id))
                        if abi.has_handles()
                            && matches!(self.types().defined(id), DefinedType::Map(..)) =>
                    {
                        ty
                    }
                    _ => self.part_of(abi, ty, 0),
                }
            }
        }
    };
}

part_of!(LowerCx);
part_of!(LiftCx);

impl LowerCx<'_> {
    /// Returns the bytes of a plain value, whose address was checked.
    #[doc(hidden)]
    #[inline]
    pub fn plain_bytes(&mut self, at: usize, abi: Abi) -> &mut [u8] {
        self.bytes(at, abi.plain_size())
    }

    /// Returns an offset.
    #[doc(hidden)]
    #[inline]
    pub fn offset<const N: usize>(&self, offsets: &Offsets<N>, index: usize) -> usize {
        offsets.get(index, self.width())
    }
}

impl LiftCx<'_> {
    /// Returns the bytes of a plain value, whose address was checked.
    #[doc(hidden)]
    #[inline]
    pub fn plain_bytes(&mut self, at: usize, abi: Abi) -> &[u8] {
        self.bytes(at, abi.plain_size())
    }

    /// Returns an offset.
    #[doc(hidden)]
    #[inline]
    pub fn offset<const N: usize>(&self, offsets: &Offsets<N>, index: usize) -> usize {
        offsets.get(index, self.width())
    }
}

impl<const N: usize> Offsets<N> {
    /// Returns where the bytes of a plain part are, of type `T`.
    #[doc(hidden)]
    #[inline]
    pub fn plain<T: ComponentType>(&self, index: usize) -> Range<usize> {
        let at = self.get(index, Width::W32);
        at..at + T::ABI.plain_size()
    }
}

/// A type of Rust that is the type of a component.
///
/// | of a component | of Rust |
/// |---|---|
/// | `bool`, `s8` … `u64`, `f32`, `f64`, `char` | `bool`, `i8` … `u64`, `f32`, `f64`, `char` |
/// | `string` | `String`, `str` behind a pointer |
/// | `list<t>` | `Vec<T>`, `[T]` behind a pointer |
/// | `list<t, n>` | `[T; N]` |
/// | `map<k, v>` | `HashMap<K, V>`, `BTreeMap<K, V>`, `Vec<(K, V)>` |
/// | `option<t>`, `result<t, e>` | `Option<T>`, `Result<T, E>`; `()` for a payload that is not there |
/// | `tuple<t, …>` | `(T, …)`, of up to 16 parts |
/// | `record`, `variant`, `enum`, `flags` | what [`record!`](crate::record), [`variant!`](crate::variant), [`enumeration!`](crate::enumeration) and [`flags!`](crate::flags) define |
/// | `own<r>`, `borrow<r>` | [`Resource<R>`](crate::component::Resource), [`ResourceAny`](crate::component::ResourceAny) |
///
/// `&T`, `Box<T>`, `Rc<T>` and `Arc<T>` are what `T` is.
pub trait ComponentType {
    /// The layout.
    #[doc(hidden)]
    const ABI: Abi;

    /// Checks that a component's type is this one.
    ///
    /// # Errors
    ///
    /// Fails if it is not; the error says which part of it is another.
    fn typecheck(ty: &Type) -> Result<(), TypeMismatch>;

    /// Checks that the entries of a map are of this type.
    #[doc(hidden)]
    fn typecheck_entry(key: &Type, value: &Type) -> Result<(), TypeMismatch> {
        let host = type_name::<Self>();
        let message = format!("the host has `{host}`, the component `{key}` and `{value}`");
        Err(TypeMismatch::saying(message))
    }

    /// Checks that the payload of a case is of this type.
    #[doc(hidden)]
    fn typecheck_payload(ty: Option<&Type>) -> Result<(), TypeMismatch> {
        match ty {
            Some(ty) => Self::typecheck(ty),
            None => Err(TypeMismatch::of::<Self>(None)),
        }
    }
}

/// A type of Rust whose values can be sent to a component.
pub trait Lower: ComponentType {
    /// Writes flat values, as many as there are. Spec: `lower_flat`.
    #[doc(hidden)]
    fn lower_flat(
        &self,
        cx: &mut LowerCx<'_>,
        ty: TypeRef<'_>,
        flat: &mut [RawValue],
    ) -> Result<(), Error>;

    /// Writes to memory, at an address that was checked. Spec: `store`.
    #[doc(hidden)]
    #[inline]
    fn lower_memory(&self, cx: &mut LowerCx<'_>, ty: TypeRef<'_>, at: usize) -> Result<(), Error> {
        let _ = ty;
        self.write_plain(cx.bytes(at, Self::ABI.plain_size()));
        Ok(())
    }

    /// Writes the bytes of a plain type, as many as it has.
    #[doc(hidden)]
    fn write_plain(&self, bytes: &mut [u8]) {
        let _ = bytes;
        unreachable!("the type is not plain")
    }

    /// Writes the elements of a list to memory. Spec: `store_list_into_valid_range`.
    #[doc(hidden)]
    #[inline]
    fn lower_list(
        list: &[Self],
        cx: &mut LowerCx<'_>,
        ty: TypeRef<'_>,
        at: usize,
    ) -> Result<(), Error>
    where
        Self: Sized,
    {
        if Self::ABI.is_plain() {
            let size = Self::ABI.plain_size();
            let chunks = cx.bytes(at, list.len() * size).chunks_exact_mut(size);
            for (chunk, element) in chunks.zip(list) {
                element.write_plain(chunk);
            }
            return Ok(());
        }
        let stride = stride::<Self>(cx.width());
        for (i, element) in list.iter().enumerate() {
            element.lower_memory(cx, ty, at + i * stride)?;
        }
        Ok(())
    }
}

/// A type of Rust whose values can be received from a component.
pub trait Lift: ComponentType + Sized {
    /// Reads flat values, as many as there are. Spec: `lift_flat`.
    #[doc(hidden)]
    fn lift_flat(cx: &mut LiftCx<'_>, ty: TypeRef<'_>, flat: &[RawValue]) -> Result<Self, Error>;

    /// Reads from memory, at an address that was checked. Spec: `load`.
    #[doc(hidden)]
    #[inline]
    fn lift_memory(cx: &mut LiftCx<'_>, ty: TypeRef<'_>, at: usize) -> Result<Self, Error> {
        let _ = ty;
        Self::read_plain(cx.bytes(at, Self::ABI.plain_size()))
    }

    /// Reads the bytes of a plain type, as many as it has.
    #[doc(hidden)]
    fn read_plain(bytes: &[u8]) -> Result<Self, Error> {
        let _ = bytes;
        unreachable!("the type is not plain")
    }

    /// Reads the elements of a list from memory. Spec: `load_list_from_valid_range`.
    #[doc(hidden)]
    #[inline]
    fn lift_list(
        cx: &mut LiftCx<'_>,
        ty: TypeRef<'_>,
        at: usize,
        len: usize,
    ) -> Result<Vec<Self>, Error> {
        cx.charge(len, size_of::<Self>())?;
        if !Self::ABI.is_plain() {
            let stride = stride::<Self>(cx.width());
            let mut list = Vec::with_capacity(len);
            for i in 0..len {
                list.push(Self::lift_memory(cx, ty, at + i * stride)?);
            }
            return Ok(list);
        }
        let size = Self::ABI.plain_size();
        let chunks = cx.bytes(at, len * size).chunks_exact(size);
        if Self::ABI.is_total() {
            // Without a way out the loop is one that a compiler copies several elements at a time with.
            let read = |chunk| match Self::read_plain(chunk) {
                Ok(element) => element,
                Err(_) => unreachable!("every value of the bytes is one of the type"),
            };
            return Ok(chunks.map(read).collect());
        }
        let mut list = Vec::with_capacity(len);
        for chunk in chunks {
            list.push(Self::read_plain(chunk)?);
        }
        Ok(list)
    }
}

/// Parameters of a function, or its result: a tuple of up to 16 types; `()` for none, and `(T,)` for one.
pub trait ComponentNamedList: ComponentType {
    /// Checks that types are these.
    #[doc(hidden)]
    fn typecheck_list(types: &[Type]) -> Result<(), TypeMismatch>;
}

/// Returns the distance between elements of a list.
fn stride<T: ComponentType>(width: Width) -> usize {
    usize::try_from(T::ABI.layout(width).size).expect("a size fits into 32 bits")
}
