//! Canonical definitions: lift, lower, built-ins for resources, and their options.

use cranelift_entity::EntityRef;
use wasmparser::component_types::ComponentAnyTypeId;
use wasmparser::types::TypesRef;
use wasmparser::{CanonicalFunction, CanonicalOption};

use crate::adapt::adapter::{ResourceOp, StringEncoding};
use crate::adapt::index::{ComponentFuncIndex, CoreFuncIndex, CoreMemoryIndex};
use crate::adapt::translate::error::TranslateError;
use crate::adapt::translate::memory::memory_type;
use crate::adapt::translate::scope::Scope;
use crate::adapt::translate::translation::{Initializer, Options};
use crate::adapt::translate::ty::{At, TypeConverter};
use crate::adapt::types::name::qualified;

/// Translates one canonical definition, already validated.
pub(in crate::adapt::translate) fn canonical_function(
    scope: &mut Scope,
    converter: &mut TypeConverter,
    from: TypesRef<'_>,
    func: &CanonicalFunction,
    offset: u64,
) -> Result<(), TranslateError> {
    match func {
        CanonicalFunction::Lift {
            core_func_index,
            options,
            ..
        } => {
            let index = u32::try_from(scope.func_names.len()).expect("at most 1,000,000 functions");
            let name = scope.core_func_names[*core_func_index as usize].clone();
            let ty = converter.func(from, from.component_function_at(index));
            let ty = ty.at(offset).map_err(|error| error.about(&name))?;
            scope.func_names.push(name.clone());
            let signature = converter.signature(from, from.core_function_at(*core_func_index));
            let options = canonical_options(from, options, offset);
            let options = options.map_err(|error| error.about(&name))?;
            let callee = CoreFuncIndex::new(*core_func_index as usize);
            scope.push(Initializer::Lift {
                name,
                callee,
                signature,
                ty,
                options,
            });
        }
        CanonicalFunction::Lower {
            func_index,
            options,
        } => {
            let name = scope.func_names[*func_index as usize].clone();
            let ty = converter.func(from, from.component_function_at(*func_index));
            let ty = ty.at(offset).map_err(|error| error.about(&name))?;
            let index = scope.core_func_names.len();
            let index = u32::try_from(index).expect("at most 1,000,000 core functions");
            scope.core_func_names.push(name.clone());
            let signature = converter.signature(from, from.core_function_at(index));
            let options = canonical_options(from, options, offset);
            let options = options.map_err(|error| error.about(&name))?;
            let func = ComponentFuncIndex::new(*func_index as usize);
            scope.push(Initializer::Lower {
                name,
                func,
                signature,
                ty,
                options,
            });
        }
        CanonicalFunction::ResourceNew { resource } => {
            resource_builtin(scope, converter, from, ResourceOp::New, *resource);
        }
        CanonicalFunction::ResourceRep { resource } => {
            resource_builtin(scope, converter, from, ResourceOp::Rep, *resource);
        }
        CanonicalFunction::ResourceDrop { resource } => {
            resource_builtin(scope, converter, from, ResourceOp::Drop, *resource);
        }
        other => {
            let what = format!(
                "the asynchronous or threading built-in `{}`",
                builtin_name(other)
            );
            return Err(TranslateError::unsupported(what, offset));
        }
    }
    Ok(())
}

fn resource_builtin(
    scope: &mut Scope,
    converter: &mut TypeConverter,
    from: TypesRef<'_>,
    op: ResourceOp,
    type_index: u32,
) {
    let resource = match from.component_any_type_at(type_index) {
        ComponentAnyTypeId::Resource(id) => converter.resource(id),
        other => unreachable!("validation lets {op} have {other:?}"),
    };
    let name = converter.resources[resource]
        .as_deref()
        .unwrap_or("resource");
    scope
        .core_func_names
        .push(qualified(&op.to_string(), " ", name));
    scope.push(Initializer::ResourceBuiltin { op, resource });
}

/// Translates canonical options, already validated.
fn canonical_options(
    from: TypesRef<'_>,
    options: &[CanonicalOption],
    offset: u64,
) -> Result<Options, TranslateError> {
    let unsupported = |what: &'static str| Err(TranslateError::unsupported(what, offset));
    let mut result = Options::default();
    for option in options {
        match *option {
            CanonicalOption::UTF8 => result.encoding = StringEncoding::Utf8,
            CanonicalOption::UTF16 => result.encoding = StringEncoding::Utf16,
            CanonicalOption::CompactUTF16 => result.encoding = StringEncoding::Latin1OrUtf16,
            CanonicalOption::Memory(index) => {
                let ty = memory_type(from.memory_at(index));
                result.memory = Some((CoreMemoryIndex::new(index as usize), ty));
            }
            CanonicalOption::Realloc(index) => {
                result.realloc = Some(CoreFuncIndex::new(index as usize));
            }
            CanonicalOption::PostReturn(index) => {
                result.post_return = Some(CoreFuncIndex::new(index as usize));
            }
            CanonicalOption::Async => return unsupported("the canonical option `async`"),
            CanonicalOption::Callback(_) => return unsupported("the canonical option `callback`"),
            CanonicalOption::CoreType(_) => return unsupported("the canonical option `core-type`"),
            CanonicalOption::Gc => return unsupported("the canonical option `gc`"),
        }
    }
    Ok(result)
}

/// Returns the name of a built-in as the text format has it.
// tidy: dispatch
fn builtin_name(func: &CanonicalFunction) -> &'static str {
    match func {
        CanonicalFunction::Lift { .. } => "canon lift",
        CanonicalFunction::Lower { .. } => "canon lower",
        CanonicalFunction::ResourceNew { .. } => "resource.new",
        CanonicalFunction::ResourceDrop { .. } => "resource.drop",
        CanonicalFunction::ResourceRep { .. } => "resource.rep",
        CanonicalFunction::ThreadSpawnRef { .. } => "thread.spawn-ref",
        CanonicalFunction::ThreadSpawnIndirect { .. } => "thread.spawn-indirect",
        CanonicalFunction::ThreadAvailableParallelism => "thread.available-parallelism",
        CanonicalFunction::BackpressureInc => "backpressure.inc",
        CanonicalFunction::BackpressureDec => "backpressure.dec",
        CanonicalFunction::TaskReturn { .. } => "task.return",
        CanonicalFunction::TaskCancel => "task.cancel",
        CanonicalFunction::ContextGet { .. } => "context.get",
        CanonicalFunction::ContextSet { .. } => "context.set",
        CanonicalFunction::ThreadYield => "thread.yield",
        CanonicalFunction::SubtaskDrop => "subtask.drop",
        CanonicalFunction::SubtaskCancel { .. } => "subtask.cancel",
        CanonicalFunction::StreamNew { .. } => "stream.new",
        CanonicalFunction::StreamRead { .. } => "stream.read",
        CanonicalFunction::StreamWrite { .. } => "stream.write",
        CanonicalFunction::StreamForward { .. } => "stream.forward",
        CanonicalFunction::StreamCancelRead { .. } => "stream.cancel-read",
        CanonicalFunction::StreamCancelWrite { .. } => "stream.cancel-write",
        CanonicalFunction::StreamDropReadable { .. } => "stream.drop-readable",
        CanonicalFunction::StreamDropWritable { .. } => "stream.drop-writable",
        CanonicalFunction::FutureNew { .. } => "future.new",
        CanonicalFunction::FutureRead { .. } => "future.read",
        CanonicalFunction::FutureWrite { .. } => "future.write",
        CanonicalFunction::FutureForward { .. } => "future.forward",
        CanonicalFunction::FutureCancelRead { .. } => "future.cancel-read",
        CanonicalFunction::FutureCancelWrite { .. } => "future.cancel-write",
        CanonicalFunction::FutureDropReadable { .. } => "future.drop-readable",
        CanonicalFunction::FutureDropWritable { .. } => "future.drop-writable",
        CanonicalFunction::ErrorContextNew { .. } => "error-context.new",
        CanonicalFunction::ErrorContextDebugMessage { .. } => "error-context.debug-message",
        CanonicalFunction::ErrorContextDrop => "error-context.drop",
        CanonicalFunction::WaitableSetNew => "waitable-set.new",
        CanonicalFunction::WaitableSetWait { .. } => "waitable-set.wait",
        CanonicalFunction::WaitableSetPoll { .. } => "waitable-set.poll",
        CanonicalFunction::WaitableSetDrop => "waitable-set.drop",
        CanonicalFunction::WaitableJoin => "waitable.join",
        CanonicalFunction::ThreadIndex => "thread.index",
        CanonicalFunction::ThreadNewIndirect { .. } => "thread.new-indirect",
        CanonicalFunction::ThreadResumeLater => "thread.resume-later",
        CanonicalFunction::ThreadSuspend => "thread.suspend",
        CanonicalFunction::ThreadSuspendThenResume => "thread.suspend-then-resume",
        CanonicalFunction::ThreadYieldThenResume => "thread.yield-then-resume",
        CanonicalFunction::ThreadSuspendThenPromote => "thread.suspend-then-promote",
        CanonicalFunction::ThreadYieldThenPromote => "thread.yield-then-promote",
    }
}
