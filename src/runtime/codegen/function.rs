//! Functions of guests: from the body to code.

use cranelift_codegen::ir::immediates::Offset32;
use cranelift_codegen::ir::{
    ArgumentPurpose, Function, GlobalValueData, MemFlags, Opcode, Signature, UserFuncName,
};
use cranelift_wasm::{FuncIndex, FuncTranslator, WasmError};
use wasmparser_217::{FuncToValidate, FuncValidatorAllocations};

use crate::runtime::codegen::compiled::{Compiled, Faults};
use crate::runtime::codegen::config::CodegenConfig;
use crate::runtime::codegen::copysign;
use crate::runtime::codegen::division;
use crate::runtime::codegen::environ::{Environ, OWN};
use crate::runtime::codegen::error::{CodegenError, FunctionProblem};
use crate::runtime::codegen::generator::Generator;
use crate::runtime::codegen::inline::{Bodies, Body, inline};
use crate::runtime::codegen::link::{Group, Linked, Symbol};
use crate::runtime::codegen::merge;
use crate::runtime::codegen::module::SUPPORTED;
use crate::runtime::codegen::signature::{self, POINTER};
use crate::runtime::codegen::site::{Sites, forget};
use crate::runtime::codegen::target::Target;
use crate::runtime::vm::layout::header;

/// What functions are compiled with.
#[derive(Clone, Copy)]
pub(super) struct Surroundings<'g> {
    /// The machine that the code is for.
    pub(super) target: &'g Target,
    /// What was chosen about the code.
    pub(super) config: &'g CodegenConfig,
    /// The group.
    pub(super) group: &'g Group<'g>,
    /// The bodies that may be inlined.
    pub(super) bodies: &'g Bodies,
}

/// What a function is translated for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    /// To be compiled.
    Whole,
    /// To be put into others.
    Inlined,
}

impl Surroundings<'_> {
    /// Compiles a function that the group defines.
    ///
    /// # Errors
    ///
    /// Fails if it is not valid, or if the code generator fails on it.
    pub(super) fn compile(
        self,
        generator: &mut Generator<'_>,
        symbol: Symbol,
    ) -> Result<Compiled, CodegenError> {
        let (instance, func) = self.group.symbols[symbol];
        let linked = &self.group.instances[instance];
        let at = |problem| CodegenError::Function {
            name: name(linked, func),
            problem,
        };
        generator.guarded(
            |generator| {
                let (func, translator, allocations) = generator.parts();
                let state = (&mut *translator, &mut *allocations);
                let mut faults = self.translate(func, state, symbol, Use::Whole)?;
                let mut sites = Sites::new();
                forget(func);
                if self.config.inlines {
                    (faults, sites) =
                        inline(func, faults, symbol, self.group, self.bodies, |callee| {
                            let mut func = Box::new(Function::new());
                            let state = (&mut *translator, &mut *allocations);
                            let faults = self.translate(&mut func, state, callee, Use::Inlined);
                            let faults = faults.ok()?;
                            Some(Body { func, faults })
                        });
                }
                generator.compile(faults, &sites).map_err(at)
            },
            |message| at(FunctionProblem::Panicked(message)),
        )
    }

    /// Validates and translates a function. What is kept between translations is as good as new if this one fails.
    fn translate(
        self,
        func: &mut Function,
        (translator, allocations): (&mut FuncTranslator, &mut FuncValidatorAllocations),
        symbol: Symbol,
        purpose: Use,
    ) -> Result<Faults, CodegenError> {
        let state = (&mut *translator, &mut *allocations);
        let result = self.try_translate(func, state, symbol, purpose);
        if result.is_err() {
            *translator = FuncTranslator::new();
            *allocations = FuncValidatorAllocations::default();
        }
        result
    }

    fn try_translate(
        self,
        func: &mut Function,
        (translator, allocations): (&mut FuncTranslator, &mut FuncValidatorAllocations),
        symbol: Symbol,
        purpose: Use,
    ) -> Result<Faults, CodegenError> {
        let (instance, index) = self.group.symbols[symbol];
        let linked = &self.group.instances[instance];
        let module = linked.module;
        let slot = self.group.signature(instance, index);
        begin(func, symbol, signature::guest(&self.group.signatures[slot]));
        let to_validate = FuncToValidate {
            resources: module.resources.as_ref().expect("the module has functions"),
            index: index.as_u32(),
            ty: module.funcs[index].as_u32(),
            features: SUPPORTED,
        };
        let mut validator = to_validate.into_validator(std::mem::take(allocations));
        let body = module.body(index).clone();
        let interruptible = self.config.interruptible;
        let mut environ = Environ::new(self.target, self.group, instance, interruptible);
        if purpose == Use::Inlined {
            environ.read_atomically();
        }
        translator
            .translate_body(&mut validator, body, func, &mut environ)
            .map_err(|error| translation_error(linked, index, error))?;
        *allocations = validator.into_allocations();
        check_steps(func, self.config.max_steps).map_err(|problem| CodegenError::Function {
            name: name(linked, index),
            problem,
        })?;
        if environ.copies_signs() {
            copysign::lower(func);
        }
        division::lower(func);
        Ok(if count_guards(func) > environ.table_guards() {
            Faults::AtZero
        } else {
            Faults::BehindMemories
        })
    }
}

/// Returns how many addresses of a function become 0 if a check of bounds fails.
fn count_guards(func: &Function) -> usize {
    let blocks = func.layout.blocks();
    let insts = blocks.flat_map(|block| func.layout.block_insts(block));
    insts
        .filter(|inst| func.dfg.insts[*inst].opcode() == Opcode::SelectSpectreGuard)
        .count()
}

/// Prepares an empty function, which tests for the end of the stack first.
fn begin(func: &mut Function, symbol: Symbol, signature: Signature) {
    func.signature = signature;
    func.name = UserFuncName::user(OWN, symbol.as_u32());
    assert!(
        func.signature
            .uses_special_param(ArgumentPurpose::VMContext)
    );
    let context = func.create_global_value(GlobalValueData::VMContext);
    let offset = i32::try_from(header::STACK_LIMIT).expect("the header is small");
    let limit = func.create_global_value(GlobalValueData::Load {
        base: context,
        offset: Offset32::new(offset),
        global_type: POINTER,
        flags: MemFlags::trusted(),
    });
    func.stack_limit = Some(limit);
}

/// Refuses a function on which register allocation takes too long.
fn check_steps(func: &Function, limit: u64) -> Result<(), FunctionProblem> {
    let found = merge::steps(func);
    if found <= limit {
        return Ok(());
    }
    Err(FunctionProblem::TooManySteps { found, limit })
}

fn translation_error(linked: &Linked<'_>, func: FuncIndex, error: WasmError) -> CodegenError {
    let refused = match error {
        WasmError::InvalidWebAssembly { message, offset } => {
            let offset = u64::try_from(offset).expect("a usize has 64 bits or less");
            return CodegenError::Invalid { message, offset };
        }
        WasmError::Unsupported(message) | WasmError::User(message) => message,
        WasmError::ImplLimitExceeded => "it is too large".to_owned(),
    };
    CodegenError::Function {
        name: name(linked, func),
        problem: FunctionProblem::Refused(refused),
    }
}

/// Returns the name of a function for people.
pub(super) fn name(linked: &Linked<'_>, func: FuncIndex) -> String {
    match linked.module.func_names.get(&func) {
        Some(name) => (*name).to_owned(),
        None => format!("{}!func{}", linked.name, func.as_u32()),
    }
}
