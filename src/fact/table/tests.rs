//! The state module does what the spec says.

use wasmi::{ExternType, ValType};

use crate::fact::config::FactConfig;
use crate::fact::table::engine::{Compiled, Running};
use crate::fact::table::export::StateExport::{
    EnterScope, ExitScope, Fault, Lend, Lent, MayLeave, PutBorrow, PutOwn, Release, ResourceDrop,
    ResourceNew, ResourceRep, TakeOwn,
};
use crate::fact::table::export::{NO_HANDLE, RESOURCE_TYPES_MAX, StateExport, StateSignature};
use crate::fact::table::write::state_module;
use crate::fact::trap::TrapCode;

/// Two resource types.
const R: u32 = 0;
const S: u32 = 1;

fn start() -> Running {
    Compiled::new().start(1000)
}

#[test]
fn text_is_what_it_was() {
    let wasm = state_module(&FactConfig::default());
    let text = wasmprinter::print_bytes(&wasm).expect("the module is valid");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/fact/state.wat");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(path, &text).expect("failed to write the file");
    }
    let golden = std::fs::read_to_string(path).expect("failed to read the file");
    assert!(
        text == golden,
        "{path} differs: read the change and run with BLESS=1 if it is meant"
    );
}

#[test]
fn exports_are_what_they_are_said_to_be() {
    let compiled = Compiled::new();
    assert_eq!(compiled.module.exports().count(), StateExport::ALL.len());
    for export in StateExport::ALL {
        let found = compiled.module.get_export(export.name());
        match (export.signature(), found) {
            (StateSignature::Global, Some(ExternType::Global(ty))) => {
                assert_eq!(ty.content(), ValType::I32);
                assert!(ty.mutability().is_mut());
            }
            (StateSignature::Func { params, results }, Some(ExternType::Func(ty))) => {
                assert_eq!(ty.params(), vec![ValType::I32; params.len()]);
                assert_eq!(ty.results(), vec![ValType::I32; results.len()]);
            }
            (signature, found) => panic!("{export:?} is {signature:?}, found {found:?}"),
        }
    }
    let imports: Vec<_> = compiled
        .module
        .imports()
        .map(|it| (it.module(), it.name()))
        .collect();
    assert_eq!(imports, [("interfuse", "trap")]);
}

/// The first component of the spec's test of the handle table.
#[test]
fn handle_freed_last_is_used_first() {
    let mut state = start();
    let make = |state: &mut Running, rep| state.one(ResourceNew, &[R, rep]);
    for handle in [1, 2, 3] {
        assert_eq!(make(&mut state, handle * 100), handle);
    }
    state.drop(R, 2);
    assert_eq!(make(&mut state, 400), 2);
    for (handle, rep) in [(1, 100), (2, 400), (3, 300)] {
        assert_eq!(state.one(ResourceRep, &[R, handle]), rep);
        state.drop(R, handle);
    }
    for (handle, rep) in [(3, 500), (2, 600), (1, 700)] {
        assert_eq!(make(&mut state, rep), handle);
    }
    for (handle, rep) in [(3, 500), (2, 600), (1, 700)] {
        assert_eq!(state.one(ResourceRep, &[R, handle]), rep);
    }
    assert_eq!(make(&mut state, 800), 4);
    assert_eq!(state.one(TakeOwn, &[R, 3]), 500);
    assert_eq!(state.one(PutOwn, &[S, 900]), 3);
}

#[test]
fn handle_that_is_not_used_is_unknown() {
    let mut state = start();
    for rep in 1..=3 {
        state.one(PutOwn, &[R, rep]);
    }
    state.drop(R, 2);
    // The last two have the row of handle 1 if the bits that are shifted out are lost.
    for handle in [0, 2, 4, 5, 4095, 4096, u32::MAX, 0x1000_0001, 0xf000_0001] {
        for export in [ResourceRep, ResourceDrop, TakeOwn, Lend] {
            for ty in [R, RESOURCE_TYPES_MAX - 1] {
                let result = state.call(export, &[ty, handle]);
                assert_eq!(result, Err(TrapCode::UnknownHandle), "{export:?} {handle}");
                assert_eq!(state.get(Fault), handle);
            }
        }
    }
}

#[test]
fn handle_is_of_one_type() {
    let types = [R, S, 1 << 29, RESOURCE_TYPES_MAX - 1];
    let mut state = start();
    state.run(EnterScope, &[]);
    for ty in types {
        for put in [PutOwn, PutBorrow] {
            let handle = state.one(put, &[ty, 7]);
            assert_eq!(state.one(ResourceRep, &[ty, handle]), 7);
            for other in types.into_iter().filter(|other| *other != ty) {
                for export in [ResourceRep, ResourceDrop, TakeOwn, Lend] {
                    let result = state.call(export, &[other, handle]);
                    assert_eq!(result, Err(TrapCode::WrongHandleType), "{export:?}");
                }
            }
        }
    }
}

#[test]
fn lent_handle_stays() {
    let mut state = start();
    state.run(EnterScope, &[]);
    for handle in [state.one(PutOwn, &[R, 7]), state.one(PutBorrow, &[R, 7])] {
        let mark = state.get(Lent);
        assert_eq!(state.one(Lend, &[R, handle]), 7);
        assert_eq!(state.one(Lend, &[R, handle]), 7);
        let inner = state.get(Lent);
        assert_eq!(state.one(Lend, &[R, handle]), 7);
        state.run(Release, &[inner]);
        for export in [ResourceDrop, TakeOwn] {
            assert_eq!(state.call(export, &[R, handle]), Err(TrapCode::HandleLent));
        }
        state.run(Release, &[mark]);
        state.drop(R, handle);
    }
    state.run(ExitScope, &[]);
}

#[test]
fn tests_come_in_the_order_of_the_spec() {
    let mut state = start();
    state.run(EnterScope, &[]);
    let handle = state.one(PutBorrow, &[R, 7]);
    state.one(Lend, &[R, handle]);
    assert_eq!(state.get(Fault), NO_HANDLE);
    assert_eq!(
        state.call(TakeOwn, &[S, handle]),
        Err(TrapCode::WrongHandleType)
    );
    assert_eq!(state.get(Fault), handle);
    assert_eq!(state.call(TakeOwn, &[R, handle]), Err(TrapCode::HandleLent));
    state.run(Release, &[0]);
    assert_eq!(state.call(TakeOwn, &[R, handle]), Err(TrapCode::NotOwned));
    state.set(MayLeave, 0);
    assert_eq!(
        state.call(ResourceDrop, &[R, 99]),
        Err(TrapCode::CannotLeave)
    );
    assert_eq!(state.one(ResourceRep, &[R, handle]), 7);
}

#[test]
fn instance_may_leave_at_first() {
    let mut state = start();
    assert_eq!(state.get(MayLeave), 1);
    state.set(MayLeave, 0);
    assert_eq!(state.call(ResourceNew, &[R, 7]), Err(TrapCode::CannotLeave));
    // What adapters do while `realloc` runs is no matter of the flag.
    let handle = state.one(PutOwn, &[R, 7]);
    assert_eq!(state.one(TakeOwn, &[R, handle]), 7);
    state.set(MayLeave, 1);
    assert_eq!(state.one(ResourceNew, &[R, 8]), handle);
}

#[test]
fn borrows_are_dropped_before_the_call_returns() {
    let mut state = start();
    state.run(EnterScope, &[]);
    let outer = [1, 2].map(|rep| state.one(PutBorrow, &[R, rep]));
    state.run(EnterScope, &[]);
    let inner = state.one(PutBorrow, &[R, 3]);
    let own = state.one(PutOwn, &[R, 4]);
    // A call may drop what the call around it borrowed: that does not count for its own.
    assert_eq!(state.call(ResourceDrop, &[R, outer[0]]), Ok(vec![1, 0]));
    assert_eq!(state.call(ExitScope, &[]), Err(TrapCode::BorrowsRemain));
    assert_eq!(state.call(ResourceDrop, &[R, inner]), Ok(vec![3, 0]));
    state.run(ExitScope, &[]);
    assert_eq!(state.call(ExitScope, &[]), Err(TrapCode::BorrowsRemain));
    assert_eq!(state.call(ResourceDrop, &[R, outer[1]]), Ok(vec![2, 0]));
    state.run(ExitScope, &[]);
    assert_eq!(state.call(ResourceDrop, &[R, own]), Ok(vec![4, 1]));
}

#[test]
fn state_survives_that_the_memory_grows() {
    let mut state = start();
    let count = 30_000;
    let mut expected = Vec::new();
    for number in 1..=count {
        if number % 100 == 0 {
            state.run(EnterScope, &[]);
        }
        let put = if number % 3 == 0 && number > 100 {
            PutBorrow
        } else {
            PutOwn
        };
        assert_eq!(state.one(put, &[number % 7, number * 5]), number);
        expected.push(u32::from(put == PutOwn));
    }
    state.one(Lend, &[1, 1]);
    for number in 1..=count {
        assert_eq!(state.one(ResourceRep, &[number % 7, number]), number * 5);
    }
    state.run(Release, &[0]);
    for number in (1..=count).rev() {
        let owned = expected[number as usize - 1];
        assert_eq!(
            state.call(ResourceDrop, &[number % 7, number]),
            Ok(vec![number * 5, owned])
        );
        if number % 100 == 0 {
            state.run(ExitScope, &[]);
        }
    }
    assert_eq!(state.one(PutOwn, &[R, 1]), 1);
}

#[test]
fn table_is_full_when_the_memory_does_not_grow() {
    let compiled = Compiled::new();
    // A memory of three pages shows that it grows by one page when it cannot be doubled.
    for pages in [1, 2, 3] {
        let mut state = compiled.start(pages);
        let rows = u32::try_from(pages).expect("it is small") * 4096;
        for handle in 1..rows {
            assert_eq!(state.one(PutOwn, &[R, handle]), handle);
        }
        for put in [PutOwn, ResourceNew, PutBorrow] {
            assert_eq!(state.call(put, &[R, 0]), Err(TrapCode::TableFull));
        }
        assert_eq!(state.call(EnterScope, &[]), Err(TrapCode::TableFull));
        assert_eq!(state.one(TakeOwn, &[R, 77]), 77);
        assert_eq!(state.one(PutOwn, &[R, 5]), 77);
    }
}

#[test]
fn scopes_and_rows_do_not_meet() {
    let mut state = Compiled::new().start(1);
    for rep in 1..4094 {
        state.one(PutOwn, &[R, rep]);
    }
    // Two rows are left, which are eight scopes.
    for _ in 0..5 {
        state.run(EnterScope, &[]);
    }
    assert_eq!(state.call(PutOwn, &[R, 1]), Err(TrapCode::TableFull));
    state.run(ExitScope, &[]);
    let handle = state.one(PutBorrow, &[R, 1]);
    for _ in 0..4 {
        assert_eq!(state.call(EnterScope, &[]), Err(TrapCode::TableFull));
    }
    assert_eq!(state.one(ResourceRep, &[R, handle]), 1);
    assert_eq!(state.call(ExitScope, &[]), Err(TrapCode::BorrowsRemain));
    state.drop(R, handle);
    for _ in 0..4 {
        state.run(ExitScope, &[]);
    }
}

#[test]
fn many_scopes_make_the_memory_grow() {
    let mut state = start();
    let depth = 40_000;
    for rep in 0..depth {
        state.run(EnterScope, &[]);
        state.one(PutBorrow, &[R, rep]);
        if rep % 2 == 0 {
            state.run(EnterScope, &[]);
        }
    }
    for rep in (0..depth).rev() {
        if rep % 2 == 0 {
            state.run(ExitScope, &[]);
        }
        assert_eq!(state.call(ResourceDrop, &[R, rep + 1]), Ok(vec![rep, 0]));
        state.run(ExitScope, &[]);
    }
}

#[test]
fn instances_share_nothing() {
    let compiled = Compiled::new();
    let mut states: Vec<_> = (0..20).map(|_| compiled.start(1)).collect();
    for round in 1..=10 {
        for (number, state) in (0..).zip(&mut states) {
            assert_eq!(state.one(PutOwn, &[R, round * 100 + number]), round);
        }
    }
    states[3].set(MayLeave, 0);
    states[3].one(Lend, &[R, 5]);
    for (number, state) in (0..).zip(&mut states) {
        assert_eq!(state.get(MayLeave), u32::from(number != 3));
        let taken = state.call(TakeOwn, &[R, 5]);
        if number == 3 {
            assert_eq!(taken, Err(TrapCode::HandleLent));
        } else {
            assert_eq!(taken, Ok(vec![500 + number]));
        }
    }
}
