//! Values of component types, and strategies for them.

use std::collections::HashMap;

use proptest::char::range;
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::sample::select;
use proptest::strategy::{BoxedStrategy, Union};

use crate::adapt::{DefinedType, FuncTypeId, TypeId, Types, ValType};

/// A value of a component type. Its type says the rest: names, and what a variant is called.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Value {
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
    /// Of type `f32`: its bits, so that values compare and NaNs stay what they are.
    F32(u32),
    /// Of type `f64`: its bits.
    F64(u64),
    /// Of type `char`.
    Char(char),
    /// Of type `string`.
    String(String),
    /// Of a list or a list of fixed length; of a map, whose entries are records of two.
    List(Vec<Value>),
    /// Of a record or tuple.
    Record(Vec<Value>),
    /// Of a variant, enum, option (`none` comes first) or result (`ok` comes first).
    Variant {
        /// The position of the case.
        case: u32,
        /// The payload, if the case has one.
        payload: Option<Box<Value>>,
    },
    /// Of a flags type: the first member is the lowest bit.
    Flags(u32),
    /// Of a handle that owns its resource, which this represents.
    Own(u32),
    /// Of a handle that is borrowed from one whose resource this represents.
    Borrow(u32),
}

/// Returns values of a type.
pub fn values(types: &Types, ty: ValType) -> BoxedStrategy<Value> {
    Maker::new(types).of(ty)
}

/// Returns values for the parameters of a function.
pub fn args(types: &Types, func: FuncTypeId) -> BoxedStrategy<Vec<Value>> {
    let mut maker = Maker::new(types);
    let params = types.func(func).params.iter();
    params
        .map(|(_, ty)| maker.of(*ty))
        .collect::<Vec<_>>()
        .boxed()
}

/// Returns values that a function may return: none if it has no result.
pub fn results(types: &Types, func: FuncTypeId) -> BoxedStrategy<Option<Value>> {
    match types.func(func).result {
        None => Just(None).boxed(),
        Some(ty) => values(types, ty).prop_map(Some).boxed(),
    }
}

/// Characters next to where something changes: the number of bytes in UTF-8, of units in UTF-16, and what fits into
/// Latin-1.
const EDGES: [char; 13] = [
    '\0',
    '\u{7f}',
    '\u{80}',
    '\u{ff}',
    '\u{100}',
    '\u{7ff}',
    '\u{800}',
    '\u{d7ff}',
    '\u{e000}',
    '\u{fffd}',
    '\u{ffff}',
    '\u{10000}',
    '\u{10ffff}',
];

/// Numbers of characters around those that are handled at once.
const RUNS: [usize; 9] = [1, 7, 8, 15, 16, 17, 31, 33, 64];

/// Returns strings: ASCII, Latin-1, of the basic plane and beyond it, long runs of ASCII with something else in or
/// after them, and characters at the edges of encodings.
pub fn strings() -> BoxedStrategy<String> {
    let of = |chars: BoxedStrategy<char>, max| vec(chars, 0..max).prop_map(String::from_iter);
    let ascii = || range(' ', '~').boxed();
    let latin1 = || range('\0', '\u{ff}').boxed();
    let other = || {
        prop_oneof![
            3 => select(&EDGES[..]),
            1 => range('\u{80}', '\u{ff}'),
            1 => range('\u{100}', '\u{ffff}'),
            1 => range('\u{10000}', '\u{10ffff}'),
        ]
        .boxed()
    };
    let mixed = prop_oneof![ascii(), other()].boxed();
    let run = (select(&RUNS[..]), ascii()).prop_map(|(len, char)| char.to_string().repeat(len));
    let broken_run = (run.clone(), vec(other(), 1..3), of(ascii(), 20));
    prop_oneof![
        3 => of(ascii(), 12),
        2 => of(latin1(), 12),
        2 => of(other(), 8),
        2 => of(mixed, 12),
        1 => run,
        2 => broken_run.prop_map(|(run, other, rest)| run + &String::from_iter(other) + &rest),
    ]
    .boxed()
}

/// Makes strategies for the values of types of one arena, each compound type once.
struct Maker<'a> {
    types: &'a Types,
    made: HashMap<TypeId, BoxedStrategy<Value>>,
}

impl<'a> Maker<'a> {
    fn new(types: &'a Types) -> Self {
        Maker {
            types,
            made: HashMap::new(),
        }
    }

    fn of(&mut self, ty: ValType) -> BoxedStrategy<Value> {
        match ty {
            ValType::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
            ValType::S8 => ints(&[i8::MIN, -1, 0, i8::MAX], Value::S8),
            ValType::U8 => ints(&[0, 0x80, u8::MAX], Value::U8),
            ValType::S16 => ints(&[i16::MIN, -1, 0, i16::MAX], Value::S16),
            ValType::U16 => ints(&[0, 0x8000, u16::MAX], Value::U16),
            ValType::S32 => ints(&[i32::MIN, -1, 0, i32::MAX], Value::S32),
            ValType::U32 => ints(&[0, 1 << 31, u32::MAX], Value::U32),
            ValType::S64 => ints(&[i64::MIN, -1, 0, i64::MAX], Value::S64),
            ValType::U64 => ints(&[0, 1 << 32, 1 << 63, u64::MAX], Value::U64),
            // Zeros, infinities, the canonical NaN and one that signals.
            ValType::F32 => ints(
                &[1 << 31, 0xff80_0000, 0x7fc0_0000, 0x7f80_0001],
                Value::F32,
            ),
            ValType::F64 => ints(
                &[1 << 63, 0xfff0 << 48, 0x7ff8 << 48, (0x7ff0 << 48) + 1],
                Value::F64,
            ),
            ValType::Char => prop_oneof![any::<char>(), select(&EDGES[..])]
                .prop_map(Value::Char)
                .boxed(),
            ValType::String => strings().prop_map(Value::String).boxed(),
            ValType::Own(_) => ints(&[0, 1, u32::MAX], Value::Own),
            ValType::Borrow(_) => ints(&[0, 1, u32::MAX], Value::Borrow),
            ValType::Defined(id) => self.of_defined(id),
        }
    }

    fn of_defined(&mut self, id: TypeId) -> BoxedStrategy<Value> {
        if let Some(made) = self.made.get(&id) {
            return made.clone();
        }
        let made = match self.types.defined(id) {
            DefinedType::Record(fields) => self.record(fields.iter().map(|(_, ty)| *ty)),
            DefinedType::Tuple(parts) => self.record(parts.iter().copied()),
            DefinedType::Variant(cases) => self.variant(cases.iter().map(|(_, ty)| *ty)),
            DefinedType::Option(some) => self.variant([None, Some(*some)].into_iter()),
            DefinedType::Result { ok, err } => self.variant([*ok, *err].into_iter()),
            DefinedType::Enum(names) => enum_cases(names.len()),
            DefinedType::List(element) => {
                let element_values = self.of(*element);
                let max = match element {
                    ValType::String | ValType::Defined(_) => 5,
                    _ => 40,
                };
                lists(element_values, max)
            }
            DefinedType::Map(key, value) => {
                let entry = self.record([*key, *value].into_iter());
                lists(entry, 5)
            }
            DefinedType::FixedList(element, len) => {
                let len = usize::try_from(*len).expect("a list in memory");
                let elements = vec(self.of(*element), len);
                elements.prop_map(Value::List).boxed()
            }
            DefinedType::Flags(names) => {
                let mask = u32::MAX >> (u32::BITS as usize - names.len());
                let bits = prop_oneof![any::<u32>(), Just(0), Just(u32::MAX)];
                bits.prop_map(move |bits| Value::Flags(bits & mask)).boxed()
            }
        };
        self.made.insert(id, made.clone());
        made
    }

    fn record(&mut self, parts: impl Iterator<Item = ValType>) -> BoxedStrategy<Value> {
        let parts: Vec<_> = parts.map(|ty| self.of(ty)).collect();
        parts.prop_map(Value::Record).boxed()
    }

    fn variant(&mut self, cases: impl Iterator<Item = Option<ValType>>) -> BoxedStrategy<Value> {
        let values = (0..).zip(cases).map(|(case, ty)| match ty {
            None => Just(Value::Variant {
                case,
                payload: None,
            })
            .boxed(),
            Some(ty) => self
                .of(ty)
                .prop_map(move |payload| Value::Variant {
                    case,
                    payload: Some(Box::new(payload)),
                })
                .boxed(),
        });
        let values: Vec<_> = values.collect();
        // The last of many cases is as likely as all others together, and so is the first.
        let last = values[values.len() - 1].clone();
        let first = values[0].clone();
        prop_oneof![Union::new(values), first, last].boxed()
    }
}

/// Returns integers, and those at the edges.
fn ints<T>(edges: &'static [T], value: fn(T) -> Value) -> BoxedStrategy<Value>
where
    T: proptest::arbitrary::Arbitrary + Copy + 'static,
{
    prop_oneof![2 => any::<T>(), 1 => select(edges)]
        .prop_map(value)
        .boxed()
}

fn lists(element: BoxedStrategy<Value>, max: usize) -> BoxedStrategy<Value> {
    prop_oneof![3 => vec(element.clone(), 0..4), 1 => vec(element, 0..=max)]
        .prop_map(Value::List)
        .boxed()
}

fn enum_cases(len: usize) -> BoxedStrategy<Value> {
    let len = u32::try_from(len).expect("no component has that many names");
    prop_oneof![0..len, Just(0), Just(len - 1)]
        .prop_map(|case| Value::Variant {
            case,
            payload: None,
        })
        .boxed()
}
