//! Strings: nine pairs of encodings, converted by functions in the adapter module itself.
//!
//! A *helper* moves one string: it checks where the source lies, allocates as the spec says, and returns the pointer and
//! length of the copy. The loops it calls are *kernels*, functions of their own that helpers share. How far a kernel reads
//! and writes follows from the number of units that are left, never from what they were before: source and
//! destination may overlap, and `realloc` may change both.
//!
//! Nothing that `realloc` may change is kept: it can grow and move memories, which is why every pointer is one into a
//! linear memory, and sizes are asked for where they are needed. A range once found inside of a memory stays inside.

pub(crate) mod cursor;

pub(crate) mod vector;

pub(crate) mod plain;

pub(crate) mod transcode;

pub(crate) mod utf8_run;

pub(crate) mod utf8;

pub(crate) mod utf16_run;

pub(crate) mod utf16;

pub(crate) mod check_utf8;

pub(crate) mod check_utf16;

pub(crate) mod kernel;

pub(crate) mod helper;

pub(crate) mod pair;

use indexmap::IndexMap;
use wasm_encoder::ValType;

use crate::fact::emit::{Code, FuncId};
use crate::fact::module::ModuleBuilder;
use crate::fact::module::Traps;
use crate::fact::write::endpoint::{Endpoint, Strings};
use crate::fact::write::string::helper::Helper;
use crate::fact::write::string::kernel::Kernels;

#[cfg(test)]
mod tests;

/// What a helper depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::fact) struct StringKey {
    /// Where strings come from. Its `realloc` does not matter.
    pub(in crate::fact) src: Endpoint,
    /// Where they go: it has a `realloc`.
    pub(in crate::fact) dst: Endpoint,
    /// Whether SIMD instructions may be used.
    pub(in crate::fact) simd: bool,
}

/// The helpers of a module, and their kernels.
#[derive(Debug, Default)]
pub(in crate::fact) struct StringHelpers {
    helpers: IndexMap<StringKey, FuncId>,
    kernels: Kernels,
}

/// Returns the function that moves a string, which is written the first time.
///
/// Parameters: pointer and length of the source, of its width. Results: pointer and length of the copy, of its width.
/// Lengths are those of the flat ABI: in units, and maybe tagged.
pub(in crate::fact) fn string_helper(
    module: &mut ModuleBuilder,
    traps: Traps,
    helpers: &mut StringHelpers,
    key: StringKey,
) -> FuncId {
    let key = StringKey {
        src: Endpoint {
            realloc: None,
            ..key.src
        },
        ..key
    };
    if let Some(known) = helpers.helpers.get(&key) {
        return *known;
    }
    let (src, dst) = (key.src.width.ty(), key.dst.width.ty());
    let from = key.src.strings.encoding();
    let name = match key.dst.strings {
        Strings::Encoded(to) => format!("string-{from}-to-{to}"),
        Strings::KeptFrom(_) => format!("keep-string-{from}"),
    };
    let id = module.declare(&name, &[src, src], &[dst, dst]);
    helpers.helpers.insert(key, id);
    let code = write(module, traps, &mut helpers.kernels, key);
    module.define(id, code);
    id
}

fn write(module: &mut ModuleBuilder, traps: Traps, kernels: &mut Kernels, key: StringKey) -> Code {
    let StringKey { src, dst, simd } = key;
    let params = [("src_ptr", src.width.ty()), ("src_len", src.width.ty())];
    let (mut code, params) = Code::new(&params);
    let [src_ptr, src_len] = params.try_into().expect("there are two parameters");
    let mut helper = Helper {
        module,
        kernels,
        traps,
        src,
        dst,
        simd,
        src_ptr,
        src_len,
        units: code.local("units", ValType::I32),
        dst_ptr: code.local("dst_ptr", dst.width.ty()),
        dst_len: code.local("dst_len", dst.width.ty()),
    };
    helper.body(&mut code);
    code.get(&helper.dst_ptr);
    code.get(&helper.dst_len);
    code
}
