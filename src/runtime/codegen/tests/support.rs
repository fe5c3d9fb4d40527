//! Compiling what tests write down.

use std::collections::BTreeSet;

use crate::runtime::codegen::compile::compile_group;
use crate::runtime::codegen::config::CodegenConfig;
use crate::runtime::codegen::error::CodegenError;
use crate::runtime::codegen::group::GroupSource;
use crate::runtime::codegen::module::Module;
use crate::runtime::codegen::target::Target;
use crate::runtime::image::{CodeRange, Image};
use crate::runtime::trap::TrapKind;

pub(super) fn wasm(text: &str) -> Vec<u8> {
    wat::parse_str(text).expect("the test's module is well-formed")
}

/// Compiles a module by itself.
pub(super) fn compile_bytes(config: &CodegenConfig, bytes: &[u8]) -> Result<Image, CodegenError> {
    let target = Target::host().expect("tests run on a machine that code is for");
    let module = Module::parse(bytes)?;
    let source = GroupSource::single("m".to_owned(), &module);
    compile_group(&target, config, &source)
}

pub(super) fn try_compile(text: &str) -> Result<Image, CodegenError> {
    compile_bytes(&CodegenConfig::default(), &wasm(text))
}

pub(super) fn compile(text: &str) -> Image {
    try_compile(text).expect("the test's module can be compiled")
}

/// Returns why a module is refused.
pub(super) fn refusal(text: &str) -> String {
    match try_compile(text) {
        Ok(_) => panic!("this can be compiled: {text}"),
        Err(error) => error.to_string(),
    }
}

/// Returns the function with a name.
pub(super) fn range(image: &Image, name: &str) -> CodeRange {
    let mut functions = image.bulk.functions.iter();
    functions
        .find(|range| image.bulk.name(*range) == name)
        .expect("there is a function with this name")
}

/// Returns the names of all functions.
pub(super) fn names(image: &Image) -> Vec<String> {
    let functions = image.bulk.functions.iter();
    functions
        .map(|range| image.bulk.name(range).into_owned())
        .collect()
}

/// Returns the names of functions that were put into others.
pub(super) fn inlined(image: &Image) -> BTreeSet<String> {
    let names = names(image);
    let sites = image.bulk.inline_sites.iter();
    let functions = sites.map(|site| usize::try_from(site.function).expect("it fits"));
    functions.map(|it| names[it].clone()).collect()
}

pub(super) fn code(image: &Image, range: CodeRange) -> &[u8] {
    let start = usize::try_from(range.start).expect("it fits");
    let len = usize::try_from(range.len).expect("it fits");
    &image.bulk.code[start..start + len]
}

/// Returns why a function traps by an instruction that says so, besides the end of the stack.
pub(super) fn traps(image: &Image, name: &str) -> BTreeSet<u8> {
    let range = range(image, name);
    let inside = range.start..range.start + range.len;
    let sites = image.bulk.traps.iter();
    sites
        .filter(|site| inside.contains(&site.offset))
        .filter(|site| site.kind != TrapKind::StackExhausted)
        .map(|site| site.kind.number())
        .collect()
}

pub(super) fn kinds<const N: usize>(kinds: [TrapKind; N]) -> BTreeSet<u8> {
    kinds.map(TrapKind::number).into_iter().collect()
}
