//! Why an adapter traps: a code for each reason.

use std::fmt;

macro_rules! trap_codes {
    ($( $(#[$doc:meta])* $name:ident = $code:literal, $text:literal; )*) => {
        /// Why an adapter traps. An adapter hands the code to the imported function `trap`, which does not return.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        #[non_exhaustive]
        pub enum TrapCode {
            $( $(#[$doc])* $name = $code, )*
        }

        impl TrapCode {
            /// Every code.
            pub const ALL: &[TrapCode] = &[ $( TrapCode::$name, )* ];

            /// Returns the code with a number, if there is one.
            pub fn from_number(number: u32) -> Option<TrapCode> {
                match number {
                    $( $code => Some(TrapCode::$name), )*
                    _ => None,
                }
            }
        }

        impl fmt::Display for TrapCode {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $( TrapCode::$name => $text, )*
                })
            }
        }
    };
}

trap_codes! {
    /// A pointer is not a multiple of the alignment of what it points to.
    UnalignedPointer = 1, "unaligned pointer";
    /// A list reaches beyond the end of the memory.
    ListOutOfBounds = 2, "list content out-of-bounds";
    /// A string reaches beyond the end of the memory.
    StringOutOfBounds = 3, "string content out-of-bounds";
    /// Parameters or results in memory reach beyond its end.
    TupleOutOfBounds = 4, "parameters or results out-of-bounds";
    /// A list is longer than 2^28 - 1 bytes.
    ListTooLong = 5, "list longer than 2^28-1 bytes";
    /// A string is longer than 2^28 - 1 bytes.
    StringTooLong = 6, "string longer than 2^28-1 bytes";
    /// A discriminant names no case.
    InvalidDiscriminant = 7, "invalid variant discriminant";
    /// A char is not a Unicode scalar value.
    InvalidChar = 8, "invalid `char` bit pattern";
    /// A string that should be UTF-8 is not.
    InvalidUtf8 = 9, "invalid utf-8";
    /// A string that should be UTF-16 is not.
    InvalidUtf16 = 10, "invalid utf-16";
    /// The instance calls out while it must not: in `realloc` or in a post-return function.
    CannotLeave = 11, "cannot leave component instance";
    /// The instance is called while it must not be entered, see [`Reentrance`](crate::fact::Reentrance).
    CannotEnter = 12, "cannot enter component instance";
    /// `realloc` returned a pointer that is not a multiple of the alignment it was asked for.
    ReallocUnaligned = 13, "unaligned pointer (realloc return: result not aligned)";
    /// `realloc` returned a range that reaches beyond the end of the memory.
    ReallocOutOfBounds = 14, "parameters, string or list content out-of-bounds (realloc return: beyond end of memory)";
    /// A handle index names nothing.
    UnknownHandle = 15, "unknown handle index";
    /// A handle is of another resource type.
    WrongHandleType = 16, "handle index used with the wrong type";
    /// A handle that borrows is used where one that owns is needed.
    NotOwned = 17, "handle does not own its resource";
    /// A resource is given away or dropped while it is lent.
    HandleLent = 18, "cannot remove owned resource while borrowed";
    /// A call returns before the handles it borrowed were dropped.
    BorrowsRemain = 19, "borrow handles still remain at the end of the call";
    /// A table has no room for another handle.
    TableFull = 20, "too many handles";
    /// The values of a call within one instance, of which a copy is kept between lifting and lowering, have too many bytes.
    TooManyKept = 21, "too many bytes for a call within one instance";
}

impl TrapCode {
    /// Returns the number that is handed to `trap`.
    pub fn number(self) -> u32 {
        self as u32
    }
}
