//! Division by constants, which is done by multiplication, gives what division gives.

use std::fmt::Write;

use interfuse::runtime::{Config, Engine, Instance, Module, Store, TrapKind, TypedFunc};

const DIVISORS: [u64; 26] = [
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    9,
    10,
    11,
    25,
    60,
    100,
    125,
    625,
    641,
    1_000_000_007,
    0x7fff_ffff,
    0x8000_0000,
    0x8000_0001,
    0xffff_fffb,
    0xffff_ffff,
    0x1_0000_0000,
    0x7fff_ffff_ffff_ffff,
    0x8000_0000_0000_0001,
    0xffff_ffff_ffff_ffff,
];

/// Returns numbers at the edges of types, and around multiples of a divisor.
fn numbers(divisor: u64) -> impl Iterator<Item = u64> {
    let edges = [0, 1 << 31, 1 << 32, 1 << 63].into_iter();
    let factors = [1_u64, 2, 3, 1000, 0x1234_5678, 0x9e37_79b9_7f4a_7c15];
    let multiples = factors.map(|factor| factor.wrapping_mul(divisor));
    // The last multiples of the types.
    let last = [u64::from(u32::MAX), 0x7fff_ffff, u64::MAX, u64::MAX >> 1];
    let last = last.map(|most| most - most % divisor);
    let all = edges.chain(multiples).chain(last);
    let near = |number: u64| (0..=4).map(move |step| number.wrapping_add(step).wrapping_sub(2));
    let both = all.flat_map(|number| [number, number.wrapping_neg()]);
    both.flat_map(near)
}

/// A module with functions that divide by a number, as each operator does.
struct Made {
    store: Store<()>,
    instance: Instance,
}

impl Made {
    fn new(engine: &Engine, divisor: u64) -> Made {
        let mut text = "(module".to_owned();
        for (ty, divisor) in [("i32", divisor & 0xffff_ffff), ("i64", divisor)] {
            for op in ["div_u", "rem_u", "div_s", "rem_s"] {
                write!(
                    text,
                    r#"(func (export "{ty}.{op}") (param {ty}) (result {ty})
                        ({ty}.{op} (local.get 0) ({ty}.const {divisor})))"#
                )
                .unwrap();
            }
        }
        text.push(')');
        let module = Module::new(engine, &wat::parse_str(text).unwrap()).unwrap();
        let mut store = Store::new(engine, ()).unwrap();
        let instance = Instance::new(&mut store, &module, &[]).unwrap();
        Made { store, instance }
    }

    fn narrow(&mut self, op: &str) -> TypedFunc<u32, u32> {
        let name = format!("i32.{op}");
        let func = self.instance.get_typed_func(&mut self.store, &name);
        func.unwrap()
    }

    fn wide(&mut self, op: &str) -> TypedFunc<u64, u64> {
        let name = format!("i64.{op}");
        let func = self.instance.get_typed_func(&mut self.store, &name);
        func.unwrap()
    }
}

#[test]
fn constants_divide_as_other_numbers_do() {
    let engine = Engine::new(&Config::new()).unwrap();
    for divisor in DIVISORS {
        let mut made = Made::new(&engine, divisor);
        let ops = ["div_u", "rem_u", "div_s", "rem_s"];
        let narrow = ops.map(|op| made.narrow(op));
        let wide = ops.map(|op| made.wide(op));
        let low = divisor as u32;
        for number in numbers(divisor) {
            let n = number as u32;
            let (signed, by) = (n as i32, low as i32);
            let expected = [
                n.checked_div(low),
                n.checked_rem(low),
                signed.checked_div(by).map(|it| it as u32),
                (low != 0).then(|| signed.wrapping_rem(by) as u32),
            ];
            for ((func, expected), op) in narrow.iter().zip(expected).zip(ops) {
                let found = func.call(&mut made.store, n).ok();
                assert_eq!(found, expected, "{n:#x} i32.{op} {low:#x}");
            }
            let (signed, by) = (number as i64, divisor as i64);
            let expected = [
                number.checked_div(divisor),
                number.checked_rem(divisor),
                signed.checked_div(by).map(|it| it as u64),
                Some(signed.wrapping_rem(by) as u64),
            ];
            for ((func, expected), op) in wide.iter().zip(expected).zip(ops) {
                let found = func.call(&mut made.store, number).ok();
                assert_eq!(found, expected, "{number:#x} i64.{op} {divisor:#x}");
            }
        }
    }
}

#[test]
fn constants_that_cannot_divide_trap() {
    let engine = Engine::new(&Config::new()).unwrap();
    let mut made = Made::new(&engine, 0);
    for op in ["div_u", "rem_u", "div_s", "rem_s"] {
        let error = made.narrow(op).call(&mut made.store, 7).unwrap_err();
        assert_eq!(error.trap(), Some(TrapKind::DivisionByZero), "{op}");
        let error = made.wide(op).call(&mut made.store, 7).unwrap_err();
        assert_eq!(error.trap(), Some(TrapKind::DivisionByZero), "{op}");
    }
}
