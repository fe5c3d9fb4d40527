//! Values of the strategies as values for a host, and back.

use crate::adapt::{DefinedType, Label, Types, ValType};
use crate::runtime::component::resource::{HostResources, ResourceType, Taken};
use crate::runtime::component::val::Val;
use crate::strategy::Value;

/// Returns a value for the host, which gets the handles in it.
pub(super) fn to_val(types: &Types, held: &mut HostResources, ty: ValType, value: &Value) -> Val {
    match (ty, value) {
        (_, Value::Bool(it)) => Val::Bool(*it),
        (_, Value::S8(it)) => Val::S8(*it),
        (_, Value::U8(it)) => Val::U8(*it),
        (_, Value::S16(it)) => Val::S16(*it),
        (_, Value::U16(it)) => Val::U16(*it),
        (_, Value::S32(it)) => Val::S32(*it),
        (_, Value::U32(it)) => Val::U32(*it),
        (_, Value::S64(it)) => Val::S64(*it),
        (_, Value::U64(it)) => Val::U64(*it),
        (_, Value::F32(bits)) => Val::F32(f32::from_bits(*bits)),
        (_, Value::F64(bits)) => Val::F64(f64::from_bits(*bits)),
        (_, Value::Char(it)) => Val::Char(*it),
        (_, Value::String(it)) => Val::String(it.clone()),
        (ValType::Own(id) | ValType::Borrow(id), Value::Own(rep) | Value::Borrow(rep)) => {
            let ty = ResourceType::host_dynamic(id.as_u32());
            Val::Resource(
                held.insert_own(ty, Taken::made(*rep))
                    .expect("the test made it so"),
            )
        }
        (ValType::Defined(id), value) => defined_to_val(types, held, types.defined(id), value),
        (ty, value) => panic!("{value:?} is no {ty:?}"),
    }
}

fn defined_to_val(types: &Types, held: &mut HostResources, ty: &DefinedType, value: &Value) -> Val {
    let mut of = |ty, value: &Value| to_val(types, held, ty, value);
    let boxed = |val| Some(Box::new(val));
    match (ty, value) {
        (DefinedType::Record(fields), Value::Record(values)) => Val::Record(
            fields
                .iter()
                .zip(values)
                .map(|((name, ty), value)| (name.to_string(), of(*ty, value)))
                .collect(),
        ),
        (DefinedType::Tuple(parts), Value::Record(values)) => Val::Tuple(
            parts
                .iter()
                .zip(values)
                .map(|(ty, it)| of(*ty, it))
                .collect(),
        ),
        (DefinedType::List(ty) | DefinedType::FixedList(ty, _), Value::List(values)) => {
            Val::List(values.iter().map(|it| of(*ty, it)).collect())
        }
        (DefinedType::Map(key, ty), Value::List(values)) => Val::Map(
            values
                .iter()
                .map(|entry| match entry {
                    Value::Record(parts) => (of(*key, &parts[0]), of(*ty, &parts[1])),
                    other => panic!("{other:?} is no entry"),
                })
                .collect(),
        ),
        (DefinedType::Flags(names), Value::Flags(bits)) => {
            let set = (0..).zip(names).filter(|(bit, _)| bits >> bit & 1 != 0);
            Val::Flags(set.map(|(_, name)| name.to_string()).collect())
        }
        (ty, Value::Variant { case, payload }) => {
            let case = usize::try_from(*case).expect("the test made it so");
            let mut payload = |ty: Option<ValType>| {
                let both = ty.zip(payload.as_deref());
                both.and_then(|(ty, value)| boxed(of(ty, value)))
            };
            match ty {
                DefinedType::Variant(cases) => {
                    Val::Variant(cases[case].0.to_string(), payload(cases[case].1))
                }
                DefinedType::Enum(names) => Val::Enum(names[case].to_string()),
                DefinedType::Option(ty) => Val::Option(payload(Some(*ty))),
                DefinedType::Result { ok, .. } if case == 0 => Val::Result(Ok(payload(*ok))),
                DefinedType::Result { err, .. } => Val::Result(Err(payload(*err))),
                other => panic!("{other:?} has no cases"),
            }
        }
        (ty, value) => panic!("{value:?} is no {ty:?}"),
    }
}

/// Returns what a value of the host's stands for.
pub(super) fn of_val(types: &Types, held: &mut HostResources, ty: ValType, val: &Val) -> Value {
    match (ty, val) {
        (_, Val::Bool(it)) => Value::Bool(*it),
        (_, Val::S8(it)) => Value::S8(*it),
        (_, Val::U8(it)) => Value::U8(*it),
        (_, Val::S16(it)) => Value::S16(*it),
        (_, Val::U16(it)) => Value::U16(*it),
        (_, Val::S32(it)) => Value::S32(*it),
        (_, Val::U32(it)) => Value::U32(*it),
        (_, Val::S64(it)) => Value::S64(*it),
        (_, Val::U64(it)) => Value::U64(*it),
        (_, Val::F32(it)) => Value::F32(it.to_bits()),
        (_, Val::F64(it)) => Value::F64(it.to_bits()),
        (_, Val::Char(it)) => Value::Char(*it),
        (_, Val::String(it)) => Value::String(it.clone()),
        (ValType::Own(_), Val::Resource(any)) => {
            Value::Own(held.rep(*any).expect("the test made it so"))
        }
        (ValType::Borrow(_), Val::Resource(any)) => {
            Value::Borrow(held.rep(*any).expect("the test made it so"))
        }
        (ValType::Defined(id), val) => defined_of_val(types, held, types.defined(id), val),
        (ty, val) => panic!("{val:?} is no {ty:?}"),
    }
}

fn position<'n>(names: impl IntoIterator<Item = &'n Label>, name: &str) -> u32 {
    let mut names = (0..).zip(names);
    names
        .find(|(_, it)| &***it == name)
        .expect("the test made it so")
        .0
}

fn defined_of_val(types: &Types, held: &mut HostResources, ty: &DefinedType, val: &Val) -> Value {
    let mut of = |ty, val: &Val| of_val(types, held, ty, val);
    let mut variant = |case, ty: Option<ValType>, val: &Option<Box<Val>>| Value::Variant {
        case,
        payload: ty
            .zip(val.as_deref())
            .map(|(ty, val)| Box::new(of(ty, val))),
    };
    match (ty, val) {
        (DefinedType::Variant(cases), Val::Variant(name, val)) => {
            let case = position(cases.iter().map(|(name, _)| name), name);
            variant(
                case,
                cases[usize::try_from(case).expect("the test made it so")].1,
                val,
            )
        }
        (DefinedType::Enum(names), Val::Enum(name)) => variant(position(names, name), None, &None),
        (DefinedType::Option(ty), Val::Option(val)) => {
            variant(u32::from(val.is_some()), Some(*ty), val)
        }
        (DefinedType::Result { ok, .. }, Val::Result(Ok(val))) => variant(0, *ok, val),
        (DefinedType::Result { err, .. }, Val::Result(Err(val))) => variant(1, *err, val),
        (DefinedType::Record(fields), Val::Record(vals)) => {
            let pairs = fields.iter().zip(vals);
            Value::Record(pairs.map(|((_, ty), (_, val))| of(*ty, val)).collect())
        }
        (DefinedType::Tuple(parts), Val::Tuple(vals)) => Value::Record(
            parts
                .iter()
                .zip(vals)
                .map(|(ty, val)| of(*ty, val))
                .collect(),
        ),
        (DefinedType::List(ty) | DefinedType::FixedList(ty, _), Val::List(vals)) => {
            Value::List(vals.iter().map(|val| of(*ty, &val)).collect())
        }
        (DefinedType::Map(key, ty), Val::Map(entries)) => Value::List(
            entries
                .iter()
                .map(|entry| Value::Record(vec![of(*key, &entry.0), of(*ty, &entry.1)]))
                .collect(),
        ),
        (DefinedType::Flags(names), Val::Flags(set)) => {
            let bits = set.iter().map(|name| 1 << position(names, name));
            Value::Flags(bits.fold(0, |all: u32, bit: u32| all | bit))
        }
        (ty, val) => panic!("{val:?} is no {ty:?}"),
    }
}
