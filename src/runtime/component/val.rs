//! Values of any type. Lists are here as well: each of the two is made of the other.

use std::borrow::Cow;
use std::ops::Range;
use std::{fmt, mem, vec};

use crate::runtime::component::packed::Packed;
use crate::runtime::component::resource::ResourceAny;

/// A value of any type.
///
/// Two values are equal if nothing tells them apart for a component: a NaN equals every other of its type, and zero does
/// not equal negative zero.
///
/// # Examples
///
/// ```
/// use interfuse::component::Val;
///
/// let point = Val::Record(vec![("x".into(), Val::F32(1.0)), ("y".into(), Val::F32(f32::NAN))]);
/// assert_eq!(point, point.clone());
/// assert_ne!(Val::F32(0.0), Val::F32(-0.0));
/// ```
#[derive(Clone, Debug)]
pub enum Val {
    /// Of type `bool`.
    Bool(bool),
    /// Of type `s8`.
    S8(i8),
    /// Of type `u8`.
    U8(u8),
    /// Of type `s16`.
    S16(i16),
    /// Of type `u16`.
    U16(u16),
    /// Of type `s32`.
    S32(i32),
    /// Of type `u32`.
    U32(u32),
    /// Of type `s64`.
    S64(i64),
    /// Of type `u64`.
    U64(u64),
    /// Of type `f32`.
    F32(f32),
    /// Of type `f64`.
    F64(f64),
    /// Of type `char`.
    Char(char),
    /// Of type `string`.
    String(String),
    /// Of a list, or of a list of fixed length.
    List(ValList),
    /// Of a map: its entries, of which several may have one key.
    Map(Vec<(Val, Val)>),
    /// Of a record: its fields in the order of the type.
    Record(Vec<(String, Val)>),
    /// Of a tuple.
    Tuple(Vec<Val>),
    /// Of a variant: the name of the case and its payload.
    Variant(String, Option<Box<Val>>),
    /// Of an enum: the name of the case.
    Enum(String),
    /// Of an option.
    Option(Option<Box<Val>>),
    /// Of a result.
    Result(Result<Option<Box<Val>>, Option<Box<Val>>>),
    /// Of flags: the names of those that are set.
    Flags(Vec<String>),
    /// A handle, of a type that owns or borrows.
    Resource(ResourceAny),
}

impl Val {
    /// Returns what kind of type it is of, in one word of WIT.
    pub fn kind(&self) -> &'static str {
        match self {
            Val::Bool(_) => "bool",
            Val::S8(_) => "s8",
            Val::U8(_) => "u8",
            Val::S16(_) => "s16",
            Val::U16(_) => "u16",
            Val::S32(_) => "s32",
            Val::U32(_) => "u32",
            Val::S64(_) => "s64",
            Val::U64(_) => "u64",
            Val::F32(_) => "f32",
            Val::F64(_) => "f64",
            Val::Char(_) => "char",
            Val::String(_) => "string",
            Val::List(_) => "list",
            Val::Map(_) => "map",
            Val::Record(_) => "record",
            Val::Tuple(_) => "tuple",
            Val::Variant(..) => "variant",
            Val::Enum(_) => "enum",
            Val::Option(_) => "option",
            Val::Result(_) => "result",
            Val::Flags(_) => "flags",
            Val::Resource(_) => "resource",
        }
    }
}

impl PartialEq for Val {
    fn eq(&self, other: &Val) -> bool {
        match (self, other) {
            (Val::Bool(a), Val::Bool(b)) => a == b,
            (Val::S8(a), Val::S8(b)) => a == b,
            (Val::U8(a), Val::U8(b)) => a == b,
            (Val::S16(a), Val::S16(b)) => a == b,
            (Val::U16(a), Val::U16(b)) => a == b,
            (Val::S32(a), Val::S32(b)) => a == b,
            (Val::U32(a), Val::U32(b)) => a == b,
            (Val::S64(a), Val::S64(b)) => a == b,
            (Val::U64(a), Val::U64(b)) => a == b,
            (Val::F32(a), Val::F32(b)) => a.same(*b),
            (Val::F64(a), Val::F64(b)) => a.same(*b),
            (Val::Char(a), Val::Char(b)) => a == b,
            (Val::String(a), Val::String(b)) | (Val::Enum(a), Val::Enum(b)) => a == b,
            (Val::List(a), Val::List(b)) => a == b,
            (Val::Tuple(a), Val::Tuple(b)) => a == b,
            (Val::Map(a), Val::Map(b)) => a == b,
            (Val::Record(a), Val::Record(b)) => a == b,
            (Val::Variant(a, a_payload), Val::Variant(b, b_payload)) => {
                a == b && a_payload == b_payload
            }
            (Val::Option(a), Val::Option(b)) => a == b,
            (Val::Result(a), Val::Result(b)) => a == b,
            (Val::Flags(a), Val::Flags(b)) => {
                a.iter().all(|flag| b.contains(flag)) && b.iter().all(|flag| a.contains(flag))
            }
            (Val::Resource(a), Val::Resource(b)) => a == b,
            _ => false,
        }
    }
}

impl Eq for Val {}

/// The elements of a list.
///
/// Numbers, `bool`s and `char`s lie side by side as in a slice of Rust, so that a list of bytes takes a byte for each.
/// What a list is made of does not matter for that: the same elements are always kept in the same way.
///
/// # Examples
///
/// ```
/// use interfuse::component::{Val, ValList};
///
/// let list = ValList::from(vec![1_u8, 2, 3]);
/// assert_eq!(list, ValList::from(vec![Val::U8(1), Val::U8(2), Val::U8(3)]));
/// assert_eq!(list.as_slice::<u8>(), Some(&[1, 2, 3][..]));
/// assert_eq!(list.as_slice::<u32>(), None);
/// assert_eq!(list.get(2).as_deref(), Some(&Val::U8(3)));
/// let sum: u32 = list.iter().map(|it| match *it {
///     Val::U8(byte) => u32::from(byte),
///     _ => 0,
/// }).sum();
/// assert_eq!(sum, 6);
///
/// let words: ValList = ["a", "b"].into_iter().map(|it| Val::String(it.into())).collect();
/// assert_eq!(Val::List(words).kind(), "list");
/// ```
#[derive(Clone)]
pub struct ValList(Elements);

/// A type of Rust for a number, a `bool` or a `char`, of which a list of a component is a slice.
pub trait Scalar: Packed {
    #[doc(hidden)]
    fn into_val(self) -> Val;

    #[doc(hidden)]
    fn of_val(val: &Val) -> Option<Self>;

    /// Returns elements, of which there are some.
    #[doc(hidden)]
    fn elements(list: Box<[Self]>) -> Elements;

    /// Returns the slice, if it is one of this type.
    #[doc(hidden)]
    fn of_elements(elements: &Elements) -> Option<&[Self]>;

    /// Returns the slice, if it is one of this type.
    #[doc(hidden)]
    fn from_elements(elements: Elements) -> Result<Box<[Self]>, Elements>;
}

/// Does something for each kind of scalars.
macro_rules! for_scalars {
    ($($kind:ident $ty:ty,)*) => {
        /// Elements of a list. Those that can be in a slice are, so that there is one way to keep the same elements.
        #[doc(hidden)]
        #[derive(Clone)]
        pub enum Elements {
            /// None, or such that are not all of one type of scalars.
            Any(Box<[Val]>),
            $(
                #[doc = concat!("Some of type `", stringify!($ty), "`.")]
                $kind(Box<[$ty]>),
            )*
        }

        $(
            impl Scalar for $ty {
                #[inline]
                fn into_val(self) -> Val {
                    Val::$kind(self)
                }

                #[inline]
                fn of_val(val: &Val) -> Option<$ty> {
                    match val {
                        Val::$kind(it) => Some(*it),
                        _ => None,
                    }
                }

                fn elements(list: Box<[$ty]>) -> Elements {
                    Elements::$kind(list)
                }

                fn of_elements(elements: &Elements) -> Option<&[$ty]> {
                    match elements {
                        Elements::$kind(list) => Some(list),
                        _ => None,
                    }
                }

                fn from_elements(elements: Elements) -> Result<Box<[$ty]>, Elements> {
                    match elements {
                        Elements::$kind(list) => Ok(list),
                        other => Err(other),
                    }
                }
            }
        )*

        impl ValList {
            /// Returns the number of elements.
            pub fn len(&self) -> usize {
                match &self.0 {
                    Elements::Any(list) => list.len(),
                    $(Elements::$kind(list) => list.len(),)*
                }
            }

            /// Returns an element; none if there are not so many.
            pub fn get(&self, index: usize) -> Option<Cow<'_, Val>> {
                match &self.0 {
                    Elements::Any(list) => list.get(index).map(Cow::Borrowed),
                    $(Elements::$kind(list) => list.get(index).map(|it| Cow::Owned(it.into_val())),)*
                }
            }
        }

        impl Val {
            fn is_scalar(&self) -> bool {
                matches!(self, $(Val::$kind(_))|*)
            }
        }

        impl PartialEq for ValList {
            fn eq(&self, other: &ValList) -> bool {
                match (&self.0, &other.0) {
                    (Elements::Any(a), Elements::Any(b)) => a == b,
                    $((Elements::$kind(a), Elements::$kind(b)) => {
                        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.same(*b))
                    })*
                    _ => false,
                }
            }
        }

        impl FromIterator<Val> for ValList {
            fn from_iter<I: IntoIterator<Item = Val>>(vals: I) -> ValList {
                let mut vals = vals.into_iter();
                match vals.next() {
                    None => ValList::default(),
                    $(Some(Val::$kind(first)) => gather(first, &mut vals),)*
                    Some(first) => ValList(Elements::Any([first].into_iter().chain(vals).collect())),
                }
            }
        }
    };
}

for_scalars! {
    Bool bool,
    S8 i8,
    U8 u8,
    S16 i16,
    U16 u16,
    S32 i32,
    U32 u32,
    S64 i64,
    U64 u64,
    F32 f32,
    F64 f64,
    Char char,
}

/// Makes a list of elements of which the first is a scalar.
fn gather<T: Scalar>(first: T, rest: &mut dyn Iterator<Item = Val>) -> ValList {
    let mut list = Vec::with_capacity(rest.size_hint().0.saturating_add(1));
    list.push(first);
    while let Some(val) = rest.next() {
        let Some(it) = T::of_val(&val) else {
            let before = list.into_iter().map(T::into_val);
            return ValList(Elements::Any(before.chain([val]).chain(rest).collect()));
        };
        list.push(it);
    }
    ValList(T::elements(list.into()))
}

impl ValList {
    /// Returns whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the elements as a slice, if they are all of this type; so are those of an empty list.
    pub fn as_slice<T: Scalar>(&self) -> Option<&[T]> {
        match &self.0 {
            Elements::Any(list) if list.is_empty() => Some(&[]),
            elements => T::of_elements(elements),
        }
    }

    /// Returns the elements, if they are all of this type; so are those of an empty list.
    ///
    /// # Errors
    ///
    /// Returns the list as it is if they are not.
    pub fn into_vec<T: Scalar>(self) -> Result<Vec<T>, ValList> {
        match self.0 {
            Elements::Any(list) if list.is_empty() => Ok(Vec::new()),
            elements => T::from_elements(elements)
                .map_or_else(|elements| Err(ValList(elements)), |list| Ok(list.into())),
        }
    }

    /// Returns the elements, one after the other.
    pub fn iter(&self) -> ValListIter<'_> {
        ValListIter {
            list: self,
            rest: 0..self.len(),
        }
    }

    /// Returns the elements as they are kept.
    #[inline]
    pub(in crate::runtime) fn elements(&self) -> &Elements {
        &self.0
    }
}

impl Default for ValList {
    fn default() -> ValList {
        ValList(Elements::Any(Box::default()))
    }
}

impl Eq for ValList {}

impl fmt::Debug for ValList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

impl<T: Scalar> From<Vec<T>> for ValList {
    fn from(list: Vec<T>) -> ValList {
        match list.is_empty() {
            true => ValList::default(),
            false => ValList(T::elements(list.into())),
        }
    }
}

impl<T: Scalar> From<&[T]> for ValList {
    fn from(list: &[T]) -> ValList {
        ValList::from(list.to_vec())
    }
}

impl From<Vec<Val>> for ValList {
    fn from(list: Vec<Val>) -> ValList {
        let kind = list
            .first()
            .filter(|it| it.is_scalar())
            .map(mem::discriminant);
        // What is not all of one type stays where it is.
        match list.iter().all(|it| Some(mem::discriminant(it)) == kind) {
            true => list.into_iter().collect(),
            false => ValList(Elements::Any(list.into())),
        }
    }
}

impl From<ValList> for Vec<Val> {
    fn from(list: ValList) -> Vec<Val> {
        match list.0 {
            Elements::Any(list) => list.into(),
            _ => list.iter().map(Cow::into_owned).collect(),
        }
    }
}

impl IntoIterator for ValList {
    type Item = Val;
    type IntoIter = vec::IntoIter<Val>;

    fn into_iter(self) -> vec::IntoIter<Val> {
        Vec::from(self).into_iter()
    }
}

impl<'a> IntoIterator for &'a ValList {
    type Item = Cow<'a, Val>;
    type IntoIter = ValListIter<'a>;

    fn into_iter(self) -> ValListIter<'a> {
        self.iter()
    }
}

/// The elements of a list, one after the other.
#[derive(Clone, Debug)]
pub struct ValListIter<'a> {
    list: &'a ValList,
    rest: Range<usize>,
}

impl<'a> Iterator for ValListIter<'a> {
    type Item = Cow<'a, Val>;

    fn next(&mut self) -> Option<Cow<'a, Val>> {
        self.list.get(self.rest.next()?)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.rest.size_hint()
    }
}

impl DoubleEndedIterator for ValListIter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.list.get(self.rest.next_back()?)
    }
}

impl ExactSizeIterator for ValListIter<'_> {}
