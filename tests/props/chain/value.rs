//! Values of the strategies as values for components.

use interfuse::adapt::{DefinedType, Label, Types, ValType};
use interfuse::component::{Resource, Val};
use interfuse::runtime::StoreContextMut;
use interfuse::strategy::Value;

/// What the host implements its resources by.
pub(crate) struct Thing;

/// Makes values, and handles in a store.
pub(crate) struct Maker<'a, 's, T: 'static> {
    pub(crate) types: &'a Types,
    pub(crate) store: StoreContextMut<'s, T>,
}

impl<T: 'static> Maker<'_, '_, T> {
    /// Returns a value of a type.
    pub(crate) fn val(&mut self, ty: ValType, value: &Value) -> Val {
        match value {
            Value::Bool(it) => Val::Bool(*it),
            Value::S8(it) => Val::S8(*it),
            Value::U8(it) => Val::U8(*it),
            Value::S16(it) => Val::S16(*it),
            Value::U16(it) => Val::U16(*it),
            Value::S32(it) => Val::S32(*it),
            Value::U32(it) => Val::U32(*it),
            Value::S64(it) => Val::S64(*it),
            Value::U64(it) => Val::U64(*it),
            Value::F32(bits) => Val::F32(f32::from_bits(*bits)),
            Value::F64(bits) => Val::F64(f64::from_bits(*bits)),
            Value::Char(it) => Val::Char(*it),
            Value::String(it) => Val::String(it.clone()),
            Value::Own(rep) | Value::Borrow(rep) => {
                let owned = Resource::<Thing>::new_own(*rep);
                let any = owned.try_into_resource_any(&mut self.store);
                Val::Resource(any.expect("it was just made"))
            }
            Value::List(_) | Value::Record(_) | Value::Variant { .. } | Value::Flags(_) => {
                let ValType::Defined(id) = ty else {
                    panic!("{value:?} is no {ty:?}")
                };
                let types = self.types;
                self.defined(types.defined(id), value)
            }
        }
    }

    fn defined(&mut self, ty: &DefinedType, value: &Value) -> Val {
        match (ty, value) {
            (DefinedType::Record(fields), Value::Record(values)) => {
                let fields = fields.iter().zip(values);
                let fields = fields.map(|((name, ty), it)| (name.to_string(), self.val(*ty, it)));
                Val::Record(fields.collect())
            }
            (DefinedType::Tuple(parts), Value::Record(values)) => {
                let parts = parts.iter().zip(values);
                Val::Tuple(parts.map(|(ty, it)| self.val(*ty, it)).collect())
            }
            (DefinedType::List(ty) | DefinedType::FixedList(ty, _), Value::List(values)) => {
                Val::List(values.iter().map(|it| self.val(*ty, it)).collect())
            }
            (DefinedType::Map(key, ty), Value::List(values)) => {
                let entries = values.iter().map(|entry| match entry {
                    Value::Record(parts) => (self.val(*key, &parts[0]), self.val(*ty, &parts[1])),
                    other => panic!("{other:?} is no entry"),
                });
                Val::Map(entries.collect())
            }
            (DefinedType::Flags(names), Value::Flags(bits)) => Val::Flags(set(names, *bits)),
            (ty, Value::Variant { case, payload }) => {
                let case = usize::try_from(*case).unwrap();
                self.case(ty, case, payload.as_deref())
            }
            (ty, value) => panic!("{value:?} is no {ty:?}"),
        }
    }

    fn case(&mut self, ty: &DefinedType, case: usize, payload: Option<&Value>) -> Val {
        let mut payload = |ty: Option<ValType>| {
            let (ty, value) = ty.zip(payload)?;
            Some(Box::new(self.val(ty, value)))
        };
        match ty {
            DefinedType::Variant(cases) => {
                let (name, ty) = &cases[case];
                Val::Variant(name.to_string(), payload(*ty))
            }
            DefinedType::Enum(names) => Val::Enum(names[case].to_string()),
            DefinedType::Option(ty) => Val::Option(payload(Some(*ty))),
            DefinedType::Result { ok, .. } if case == 0 => Val::Result(Ok(payload(*ok))),
            DefinedType::Result { err, .. } => Val::Result(Err(payload(*err))),
            other => panic!("{other:?} has no cases"),
        }
    }
}

/// Returns the names whose bits are set.
fn set(names: &[Label], bits: u32) -> Vec<String> {
    let names = names.iter().enumerate();
    let set = names.filter(|(bit, _)| bits >> bit & 1 != 0);
    set.map(|(_, name)| name.to_string()).collect()
}
