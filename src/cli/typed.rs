//! `interfuse adapters --type`: an adapter of which nothing is known but its type.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::{Context, Result};
use interfuse::adapt::{Config, FuncTypeId, IndexType, MemoryType, StringEncoding, func_type};
use interfuse::fact::{
    AdapterSpec, Callback, Callee, FactConfig, Guard, HandlesSpec, ImportName, MemorySpec,
    ReallocSpec, SideSpec, StateExport, compile,
};

use crate::cli::args::{Encoding, PointerWidth, TypeArgs};

/// Returns the adapter module for a function of the type `text`, in the text format.
///
/// # Errors
///
/// Fails if the type is not valid or not supported.
pub(crate) fn text(args: &TypeArgs, text: &str, config: &FactConfig) -> Result<String> {
    let component = format!("(component (type {text}))");
    let component = wat::parse_str(component).context("failed to read the type")?;
    let config_of_types = Config {
        fixed_length_lists: true,
        ..Config::default()
    };
    let (types, ty) = func_type(&config_of_types, &component).context("failed to read the type")?;
    let module = compile(&types, &[spec(args, ty)], config)?;
    let printed = wasmprinter::print_bytes(&module.wasm).context("failed to print the module")?;
    let (from, to) = (encoding(args.from), encoding(args.to));
    Ok(format!(
        ";; {}\n;; strings {from} → {to}\n{printed}\n",
        types.display_func(ty)
    ))
}

fn spec(args: &TypeArgs, ty: FuncTypeId) -> AdapterSpec {
    AdapterSpec {
        export: "adapter".into(),
        name: "caller → callee".into(),
        ty,
        lower: side(0, "caller", args.from, args.from_width),
        lift: side(1, "callee", args.to, args.to_width),
        callee: Callee::Import(ImportName::new("callee", "function")),
        post_return: None,
        callback: Callback::Possible,
    }
}

fn side(instance: u32, name: &str, strings: Encoding, width: PointerWidth) -> SideSpec {
    let ty = MemoryType {
        index_type: match width {
            PointerWidth::Bits32 => IndexType::I32,
            PointerWidth::Bits64 => IndexType::I64,
        },
        shared: false,
        min_pages: 0,
        max_pages: None,
        page_size_log2: 16,
    };
    let state = format!("{name} state");
    SideSpec {
        instance,
        encoding: encoding(strings),
        memory: Some(MemorySpec {
            import: ImportName::new(name, "memory"),
            ty,
        }),
        realloc: Some(ReallocSpec {
            func: ImportName::new(name, "realloc"),
            guard: Guard::Clear,
        }),
        may_leave: Some(ImportName::new(&*state, StateExport::MayLeave.name())),
        handles: Some(HandlesSpec {
            module: state,
            implements: Arc::new(BTreeSet::new()),
        }),
    }
}

fn encoding(encoding: Encoding) -> StringEncoding {
    match encoding {
        Encoding::Utf8 => StringEncoding::Utf8,
        Encoding::Utf16 => StringEncoding::Utf16,
        Encoding::Latin1OrUtf16 => StringEncoding::Latin1OrUtf16,
    }
}
