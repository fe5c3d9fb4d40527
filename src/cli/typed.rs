//! `interfuse adapters --type` and `interfuse explain --type`: an adapter of which nothing is known but its type.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::{Context, Result};
use interfuse::adapt::{
    Config, FuncTypeId, IndexType, MemoryType, StringEncoding, Types, func_type,
};
use interfuse::fact::{
    AdapterSpec, Callback, Callee, FactConfig, Guard, HandlesSpec, ImportName, MemorySpec,
    ReallocSpec, SideSpec, StateExport, compile,
};

use crate::cli::args::{Encoding, PointerWidth, TypeArgs};
use crate::cli::wat::print;

/// Returns an adapter for a function of the type `text`.
///
/// # Errors
///
/// Fails if the type is not valid or not supported.
pub(crate) fn adapter(args: &TypeArgs, text: &str) -> Result<(Types, AdapterSpec)> {
    let component = format!("(component (type {text}))");
    let component = wat::parse_str(component).context("failed to read the type")?;
    let config_of_types = Config {
        fixed_length_lists: true,
        ..Config::default()
    };
    let (types, ty) = func_type(&config_of_types, &component).context("failed to read the type")?;
    Ok((types, spec(args, ty)))
}

/// Returns the adapter module for a function of the type `text`, in the text format.
///
/// # Errors
///
/// Fails if the type is not valid or not supported.
pub(crate) fn text(args: &TypeArgs, text: &str, config: &FactConfig) -> Result<String> {
    let (types, spec) = adapter(args, text)?;
    let ty = spec.ty;
    let module = compile(&types, &[spec], config)?;
    let printed = print(&module.wasm)?;
    let (from, to) = (encoding(args.from), encoding(args.to));
    Ok(format!(
        ";; {}\n;; strings {from} → {to}\n{printed}",
        types.display_func(ty)
    ))
}

fn spec(args: &TypeArgs, ty: FuncTypeId) -> AdapterSpec {
    let lower = ("caller", args.from, args.from_width);
    let lift = ("callee", args.to, args.to_width);
    let (lower, lift) = if args.within {
        (
            ("instance", lower.1, lower.2),
            ("instance", lift.1, lower.2),
        )
    } else {
        (lower, lift)
    };
    AdapterSpec {
        standing: None,
        export: "adapter".into(),
        name: format!("{} → {}", lower.0, lift.0),
        ty,
        callee: Callee::Import(ImportName::new(lift.0, "function")),
        lower: side(0, lower),
        lift: side(u32::from(!args.within), lift),
        post_return: None,
        callback: Callback::Possible,
    }
}

fn side(instance: u32, (name, strings, width): (&str, Encoding, PointerWidth)) -> SideSpec {
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
        ancestors: Arc::default(),
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
            numbers: BTreeMap::new(),
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
