//! The names that a module gives to things.

use cranelift_wasm::FuncIndex;
use wasmparser_217::{KnownCustom, Name, NameSectionReader};

use crate::runtime::codegen::module::def::Module;

/// Takes names from a custom section. What cannot be read is left out: names are for people.
pub(super) fn read<'a>(module: &mut Module<'a>, custom: KnownCustom<'a>) {
    if let KnownCustom::Name(section) = custom {
        read_section(module, section);
    }
}

fn read_section<'a>(module: &mut Module<'a>, section: NameSectionReader<'a>) {
    for subsection in section.into_iter().map_while(Result::ok) {
        match subsection {
            Name::Module { name, .. } => module.name = Some(name),
            Name::Function(names) => {
                let names = names.into_iter().map_while(Result::ok);
                // No function has the last index, which means none to the code generator.
                let names = names.filter(|naming| naming.index != u32::MAX);
                let func = |naming: wasmparser_217::Naming<'a>| {
                    (FuncIndex::from_u32(naming.index), naming.name)
                };
                module.func_names.extend(names.map(func));
            }
            _ => {}
        }
    }
}
