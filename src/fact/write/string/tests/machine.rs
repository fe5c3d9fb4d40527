//! A helper on an interpreter, with memories and a `realloc` that watch what it does.

use std::ops::Range;

use wasmi::{Caller, Engine, Error, Func, FuncType, Linker, Memory, Module, Store, Val};

use crate::adapt::StringEncoding;
use crate::fact::emit::Width;
use crate::fact::module::ModuleBuilder;
use crate::fact::module::Traps;
use crate::fact::spec::ImportName;
use crate::fact::trap::TrapCode;
use crate::fact::write::endpoint::{Endpoint, Strings};
use crate::fact::write::string::{StringHelpers, StringKey, string_helper};

use super::oracle::Call;

/// What memory holds that nobody may write.
pub(super) const POISON: u8 = 0x55;

/// What memory holds that was given back.
const STALE: u8 = 0xaa;

/// Size of the destination's memory at first, in bytes, if a page is one byte.
pub(super) const MEMORY_BYTES: u64 = 4096;

/// Which helper is run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setup {
    pub(super) src: (StringEncoding, Width),
    pub(super) dst: (StringEncoding, Width),
    pub(super) simd: bool,
    /// Whether both sides have the same memory: that of the destination.
    pub(super) is_shared: bool,
    /// Base-2 logarithm of the size of pages: 0 or 16.
    pub(super) page_size_log2: u8,
}

impl Setup {
    /// Returns the size of the source's memory: odd for some, as a string of Latin-1 can be.
    fn src_bytes(&self) -> u64 {
        let is_odd = self.src == (StringEncoding::Latin1OrUtf16, Width::W64);
        MEMORY_BYTES + u64::from(is_odd)
    }
}

/// Where `realloc` puts a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Policy {
    /// Each time somewhere else.
    Move,
    /// Where the block was before.
    Stay,
    /// At the very end of the memory, which grows for it: its pages have one byte.
    Grow,
    /// Each block at this address, whatever is there.
    Fixed(u64),
}

/// What the host side of a machine knows.
#[derive(Debug)]
pub(super) struct Host {
    dst: Option<Memory>,
    policy: Policy,
    next: u64,
    live: Range<u64>,
    /// What may have been written at some time.
    blocks: Vec<Range<u64>>,
    /// What must not be written any more.
    stale: Vec<Range<u64>>,
    pub(super) calls: Vec<Call>,
    trap: Option<TrapCode>,
    wrong: Option<String>,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Returned { ptr: u64, len: u64 },
    Trapped(TrapCode),
}

/// A helper on an interpreter.
pub(super) struct Machine {
    pub(super) setup: Setup,
    pub(super) store: Store<Host>,
    helper: Func,
    pub(super) src: Memory,
    pub(super) dst: Memory,
}

fn memory_type(width: Width, page_size_log2: u8) -> wasm_encoder::MemoryType {
    wasm_encoder::MemoryType {
        minimum: 0,
        maximum: None,
        memory64: width == Width::W64,
        shared: false,
        page_size_log2: Some(page_size_log2.into()),
    }
}

/// Returns a module with helpers, all on the same memories. The first one is exported as `helper`.
pub(super) fn module(setups: &[Setup]) -> Vec<u8> {
    let mut module = ModuleBuilder::default();
    let traps = Traps::import(&mut module);
    let mut helpers = StringHelpers::default();
    for (index, setup) in setups.iter().enumerate() {
        let key = key(&mut module, *setup);
        let helper = string_helper(&mut module, traps, &mut helpers, key);
        if index == 0 {
            module.export_func("helper", helper);
        }
    }
    module.finish("test")
}

fn key(module: &mut ModuleBuilder, setup: Setup) -> StringKey {
    let log2 = setup.page_size_log2;
    let mut side = |name: &str, (encoding, width): (StringEncoding, Width)| {
        let import = ImportName::new("test", name);
        Endpoint {
            memory: module.import_memory(&import, memory_type(width, log2)),
            width,
            page_size_log2: log2,
            strings: Strings::Encoded(encoding),
            realloc: None,
        }
    };
    let mut dst = side("dst", setup.dst);
    let src = side(if setup.is_shared { "dst" } else { "src" }, setup.src);
    let ptr = setup.dst.1.ty();
    let realloc = ImportName::new("test", "realloc");
    dst.realloc = Some(module.import_func(&realloc, &[ptr; 4], &[ptr]));
    StringKey {
        src,
        dst,
        simd: setup.simd,
    }
}

fn engine() -> Engine {
    let mut config = wasmi::Config::default();
    config
        .wasm_simd(true)
        .wasm_multi_memory(true)
        .wasm_memory64(true)
        .wasm_custom_page_sizes(true);
    Engine::new(&config)
}

fn memory(store: &mut Store<Host>, setup: Setup, width: Width, bytes: u64) -> Memory {
    let mut ty = wasmi::MemoryType::builder();
    ty.memory64(width == Width::W64)
        .min(bytes.div_ceil(1 << setup.page_size_log2))
        .page_size_log2(setup.page_size_log2);
    let ty = ty.build().expect("the type is valid");
    Memory::new(store, ty).expect("there is enough memory")
}

fn val_type(width: Width) -> wasmi::ValType {
    match width {
        Width::W32 => wasmi::ValType::I32,
        Width::W64 => wasmi::ValType::I64,
    }
}

fn number(val: &Val) -> u64 {
    match val {
        Val::I32(val) => u64::from(val.cast_unsigned()),
        Val::I64(val) => val.cast_unsigned(),
        other => panic!("not an integer: {other:?}"),
    }
}

/// Returns a number as a value, cut to its width.
fn val(width: Width, number: u64) -> Val {
    match width {
        Width::W32 => Val::I32((number as u32).cast_signed()),
        Width::W64 => Val::I64(number.cast_signed()),
    }
}

impl Machine {
    pub(super) fn new(setup: Setup) -> Machine {
        let engine = engine();
        let module =
            Module::new(&engine, module(&[setup])).expect("the engine knows these features");
        let host = Host {
            dst: None,
            policy: Policy::Move,
            next: 0,
            live: 0..0,
            blocks: Vec::new(),
            stale: Vec::new(),
            calls: Vec::new(),
            trap: None,
            wrong: None,
        };
        let mut store = Store::new(&engine, host);
        let dst = memory(&mut store, setup, setup.dst.1, MEMORY_BYTES);
        let src = memory(&mut store, setup, setup.src.1, setup.src_bytes());
        store.data_mut().dst = Some(dst);
        let width = setup.dst.1;
        let ptr = val_type(width);
        let realloc = Func::new(
            &mut store,
            FuncType::new([ptr; 4], [ptr]),
            move |caller, args, results| {
                let args = [0, 1, 2, 3].map(|index: usize| number(&args[index]));
                results[0] = val(width, realloc(caller, args));
                Ok(())
            },
        );
        let trap = Func::wrap(&mut store, |mut caller: Caller<'_, Host>, code: u32| {
            caller.data_mut().trap = TrapCode::from_number(code);
            Err::<(), _>(Error::new("trap"))
        });
        const ONCE: &str = "each is defined once";
        let mut linker = Linker::new(&engine);
        linker.define("test", "src", src).expect(ONCE);
        linker.define("test", "dst", dst).expect(ONCE);
        linker.define("test", "realloc", realloc).expect(ONCE);
        linker.define("interfuse", "trap", trap).expect(ONCE);
        let instance = linker
            .instantiate_and_start(&mut store, &module)
            .expect("all imports are there");
        let helper = instance.get_func(&store, "helper").expect("it is exported");
        Machine {
            setup,
            store,
            helper,
            src: if setup.is_shared { dst } else { src },
            dst,
        }
    }

    /// Runs the helper once: memories hold nothing but the source.
    pub(super) fn run(&mut self, policy: Policy, bytes: &[u8], ptr: u64, len: u64) -> End {
        self.dst.data_mut(&mut self.store).fill(POISON);
        self.src.data_mut(&mut self.store).fill(POISON);
        let start = usize::try_from(ptr).unwrap_or(usize::MAX);
        if let Some(place) = start.checked_add(bytes.len()).and_then(|end| {
            let data = self.src.data_mut(&mut self.store);
            data.get_mut(start..end)
        }) {
            place.copy_from_slice(bytes);
        }
        let host = self.store.data_mut();
        host.policy = policy;
        host.next = 3;
        host.live = 0..0;
        host.blocks.clear();
        host.stale.clear();
        host.calls.clear();
        host.trap = None;
        host.wrong = None;
        let args = [ptr, len].map(|arg| val(self.setup.src.1, arg));
        let mut results = [val(self.setup.dst.1, 0), val(self.setup.dst.1, 0)];
        let result = self.helper.call(&mut self.store, &args, &mut results);
        if let Some(wrong) = &self.store.data().wrong {
            panic!("{wrong}");
        }
        match (result, self.store.data().trap) {
            (Ok(()), None) => End::Returned {
                ptr: number(&results[0]),
                len: number(&results[1]),
            },
            (Err(_), Some(code)) => End::Trapped(code),
            (result, code) => panic!("{result:?} with {code:?}"),
        }
    }

    /// Asserts that nothing was written outside of blocks while they were allocated.
    pub(super) fn assert_contained(&self) {
        let host = self.store.data();
        let mut data = self.dst.data(&self.store).to_vec();
        for stale in &host.stale {
            let bytes = &mut data[range(stale)];
            assert!(bytes.iter().all(|it| *it == STALE), "written when stale");
        }
        for block in &host.blocks {
            data[range(block)].fill(POISON);
        }
        let wrong = data.iter().position(|it| *it != POISON);
        assert_eq!(wrong, None, "written outside of {:?}", host.blocks);
    }

    /// Returns bytes of the destination.
    pub(super) fn written(&self, ptr: u64, size: usize) -> &[u8] {
        let start = usize::try_from(ptr).expect("it is in the memory");
        &self.dst.data(&self.store)[start..start + size]
    }
}

fn range(range: &Range<u64>) -> Range<usize> {
    range.start as usize..range.end as usize
}

fn realloc(mut caller: Caller<'_, Host>, [old, old_size, align, new_size]: [u64; 4]) -> u64 {
    let host = caller.data_mut();
    host.calls.push(Call {
        old_size,
        align,
        new_size,
    });
    let known = host.live.end - host.live.start;
    if (old, old_size) != (host.live.start, known) {
        host.wrong = Some(format!("{old} of {old_size} is not {:?}", host.live));
    }
    let (policy, memory) = (host.policy, host.dst.expect("it is set before a run"));
    let is_first = host.blocks.is_empty();
    let ptr = match policy {
        Policy::Stay if !is_first => old,
        Policy::Move | Policy::Stay => {
            // As badly aligned as is allowed, and not next to the last block.
            let ptr = (host.next / align + 1) * align;
            host.next = ptr + new_size + 5;
            ptr
        }
        Policy::Grow => {
            let size = memory.size(&caller) + 7;
            let ptr = size.div_ceil(align) * align;
            let pages = ptr + new_size - memory.size(&caller);
            let start = memory.size(&caller) as usize;
            memory
                .grow(&mut caller, pages)
                .expect("there is enough memory");
            memory.data_mut(&mut caller)[start..].fill(POISON);
            ptr
        }
        Policy::Fixed(ptr) => ptr,
    };
    let kept = old_size.min(new_size);
    let (data, host) = memory.data_and_store_mut(&mut caller);
    data.copy_within(range(&(old..old + kept)), ptr as usize);
    let stale = if ptr == old {
        ptr + kept..ptr + old_size
    } else {
        old..old + old_size
    };
    if !matches!(policy, Policy::Fixed(_)) {
        data[range(&stale)].fill(STALE);
        host.stale.push(stale);
    }
    host.live = ptr..ptr + new_size;
    host.blocks.push(host.live.clone());
    ptr
}
