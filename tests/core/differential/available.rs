//! What modules of a group import from each other: all of it in a module that imports it, as the generator of modules takes
//! it, and some of it in a module that passes calls on.

use std::fmt::Write;

use fastrand::Rng;
use interfuse::runtime::{ExportType, ExternType, FuncType, ValType};

/// Functions of the host that every group may import, by their numbers.
pub(crate) fn host_funcs() -> Vec<FuncType> {
    let types = [
        (&[][..], &[][..]),
        (&[ValType::I32], &[ValType::I32]),
        (&[ValType::I64, ValType::F64], &[]),
        (&[ValType::F32], &[ValType::I64, ValType::I32]),
    ];
    let types = types.into_iter().map(|(params, results)| FuncType {
        params: params.into(),
        results: results.into(),
    });
    types.collect()
}

/// The name of the module from which functions of the host are imported, by numbers.
pub(crate) const HOST: &str = "host";

/// Returns the name of an instance of a group.
pub(crate) fn name(instance: usize) -> String {
    format!("m{instance}")
}

/// Largest number of functions of a module that passes calls on (ours: each adds calls to a round).
const RELAYED_MAX: usize = 6;

/// Returns a module whose functions count their calls and call those of earlier instances. They are small enough to be
/// inlined, and to have others inlined into them.
pub(crate) fn relay(exports: &[Vec<ExportType>], rng: &mut Rng) -> Vec<u8> {
    let all = exports.iter().enumerate();
    let all = all.flat_map(|(at, exports)| exports.iter().map(move |export| (at, export)));
    let funcs = all.filter_map(|(at, export)| match &export.ty {
        ExternType::Func(ty) => Some((at, &export.name, ty)),
        ExternType::Memory(_) | ExternType::Table(_) | ExternType::Global(_) => None,
    });
    let mut funcs: Vec<_> = funcs.collect();
    rng.shuffle(&mut funcs);
    funcs.truncate(RELAYED_MAX);
    let mut text = String::from("(module");
    for (instance, export, ty) in &funcs {
        let ty = ExternType::Func((*ty).clone());
        import(&mut text, &name(*instance), export, &ty);
    }
    text.push_str("(global $calls (export \"calls\") (mut i32) (i32.const 0))");
    for (number, (_, _, ty)) in funcs.iter().enumerate() {
        let params = 0..ty.params.len();
        let params: String = params.map(|at| format!(" local.get {at}")).collect();
        let count = "(global.set $calls (i32.add (global.get $calls) (i32.const 1)))";
        let ty = signature(ty);
        let func =
            format!("(func (export \"relay {number}\") {ty} {count} {params} call {number})");
        text.push_str(&func);
    }
    text.push(')');
    wat::parse_str(text).unwrap()
}

/// Returns a module that imports all that the host and earlier instances have.
pub(crate) fn module(exports: &[Vec<ExportType>]) -> Vec<u8> {
    let mut text = String::from("(module");
    for (number, ty) in host_funcs().into_iter().enumerate() {
        import(&mut text, HOST, &number.to_string(), &ExternType::Func(ty));
    }
    for (instance, exports) in exports.iter().enumerate() {
        // The generator does not know memories with other pages here.
        let is_known = |ty: &ExternType| match ty {
            ExternType::Memory(ty) => ty.page_size_log2 == 16,
            ExternType::Func(_) | ExternType::Table(_) | ExternType::Global(_) => true,
        };
        for export in exports.iter().filter(|export| is_known(&export.ty)) {
            import(&mut text, &name(instance), &export.name, &export.ty);
        }
    }
    text.push(')');
    wat::parse_str(text).unwrap()
}

fn import(text: &mut String, module: &str, name: &str, ty: &ExternType) {
    let name: String = name.bytes().map(|byte| format!("\\{byte:02x}")).collect();
    write!(text, "(import \"{module}\" \"{name}\" ").unwrap();
    match ty {
        ExternType::Func(ty) => write!(text, "(func {})", signature(ty)).unwrap(),
        ExternType::Memory(ty) => write!(text, "(memory {})", ty.limits).unwrap(),
        ExternType::Table(ty) => write!(text, "(table {ty})").unwrap(),
        ExternType::Global(ty) => write!(text, "(global {ty})").unwrap(),
    }
    text.push(')');
}

fn signature(ty: &FuncType) -> String {
    let list = |types: &[ValType]| {
        let types = types.iter().map(|it| format!(" {it}"));
        types.collect::<String>()
    };
    let (params, results) = (list(&ty.params), list(&ty.results));
    format!("(param{params}) (result{results})")
}
