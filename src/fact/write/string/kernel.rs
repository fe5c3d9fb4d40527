//! Loops over the units of a string, each a function of its own: helpers that agree on the memories share them.

use indexmap::IndexMap;
use wasm_encoder::ValType;

use crate::fact::emit::{Code, FuncId};
use crate::fact::module::ModuleBuilder;
use crate::fact::module::Traps;
use crate::fact::trap::TrapCode;
use crate::fact::write::string::check_utf8;
use crate::fact::write::string::check_utf16;
use crate::fact::write::string::cursor::{Cursor, Source, Space, Unit};
use crate::fact::write::string::plain::{Fits, Plain};
use crate::fact::write::string::transcode::{or_trap, transcode};
use crate::fact::write::string::utf8::{self, Utf8};
use crate::fact::write::string::utf16;

/// What a kernel does.
///
/// Parameters: a pointer to the source, one to the destination if there is one, and the number of units of the source
/// as an `i32`. None of them reads beyond the source, or writes more units than the task says, whatever the memories
/// hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::fact::write::string) enum Task {
    /// Traps unless it is UTF-8.
    CheckUtf8,
    /// Traps unless it is UTF-16.
    CheckUtf16,
    /// Writes Latin-1 as UTF-16: one unit for each byte.
    Widen,
    /// Copies bytes up to the first that is not ASCII; returns how many are left. Writes at most one for each.
    CopyAscii,
    /// Writes UTF-16 as ASCII up to the first that is none; returns how many are left. Writes at most a byte for each.
    NarrowAscii,
    /// As [`Task::NarrowAscii`] with Latin-1.
    NarrowLatin1,
    /// Writes UTF-8 as UTF-16; returns the end of the destination. Writes at most one unit for each byte.
    Utf8ToUtf16,
    /// Writes UTF-8 as Latin-1 up to the first character that is not in it; returns the end of the destination, and how
    /// many bytes are left. Writes at most one byte for each.
    Utf8ToLatin1,
    /// Writes UTF-16 as UTF-8; returns the end of the destination. Writes at most three bytes for each unit.
    Utf16ToUtf8,
    /// Writes Latin-1 as UTF-8; returns the end of the destination. Writes at most two bytes for each.
    Latin1ToUtf8,
}

impl Task {
    /// Returns a name for people.
    fn name(self) -> &'static str {
        match self {
            Task::CheckUtf8 => "check-utf8",
            Task::CheckUtf16 => "check-utf16",
            Task::Widen => "widen",
            Task::CopyAscii => "copy-ascii",
            Task::NarrowAscii => "narrow-ascii",
            Task::NarrowLatin1 => "narrow-latin1",
            Task::Utf8ToUtf16 => "utf8-to-utf16",
            Task::Utf8ToLatin1 => "utf8-to-latin1",
            Task::Utf16ToUtf8 => "utf16-to-utf8",
            Task::Latin1ToUtf8 => "latin1-to-utf8",
        }
    }

    /// Returns the units of the source.
    fn src_unit(self) -> Unit {
        match self {
            Task::CheckUtf8
            | Task::Widen
            | Task::CopyAscii
            | Task::Utf8ToUtf16
            | Task::Utf8ToLatin1
            | Task::Latin1ToUtf8 => Unit::Byte,
            Task::CheckUtf16 | Task::NarrowAscii | Task::NarrowLatin1 | Task::Utf16ToUtf8 => {
                Unit::Wide
            }
        }
    }

    /// Returns the units of the destination, if there is one.
    fn dst_unit(self) -> Option<Unit> {
        match self {
            Task::CheckUtf8 | Task::CheckUtf16 => None,
            Task::Widen | Task::Utf8ToUtf16 => Some(Unit::Wide),
            Task::CopyAscii
            | Task::NarrowAscii
            | Task::NarrowLatin1
            | Task::Utf8ToLatin1
            | Task::Utf16ToUtf8
            | Task::Latin1ToUtf8 => Some(Unit::Byte),
        }
    }

    /// Returns whether the end of the destination is returned, and whether the number of units that are left is.
    fn returns(self) -> (bool, bool) {
        match self {
            Task::CheckUtf8 | Task::CheckUtf16 | Task::Widen => (false, false),
            Task::CopyAscii | Task::NarrowAscii | Task::NarrowLatin1 => (false, true),
            Task::Utf8ToUtf16 | Task::Utf16ToUtf8 | Task::Latin1ToUtf8 => (true, false),
            Task::Utf8ToLatin1 => (true, true),
        }
    }
}

/// A loop over the units of a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::fact::write::string) struct Kernel {
    pub(in crate::fact::write::string) task: Task,
    pub(in crate::fact::write::string) src: Space,
    /// The memory of the destination; of a task without one, that of the source.
    pub(in crate::fact::write::string) dst: Space,
    /// Whether SIMD instructions may be used.
    pub(in crate::fact::write::string) simd: bool,
}

/// The kernels of a module.
#[derive(Debug, Default)]
pub(in crate::fact::write::string) struct Kernels {
    funcs: IndexMap<Kernel, FuncId>,
}

impl Kernels {
    /// Returns a kernel, which is written the first time.
    pub(in crate::fact::write::string) fn get(
        &mut self,
        module: &mut ModuleBuilder,
        traps: Traps,
        kernel: Kernel,
    ) -> FuncId {
        *self.funcs.entry(kernel).or_insert_with(|| {
            let params: Vec<_> = kernel.params().iter().map(|(_, ty)| *ty).collect();
            let id = module.declare(kernel.task.name(), &params, &kernel.results());
            module.define(id, kernel.write(traps));
            id
        })
    }
}

impl Kernel {
    fn params(&self) -> Vec<(&'static str, ValType)> {
        let src = ("src", self.src.width.ty());
        let dst = self.task.dst_unit().map(|_| ("dst", self.dst.width.ty()));
        let left = ("left", ValType::I32);
        [src].into_iter().chain(dst).chain([left]).collect()
    }

    fn results(&self) -> Vec<ValType> {
        let (end, left) = self.task.returns();
        let end = end.then(|| self.dst.width.ty());
        let left = left.then_some(ValType::I32);
        end.into_iter().chain(left).collect()
    }

    fn write(&self, traps: Traps) -> Code {
        let (mut code, params) = Code::new(&self.params());
        let mut params = params.into_iter();
        let mut param = || params.next().expect("a kernel has this parameter");
        let cursor = Cursor {
            space: self.src,
            unit: self.task.src_unit(),
            ptr: param(),
        };
        let dst = self.task.dst_unit().map(|unit| Cursor {
            space: self.dst,
            unit,
            ptr: param(),
        });
        let src = Source {
            cursor,
            left: param(),
            simd: self.simd,
        };
        self.body(&mut code, traps, &src, dst.as_ref());
        let (end, left) = self.task.returns();
        if let Some(dst) = dst.filter(|_| end) {
            code.get(&dst.ptr);
        }
        if left {
            code.get(&src.left);
        }
        code
    }

    fn body(&self, code: &mut Code, traps: Traps, src: &Source, dst: Option<&Cursor>) {
        let plain = |fits| Plain { src, dst, fits };
        let to = || dst.expect("this task has a destination");
        match self.task {
            Task::CheckUtf8 | Task::Utf8ToUtf16 => {
                or_trap(code, traps, TrapCode::InvalidUtf8, |code, bad| {
                    if self.simd && dst.is_none() {
                        check_utf8::check_blocks(code, src, bad);
                    }
                    let utf8 = Utf8 { src, dst, bad };
                    transcode(code, &plain(Fits::Ascii), |code, _| utf8.step(code));
                });
            }
            Task::CheckUtf16 => or_trap(code, traps, TrapCode::InvalidUtf16, |code, bad| {
                check_utf16::check(code, src, bad);
            }),
            Task::Widen => plain(Fits::All).run(code),
            Task::CopyAscii | Task::NarrowAscii => plain(Fits::Ascii).run(code),
            Task::NarrowLatin1 => plain(Fits::Latin1).run(code),
            Task::Utf8ToLatin1 => transcode(code, &plain(Fits::Ascii), |code, stop| {
                utf8::latin1_step(code, src, to(), stop);
            }),
            Task::Utf16ToUtf8 => or_trap(code, traps, TrapCode::InvalidUtf16, |code, bad| {
                transcode(code, &plain(Fits::Ascii), |code, _| {
                    utf16::utf8_step(code, src, to(), bad);
                });
            }),
            Task::Latin1ToUtf8 => transcode(code, &plain(Fits::Ascii), |code, _| {
                utf16::latin1_step(code, src, to());
            }),
        }
    }
}
