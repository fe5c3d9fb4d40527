//! Macros that define types of Rust as records, variants, enums and flags of components.
//!
//! Long for four macros with their documentation, and what they expand to: macros that are exported stand with what they use.

use heck::ToKebabCase;

use crate::fact::abi::flags_size;
use crate::runtime::component::ty::Type;
use crate::runtime::component::typed::abi::Abi;
use crate::runtime::component::typed::mismatch::TypeMismatch;
use crate::runtime::vm::layout::RawValue;

/// A field, case or flag: its name in Rust, its name in the component if that is another, and the check of its type.
pub struct Part {
    /// The name in Rust.
    pub rust: &'static str,
    /// The name in the component, if it does not follow from that in Rust.
    pub given: &'static [&'static str],
    /// Checks its type.
    pub check: fn(Option<&Type>) -> Result<(), TypeMismatch>,
}

impl Part {
    /// Returns the name in the component.
    fn name(&self) -> String {
        match self.given.first() {
            Some(given) => (*given).to_owned(),
            None => self.rust.trim_start_matches("r#").to_kebab_case(),
        }
    }
}

/// Checks that a type is a record of such fields.
///
/// # Errors
///
/// Fails if it is not.
pub fn check_record<T: ?Sized>(ty: &Type, parts: &[Part]) -> Result<(), TypeMismatch> {
    let Type::Record(record) = ty else {
        return Err(TypeMismatch::of::<T>(Some(ty)));
    };
    let fields: Vec<_> = record.fields().map(|it| (it.name, Some(it.ty))).collect();
    check_parts("field", &fields, parts)
}

/// Checks that a type is a variant of such cases.
///
/// # Errors
///
/// Fails if it is not.
pub fn check_variant<T: ?Sized>(ty: &Type, parts: &[Part]) -> Result<(), TypeMismatch> {
    let Type::Variant(variant) = ty else {
        return Err(TypeMismatch::of::<T>(Some(ty)));
    };
    let cases: Vec<_> = variant.cases().map(|it| (it.name, it.ty)).collect();
    check_parts("case", &cases, parts)
}

/// Checks that a type is an enum of such cases.
///
/// # Errors
///
/// Fails if it is not.
pub fn check_enum<T: ?Sized>(ty: &Type, parts: &[Part]) -> Result<(), TypeMismatch> {
    let Type::Enum(names) = ty else {
        return Err(TypeMismatch::of::<T>(Some(ty)));
    };
    let cases: Vec<_> = names.names().map(|name| (name, None)).collect();
    check_parts("case", &cases, parts)
}

/// Checks that a type is a set of such flags.
///
/// # Errors
///
/// Fails if it is not.
pub fn check_flags<T: ?Sized>(ty: &Type, parts: &[Part]) -> Result<(), TypeMismatch> {
    let Type::Flags(names) = ty else {
        return Err(TypeMismatch::of::<T>(Some(ty)));
    };
    let flags: Vec<_> = names.names().map(|name| (name, None)).collect();
    check_parts("flag", &flags, parts)
}

fn check_parts(
    what: &str,
    found: &[(&str, Option<Type>)],
    parts: &[Part],
) -> Result<(), TypeMismatch> {
    for (i, part) in parts.iter().enumerate() {
        let name = part.name();
        let Some((found, ty)) = found.get(i) else {
            return Err(TypeMismatch::saying(format!(
                "the host has {what} `{name}`, the component has no more than {i}"
            )));
        };
        if name != *found {
            let rust = part.rust;
            return Err(TypeMismatch::saying(format!(
                "{what} {} of the host is `{rust}`, which is `{name}`, that of the component `{found}`",
                i + 1
            )));
        }
        (part.check)(ty.as_ref()).map_err(|it| it.within(format!("{what} `{name}`")))?;
    }
    match found.get(parts.len()) {
        Some((name, _)) => Err(TypeMismatch::saying(format!(
            "the component has {what} `{name}`, the host has no more than {}",
            parts.len()
        ))),
        None => Ok(()),
    }
}

/// Returns the position of a name.
pub const fn index_of(names: &[&str], name: &str) -> usize {
    let mut i = 0;
    while i < names.len() {
        if equal(names[i].as_bytes(), name.as_bytes()) {
            return i;
        }
        i += 1;
    }
    panic!("the name is one of the names")
}

const fn equal(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

impl Abi {
    /// Returns that of so many flags.
    pub const fn flags(count: usize) -> Abi {
        assert!(count > 0);
        assert!(count <= 32);
        Abi::number(flags_size(count as u32))
    }
}

/// Writes flags as a flat value.
#[inline]
pub fn write_flat_flags(flat: &mut [RawValue], bits: u32) {
    flat[0].set_u64(u64::from(bits));
}

/// Returns the bits of a flat value.
#[inline]
pub fn flat_flags(flat: &[RawValue]) -> u32 {
    flat[0].as_u32()
}

/// Defines a `struct` that is a record of components.
///
/// The fields are those of the record, in its order. Their names are the same in kebab case; another is written before the
/// field. Whatever attributes and visibility are given stay.
///
/// # Examples
///
/// ```
/// interfuse::record! {
///     /// `record line { start-x: s32, %type: string, label: option<string> }`
///     #[derive(Clone, Debug, PartialEq)]
///     pub struct Line {
///         pub start_x: i32,
///         "type" => pub kind: String,
///         label: Option<String>,
///     }
/// }
///
/// let line = Line { start_x: 1, kind: "dashed".into(), label: None };
/// assert_eq!(line, line.clone());
/// ```
#[macro_export]
macro_rules! record {
    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident {
            $(
                $(#[$field_meta:meta])*
                $($given:literal =>)? $field_vis:vis $field:ident: $ty:ty
            ),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        $vis struct $name {
            $( $(#[$field_meta])* $field_vis $field: $ty, )+
        }

        impl $crate::component::ComponentType for $name {
            const ABI: $crate::component::__private::Abi =
                $crate::component::__private::Abi::record([
                    $(<$ty as $crate::component::ComponentType>::ABI),+
                ]);

            fn typecheck(
                ty: &$crate::component::Type,
            ) -> ::core::result::Result<(), $crate::component::TypeMismatch> {
                $crate::component::__private::check_record::<Self>(ty, &[
                    $($crate::component::__private::Part {
                        rust: stringify!($field),
                        given: &[$($given)?],
                        check: <$ty as $crate::component::ComponentType>::typecheck_payload,
                    }),+
                ])
            }
        }

        $crate::__component_fields! {
            [] $name; $($field: $ty => $field),+; Self { $($field),+ }
        }
    };
}

/// Defines an `enum` that is a variant of components.
///
/// The cases are those of the variant, in its order, each with one payload or none. Their names are the same in kebab
/// case; another is written before the case.
///
/// # Examples
///
/// ```
/// interfuse::variant! {
///     /// `variant shape { circle(f32), rectangle(tuple<f32, f32>), none }`
///     #[derive(Clone, Debug, PartialEq)]
///     pub enum Shape {
///         Circle(f32),
///         Rectangle((f32, f32)),
///         "none" => Empty,
///     }
/// }
///
/// assert_ne!(Shape::Circle(1.0), Shape::Empty);
/// ```
#[macro_export]
macro_rules! variant {
    (
        $(#[$meta:meta])*
        $vis:vis enum $name:ident {
            $(
                $(#[$case_meta:meta])*
                $($given:literal =>)? $case:ident $(($payload:ty))?
            ),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        $vis enum $name {
            $( $(#[$case_meta])* $case $(($payload))?, )+
        }

        impl $crate::component::ComponentType for $name {
            const ABI: $crate::component::__private::Abi =
                $crate::component::__private::Abi::variant([
                    $(<$crate::__component_payload!($($payload)?)
                        as $crate::component::ComponentType>::ABI),+
                ]);

            fn typecheck(
                ty: &$crate::component::Type,
            ) -> ::core::result::Result<(), $crate::component::TypeMismatch> {
                $crate::component::__private::check_variant::<Self>(ty, &[
                    $($crate::component::__private::Part {
                        rust: stringify!($case),
                        given: &[$($given)?],
                        check: <$crate::__component_payload!($($payload)?)
                            as $crate::component::ComponentType>::typecheck_payload,
                    }),+
                ])
            }
        }

        $crate::__component_cases! {
            [] $name;
            $(
                $case($crate::__component_payload!($($payload)?)):
                    Self::$case $(($crate::__component_first!(_it $payload)))?
                        => $crate::__component_or_unit!($(_it $payload)?),
                    |_it| Self::$case $(($crate::__component_first!(_it $payload)))?;
            )+
        }
    };
}

/// Defines an `enum` that is an enum of components.
///
/// The cases are those of the enum, in its order. Their names are the same in kebab case; another is written before the
/// case.
///
/// # Examples
///
/// ```
/// interfuse::enumeration! {
///     /// `enum side { north-east, south-west, centre }`
///     #[derive(Clone, Copy, Debug, PartialEq)]
///     pub enum Side {
///         NorthEast,
///         SouthWest,
///         "centre" => Middle,
///     }
/// }
///
/// assert_ne!(Side::NorthEast, Side::Middle);
/// ```
#[macro_export]
macro_rules! enumeration {
    (
        $(#[$meta:meta])*
        $vis:vis enum $name:ident {
            $( $(#[$case_meta:meta])* $($given:literal =>)? $case:ident ),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        $vis enum $name {
            $( $(#[$case_meta])* $case, )+
        }

        impl $crate::component::ComponentType for $name {
            const ABI: $crate::component::__private::Abi =
                $crate::component::__private::Abi::variant(
                    [$crate::component::__private::Abi::UNIT; [$(stringify!($case)),+].len()],
                );

            fn typecheck(
                ty: &$crate::component::Type,
            ) -> ::core::result::Result<(), $crate::component::TypeMismatch> {
                $crate::component::__private::check_enum::<Self>(ty, &[
                    $($crate::component::__private::Part {
                        rust: stringify!($case),
                        given: &[$($given)?],
                        check: <() as $crate::component::ComponentType>::typecheck_payload,
                    }),+
                ])
            }
        }

        $crate::__component_cases! {
            [] $name;
            $( $case(()): Self::$case => &(), |()| Self::$case; )+
        }
    };
}

/// Defines a `struct` that is a set of flags of components: up to 32 constants, combined by `|`.
///
/// The constants are the flags, in their order. Their names are the same in kebab case; another is written before the
/// constant. The type is `Clone`, `Copy`, `Debug`, `Default`, `Eq`, `Hash` and `PartialEq`.
///
/// # Examples
///
/// ```
/// interfuse::flags! {
///     /// `flags access { read, write, run }`
///     pub struct Access {
///         READ,
///         WRITE,
///         "run" => EXECUTE,
///     }
/// }
///
/// let mut access = Access::READ | Access::EXECUTE;
/// assert!(access.contains(Access::READ));
/// access.remove(Access::READ);
/// assert_eq!(access, Access::EXECUTE);
/// assert_eq!(access.bits(), 4);
/// assert_eq!(format!("{:?}", Access::all()), "Access(READ | WRITE | EXECUTE)");
/// ```
#[macro_export]
macro_rules! flags {
    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident {
            $( $(#[$flag_meta:meta])* $($given:literal =>)? $flag:ident ),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
        $vis struct $name {
            bits: u32,
        }

        impl $name {
            const NAMES: &'static [&'static str] = &[$(stringify!($flag)),+];

            $(
                $(#[$flag_meta])*
                #[doc = concat!("The flag `", stringify!($flag), "`.")]
                $vis const $flag: Self = Self {
                    bits: 1 << $crate::component::__private::index_of(
                        Self::NAMES,
                        stringify!($flag),
                    ),
                };
            )+

            /// Returns a set of no flags.
            $vis const fn empty() -> Self {
                Self { bits: 0 }
            }

            /// Returns the set of all flags.
            $vis const fn all() -> Self {
                Self { bits: u32::MAX >> (32 - Self::NAMES.len()) }
            }

            /// Returns the flags as bits: the first flag is the lowest.
            $vis const fn bits(self) -> u32 {
                self.bits
            }

            /// Returns the flags for bits, of which those that are no flag are left out.
            $vis const fn from_bits_truncate(bits: u32) -> Self {
                Self { bits: bits & Self::all().bits }
            }

            /// Returns whether no flag is set.
            $vis const fn is_empty(self) -> bool {
                self.bits == 0
            }

            /// Returns whether all of the other flags are set.
            $vis const fn contains(self, other: Self) -> bool {
                self.bits & other.bits == other.bits
            }

            /// Sets flags.
            $vis const fn insert(&mut self, other: Self) {
                self.bits |= other.bits;
            }

            /// Clears flags.
            $vis const fn remove(&mut self, other: Self) {
                self.bits &= !other.bits;
            }
        }

        // Nobody has to use all of them.
        const _: () = {
            let _ = (<$name>::empty, <$name>::all, <$name>::bits, <$name>::from_bits_truncate);
            let _ = (<$name>::is_empty, <$name>::contains, <$name>::insert, <$name>::remove);
            $(let _ = <$name>::$flag;)+
        };

        impl ::core::ops::BitOr for $name {
            type Output = Self;

            fn bitor(self, other: Self) -> Self {
                Self { bits: self.bits | other.bits }
            }
        }

        impl ::core::ops::BitOrAssign for $name {
            fn bitor_assign(&mut self, other: Self) {
                self.bits |= other.bits;
            }
        }

        impl ::core::ops::BitAnd for $name {
            type Output = Self;

            fn bitand(self, other: Self) -> Self {
                Self { bits: self.bits & other.bits }
            }
        }

        impl ::core::ops::Not for $name {
            type Output = Self;

            fn not(self) -> Self {
                Self::from_bits_truncate(!self.bits)
            }
        }

        impl ::core::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(concat!(stringify!($name), "("))?;
                let mut separator = "";
                for (index, name) in Self::NAMES.iter().enumerate() {
                    if self.bits >> index & 1 != 0 {
                        write!(f, "{separator}{name}")?;
                        separator = " | ";
                    }
                }
                f.write_str(")")
            }
        }

        impl $crate::component::ComponentType for $name {
            const ABI: $crate::component::__private::Abi =
                $crate::component::__private::Abi::flags(Self::NAMES.len());

            fn typecheck(
                ty: &$crate::component::Type,
            ) -> ::core::result::Result<(), $crate::component::TypeMismatch> {
                $crate::component::__private::check_flags::<Self>(ty, &[
                    $($crate::component::__private::Part {
                        rust: stringify!($flag),
                        given: &[$($given)?],
                        check: <() as $crate::component::ComponentType>::typecheck_payload,
                    }),+
                ])
            }
        }

        impl $crate::component::Lower for $name {
            #[inline]
            fn lower_flat(
                &self,
                _: &mut $crate::component::__private::LowerCx<'_>,
                _: $crate::component::__private::TypeRef<'_>,
                flat: &mut [$crate::component::__private::RawValue],
            ) -> ::core::result::Result<(), $crate::component::__private::Error> {
                $crate::component::__private::write_flat_flags(flat, self.bits);
                ::core::result::Result::Ok(())
            }

            #[inline]
            fn write_plain(&self, bytes: &mut [u8]) {
                let size = <Self as $crate::component::ComponentType>::ABI.plain_size();
                $crate::component::__private::plain_case(bytes, self.bits, size);
            }
        }

        impl $crate::component::Lift for $name {
            #[inline]
            fn lift_flat(
                _: &mut $crate::component::__private::LiftCx<'_>,
                _: $crate::component::__private::TypeRef<'_>,
                flat: &[$crate::component::__private::RawValue],
            ) -> ::core::result::Result<Self, $crate::component::__private::Error> {
                let bits = $crate::component::__private::flat_flags(flat);
                ::core::result::Result::Ok(Self::from_bits_truncate(bits))
            }

            #[inline]
            fn read_plain(
                bytes: &[u8],
            ) -> ::core::result::Result<Self, $crate::component::__private::Error> {
                let size = <Self as $crate::component::ComponentType>::ABI.plain_size();
                let bits = $crate::component::__private::case_of_bytes(bytes, size);
                ::core::result::Result::Ok(Self::from_bits_truncate(bits))
            }
        }
    };
}

/// The type of a payload: `()` if there is none.
#[doc(hidden)]
#[macro_export]
macro_rules! __component_payload {
    () => {
        ()
    };
    ($ty:ty) => {
        $ty
    };
}

/// A reference to a payload, or to `()` if there is none.
#[doc(hidden)]
#[macro_export]
macro_rules! __component_or_unit {
    () => {
        &()
    };
    ($it:ident $ty:ty) => {
        $it
    };
}

/// The first of two.
#[doc(hidden)]
#[macro_export]
macro_rules! __component_first {
    ($it:ident $ty:ty) => {
        $it
    };
}

pub use {enumeration, flags, record, variant};
