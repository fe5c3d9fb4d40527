//! What a module of a group may import, as the generator of modules takes it: a module that imports all of it.

use std::fmt::Write;

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
        ExternType::Func(ty) => {
            let list =
                |types: &[ValType]| types.iter().map(|it| format!(" {it}")).collect::<String>();
            let (params, results) = (list(&ty.params), list(&ty.results));
            write!(text, "(func (param{params}) (result{results}))").unwrap();
        }
        ExternType::Memory(ty) => write!(text, "(memory {})", ty.limits).unwrap(),
        ExternType::Table(ty) => write!(text, "(table {ty})").unwrap(),
        ExternType::Global(ty) => write!(text, "(global {ty})").unwrap(),
    }
    text.push(')');
}
