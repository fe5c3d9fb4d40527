//! Images put together by hand, from bytes of machine code.
//!
//! Their functions have a calling convention of their own: the context is in `rdi` and the address of the values in
//! `rdx`.

use std::sync::Arc;

use cranelift_entity::{EntityRef, PrimaryMap};

use crate::runtime::builtin::Builtin;
use crate::runtime::bulk::span::Span;
use crate::runtime::bulk::table::TableBuilder;
use crate::runtime::data::DataPool;
use crate::runtime::image::{
    Bulk, CodeRange, ConstExpr, ConstOp, ContextShape, ExportSite, Externals, FuncSite, Image,
    InstancePlan, InstanceShape, MemorySite, Signature, TrapSite,
};
use crate::runtime::index::{ExternalFuncId, FuncRefId, InstanceId, OwnMemoryId, SignatureSlot};
use crate::runtime::trap::TrapKind;
use crate::runtime::types::{FuncType, Limits, MemoryType, ValType};
use crate::runtime::vm::code::Code;
use crate::runtime::vm::failure::Failure;
use crate::runtime::vm::group::ExternalValues;
use crate::runtime::vm::layout::{ContextLayout, RawValue, external_func, memory_def};
use crate::runtime::vm::object::{Extern, FuncId, GroupId};
use crate::runtime::vm::shared::StoreLimits;
use crate::runtime::vm::signature::Signatures;
use crate::runtime::vm::store::{Store, StoreMut};

/// `ud2`
pub(super) const UD2: [u8; 2] = [0x0f, 0x0b];

/// `add dword ptr [rdx], 1`
pub(super) const INCREMENT: [u8; 3] = [0x83, 0x02, 0x01];

/// Calls the code in `rsi`, and keeps the stack aligned.
const ENTRY: [u8; 4] = [0x52, 0xff, 0xd6, 0x5a];

/// Calls the function in the record, and the built-in to raise if it fails.
#[rustfmt::skip]
const EXIT: [u8; 26] = [
    0x57, 0x52, // push rdi; push rdx
    0x48, 0x89, 0xf8, 0x48, 0x8b, 0x78, 0x08, // mov rax, rdi; mov rdi, [rax + 8]
    0x48, 0x89, 0xd6, 0xff, 0x10, // mov rsi, rdx; call [rax]
    0x5a, 0x5f, 0x48, 0x85, 0xc0, 0x75, 0x02, // pop rdx; pop rdi; test rax, rax; jne over
    0x5d, 0xc3, // pop rbp; ret
    0xff, 0x57, 0x10, // over: call [rdi + 16]
];

/// The code of a group of one instance, which may import functions and define a memory. All functions have one type.
pub(super) struct Assembly {
    code: Vec<u8>,
    functions: TableBuilder<CodeRange>,
    names: Vec<u8>,
    traps: TableBuilder<TrapSite>,
    func_sites: TableBuilder<FuncSite>,
    ty: FuncType,
    entry: u32,
    exit: u32,
    pub(super) shape: ContextShape,
    pub(super) plan: InstancePlan,
    data: DataPool,
}

pub(super) fn instance() -> InstanceId {
    InstanceId::from_u32(0)
}

pub(super) fn memory_type(min: u64, max: Option<u64>) -> MemoryType {
    let is_64 = false;
    let limits = Limits { min, max, is_64 };
    MemoryType {
        limits,
        shared: false,
        page_size_log2: 16,
    }
}

pub(super) fn slot() -> SignatureSlot {
    SignatureSlot::from_u32(0)
}

impl Assembly {
    /// Begins with nothing but an entry and an exit for functions from a number to a number.
    pub(super) fn new(imports: u32) -> Assembly {
        // One that is passed by entries: integers would be in registers.
        let number: Box<[ValType]> = [ValType::F32].into();
        let mut assembly = Assembly {
            code: Vec::new(),
            functions: TableBuilder::default(),
            names: Vec::new(),
            traps: TableBuilder::default(),
            func_sites: TableBuilder::default(),
            data: DataPool::default(),
            ty: FuncType {
                params: number.clone(),
                results: number,
            },
            entry: 0,
            exit: 0,
            shape: ContextShape {
                signatures: 1,
                external_funcs: imports,
                instances: [InstanceShape::default()].into_iter().collect(),
                ..ContextShape::default()
            },
            plan: InstancePlan {
                name: "guest".to_owned(),
                ..InstancePlan::default()
            },
        };
        assembly.entry = assembly.place("entry", None, &[&[0x52], &ENTRY[..], &[0x5a]].concat());
        assembly.exit = assembly.place("exit", None, &EXIT);
        assembly
    }

    /// Adds a memory. Its place is known once the functions are.
    pub(super) fn memory(&mut self, ty: MemoryType) {
        self.plan.memories.push(ty);
        self.shape.instances[instance()].memories += 1;
    }

    /// Adds data segments, each of one byte that is repeated.
    pub(super) fn data(&mut self, segments: &[(i32, u8, usize)]) {
        let memory = MemorySite::Own(instance(), OwnMemoryId::from_u32(0));
        let bytes: Vec<Vec<u8>> = segments
            .iter()
            .map(|(_, byte, len)| vec![*byte; *len])
            .collect();
        let sources = segments.iter().zip(&bytes).map(|((offset, ..), bytes)| {
            let ops = vec![ConstOp::I32(*offset)];
            (Some((memory, ConstExpr { ops })), &bytes[..])
        });
        self.data.add(instance(), &mut self.plan, sources.collect());
    }

    /// Adds a function that is exported.
    pub(super) fn func(&mut self, name: &str, body: &[u8]) -> u32 {
        let reference = FuncRefId::new(self.func_sites.len());
        let start = self.place(name, Some((instance(), reference.as_u32())), body);
        self.func_sites.extend([FuncSite::Code(start, slot())]);
        self.plan.func_refs = Span::new(0..self.func_sites.len());
        self.plan
            .exports
            .insert(name.to_owned(), ExportSite::Func(reference));
        self.shape.instances[instance()].func_refs += 1;
        start
    }

    /// Adds a function one of whose instructions traps, and returns where it begins.
    pub(super) fn trapping(&mut self, name: &str, body: &[u8], at: usize, kind: TrapKind) -> u32 {
        let start = self.func(name, body);
        let offset = start + 4 + u32::try_from(at).expect("this works");
        self.traps.extend([TrapSite { offset, kind }]);
        start
    }

    fn place(&mut self, name: &str, origin: Option<(InstanceId, u32)>, body: &[u8]) -> u32 {
        let start = u32::try_from(self.code.len()).expect("this works");
        // push rbp; mov rbp, rsp
        self.code.extend([0x55, 0x48, 0x89, 0xe5]);
        self.code.extend(body);
        // pop rbp; ret
        self.code.extend([0x5d, 0xc3]);
        let len = u32::try_from(self.code.len()).expect("this works") - start;
        let name_start = self.names.len();
        self.names.extend(name.as_bytes());
        self.functions.extend([CodeRange {
            start,
            len,
            name: Span::new(name_start..self.names.len()),
            origin,
        }]);
        start
    }

    pub(super) fn layout(&self) -> ContextLayout {
        ContextLayout::new(&self.shape)
    }

    pub(super) fn image(self) -> Image {
        let funcs = (0..self.shape.external_funcs).map(|_| slot());
        let externals = Externals {
            funcs: funcs.collect(),
            ..Externals::default()
        };
        let (entry, exit) = (Some(self.entry), Some(self.exit));
        Image {
            bulk: Bulk {
                code: self.code.into(),
                functions: self.functions.finish(),
                names: self.names.into(),
                traps: self.traps.finish(),
                func_sites: self.func_sites.finish(),
                data: self.data.finish(),
                ..Bulk::default()
            },
            shape: self.shape,
            signatures: [Signature {
                ty: self.ty,
                entry,
                exit,
            }]
            .into_iter()
            .collect(),
            externals,
            instances: [self.plan].into_iter().collect(),
        }
    }
}

fn displacement(offset: usize) -> [u8; 4] {
    i32::try_from(offset).expect("this works").to_le_bytes()
}

/// `mov rax, [rdi + offset]`
fn load_rax(offset: usize) -> Vec<u8> {
    [&[0x48, 0x8b, 0x87][..], &displacement(offset)].concat()
}

/// `mov rdi, [rdi + offset]`
fn load_rdi(offset: usize) -> Vec<u8> {
    [&[0x48, 0x8b, 0xbf][..], &displacement(offset)].concat()
}

/// Calls an imported function with the values of the caller, which are kept.
pub(super) fn call_import(layout: &ContextLayout, number: u32) -> Vec<u8> {
    let place = layout.external_func(ExternalFuncId::from_u32(number));
    let code = load_rax(place + external_func::CODE);
    let context = load_rdi(place + external_func::CONTEXT);
    // push rdi; push rdx; … call rax; pop rdx; pop rdi
    [
        &[0x57, 0x52][..],
        &code,
        &context,
        &[0xff, 0xd0, 0x5a, 0x5f],
    ]
    .concat()
}

/// Reads the byte at the address in the first value.
pub(super) fn load_byte(layout: &ContextLayout) -> Vec<u8> {
    let base = layout.memory(instance(), OwnMemoryId::from_u32(0)) + memory_def::BASE;
    // mov ecx, [rdx]; movzx eax, byte ptr [rax + rcx]; mov [rdx], eax
    [
        &load_rax(base)[..],
        &[0x8b, 0x0a, 0x0f, 0xb6, 0x04, 0x08, 0x89, 0x02],
    ]
    .concat()
}

/// Grows the memory by the pages in the first value.
pub(super) fn grow(layout: &ContextLayout) -> Vec<u8> {
    let owner = layout.memory(instance(), OwnMemoryId::from_u32(0)) + memory_def::OWNER;
    let number = u8::try_from(Builtin::MemoryGrow.number() * 8).expect("this works");
    let builtins = load_rax(crate::runtime::vm::layout::header::BUILTINS);
    // mov esi, [rdx]; push rdx; push rdx; call [rax + number]; pop rdx; pop rdx; mov [rdx], eax
    let call = [
        0x8b, 0x32, 0x52, 0x52, 0xff, 0x50, number, 0x5a, 0x5a, 0x89, 0x02,
    ];
    [&builtins[..], &load_rdi(owner), &call].concat()
}

/// A store and the code that was put together for it.
pub(super) struct Machine<T: 'static> {
    pub(super) store: Store<T>,
    pub(super) signatures: Arc<Signatures>,
}

impl<T> Machine<T> {
    pub(super) fn new(data: T) -> Machine<T> {
        let signatures = Arc::new(Signatures::default());
        let store = Store::new(data, &signatures, StoreLimits::default()).expect("this works");
        Machine { store, signatures }
    }

    pub(super) fn code(&self, assembly: Assembly) -> Arc<Code> {
        Arc::new(Code::new(assembly.image(), &self.signatures).expect("this works"))
    }

    pub(super) fn instantiate(&mut self, assembly: Assembly, imports: &[FuncId]) -> GroupId {
        let code = self.code(assembly);
        let funcs: PrimaryMap<_, _> = imports.iter().copied().collect();
        let externals = ExternalValues {
            funcs,
            ..ExternalValues::default()
        };
        self.store
            .as_mut()
            .instantiate(&code, externals)
            .expect("this works")
    }

    /// Makes a function of the host.
    pub(super) fn host<F>(&mut self, run: F) -> FuncId
    where
        F: Fn(StoreMut<'_, T>, &mut [RawValue]) -> Result<(), Box<Failure>> + Send + Sync + 'static,
    {
        let code = self.code(Assembly::new(0));
        self.store.as_mut().new_func(&code, slot(), run)
    }

    pub(super) fn call(
        &mut self,
        group: GroupId,
        name: &str,
        value: u32,
    ) -> Result<u32, Box<Failure>> {
        call(self.store.as_mut(), group, name, value)
    }
}

/// Calls an export.
pub(super) fn call<T>(
    mut store: StoreMut<'_, T>,
    group: GroupId,
    name: &str,
    value: u32,
) -> Result<u32, Box<Failure>> {
    let export = store.objects().export(group, instance(), name);
    let Some(Extern::Func(func)) = export else {
        panic!("{name} is {export:?}")
    };
    call_func(store, func, value)
}

/// Calls a function.
pub(super) fn call_func<T>(
    mut store: StoreMut<'_, T>,
    func: FuncId,
    value: u32,
) -> Result<u32, Box<Failure>> {
    let callee = store.objects().callee(func).expect("this works");
    let mut values = [RawValue::from_u32(value)];
    store.call(&callee, &mut values)?;
    Ok(values[0].as_u32())
}
