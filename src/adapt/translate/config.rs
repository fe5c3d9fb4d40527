//! What a component may use, and how much.

use wasmparser::WasmFeatures;

/// Largest size of all items of a component's imports, exports and instances, and of types of such, unless the caller
/// says otherwise (ours: bounds the time and memory of validation, which looks at each item again wherever it occurs.
/// The validator's own limit is 1,000,000 for each type and component by itself).
pub const ITEM_SIZE_MAX: u64 = 500_000;

/// Which features of WebAssembly a component may use, and how large it may be.
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
    /// Largest size of all items of imports, exports and instances, and of types of such: their number with nothing in
    /// them shared. [`ITEM_SIZE_MAX`] by default.
    pub max_item_size: u64,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            fixed_length_lists: false,
            memory64: true,
            custom_page_sizes: false,
            max_item_size: ITEM_SIZE_MAX,
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
