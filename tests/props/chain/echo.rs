//! Values survive the way from the host through two guests to the host, and back.

use std::sync::OnceLock;

use interfuse::adapt;
use interfuse::component::{Component, ComponentFunc, Func, Instance, Linker, Val, wave};
use interfuse::runtime::{AsContextMut, Config, Engine, Store, StoreContextMut};
use interfuse::strategy::{FuncSample, TypeConfig, Value, args, funcs, results};
use proptest::prelude::{Just, Strategy, TestCaseError, prop_assert_eq, proptest};

use crate::chain::component::{Side, alone, chain, sides};
use crate::chain::guest::Manner;
use crate::chain::value::Maker;
use crate::config::config;

/// What the host knows: what it gives back, and what it got.
#[derive(Default)]
struct Host {
    result: Option<Val>,
    seen: Vec<Val>,
}

/// A function, what is passed to it and what it returns.
#[derive(Clone, Debug)]
struct Call {
    sample: FuncSample,
    args: Vec<Value>,
    result: Option<Value>,
}

fn calls() -> impl Strategy<Value = Call> {
    let types = TypeConfig {
        fixed_lists: true,
        huge_enums: false,
        ..TypeConfig::default()
    };
    funcs(types).prop_flat_map(|sample| {
        let args = args(&sample.types, sample.ty);
        let result = results(&sample.types, sample.ty);
        (Just(sample), args, result).prop_map(|(sample, args, result)| Call {
            sample,
            args,
            result,
        })
    })
}

proptest! {
    #![proptest_config(config("proptest-regressions/echo.txt"))]

    #[test]
    fn values_come_back_as_they_were(call in calls(), first in sides(), second in sides()) {
        check(&call, [first, second])?;
    }
}

pub(crate) fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| {
        let features = adapt::Config {
            fixed_length_lists: true,
            ..adapt::Config::default()
        };
        let engine = Engine::new(Config::new().component_features(features));
        engine.expect("this is a processor that will do")
    })
}

fn component(text: &str) -> Component {
    let bytes = wat::parse_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let component = Component::new(engine(), &bytes);
    component.unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// Joins the guests in one component, and makes two instances of which one is linked to the other.
fn check(call: &Call, sides: [Side; 2]) -> Result<(), TestCaseError> {
    let mut linker: Linker<Host> = Linker::new(engine());
    let mut host = linker.instance("host").unwrap();
    host.func_new("f", give_back).unwrap();
    let mut store = Store::new(engine(), Host::default()).unwrap();
    let joined = component(&chain(&call.sample, 0, Manner::Honest, sides));
    let joined = linker.instantiate(&mut store, &joined).unwrap();
    check_instance(call, &mut store, &joined)?;

    let [first, second] = sides.map(|side| component(&alone(&call.sample, side)));
    let second = linker.instantiate(&mut store, &second).unwrap();
    let mut linker: Linker<Host> = Linker::new(engine());
    let mut host = linker.instance("host").unwrap();
    host.export_from(&second, ["out", "f"]).unwrap();
    let first = linker.instantiate(&mut store, &first).unwrap();
    check_instance(call, &mut store, &first)
}

fn check_instance(
    call: &Call,
    store: &mut Store<Host>,
    instance: &Instance,
) -> Result<(), TestCaseError> {
    let func = instance.get_func(&mut *store, ["out", "f"]).unwrap();
    let types = &call.sample.types;
    let ty = types.func(call.sample.ty);
    let mut maker = Maker {
        types,
        store: store.as_context_mut(),
    };
    let params = ty.params.iter().zip(&call.args);
    let params: Vec<Val> = params.map(|((_, ty), it)| maker.val(*ty, it)).collect();
    let result = ty.result.zip(call.result.as_ref());
    let result = result.map(|(ty, it)| maker.val(ty, it));
    store.data_mut().result = result.clone();
    let returned = run(store, &func, &params);
    prop_assert_eq!(&store.data().seen, &params);
    prop_assert_eq!(&returned, &result);

    // The same as text: entries of maps that have one key are one then, so it is the text that is compared.
    let texts: Vec<String> = params.iter().map(wave::to_string).collect();
    let func_ty = func.ty();
    let read = func_ty.params().zip(&texts);
    let read: Vec<Val> = read
        .map(|((_, ty), text)| wave::from_str(&ty, text).unwrap())
        .collect();
    let returned = run(store, &func, &read);
    prop_assert_eq!(&store.data().seen, &read);
    let seen: Vec<String> = store.data().seen.iter().map(wave::to_string).collect();
    prop_assert_eq!(seen, texts);
    prop_assert_eq!(
        returned.as_ref().map(wave::to_string),
        result.as_ref().map(wave::to_string)
    );
    Ok(())
}

fn give_back(
    mut store: StoreContextMut<'_, Host>,
    _: &ComponentFunc,
    params: &[Val],
    results: &mut [Val],
) -> Result<(), std::io::Error> {
    let host = store.data_mut();
    host.seen = params.to_vec();
    if let Some(place) = results.first_mut() {
        *place = host.result.clone().expect("the function has a result");
    }
    Ok(())
}

fn run(store: &mut Store<Host>, func: &Func, params: &[Val]) -> Option<Val> {
    let count = usize::from(func.ty().result().is_some());
    let mut results = vec![Val::Bool(false); count];
    func.call(store, params, &mut results).unwrap();
    results.pop()
}
