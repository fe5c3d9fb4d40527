//! The code generator with what it keeps between functions, made safe to use on functions that nobody has seen.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::ir::Function;
use cranelift_codegen::{CodegenResult, CompiledCode, Context};
use cranelift_frontend::FunctionBuilderContext;
use cranelift_wasm::FuncTranslator;
use wasmparser_217::FuncValidatorAllocations;

use crate::runtime::codegen::compiled::{Compiled, Faults};
use crate::runtime::codegen::error::FunctionProblem;
use crate::runtime::codegen::site::{Sites, spread};
use crate::runtime::codegen::target::Target;

/// The code generator with what it keeps between functions: one per thread.
pub(super) struct Generator<'t> {
    target: &'t Target,
    context: Context,
    translator: FuncTranslator,
    allocations: FuncValidatorAllocations,
    control: ControlPlane,
}

impl<'t> Generator<'t> {
    /// Returns one that has not been used.
    pub(super) fn new(target: &'t Target) -> Generator<'t> {
        Generator {
            target,
            context: Context::new(),
            translator: FuncTranslator::new(),
            allocations: FuncValidatorAllocations::default(),
            control: ControlPlane::default(),
        }
    }

    /// Returns the function that is compiled next, and what reads it.
    pub(super) fn parts(
        &mut self,
    ) -> (
        &mut Function,
        &mut FuncTranslator,
        &mut FuncValidatorAllocations,
    ) {
        (
            &mut self.context.func,
            &mut self.translator,
            &mut self.allocations,
        )
    }

    /// Returns the function that is compiled next, and what builds it.
    pub(super) fn builder_parts(&mut self) -> (&mut Function, &mut FunctionBuilderContext) {
        (&mut self.context.func, self.translator.context())
    }

    /// Compiles the function, whose accesses to memories may fault as `faults` says, and that others were put into at `sites`.
    ///
    /// # Errors
    ///
    /// Fails if the code generator refuses it.
    pub(super) fn compile(
        &mut self,
        faults: Faults,
        sites: &Sites,
    ) -> Result<Compiled, FunctionProblem> {
        let output = self.machine_code(sites);
        let output = output.map_err(|error| FunctionProblem::Refused(error.to_string()))?;
        Compiled::new(&self.context.func, &output, faults, sites)
    }

    /// Does what [`Context::compile`] does, and names instructions when the last of them are made.
    fn machine_code(&mut self, sites: &Sites) -> CodegenResult<CompiledCode> {
        let (isa, control) = (self.target.isa(), &mut self.control);
        let context = &mut self.context;
        context.verify_if(isa)?;
        context.optimize(isa, control)?;
        if !sites.is_empty() {
            spread(&mut context.func);
        }
        let output = isa.compile_function(&context.func, &context.domtree, false, control)?;
        Ok(output.apply_params(&context.func.params))
    }

    /// Does something with a generator that is as if it had not been used, and makes a panic an error.
    ///
    /// # Errors
    ///
    /// Fails like `work`, or with what `panicked` returns for the message of a panic.
    pub(super) fn guarded<T, E>(
        &mut self,
        work: impl FnOnce(&mut Generator<'t>) -> Result<T, E>,
        panicked: impl FnOnce(String) -> E,
    ) -> Result<T, E> {
        self.context.clear();
        // After a panic nothing is used again.
        catch_unwind(AssertUnwindSafe(|| work(self))).unwrap_or_else(|payload| {
            *self = Generator::new(self.target);
            Err(panicked(message(&*payload)))
        })
    }
}

/// Returns the message of a panic.
fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("panic without a message").to_owned()
}
