//! Which features of WebAssembly a component may use.

use wasmparser::WasmFeatures;

/// Which features of WebAssembly a component may use.
///
/// The default is everything that is stable in core WebAssembly, the component model's 0.2 feature set with 0.3.1's
/// `map`, `implements` and `external-id`, and memories of either index width.
#[derive(Clone, Debug)]
pub struct Config {
    /// `list<t, n>`: lists whose length is part of their type. Off by default.
    pub fixed_length_lists: bool,
    /// Canonical definitions that use a memory with 64-bit addresses. On by default.
    pub memory64: bool,
    /// Memories whose pages are not 64 KiB. Off by default.
    pub custom_page_sizes: bool,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            fixed_length_lists: false,
            memory64: true,
            custom_page_sizes: false,
        }
    }
}

impl Config {
    /// Returns the features in the words of the validator.
    pub(in crate::adapt::translate) fn features(&self) -> WasmFeatures {
        let mut features = WasmFeatures::default();
        features.set(WasmFeatures::CM_FIXED_LENGTH_LISTS, self.fixed_length_lists);
        features.set(WasmFeatures::CM64, self.memory64);
        features.set(WasmFeatures::CUSTOM_PAGE_SIZES, self.custom_page_sizes);
        features
    }
}
