//! The nine pairs of encodings: what is allocated when, and what is written where.
//!
//! Spec: `store_string_into_range` and what it calls. Unlike there, a string is checked while it is written or after
//! it was copied, so that what the callee gets is well-formed even if `realloc` changes the source.

use wasm_encoder::{BlockType, ValType};

use crate::adapt::StringEncoding;
use crate::fact::emit::{Code, Local, Width};
use crate::fact::write::endpoint::Strings;
use crate::fact::write::string::helper::{Form, Helper, Size};
use crate::fact::write::string::kernel::Task;

/// Alignment of bytes.
const BYTE: u64 = 1;

/// Alignment of 16-bit units, and of what might become such.
const WIDE: u64 = 2;

impl Helper<'_> {
    /// Writes the body of the function, all but its results.
    pub(in crate::fact::write::string) fn body(&mut self, code: &mut Code) {
        match self.src.strings.encoding() {
            StringEncoding::Utf8 => self.of_form(code, Form::Utf8),
            StringEncoding::Utf16 => self.of_form(code, Form::Utf16),
            StringEncoding::Latin1OrUtf16 => {
                self.by_tag(code, |helper, code, form| helper.of_form(code, form));
            }
        }
    }

    fn of_form(&mut self, code: &mut Code, form: Form) {
        self.check_source(code, form);
        let encoding = match self.dst.strings {
            Strings::Encoded(encoding) => encoding,
            Strings::KeptFrom(_) => return self.keep(code, form),
        };
        match (form, encoding) {
            (Form::Utf8, StringEncoding::Utf8) => self.copy_utf8(code),
            (Form::Utf16 | Form::Latin1, StringEncoding::Utf8) => self.write_utf8(code, form),
            (Form::Utf8, StringEncoding::Utf16) => self.utf8_to_utf16(code),
            (Form::Utf16, StringEncoding::Utf16) => self.copy_utf16(code),
            (Form::Latin1, StringEncoding::Utf16) => self.latin1_to_utf16(code),
            (Form::Utf8, StringEncoding::Latin1OrUtf16) => self.utf8_to_either(code),
            (Form::Utf16, StringEncoding::Latin1OrUtf16) => match self.src.strings.encoding() {
                StringEncoding::Utf16 => self.utf16_to_either(code),
                _ => self.probably_utf16(code),
            },
            (Form::Latin1, StringEncoding::Latin1OrUtf16) => self.copy_latin1(code),
        }
    }

    /// Copies the units as they are, with the tag of their length. Only a memory of the module takes them so: what
    /// is allocated there does not matter to anybody.
    fn keep(&mut self, code: &mut Code, form: Form) {
        match form {
            Form::Utf8 => self.copy_utf8(code),
            Form::Latin1 => self.copy_latin1(code),
            Form::Utf16 => {
                self.copy_utf16(code);
                if self.src.strings.encoding() == StringEncoding::Latin1OrUtf16 {
                    self.tag(code);
                }
            }
        }
    }

    /// Spec: `store_string_copy`. ASCII is checked while it is copied, the rest after that.
    fn copy_utf8(&mut self, code: &mut Code) {
        self.allocate(code, BYTE, Size::Units(1));
        self.set_len(code, &self.units);
        self.convert(code, Task::CopyAscii);
        let left = code.pop("left", ValType::I32);
        code.get(&left);
        code.when(|code| {
            let done = self.done(code, &left);
            push_sum(code, &self.dst_ptr, self.dst.width, &done, 1);
            push_sum(code, &self.src_ptr, self.src.width, &done, 1);
            self.copy(code, Size::Bytes(&left));
            push_sum(code, &self.dst_ptr, self.dst.width, &done, 1);
            code.get(&left);
            self.check_copy(code, Task::CheckUtf8);
        });
    }

    /// Spec: `store_string_copy`.
    fn copy_utf16(&mut self, code: &mut Code) {
        self.allocate(code, WIDE, Size::Units(2));
        self.copy_checked(code);
        self.set_len(code, &self.units);
    }

    /// Spec: `store_string_copy`.
    fn copy_latin1(&mut self, code: &mut Code) {
        self.allocate(code, WIDE, Size::Units(1));
        self.copy_all(code, Form::Latin1);
        self.set_len(code, &self.units);
    }

    /// Spec: `store_string_copy`.
    fn latin1_to_utf16(&mut self, code: &mut Code) {
        self.allocate(code, WIDE, Size::Units(2));
        self.convert(code, Task::Widen);
        self.set_len(code, &self.units);
    }

    /// Spec: `store_string_to_utf8`.
    fn write_utf8(&mut self, code: &mut Code, form: Form) {
        let (ascii, rest, factor) = match form {
            Form::Utf16 => (Task::NarrowAscii, Task::Utf16ToUtf8, 3),
            Form::Latin1 => (Task::CopyAscii, Task::Latin1ToUtf8, 2),
            Form::Utf8 => unreachable!("UTF-8 is copied"),
        };
        self.allocate(code, BYTE, Size::Units(1));
        self.set_len(code, &self.units);
        self.convert(code, ascii);
        let left = code.pop("left", ValType::I32);
        code.get(&left);
        code.when(|code| {
            let worst = Size::Units(factor);
            self.reallocate(code, Size::Units(1), BYTE, worst);
            self.convert_last(code, rest, form, &left);
            let bytes = self.pop_bytes(code);
            self.shrink(code, worst, BYTE, &bytes);
            self.set_len(code, &bytes);
        });
    }

    /// Spec: `store_utf8_to_utf16`.
    fn utf8_to_utf16(&mut self, code: &mut Code) {
        self.allocate(code, WIDE, Size::Units(2));
        self.write_utf16(code);
    }

    /// Writes UTF-8 to an allocation of two bytes for each as UTF-16, and gives back what is too much.
    fn write_utf16(&mut self, code: &mut Code) {
        self.convert(code, Task::Utf8ToUtf16);
        let bytes = self.pop_bytes(code);
        self.shrink(code, Size::Units(2), WIDE, &bytes);
        code.get(&bytes);
        code.ins().i32_const(1).i32_shr_u();
        code.set(&bytes);
        self.set_len(code, &bytes);
    }

    /// Spec: `store_string_to_latin1_or_utf16`. What was Latin-1 so far is not inflated but read once more.
    fn utf8_to_either(&mut self, code: &mut Code) {
        self.allocate(code, WIDE, Size::Units(1));
        self.convert(code, Task::Utf8ToLatin1);
        let left = code.pop("left", ValType::I32);
        let bytes = self.pop_bytes(code);
        code.block(BlockType::Empty, |code, end| {
            code.get(&left);
            code.when(|code| {
                self.reallocate(code, Size::Units(1), WIDE, Size::Units(2));
                self.write_utf16(code);
                self.tag(code);
                code.br(end);
            });
            self.shrink(code, Size::Units(1), WIDE, &bytes);
            self.set_len(code, &bytes);
        });
    }

    /// Spec: `store_string_to_latin1_or_utf16`. UTF-16 fills the larger allocation, which is never made smaller.
    fn utf16_to_either(&mut self, code: &mut Code) {
        self.allocate(code, WIDE, Size::Units(1));
        self.set_len(code, &self.units);
        self.convert(code, Task::NarrowLatin1);
        code.when(|code| {
            self.reallocate(code, Size::Units(1), WIDE, Size::Units(2));
            self.copy_tagged(code);
        });
    }

    /// Spec: `store_probably_utf16_to_latin1_or_utf16`. What is Latin-1 is written as such at once.
    fn probably_utf16(&mut self, code: &mut Code) {
        self.allocate(code, WIDE, Size::Units(2));
        self.set_len(code, &self.units);
        code.block(BlockType::Empty, |code, end| {
            self.convert(code, Task::NarrowLatin1);
            code.when(|code| {
                self.copy_tagged(code);
                code.br(end);
            });
            self.reallocate(code, Size::Units(2), BYTE, Size::Units(1));
        });
    }

    /// Copies all of a string of UTF-16 over what was written of it as Latin-1.
    fn copy_tagged(&mut self, code: &mut Code) {
        self.copy_checked(code);
        self.tag(code);
    }

    /// Copies bytes as they are, all of the source.
    fn copy_all(&mut self, code: &mut Code, form: Form) {
        code.get(&self.dst_ptr);
        code.get(&self.src_ptr);
        self.copy(code, Size::Units(form.unit_bytes()));
    }

    /// Copies all of a string of UTF-16 and checks it.
    fn copy_checked(&mut self, code: &mut Code) {
        self.copy_all(code, Form::Utf16);
        code.get(&self.dst_ptr);
        code.get(&self.units);
        self.check_copy(code, Task::CheckUtf16);
    }

    /// Calls a kernel on the last units of the source; each of those before them became one byte.
    fn convert_last(&mut self, code: &mut Code, task: Task, form: Form, left: &Local) {
        let done = self.done(code, left);
        let unit_bytes = form.unit_bytes();
        push_sum(code, &self.src_ptr, self.src.width, &done, unit_bytes);
        push_sum(code, &self.dst_ptr, self.dst.width, &done, 1);
        code.get(left);
        self.call(code, task);
    }

    /// Returns how many units come before the last ones.
    fn done(&self, code: &mut Code, left: &Local) -> Local {
        code.get(&self.units);
        code.get(left);
        code.ins().i32_sub();
        code.pop("done", ValType::I32)
    }
}

/// Pushes a pointer plus a number of units of some size.
fn push_sum(code: &mut Code, ptr: &Local, width: Width, units: &Local, unit_bytes: u32) {
    code.get(ptr);
    code.get(units);
    if unit_bytes > 1 {
        code.ins().i32_const(unit_bytes.cast_signed()).i32_mul();
    }
    Width::W32.convert_to(&mut code.ins(), width);
    width.add(&mut code.ins());
}
