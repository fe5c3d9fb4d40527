//! Why core WebAssembly traps.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! traps {
    ($( $(#[$doc:meta])* $name:ident = $number:literal, $text:literal; )*) => {
        /// Why core WebAssembly traps.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[repr(u8)]
        #[non_exhaustive]
        pub enum TrapKind {
            $( $(#[$doc])* $name = $number, )*
        }

        impl TrapKind {
            /// Every kind.
            pub const ALL: &[TrapKind] = &[ $( TrapKind::$name, )* ];

            /// Returns the kind with a number, if there is one.
            pub fn from_number(number: u8) -> Option<TrapKind> {
                match number {
                    $( $number => Some(TrapKind::$name), )*
                    _ => None,
                }
            }
        }

        impl fmt::Display for TrapKind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $( TrapKind::$name => $text, )*
                })
            }
        }
    };
}

// The texts are those that the scripts of the core test suite expect.
traps! {
    /// The instruction `unreachable`.
    Unreachable = 1, "unreachable";
    /// An access beyond the end of a memory.
    MemoryOutOfBounds = 2, "out of bounds memory access";
    /// An access beyond the end of a table.
    TableOutOfBounds = 3, "out of bounds table access";
    /// `call_indirect` beyond the end of a table.
    UndefinedElement = 4, "undefined element";
    /// `call_indirect` of an element that is null.
    UninitializedElement = 5, "uninitialized element";
    /// `call_indirect` of a function of another type.
    IndirectCallType = 6, "indirect call type mismatch";
    /// A null reference where a reference is needed.
    NullReference = 7, "null reference";
    /// The result of an integer division or of a conversion does not fit.
    IntegerOverflow = 8, "integer overflow";
    /// An integer is divided by zero.
    DivisionByZero = 9, "integer divide by zero";
    /// A float that is not a number becomes an integer.
    InvalidConversion = 10, "invalid conversion to integer";
    /// The stack is used up.
    StackExhausted = 11, "call stack exhausted";
    /// An atomic access at an address that is not a multiple of its size.
    UnalignedAtomic = 12, "unaligned atomic";
    /// `memory.atomic.wait` on a memory that is not shared.
    WaitOnUnshared = 13, "expected shared memory";
    /// The guest was interrupted from outside.
    Interrupted = 14, "interrupted";
}

impl TrapKind {
    /// Returns the number under which code knows the kind.
    pub fn number(self) -> u8 {
        self as u8
    }
}
