//! Calls that are interpreted: the order of what they ask of their world, handles included.

use std::collections::BTreeMap;
use std::sync::Arc;

use interfuse::adapt::{FuncType, ResourceId, StringEncoding, Types, ValType};
use interfuse::fact::{
    AdapterSpec, CallSide, Callback, Callee, CoreValue, FactConfig, Guard, HandleCall, HandlesSpec,
    ImportName, Interpreter, InvalidSpecKind, PostReturn, ReallocCall, Reentrance, SideSpec,
    TrapCode, World,
};

fn resource() -> ResourceId {
    ResourceId::from_u32(3)
}

/// A world without memories that notes what it is asked.
struct Log {
    lines: Vec<String>,
    /// What the callee returns.
    results: Vec<CoreValue>,
    may_leave: bool,
}

impl World for Log {
    type Fault = TrapCode;

    fn memory(&mut self, _: CallSide) -> &mut [u8] {
        &mut []
    }

    fn realloc(&mut self, side: CallSide, call: ReallocCall) -> Result<u64, TrapCode> {
        panic!("{side:?} has no memory for {call:?}")
    }

    fn may_leave(&mut self, _: CallSide) -> bool {
        self.may_leave
    }

    fn set_may_leave(&mut self, side: CallSide, may_leave: bool) {
        self.lines.push(format!("{side:?} may leave: {may_leave}"));
    }

    fn callee(&mut self, args: &[CoreValue]) -> Result<Vec<CoreValue>, TrapCode> {
        self.lines.push(format!("callee {args:?}"));
        Ok(self.results.clone())
    }

    fn post_return(&mut self, results: &[CoreValue]) -> Result<(), TrapCode> {
        self.lines.push(format!("post-return {results:?}"));
        Ok(())
    }

    fn handles(&mut self, side: CallSide, call: HandleCall) -> Result<u32, TrapCode> {
        self.lines.push(format!("{side:?} {call:?}"));
        match call {
            HandleCall::TakeOwn { handle: 0, .. } => Err(TrapCode::UnknownHandle),
            HandleCall::TakeOwn { handle, .. }
            | HandleCall::Lend { handle, .. }
            | HandleCall::ResourceRep { handle, .. } => Ok(handle + 100),
            HandleCall::PutOwn { rep, .. } | HandleCall::PutBorrow { rep, .. } => Ok(rep + 1000),
            HandleCall::Lent => Ok(7),
            HandleCall::Release { .. } | HandleCall::EnterScope | HandleCall::ExitScope => Ok(0),
        }
    }
}

fn side(instance: u32, implements: &[ResourceId]) -> SideSpec {
    SideSpec {
        instance,
        ancestors: std::sync::Arc::default(),
        encoding: StringEncoding::Utf8,
        memory: None,
        realloc: None,
        may_leave: Some(ImportName::new("state", "may-leave")),
        handles: Some(HandlesSpec {
            numbers: BTreeMap::new(),
            module: "state".into(),
            implements: Arc::new(implements.iter().copied().collect()),
        }),
    }
}

fn interpreter(params: &[ValType], result: Option<ValType>, lift: SideSpec) -> Interpreter {
    let (types, spec) = spec(params, result, lift);
    Interpreter::new(&types, &spec, &FactConfig::default()).unwrap()
}

fn spec(params: &[ValType], result: Option<ValType>, lift: SideSpec) -> (Types, AdapterSpec) {
    let mut types = Types::default();
    let params = params.iter().map(|ty| ("p".into(), *ty)).collect();
    let spec = AdapterSpec {
        standing: None,
        callback: Callback::Possible,
        export: "f".into(),
        name: "f".into(),
        ty: types.define_func(FuncType { params, result }),
        lower: side(0, &[]),
        lift,
        callee: Callee::Import(ImportName::new("callee", "f")),
        post_return: Some(PostReturn {
            func: ImportName::new("callee", "post"),
            guard: Guard::Clear,
        }),
    };
    (types, spec)
}

fn call(
    interpreter: &Interpreter,
    args: &[u32],
    results: &[u32],
) -> (Result<Vec<CoreValue>, TrapCode>, Vec<String>) {
    let values = |numbers: &[u32]| numbers.iter().map(|it| CoreValue::I32(*it)).collect();
    let mut log = Log {
        lines: Vec::new(),
        results: values(results),
        may_leave: true,
    };
    let args: Vec<_> = values(args);
    let outcome = interpreter.call(&mut log, &args);
    (outcome, log.lines)
}

#[test]
fn handles_go_from_table_to_table() {
    let own = ValType::Own(resource());
    let borrow = ValType::Borrow(resource());
    let interpreter = interpreter(&[own, borrow], Some(own), side(1, &[]));
    let (outcome, lines) = call(&interpreter, &[1, 2], &[5]);
    assert_eq!(outcome, Ok(vec![CoreValue::I32(1105)]));
    let expected = [
        "Caller Lent",
        "Callee EnterScope",
        "Caller TakeOwn { resource: resource3, handle: 1 }",
        "Callee PutOwn { resource: resource3, rep: 101 }",
        "Caller Lend { resource: resource3, handle: 2 }",
        "Callee PutBorrow { resource: resource3, rep: 102 }",
        "callee [I32(1101), I32(1102)]",
        "Callee ExitScope",
        "Callee TakeOwn { resource: resource3, handle: 5 }",
        "Caller PutOwn { resource: resource3, rep: 105 }",
        "Callee may leave: false",
        "post-return [I32(5)]",
        "Callee may leave: true",
        "Caller Release { mark: 7 }",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn callee_gets_the_representation_of_its_own_resource() {
    let borrow = ValType::Borrow(resource());
    let interpreter = interpreter(&[borrow], None, side(1, &[resource()]));
    let (outcome, lines) = call(&interpreter, &[2], &[]);
    assert_eq!(outcome, Ok(vec![]));
    let expected = [
        "Caller Lent",
        "Caller Lend { resource: resource3, handle: 2 }",
        "callee [I32(102)]",
        "Callee may leave: false",
        "post-return []",
        "Callee may leave: true",
        "Caller Release { mark: 7 }",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn lends_are_not_counted_where_nobody_could_tell() {
    let borrow = ValType::Borrow(resource());
    let (types, mut spec) = spec(&[borrow], None, side(1, &[resource()]));
    spec.callback = Callback::Impossible;
    let interpreter = Interpreter::new(&types, &spec, &FactConfig::default()).unwrap();
    let (outcome, lines) = call(&interpreter, &[2], &[]);
    assert_eq!(outcome, Ok(vec![]));
    let expected = [
        "Caller ResourceRep { resource: resource3, handle: 2 }",
        "callee [I32(102)]",
    ];
    assert_eq!(lines[..2], expected);
    assert!(!lines.iter().any(|line| line.contains("Release")));
}

#[test]
fn all_handles_are_taken_before_any_is_put_within_one_instance() {
    let own = ValType::Own(resource());
    let borrow = ValType::Borrow(resource());
    let interpreter = interpreter(&[own, borrow, own], Some(own), side(0, &[]));
    let (outcome, lines) = call(&interpreter, &[1, 2, 3], &[4]);
    assert_eq!(outcome, Ok(vec![CoreValue::I32(1104)]));
    let expected = [
        "Caller Lent",
        "Callee EnterScope",
        "Caller TakeOwn { resource: resource3, handle: 1 }",
        "Caller Lend { resource: resource3, handle: 2 }",
        "Caller TakeOwn { resource: resource3, handle: 3 }",
        "Callee PutOwn { resource: resource3, rep: 101 }",
        "Callee PutBorrow { resource: resource3, rep: 102 }",
        "Callee PutOwn { resource: resource3, rep: 103 }",
        "callee [I32(1101), I32(1102), I32(1103)]",
    ];
    assert_eq!(lines[..expected.len()], expected);
}

#[test]
fn refused_call_does_nothing() {
    let own = ValType::Own(resource());
    let (types, spec) = spec(&[own], None, side(0, &[]));
    let config = FactConfig {
        reentrance: Reentrance::TrapSame,
        ..FactConfig::default()
    };
    let interpreter = Interpreter::new(&types, &spec, &config).unwrap();
    let (outcome, lines) = call(&interpreter, &[1], &[]);
    assert_eq!(outcome, Err(TrapCode::CannotEnter));
    assert!(lines.is_empty(), "{lines:?}");
    let mut log = Log {
        lines: Vec::new(),
        results: Vec::new(),
        may_leave: false,
    };
    let outcome = interpreter.call(&mut log, &[CoreValue::I32(1)]);
    assert_eq!(outcome, Err(TrapCode::CannotLeave));
}

#[test]
fn trap_ends_the_call() {
    let own = ValType::Own(resource());
    let interpreter = interpreter(&[own], None, side(1, &[]));
    let (outcome, lines) = call(&interpreter, &[0], &[]);
    assert_eq!(outcome, Err(TrapCode::UnknownHandle));
    assert_eq!(lines.len(), 1, "{lines:?}");
    let mut log = Log {
        lines: Vec::new(),
        results: Vec::new(),
        may_leave: false,
    };
    let outcome = interpreter.call(&mut log, &[CoreValue::I32(1)]);
    assert_eq!(outcome, Err(TrapCode::CannotLeave));
    assert!(log.lines.is_empty());
}

#[test]
#[should_panic(expected = "the values have the types of the function")]
fn arguments_have_the_types_of_the_function() {
    let interpreter = interpreter(&[ValType::U32], None, side(1, &[]));
    let mut log = Log {
        lines: Vec::new(),
        results: Vec::new(),
        may_leave: true,
    };
    let _ = interpreter.call(&mut log, &[CoreValue::I64(1)]);
}

#[test]
fn what_a_type_needs_must_be_there() {
    let mut types = Types::default();
    let spec = AdapterSpec {
        standing: None,
        callback: Callback::Possible,
        export: "f".into(),
        name: "f".into(),
        ty: types.define_func(FuncType {
            params: [("p".into(), ValType::String)].into(),
            result: None,
        }),
        lower: side(0, &[]),
        lift: side(1, &[]),
        callee: Callee::Import(ImportName::new("callee", "f")),
        post_return: None,
    };
    let error = Interpreter::new(&types, &spec, &FactConfig::default()).unwrap_err();
    assert_eq!(error.kind, InvalidSpecKind::NoMemory("caller"));
}
