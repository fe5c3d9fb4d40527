//! The machine that code is for: this one.

use std::fmt;

use cranelift_codegen::isa::{OwnedTargetIsa, TargetIsa};
use cranelift_codegen::settings::{self, Configurable, Flags};

use crate::runtime::codegen::error::CodegenError;

/// The machine that code is for.
#[derive(Clone)]
pub(in crate::runtime) struct Target {
    isa: OwnedTargetIsa,
}

/// What a processor must have. Without them the code generator calls functions for rounding and shuffling that we do not
/// have, and reads beyond the end of memories in `f64x2.splat`.
const REQUIRED: [&str; 3] = ["has_sse3", "has_ssse3", "has_sse41"];

/// Whether the code generator checks what it is given.
const VERIFY: &str = if cfg!(debug_assertions) {
    "true"
} else {
    "false"
};

/// How code is generated. What is not named is as the code generator has it by default, with guards against speculation.
const FLAGS: [(&str, &str); 5] = [
    ("opt_level", "speed"),
    ("preserve_frame_pointers", "true"),
    // A function compares the stack pointer with a limit first.
    ("enable_probestack", "false"),
    ("unwind_info", "false"),
    ("enable_verifier", VERIFY),
];

impl Target {
    /// Finds out what this machine can do.
    ///
    /// # Errors
    ///
    /// Fails if it is not an x86-64 processor with SSE4.1 and SSSE3.
    pub(in crate::runtime) fn host() -> Result<Target, CodegenError> {
        let host = |message: &dyn fmt::Display| CodegenError::Host(message.to_string());
        let mut flags = settings::builder();
        for (name, value) in FLAGS {
            flags.set(name, value).map_err(|error| host(&error))?;
        }
        let builder = cranelift_native::builder().map_err(|error| host(&error))?;
        let isa = builder
            .finish(Flags::new(flags))
            .map_err(|error| host(&error))?;
        let target = Target { isa };
        match REQUIRED.iter().find(|flag| !target.has(flag)) {
            Some(flag) => Err(CodegenError::Host(format!(
                "it needs SSE3, SSSE3 and SSE4.1 (x86-64-v2), and the processor lacks `{}`",
                flag.trim_start_matches("has_")
            ))),
            None => Ok(target),
        }
    }

    /// Returns whether the processor has something, by the name that the code generator has for it.
    pub(in crate::runtime::codegen) fn has(&self, flag: &str) -> bool {
        let mut flags = self.isa.isa_flags().into_iter();
        flags.any(|value| value.name == flag && value.as_bool() == Some(true))
    }

    /// Returns everything that the processor has of what code may use, by the names that the code generator has for it.
    pub(in crate::runtime) fn features(&self) -> Vec<&'static str> {
        let flags = self.isa.isa_flags();
        let on = flags.iter().filter(|value| value.as_bool() == Some(true));
        on.map(|value| value.name).collect()
    }

    /// Returns the description of the machine that the code generator takes.
    pub(in crate::runtime::codegen) fn isa(&self) -> &dyn TargetIsa {
        &*self.isa
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({})", self.isa.triple())
    }
}
