//! Adapters become a core module.

use std::collections::{HashMap, HashSet};

use thiserror::Error;
use wasm_encoder::{MemoryType, ValType};

use crate::adapt::{FuncShape, IndexType, ResourceId, Shapes, Types};
use crate::fact::call::{Call, CoreTypes, Keep, Passage, core_types, count, set_flag, write_call};
use crate::fact::config::FactConfig;
use crate::fact::emit::{Code, FuncId, Width};
use crate::fact::keep::{KEEP_PAGE_SIZE_LOG2, define_keep};
use crate::fact::module::{GlobalId, MemoryId, ModuleBuilder, trap_import};
use crate::fact::name::flat_param_names;
use crate::fact::need::{NeedFinder, Needs, Passing};
use crate::fact::schedule::{is_refused, lends, lifts_all};
use crate::fact::spec::{AdapterSpec, Callee, Guard, ImportName, SideSpec};
use crate::fact::table::{StateExport, StateSignature};
use crate::fact::trap::TrapCode;
use crate::fact::write::{Channel, Endpoint, Handles, Lends, Shared, Strings, check};

/// A core module that adapters were compiled to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompiledModule {
    /// The module in the binary format.
    pub wasm: Vec<u8>,
}

/// Why adapters cannot be compiled. What a valid component asks for never fails so.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("adapter `{adapter}`: {kind}")]
pub struct InvalidSpec {
    /// The adapter's name for people.
    pub adapter: String,
    /// What is wrong.
    pub kind: InvalidSpecKind,
}

/// What is wrong with a specification.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidSpecKind {
    /// A side has no memory, and the type needs one.
    #[error("the type needs a memory on the side of the {0}")]
    NoMemory(&'static str),
    /// A side has no function that allocates, and the type needs one.
    #[error("the type needs a function that allocates on the side of the {0}")]
    NoRealloc(&'static str),
    /// The type has values of 2^28 bytes or more.
    #[error("the type has values of 2^28 bytes or more")]
    TooLarge,
    /// The callee is an adapter that does not come before this one.
    #[error("the callee is adapter {0}, which does not come before this one")]
    CalleeNotBefore(usize),
    /// The callee is an adapter of another type.
    #[error("the callee is adapter {0}, which has another core type")]
    CalleeType(usize),
    /// Two adapters are exported under one name.
    #[error("another adapter is exported as `{0}`")]
    DuplicateExport(String),
    /// Something is imported with two types.
    #[error("`{0}` `{1}` is imported with two types")]
    ImportTypes(String, String),
    /// A side has no handle table, and the type needs one.
    #[error("the type needs a handle table on the side of the {0}")]
    NoHandles(&'static str),
}

/// Compiles adapters to one core module. The same input gives the same bytes.
///
/// The module imports what the specifications name, and the function `trap` of `interfuse`, which takes the number of
/// a [`TrapCode`] and does not return.
///
/// # Errors
///
/// Fails if a specification contradicts itself; one that was made from a plan never does.
pub fn compile(
    types: &Types,
    adapters: &[AdapterSpec],
    config: &FactConfig,
) -> Result<CompiledModule, InvalidSpec> {
    let mut shapes = Shapes::default();
    let funcs: Vec<_> = adapters
        .iter()
        .map(|adapter| shapes.of_func(types, adapter.ty))
        .collect();
    let mut finder = NeedFinder::new();
    let mut compiler = Compiler {
        shared: Shared::new(&shapes, config, ModuleBuilder::default()),
        imports: HashMap::from([(trap_import(), ImportKind::Func(vec![ValType::I32], vec![]))]),
        exports: HashSet::new(),
        reallocs: HashMap::new(),
        declared: Vec::new(),
        keeps: HashMap::new(),
    };
    // Memories and variables of the module's own come after all that it imports: first everything is imported.
    let mut imported = Vec::with_capacity(adapters.len());
    for (adapter, func) in adapters.iter().zip(&funcs) {
        let needs = finder.of(&shapes, func);
        let result =
            check_needs(adapter, &needs).and_then(|()| compiler.import(adapter, func, &needs));
        let import = result.map_err(|kind| InvalidSpec {
            adapter: adapter.name.clone(),
            kind,
        })?;
        imported.push((import, needs));
    }
    for ((adapter, shape), (import, needs)) in adapters.iter().zip(&funcs).zip(imported) {
        compiler.write(types, adapter, shape, import, &needs);
    }
    Ok(CompiledModule {
        wasm: compiler.shared.module.finish("adapters"),
    })
}

/// Checks that a specification has what its type needs.
pub(in crate::fact) fn check_needs(
    adapter: &AdapterSpec,
    needs: &Needs,
) -> Result<(), InvalidSpecKind> {
    if needs.too_large {
        return Err(InvalidSpecKind::TooLarge);
    }
    for (side, spec, memory, realloc) in [
        (
            "caller",
            &adapter.lower,
            needs.lower_memory,
            needs.lower_realloc,
        ),
        (
            "callee",
            &adapter.lift,
            needs.lift_memory,
            needs.lift_realloc,
        ),
    ] {
        if memory && spec.memory.is_none() {
            return Err(InvalidSpecKind::NoMemory(side));
        }
        if needs.handles && spec.handles.is_none() {
            return Err(InvalidSpecKind::NoHandles(side));
        }
        if realloc && spec.realloc.is_none() {
            return Err(InvalidSpecKind::NoRealloc(side));
        }
    }
    Ok(())
}

/// What a name is imported as.
#[derive(PartialEq, Eq)]
enum ImportKind {
    Func(Vec<ValType>, Vec<ValType>),
    Memory(MemoryType),
    Flag,
}

/// A module that adapters are compiled to.
struct Compiler<'a> {
    shared: Shared<'a>,
    imports: HashMap<ImportName, ImportKind>,
    exports: HashSet<String>,
    /// Functions that allocate and check the answer.
    reallocs: HashMap<ReallocKey, FuncId>,
    /// The adapters so far, with the core types of their callers' sides.
    declared: Vec<(FuncId, CoreTypes)>,
    /// Memories of the module for values between lifting and lowering.
    keeps: HashMap<Width, (MemoryId, GlobalId, FuncId)>,
}

/// What a function that allocates and checks the answer is made of: what it calls, the flag that it clears, the count of
/// entries, and the memory.
type ReallocKey = (ImportName, Option<GlobalId>, Option<GlobalId>, MemoryId);

/// What an adapter uses.
struct Imported {
    func: FuncId,
    there: Channel,
    may_leave: Option<GlobalId>,
    standing: Option<GlobalId>,
    lent: Option<GlobalId>,
    borrows: bool,
    callee: FuncId,
    post_return: Option<(FuncId, Option<GlobalId>)>,
}

impl Compiler<'_> {
    /// Imports what one adapter uses, and declares it.
    fn import(
        &mut self,
        adapter: &AdapterSpec,
        shape: &FuncShape,
        needs: &Needs,
    ) -> Result<Imported, InvalidSpecKind> {
        let may_leave = self.flag(adapter.lower.may_leave.as_ref())?;
        let standing = self.flag(adapter.standing.as_ref())?;
        // A call that is refused allocates nothing.
        let is_made = !is_refused(adapter, self.shared.config.reentrance);
        let lower_realloc = needs.lower_realloc && is_made;
        let lift_realloc = needs.lift_realloc && is_made;
        let lower = (needs.lower_memory, lower_realloc);
        let lower_endpoint = self.endpoint(&adapter.lower, None, lower)?;
        let lift = (needs.lift_memory, lift_realloc);
        let lift_endpoint = self.endpoint(&adapter.lift, standing, lift)?;
        if needs.handles {
            self.table_imports(&adapter.lower)?;
            self.table_imports(&adapter.lift)?;
        }
        let mut table = |spec: &SideSpec| match &spec.handles {
            Some(handles) if needs.handles => Handles::Table(self.shared.table(handles)),
            _ => Handles::None,
        };
        let there = Channel {
            src: lower_endpoint,
            dst: lift_endpoint,
            src_handles: table(&adapter.lower),
            dst_handles: table(&adapter.lift),
            lends: lends(adapter, needs),
        };
        let is_foreign =
            |resource: &ResourceId| !self.shared.implements(there.dst_handles.table(), *resource);
        let borrows = needs.borrows.iter().any(is_foreign);
        let lent =
            (there.lends == Lends::Counted).then(|| self.shared.lent(there.src_handles.table()));
        let (lower_types, lift_types) = core_types(&mut self.shared, shape, there);
        let callee = match &adapter.callee {
            Callee::Import(import) => self.func(import, &lift_types.params, &lift_types.results)?,
            Callee::Adapter(position) => match self.declared.get(*position) {
                Some((func, types)) if *types == lift_types => *func,
                Some(_) => return Err(InvalidSpecKind::CalleeType(*position)),
                None => return Err(InvalidSpecKind::CalleeNotBefore(*position)),
            },
        };
        let post_return = match &adapter.post_return {
            Some(it) => {
                let func = self.func(&it.func, &lift_types.results, &[])?;
                let flag = match it.guard {
                    Guard::Clear => self.flag(adapter.lift.may_leave.as_ref())?,
                    Guard::Keep => None,
                };
                Some((func, flag))
            }
            None => None,
        };
        if !self.exports.insert(adapter.export.clone()) {
            return Err(InvalidSpecKind::DuplicateExport(adapter.export.clone()));
        }
        let module = &mut self.shared.module;
        let func = module.declare(&adapter.name, &lower_types.params, &lower_types.results);
        module.export_func(&adapter.export, func);
        self.declared.push((func, lower_types));
        Ok(Imported {
            func,
            there,
            may_leave,
            standing,
            lent,
            borrows,
            callee,
            post_return,
        })
    }

    /// Writes one adapter.
    fn write(
        &mut self,
        types: &Types,
        adapter: &AdapterSpec,
        shape: &FuncShape,
        import: Imported,
        needs: &Needs,
    ) {
        let Imported {
            func,
            there,
            may_leave,
            standing,
            lent,
            borrows,
            callee,
            post_return,
        } = import;
        let is_refused = is_refused(adapter, self.shared.config.reentrance);
        let mut passage = |passing: Passing, src: Option<Endpoint>| match passing {
            _ if is_refused || !lifts_all(adapter, passing) => Passage::OneByOne,
            Passing { memory: true, .. } => {
                let src = src.expect("a side whose values are in memory has a memory");
                Passage::AllLifted(Some(self.keep(src)))
            }
            _ => Passage::AllLifted(None),
        };
        let call = Call {
            shape,
            there,
            names: flat_param_names(types, adapter.ty),
            may_leave,
            standing,
            is_refused,
            lent,
            borrows,
            callee,
            post_return,
            params: passage(needs.params, there.src),
            results: passage(needs.results, there.dst),
        };
        write_call(&mut self.shared, &call, func);
    }

    /// Returns a memory of the module that keeps what is lifted from `src`.
    fn keep(&mut self, src: Endpoint) -> Keep {
        let module = &mut self.shared.module;
        let traps = self.shared.traps;
        let (memory, used, realloc) = *self
            .keeps
            .entry(src.width)
            .or_insert_with(|| define_keep(module, traps, src.width));
        let endpoint = Endpoint {
            memory,
            width: src.width,
            page_size_log2: KEEP_PAGE_SIZE_LOG2,
            strings: Strings::KeptFrom(src.strings.encoding()),
            realloc: Some(realloc),
        };
        Keep { endpoint, used }
    }

    /// Takes note of what a side's handle table may be asked for, which is imported where it is.
    fn table_imports(&mut self, spec: &SideSpec) -> Result<(), InvalidSpecKind> {
        let Some(handles) = &spec.handles else {
            return Ok(());
        };
        for export in StateExport::ALL {
            let kind = match export.signature() {
                StateSignature::Global => ImportKind::Flag,
                StateSignature::Func { params, results } => ImportKind::Func(
                    vec![ValType::I32; params.len()],
                    vec![ValType::I32; results.len()],
                ),
            };
            self.note(&ImportName::new(&*handles.module, export.name()), kind)?;
        }
        Ok(())
    }

    /// Imports a flag of an instance, if it has it.
    fn flag(&mut self, import: Option<&ImportName>) -> Result<Option<GlobalId>, InvalidSpecKind> {
        let Some(import) = import else {
            return Ok(None);
        };
        self.note(import, ImportKind::Flag)?;
        Ok(Some(self.shared.module.import_flag(import)))
    }

    /// Imports the memory of a side and the function that allocates in it, as far as they are needed.
    fn endpoint(
        &mut self,
        spec: &SideSpec,
        standing: Option<GlobalId>,
        (needs_memory, needs_realloc): (bool, bool),
    ) -> Result<Option<Endpoint>, InvalidSpecKind> {
        let Some(memory) = spec.memory.as_ref().filter(|_| needs_memory) else {
            return Ok(None);
        };
        let ty = imported_memory(&memory.ty);
        self.note(&memory.import, ImportKind::Memory(ty))?;
        let mut endpoint = Endpoint {
            memory: self.shared.module.import_memory(&memory.import, ty),
            width: Width::of(&memory.ty),
            page_size_log2: memory.ty.page_size_log2,
            strings: Strings::Encoded(spec.encoding),
            realloc: None,
        };
        if let Some(realloc) = spec.realloc.as_ref().filter(|_| needs_realloc) {
            let flag = match realloc.guard {
                Guard::Clear => self.flag(spec.may_leave.as_ref())?,
                Guard::Keep => None,
            };
            endpoint.realloc = Some(self.realloc(&realloc.func, flag, standing, endpoint)?);
        }
        Ok(Some(endpoint))
    }

    /// Returns the function that allocates and checks the answer, and writes it if it is new.
    fn realloc(
        &mut self,
        import: &ImportName,
        flag: Option<GlobalId>,
        standing: Option<GlobalId>,
        endpoint: Endpoint,
    ) -> Result<FuncId, InvalidSpecKind> {
        let key = (import.clone(), flag, standing, endpoint.memory);
        if let Some(known) = self.reallocs.get(&key) {
            return Ok(*known);
        }
        let ty = endpoint.width.ty();
        let callee = self.func(import, &[ty; 4], &[ty])?;
        let name = format!("{}.{}, checked", import.module, import.name);
        let func = self.shared.module.declare(&name, &[ty; 4], &[ty]);
        let params = [("old", ty), ("old size", ty), ("align", ty), ("size", ty)];
        let (mut code, params) = Code::new(&params);
        set_flag(&mut code, flag, 0);
        count(&mut code, standing, 1);
        params.iter().for_each(|param| code.get(param));
        code.call(callee);
        let new = code.pop("new", ty);
        set_flag(&mut code, flag, 1);
        code.get(&new);
        code.get(&params[2]);
        endpoint.width.constant(&mut code.ins(), 1);
        endpoint.width.sub(&mut code.ins());
        endpoint.width.and(&mut code.ins());
        // What is left has as few bits as the alignment.
        endpoint.width.convert_to(&mut code.ins(), Width::W32);
        let traps = self.shared.traps;
        traps.trap_if(&mut code, TrapCode::ReallocUnaligned);
        let len = |code: &mut Code| {
            code.get(&params[3]);
            endpoint.width.convert_to(&mut code.ins(), Width::W64);
        };
        check::in_bounds(
            &mut code,
            traps,
            endpoint,
            &new,
            len,
            TrapCode::ReallocOutOfBounds,
        );
        count(&mut code, standing, -1);
        code.get(&new);
        self.shared.module.define(func, code);
        self.reallocs.insert(key, func);
        Ok(func)
    }

    fn func(
        &mut self,
        import: &ImportName,
        params: &[ValType],
        results: &[ValType],
    ) -> Result<FuncId, InvalidSpecKind> {
        self.note(import, ImportKind::Func(params.to_vec(), results.to_vec()))?;
        Ok(self.shared.module.import_func(import, params, results))
    }

    /// Takes note of an import; one name is one thing.
    fn note(&mut self, import: &ImportName, kind: ImportKind) -> Result<(), InvalidSpecKind> {
        match self.imports.get(import) {
            Some(known) if *known != kind => {
                let ImportName { module, name } = import.clone();
                Err(InvalidSpecKind::ImportTypes(module, name))
            }
            Some(_) => Ok(()),
            None => {
                self.imports.insert(import.clone(), kind);
                Ok(())
            }
        }
    }
}

/// Returns the type under which a memory is imported: any memory with such addresses and pages fits.
fn imported_memory(ty: &crate::adapt::MemoryType) -> MemoryType {
    let memory64 = ty.index_type == IndexType::I64;
    MemoryType {
        minimum: 0,
        maximum: if ty.shared { ty.max_pages } else { None },
        memory64,
        shared: ty.shared,
        page_size_log2: (ty.page_size_log2 != 16).then_some(u32::from(ty.page_size_log2)),
    }
}
