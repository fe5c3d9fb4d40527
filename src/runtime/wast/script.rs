//! The interpreter of scripts.

use std::collections::HashMap;

use wast::lexer::Lexer;
use wast::parser::{ParseBuffer, parse};
use wast::token::Id;
use wast::{QuoteWat, Wast, WastArg, WastDirective, WastExecute, WastInvoke, WastRet, Wat};

use crate::runtime::component::{Component, Val as ComponentVal};
use crate::runtime::core::instance::{Extern, Instance};
use crate::runtime::core::linker::Linker;
use crate::runtime::core::module::Module;
use crate::runtime::core::store::Store;
use crate::runtime::core::val::Val;
use crate::runtime::engine::Engine;
use crate::runtime::error::{Error, ErrorKind};
use crate::runtime::trap::TrapKind;
use crate::runtime::wast::component::{self, Components};
use crate::runtime::wast::report::{Failure, Report};
use crate::runtime::wast::{spectest, value};

/// Runs a script of the core test suite or of that of the component model.
///
/// # Errors
///
/// Fails if the script cannot be read, or the engine has no room for what every script imports.
pub fn run_script(engine: &Engine, text: &str) -> Result<Report, String> {
    let mut lexer = Lexer::new(text);
    lexer.allow_confusing_unicode(true);
    let buffer = ParseBuffer::new_with_lexer(lexer).map_err(|error| error.to_string())?;
    let script = parse::<Wast<'_>>(&buffer).map_err(|mut error| {
        error.set_text(text);
        error.to_string()
    })?;
    let mut store = Store::new(engine, ()).map_err(|error| error.to_string())?;
    let mut linker = Linker::new();
    spectest::define(&mut linker, &mut store).map_err(|error| error.to_string())?;
    let mut runner = Runner {
        engine,
        components: Components::new(engine),
        last: Last::Core,
        store,
        linker,
        modules: HashMap::new(),
        instances: HashMap::new(),
        last_module: None,
        last_instance: None,
    };
    let mut report = Report::default();
    for directive in script.directives {
        let (line, _) = directive.span().linecol_in(text);
        match runner.run(directive) {
            Ok(()) => report.passed += 1,
            Err(message) => report.failures.push(Failure {
                line: line + 1,
                message,
            }),
        }
    }
    Ok(report)
}

/// An instance, and the module that it is one of.
#[derive(Clone)]
struct Named {
    module: Module,
    instance: Instance,
}

/// What kind of instance was made last.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Core,
    Component,
}

/// What something compiled to.
#[derive(Clone)]
enum Compiled {
    Core(Module),
    Component(Component),
}

/// What a call returned.
#[derive(Debug)]
enum Returned {
    Core(Vec<Val>),
    Component(Option<ComponentVal>),
}

struct Runner<'a> {
    engine: &'a Engine,
    components: Components,
    last: Last,
    store: Store<()>,
    linker: Linker,
    /// Modules that were defined and may be instantiated.
    modules: HashMap<String, Module>,
    instances: HashMap<String, Named>,
    last_module: Option<Module>,
    last_instance: Option<Named>,
}

/// Why an instance could not be made.
enum Refusal {
    Text(String),
    Engine(Error),
}

impl Refusal {
    fn message(self) -> String {
        match self {
            Refusal::Text(message) => message,
            Refusal::Engine(error) => error.to_string(),
        }
    }
}

impl Runner<'_> {
    fn run(&mut self, directive: WastDirective<'_>) -> Result<(), String> {
        match directive {
            WastDirective::Module(module) => self.module(module),
            WastDirective::ModuleDefinition(mut module) => {
                let name = module.name();
                let compiled = self.compile(&mut module).map_err(Refusal::message)?;
                self.define(name, compiled);
                Ok(())
            }
            WastDirective::ModuleInstance {
                instance, module, ..
            } => {
                let compiled = self.defined(module).ok_or("there is no such module")?;
                self.instantiate(instance, &compiled)
                    .map_err(|error| error.to_string())
            }
            WastDirective::AssertMalformed { mut module, .. }
            | WastDirective::AssertInvalid { mut module, .. }
            | WastDirective::AssertMalformedCustom { mut module, .. }
            | WastDirective::AssertInvalidCustom { mut module, .. } => {
                match self.compile(&mut module) {
                    Ok(_) => Err("the module is accepted".to_owned()),
                    Err(_) => Ok(()),
                }
            }
            WastDirective::Register { name, module, .. } => {
                let named = self.named(module)?;
                self.linker
                    .instance(&mut self.store, name, &named.module, named.instance);
                Ok(())
            }
            WastDirective::Invoke(invoke) => match self.invoke(&invoke)? {
                Ok(_) => Ok(()),
                Err(error) => Err(error.to_string()),
            },
            WastDirective::AssertReturn { exec, results, .. } => self.assert_return(exec, &results),
            WastDirective::AssertTrap { exec, message, .. } => {
                let found = self.execute(exec)?;
                let is_trap = |kind| {
                    matches!(
                        kind,
                        ErrorKind::Trap(_) | ErrorKind::AbiTrap(_) | ErrorKind::Host
                    )
                };
                fails(found, message, is_trap)
            }
            WastDirective::AssertExhaustion { call, message, .. } => {
                let found = self.invoke(&call)?;
                let is_trap = |kind| kind == ErrorKind::Trap(TrapKind::StackExhausted);
                fails(found, message, is_trap)
            }
            WastDirective::AssertUnlinkable {
                module, message, ..
            } => {
                let found = self.instantiate_unnamed(module)?;
                fails(found, message, |kind| kind == ErrorKind::Link)
            }
            WastDirective::AssertException { .. }
            | WastDirective::AssertSuspension { .. }
            | WastDirective::Thread(_)
            | WastDirective::Wait { .. } => Err("the directive is not supported".to_owned()),
        }
    }

    fn module(&mut self, mut module: QuoteWat<'_>) -> Result<(), String> {
        let name = module.name();
        // Whoever invokes the last instance means this one, or nobody.
        self.last_instance = None;
        self.components.forget();
        let compiled = self.compile(&mut module).map_err(Refusal::message)?;
        self.define(None, compiled.clone());
        self.instantiate(name, &compiled)
            .map_err(|error| error.to_string())
    }

    fn compile(&self, module: &mut QuoteWat<'_>) -> Result<Compiled, Refusal> {
        let is_component = matches!(
            module,
            QuoteWat::Wat(Wat::Component(_)) | QuoteWat::QuoteComponent(..)
        );
        let bytes = module
            .encode()
            .map_err(|error| Refusal::Text(error.to_string()))?;
        let compiled = match is_component {
            true => Component::new(self.engine, &bytes).map(Compiled::Component),
            false => Module::new(self.engine, &bytes).map(Compiled::Core),
        };
        compiled.map_err(Refusal::Engine)
    }

    fn define(&mut self, name: Option<Id<'_>>, compiled: Compiled) {
        match compiled {
            Compiled::Component(component) => {
                self.last = Last::Component;
                self.components.define(name, component);
            }
            Compiled::Core(module) => {
                self.last = Last::Core;
                if let Some(name) = name {
                    self.modules.insert(owned(name), module.clone());
                }
                self.last_module = Some(module);
            }
        }
    }

    fn defined(&self, name: Option<Id<'_>>) -> Option<Compiled> {
        let component = || self.components.defined(name).map(Compiled::Component);
        let module = match name {
            Some(name) => self.modules.get(name.name()).cloned(),
            None if self.last == Last::Component => return component(),
            None => self.last_module.clone(),
        };
        module.map(Compiled::Core).or_else(component)
    }

    fn instantiate(&mut self, name: Option<Id<'_>>, compiled: &Compiled) -> Result<(), Error> {
        let module = match compiled {
            Compiled::Core(module) => module.clone(),
            Compiled::Component(component) => {
                self.last = Last::Component;
                return self
                    .components
                    .instantiate(&mut self.store, name, component);
            }
        };
        self.last = Last::Core;
        let instance = self.linker.instantiate(&mut self.store, &module)?;
        let named = Named { module, instance };
        if let Some(name) = name {
            self.instances.insert(owned(name), named.clone());
        }
        self.last_instance = Some(named);
        Ok(())
    }

    fn named(&self, name: Option<Id<'_>>) -> Result<Named, String> {
        let found = match name {
            Some(name) => self.instances.get(name.name()).cloned(),
            None => self.last_instance.clone(),
        };
        found.ok_or_else(|| "there is no such instance".to_owned())
    }

    fn invoke(&mut self, invoke: &WastInvoke<'_>) -> Result<Result<Returned, Error>, String> {
        let is_component = match invoke.module {
            Some(name) => !self.instances.contains_key(name.name()),
            None => self.last == Last::Component,
        };
        if is_component {
            let instance = self.components.instance(invoke.module);
            let instance = instance.ok_or("there is no such instance")?;
            let found = component::invoke(&mut self.store, &instance, invoke)?;
            return Ok(found.map(Returned::Component));
        }
        let Named { instance, .. } = self.named(invoke.module)?;
        let func = instance.get_func(&mut self.store, invoke.name);
        let func = func.ok_or_else(|| format!("there is no function `{}`", invoke.name))?;
        let mut args = Vec::with_capacity(invoke.args.len());
        for arg in &invoke.args {
            let WastArg::Core(arg) = arg else {
                return Err("a value of a component".to_owned());
            };
            let value = value::arg(&mut self.store, arg);
            args.push(value.ok_or_else(|| format!("{arg:?} is not supported"))?);
        }
        let count = func.ty(&mut self.store).results.len();
        let mut results = vec![Val::I32(0); count];
        let called = func.call(&mut self.store, &args, &mut results);
        Ok(called.map(|()| Returned::Core(results)))
    }

    fn execute(&mut self, exec: WastExecute<'_>) -> Result<Result<Returned, Error>, String> {
        match exec {
            WastExecute::Invoke(invoke) => self.invoke(&invoke),
            WastExecute::Wat(wat) => self.instantiate_unnamed(wat),
            WastExecute::Get { module, global, .. } => {
                let Named { instance, .. } = self.named(module)?;
                match instance.get_export(&mut self.store, global) {
                    Some(Extern::Global(global)) => {
                        Ok(Ok(Returned::Core(vec![global.get(&mut self.store)])))
                    }
                    _ => Err(format!("there is no global `{global}`")),
                }
            }
        }
    }

    fn instantiate_unnamed(&mut self, wat: Wat<'_>) -> Result<Result<Returned, Error>, String> {
        let mut module = QuoteWat::Wat(wat);
        let compiled = self.compile(&mut module).map_err(Refusal::message)?;
        let last = (self.last, self.last_instance.clone());
        let found = self.instantiate(None, &compiled);
        (self.last, self.last_instance) = last;
        Ok(found.map(|()| Returned::Core(Vec::new())))
    }

    fn assert_return(
        &mut self,
        exec: WastExecute<'_>,
        expected: &[WastRet<'_>],
    ) -> Result<(), String> {
        let found = self.execute(exec)?.map_err(|error| error.to_string())?;
        let fits = match &found {
            Returned::Component(found) => component::fits(expected, found.as_ref()),
            Returned::Core(found) => {
                found.len() == expected.len()
                    && expected.iter().zip(found).all(|(expected, found)| {
                        let WastRet::Core(expected) = expected else {
                            return false;
                        };
                        value::fits(&mut &mut self.store, expected, *found)
                    })
            }
        };
        if fits {
            return Ok(());
        }
        Err(format!("returned {found:?}, not {expected:?}"))
    }
}

/// Returns whether something failed, in the right way.
fn fails(
    found: Result<Returned, Error>,
    expected: &str,
    is_right: impl Fn(ErrorKind) -> bool,
) -> Result<(), String> {
    // Some scripts quote an engine that says so before each trap of core code.
    let expected = expected.strip_prefix("wasm trap: ").unwrap_or(expected);
    match found {
        Ok(values) => Err(format!("returned {values:?}, but should fail: {expected}")),
        Err(error) => {
            let message = error.to_string();
            let is_like = message.contains(expected) || expected.contains(&message);
            if is_right(error.kind()) && is_like {
                return Ok(());
            }
            Err(format!("failed with `{message}`, not `{expected}`"))
        }
    }
}

fn owned(name: Id<'_>) -> String {
    name.name().to_owned()
}
