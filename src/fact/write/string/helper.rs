//! The function that moves a string: what it holds, and what all encodings have in common.

use wasm_encoder::{BlockType, ValType};

use crate::adapt::StringEncoding;
use crate::fact::emit::{Code, Local, Width};
use crate::fact::module::ModuleBuilder;
use crate::fact::module::Traps;
use crate::fact::trap::TrapCode;
use crate::fact::write::endpoint::Endpoint;
use crate::fact::write::string::cursor::Space;
use crate::fact::write::string::kernel::{Kernel, Kernels, Task};

/// Largest size of a string in bytes (spec: `MAX_STRING_BYTE_LENGTH`).
const STRING_BYTES_MAX: u64 = (1 << 28) - 1;

/// How the units of a string are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::fact::write::string) enum Form {
    /// UTF-8.
    Utf8,
    /// UTF-16.
    Utf16,
    /// Latin-1.
    Latin1,
}

impl Form {
    /// Returns the size of a unit in bytes.
    pub(in crate::fact::write::string) fn unit_bytes(self) -> u32 {
        match self {
            Form::Utf8 | Form::Latin1 => 1,
            Form::Utf16 => 2,
        }
    }
}

/// A size in bytes.
#[derive(Clone, Copy)]
pub(in crate::fact::write::string) enum Size<'a> {
    /// As many as the string has units, times this.
    Units(u32),
    /// An `i32`.
    Bytes(&'a Local),
}

/// The function that moves a string, while it is written.
pub(in crate::fact::write::string) struct Helper<'a> {
    pub(in crate::fact::write::string) module: &'a mut ModuleBuilder,
    pub(in crate::fact::write::string) kernels: &'a mut Kernels,
    pub(in crate::fact::write::string) traps: Traps,
    pub(in crate::fact::write::string) src: Endpoint,
    pub(in crate::fact::write::string) dst: Endpoint,
    pub(in crate::fact::write::string) simd: bool,
    /// The pointer to the source.
    pub(in crate::fact::write::string) src_ptr: Local,
    /// The length that the source is said to have.
    pub(in crate::fact::write::string) src_len: Local,
    /// The length without its tag, as an `i32`, once it has been checked.
    pub(in crate::fact::write::string) units: Local,
    /// The pointer to the destination, once it is allocated.
    pub(in crate::fact::write::string) dst_ptr: Local,
    /// The length of the destination.
    pub(in crate::fact::write::string) dst_len: Local,
}

impl Helper<'_> {
    /// Checks length, alignment and bounds of the source, and computes the number of its units.
    ///
    /// Spec: `load_string_from_range`.
    pub(in crate::fact::write::string) fn check_source(&self, code: &mut Code, form: Form) {
        let width = self.src.width;
        code.get(&self.src_len);
        width.constant(
            &mut code.ins(),
            STRING_BYTES_MAX / u64::from(form.unit_bytes()),
        );
        width.gt_u(&mut code.ins());
        self.traps.trap_if(code, TrapCode::StringTooLong);
        code.get(&self.src_len);
        width.convert_to(&mut code.ins(), Width::W32);
        code.set(&self.units);
        if self.src.strings.encoding() != StringEncoding::Utf8 {
            code.get(&self.src_ptr);
            width.convert_to(&mut code.ins(), Width::W32);
            code.ins().i32_const(1).i32_and();
            self.traps.trap_if(code, TrapCode::UnalignedPointer);
        }
        self.check_bounds(code, form.unit_bytes());
    }

    /// Traps unless the units lie in the memory.
    fn check_bounds(&self, code: &mut Code, unit_bytes: u32) {
        self.push_i32(code, Size::Units(unit_bytes));
        code.ins().i64_extend_i32_u();
        match self.src.width {
            Width::W32 => {
                code.get(&self.src_ptr);
                code.ins().i64_extend_i32_u().i64_add();
                self.src.size_bytes(code);
                code.ins().i64_gt_u();
            }
            Width::W64 => {
                // The sum might wrap; the difference is wrong only if the second comparison is true.
                self.src.size_bytes(code);
                let size = code.pop("size", ValType::I64);
                code.get(&size);
                code.get(&self.src_ptr);
                code.ins().i64_sub().i64_gt_u();
                code.get(&self.src_ptr);
                code.get(&size);
                code.ins().i64_gt_u().i32_or();
            }
        }
        self.traps.trap_if(code, TrapCode::StringOutOfBounds);
    }

    /// Pushes a size as the destination counts.
    fn push_size(&self, code: &mut Code, size: Size<'_>) {
        self.push_i32(code, size);
        Width::W32.convert_to(&mut code.ins(), self.dst.width);
    }

    /// Pushes a size as an `i32`: three times the number of units fits.
    fn push_i32(&self, code: &mut Code, size: Size<'_>) {
        match size {
            Size::Units(1) => code.get(&self.units),
            Size::Units(factor) => {
                code.get(&self.units);
                code.ins().i32_const(factor.cast_signed()).i32_mul();
            }
            Size::Bytes(bytes) => code.get(bytes),
        }
    }

    /// Allocates the destination.
    pub(in crate::fact::write::string) fn allocate(
        &self,
        code: &mut Code,
        align: u64,
        size: Size<'_>,
    ) {
        let width = self.dst.width;
        width.constant(&mut code.ins(), 0);
        width.constant(&mut code.ins(), 0);
        self.call_realloc(code, align, size);
    }

    /// Makes the destination smaller or larger.
    pub(in crate::fact::write::string) fn reallocate(
        &self,
        code: &mut Code,
        old: Size<'_>,
        align: u64,
        new: Size<'_>,
    ) {
        code.get(&self.dst_ptr);
        self.push_size(code, old);
        self.call_realloc(code, align, new);
    }

    /// Makes the destination smaller if what was written does not fill it.
    pub(in crate::fact::write::string) fn shrink(
        &self,
        code: &mut Code,
        capacity: Size<'_>,
        align: u64,
        bytes: &Local,
    ) {
        code.get(bytes);
        self.push_i32(code, capacity);
        code.ins().i32_lt_u();
        code.when(|code| self.reallocate(code, capacity, align, Size::Bytes(bytes)));
    }

    fn call_realloc(&self, code: &mut Code, align: u64, size: Size<'_>) {
        self.dst.width.constant(&mut code.ins(), align);
        self.push_size(code, size);
        let realloc = self.dst.realloc;
        code.call(realloc.expect("a side that strings are lowered to has a realloc"));
        code.set(&self.dst_ptr);
    }

    /// Pops pointers to the destination and to the source, and copies bytes as they are.
    pub(in crate::fact::write::string) fn copy(&self, code: &mut Code, size: Size<'_>) {
        self.push_i32(code, size);
        if (self.src.width, self.dst.width) == (Width::W64, Width::W64) {
            code.ins().i64_extend_i32_u();
        }
        code.ins()
            .memory_copy(self.dst.memory.as_u32(), self.src.memory.as_u32());
    }

    /// Calls a kernel on all of the source and the destination.
    pub(in crate::fact::write::string) fn convert(&mut self, code: &mut Code, task: Task) {
        code.get(&self.src_ptr);
        code.get(&self.dst_ptr);
        code.get(&self.units);
        self.call(code, task);
    }

    /// Calls a kernel that converts, with what is on the stack.
    pub(in crate::fact::write::string) fn call(&mut self, code: &mut Code, task: Task) {
        let kernel = Kernel {
            task,
            src: Space::of(&self.src),
            dst: Space::of(&self.dst),
            simd: self.simd,
        };
        code.call(self.kernels.get(self.module, self.traps, kernel));
    }

    /// Calls a kernel that checks what was copied to the destination, with what is on the stack.
    pub(in crate::fact::write::string) fn check_copy(&mut self, code: &mut Code, task: Task) {
        let space = Space::of(&self.dst);
        let kernel = Kernel {
            task,
            src: space,
            dst: space,
            simd: self.simd,
        };
        code.call(self.kernels.get(self.module, self.traps, kernel));
    }

    /// Pops the end of what was written; returns how many bytes were.
    pub(in crate::fact::write::string) fn pop_bytes(&self, code: &mut Code) -> Local {
        let width = self.dst.width;
        code.get(&self.dst_ptr);
        width.sub(&mut code.ins());
        width.convert_to(&mut code.ins(), Width::W32);
        code.pop("bytes", ValType::I32)
    }

    /// Sets the length of the destination to a number of units.
    pub(in crate::fact::write::string) fn set_len(&self, code: &mut Code, units: &Local) {
        code.get(units);
        Width::W32.convert_to(&mut code.ins(), self.dst.width);
        code.set(&self.dst_len);
    }

    /// Marks the destination as UTF-16, if it can be something else.
    pub(in crate::fact::write::string) fn tag(&self, code: &mut Code) {
        let width = self.dst.width;
        code.get(&self.dst_len);
        width.constant(&mut code.ins(), tag_bit(width));
        width.or(&mut code.ins());
        code.set(&self.dst_len);
    }

    /// Distinguishes the two forms of a source that is one or the other, and takes the tag off its length.
    pub(in crate::fact::write::string) fn by_tag(
        &mut self,
        code: &mut Code,
        write: impl Fn(&mut Self, &mut Code, Form),
    ) {
        let width = self.src.width;
        code.block(BlockType::Empty, |code, end| {
            code.block(BlockType::Empty, |code, latin1| {
                code.get(&self.src_len);
                width.constant(&mut code.ins(), tag_bit(width));
                width.and(&mut code.ins());
                width.eqz(&mut code.ins());
                code.br_if(latin1);
                code.get(&self.src_len);
                width.constant(&mut code.ins(), tag_bit(width));
                width.xor(&mut code.ins());
                code.set(&self.src_len);
                write(self, code, Form::Utf16);
                code.br(end);
            });
            write(self, code, Form::Latin1);
        });
    }
}

/// Returns the bit of a length that says that the string is UTF-16 (spec: `utf16_tag`).
fn tag_bit(width: Width) -> u64 {
    match width {
        Width::W32 => 1 << 31,
        Width::W64 => 1 << 63,
    }
}
