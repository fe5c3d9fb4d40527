//! A module that imports functions and does nothing with them: so that an engine that links modules knows them all.

use wasm_encoder::ValType;

use crate::adapt::{CoreType, Signature};
use crate::fact::module::ModuleBuilder;
use crate::fact::spec::ImportName;

/// Returns a module that imports functions of these names and signatures, in this order, and nothing else.
///
/// # Panics
///
/// Panics if a signature has types that lowered functions do not have.
pub fn relay_module(imports: &[(ImportName, &Signature)]) -> Vec<u8> {
    let mut module = ModuleBuilder::default();
    for (name, signature) in imports {
        let [params, results] = [&signature.params, &signature.results]
            .map(|types| types.iter().map(val_type).collect::<Vec<_>>());
        module.import_func(name, &params, &results);
    }
    module.finish("relay")
}

fn val_type(ty: &CoreType) -> ValType {
    match ty {
        CoreType::I32 => ValType::I32,
        CoreType::I64 => ValType::I64,
        CoreType::F32 => ValType::F32,
        CoreType::F64 => ValType::F64,
        other @ (CoreType::V128 | CoreType::Ref(_)) => {
            panic!("no lowered function has {other} in its signature")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::relay_module;
    use crate::adapt::{CoreType, Signature};
    use crate::fact::spec::ImportName;

    #[test]
    fn it_imports_what_it_is_told() {
        let signature = Signature {
            params: [CoreType::I32, CoreType::F64].into(),
            results: [CoreType::I64].into(),
        };
        let imports = [("a", "x"), ("a", "y")].map(|(module, name)| {
            let name = ImportName::new(module, name);
            (name, &signature)
        });
        let wasm = relay_module(&imports);
        let text = wasmprinter::print_bytes(&wasm).unwrap();
        assert_eq!(text.matches("(import \"a\"").count(), 2, "{text}");
        assert!(text.contains("(param i32 f64) (result i64)"), "{text}");
    }
}
