//! Memories and tables: growth, limits, contents, and that they go away.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::runtime::image::{ExportSite, MemorySite};
use crate::runtime::index::OwnMemoryId;
use crate::runtime::types::{Limits, MemoryType, RefType, TableType};
use crate::runtime::vm::limiter::ResourceLimiter;
use crate::runtime::vm::object::{Extern, GroupId, MemoryId};
use crate::runtime::vm::shared::StoreLimits;
use crate::runtime::vm::store::{InstantiateError, Store};
use crate::runtime::vm::tests::assembly::{Assembly, Machine, grow, instance, memory_type};
use crate::runtime::vm::value::RawRef;

fn own() -> MemorySite {
    MemorySite::Own(instance(), OwnMemoryId::from_u32(0))
}

/// A guest with a memory and a function that grows it.
fn grower(ty: MemoryType) -> Assembly {
    let mut assembly = Assembly::new(0);
    assembly.memory(ty);
    assembly.func("grow", &grow(&assembly.layout()));
    assembly
        .plan
        .exports
        .insert("memory".to_owned(), ExportSite::Memory(own()));
    assembly
}

fn memory_of(machine: &mut Machine<()>, group: GroupId) -> MemoryId {
    match machine
        .store
        .as_mut()
        .objects()
        .export(group, instance(), "memory")
    {
        Some(Extern::Memory(id)) => id,
        other => panic!("{other:?}"),
    }
}

#[test]
fn memory_grows_up_to_its_limit() {
    let mut machine = Machine::new(());
    let group = machine.instantiate(grower(memory_type(1, Some(3))), &[]);
    assert_eq!(machine.call(group, "grow", 0).expect("this works"), 1);
    assert_eq!(machine.call(group, "grow", 2).expect("this works"), 1);
    assert_eq!(
        machine.call(group, "grow", 1).expect("this works"),
        u32::MAX
    );
    let id = memory_of(&mut machine, group);
    let mut store = machine.store.as_mut();
    let bytes = store.objects().into_memory_bytes(id);
    assert_eq!(bytes.len(), 3 << 16);
    bytes[(3 << 16) - 1] = 7;
    assert_eq!(store.objects().memory_type(id).limits.min, 3);
}

#[test]
fn memory_that_moves_keeps_its_bytes() {
    let mut machine = Machine::new(());
    let limits = Limits {
        min: 10,
        max: None,
        is_64: true,
    };
    for page_size_log2 in [0, 16] {
        let ty = MemoryType {
            limits,
            shared: false,
            page_size_log2,
        };
        let mut store = machine.store.as_mut();
        let id = store.objects().new_memory(ty).expect("this works");
        store.objects().into_memory_bytes(id)[9] = 1;
        let mut pages = 10;
        for delta in [1, 100, 10_000_000 >> page_size_log2, 1] {
            assert_eq!(store.objects().memory_grow(id, delta), Some(pages));
            pages += delta;
            let bytes = store.objects().into_memory_bytes(id);
            assert_eq!(
                bytes.len() >> page_size_log2,
                usize::try_from(pages).expect("this works")
            );
            assert_eq!(bytes[9], 1);
            *bytes.last_mut().expect("this works") = 2;
        }
        assert_eq!(store.objects().memory_grow(id, u64::MAX), None);
        assert_eq!(store.objects().memory_grow(id, u64::MAX >> 17), None);
    }
}

#[test]
fn hostile_sizes_are_errors() {
    let mut machine = Machine::new(());
    let mut store = machine.store.as_mut();
    for min in [1 << 47, u64::MAX >> 16, u64::MAX] {
        let limits = Limits {
            min,
            max: None,
            is_64: true,
        };
        let ty = MemoryType {
            limits,
            shared: false,
            page_size_log2: 16,
        };
        assert!(store.objects().new_memory(ty).is_err(), "{min}");
        let ty = TableType {
            element: RefType::Func,
            limits,
        };
        assert!(
            store.objects().new_table(ty, RawRef::NULL).is_err(),
            "{min}"
        );
    }
    assert!(
        store
            .objects()
            .new_memory(memory_type(1 << 17, None))
            .is_err()
    );
}

#[test]
fn limiter_decides() {
    struct AtMost(u64);
    impl ResourceLimiter for AtMost {
        fn memory_growing(&mut self, _: u64, to_bytes: u64) -> bool {
            assert!(to_bytes != 7 << 16, "unlucky");
            to_bytes <= self.0
        }
        fn table_growing(&mut self, _: u64, to_len: u64) -> bool {
            to_len <= self.0
        }
    }
    let mut machine = Machine::new(AtMost(2 << 16));
    machine.store.set_limiter(|data| data);
    let group = machine.instantiate(grower(memory_type(1, None)), &[]);
    assert_eq!(
        machine.call(group, "grow", 2).expect("this works"),
        u32::MAX
    );
    assert_eq!(machine.call(group, "grow", 1).expect("this works"), 1);
    // A panic passes the guest.
    assert!(catch_unwind(AssertUnwindSafe(|| machine.call(group, "grow", 5))).is_err());
    let code = machine.code(grower(memory_type(3, None)));
    let result = machine
        .store
        .as_mut()
        .instantiate(&code, Default::default());
    assert!(matches!(result, Err(InstantiateError::Allocate(_))));
}

#[test]
fn data_is_written_in_order() {
    let mut machine = Machine::new(());
    let mut assembly = grower(memory_type(2, None));
    // Enough to be mapped; the last one is too, though it is small.
    assembly.data(&[(10, 1, 70_000), (20, 2, 10), (25, 3, 1)]);
    let code = machine.code(assembly);
    for _ in 0..3 {
        let group = machine
            .store
            .as_mut()
            .instantiate(&code, Default::default())
            .expect("this works");
        let id = memory_of(&mut machine, group);
        let mut store = machine.store.as_mut();
        let bytes = store.objects().into_memory_bytes(id);
        assert_eq!(
            bytes[8..32],
            [
                0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 2, 2, 2, 2, 1, 1
            ]
        );
        assert_eq!(bytes[70_009..70_011], [1, 0]);
        // What one instance writes, the next does not see.
        bytes.fill(9);
        assert_eq!(machine.call(group, "grow", 1).expect("this works"), 2);
    }
}

#[test]
fn segment_that_does_not_fit_is_a_trap_after_those_before_it() {
    for len in [10, 60_000] {
        let mut machine = Machine::new(());
        let mut assembly = grower(memory_type(1, None));
        assembly.data(&[(0, 1, len), (65_530, 2, 7)]);
        let code = machine.code(assembly);
        let result = machine
            .store
            .as_mut()
            .instantiate(&code, Default::default());
        let Err(InstantiateError::Failure(failure)) = result else {
            panic!("{result:?}")
        };
        assert_eq!(failure.to_string(), "out of bounds memory access");
    }
}

fn mappings() -> usize {
    std::fs::read_to_string("/proc/self/maps")
        .expect("this works")
        .lines()
        .count()
}

#[test]
fn instances_leave_nothing_behind() {
    let mut machine = Machine::new(());
    let mut assembly = grower(memory_type(1, None));
    assembly.data(&[(0, 1, 40_000)]);
    let code = machine.code(assembly);
    let before = mappings();
    for _ in 0..10_000 {
        machine.store =
            Store::new((), &machine.signatures, StoreLimits::default()).expect("this works");
        let group = machine
            .store
            .as_mut()
            .instantiate(&code, Default::default())
            .expect("this works");
        assert_eq!(machine.call(group, "grow", 1).expect("this works"), 1);
    }
    // Other tests run beside this one.
    assert!(
        mappings() < before + 500,
        "{before} before, {} after",
        mappings()
    );
}

#[test]
fn tables_of_the_host_hold_references() {
    let mut machine = Machine::new(());
    let host = machine.host(|_, _| Ok(()));
    let mut store = machine.store.as_mut();
    let limits = Limits {
        min: 2,
        max: Some(1000),
        is_64: false,
    };
    let func = store.objects().reference_to(host);
    let table = store
        .objects()
        .new_table(
            TableType {
                element: RefType::Func,
                limits,
            },
            func,
        )
        .expect("this works");
    assert_eq!(
        store.objects().table_grow(table, 998, RawRef::NULL),
        Some(2)
    );
    assert_eq!(store.objects().table_grow(table, 1, RawRef::NULL), None);
    assert_eq!(store.objects().table_get(table, 1), Some(func));
    assert_eq!(store.objects().table_get(table, 999), Some(RawRef::NULL));
    assert_eq!(store.objects().table_get(table, 1000), None);
    assert_eq!(store.objects().referenced_func(func), Some(host));
    assert!(store.objects().table_fill(table, 999, func, 2).is_err());

    let limits = Limits {
        min: 1,
        max: None,
        is_64: false,
    };
    let it = store.objects().new_extern(Box::new("it"));
    let table = store
        .objects()
        .new_table(
            TableType {
                element: RefType::Extern,
                limits,
            },
            it,
        )
        .expect("this works");
    let element = store.objects().table_get(table, 0).expect("this works");
    let mut objects = store.objects();
    let it = objects.referenced_extern(element).expect("this works");
    assert_eq!(it.downcast_ref::<&str>(), Some(&"it"));
}

#[test]
#[should_panic = "is no function of this store"]
fn made_up_reference_is_refused() {
    let mut machine = Machine::new(());
    let host = machine.host(|_, _| Ok(()));
    let mut store = machine.store.as_mut();
    let RawRef(address) = store.objects().reference_to(host);
    store.objects().referenced_func(RawRef(address + 8));
}
