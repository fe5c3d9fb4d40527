//! Moving of strings: a call of the function for the pair of encodings.

use crate::fact::emit::{Code, FuncId};
use crate::fact::write::place::Place;
use crate::fact::write::string::{StringKey, string_helper};
use crate::fact::write::writer::Writer;

impl Writer<'_, '_> {
    /// Writes the move of a string.
    pub(in crate::fact::write) fn string(&mut self, code: &mut Code, src: &Place, dst: &Place) {
        self.push_string(code, src);
        let width = self.channel.dst().width;
        let len = code.pop("len", width.ty());
        let new = code.pop("new", width.ty());
        self.store_pair(code, dst, &new, |code| code.get(&len));
    }

    /// Writes the move of a string and leaves its pointer and its length on the stack.
    pub(in crate::fact::write) fn push_string(&mut self, code: &mut Code, src: &Place) {
        let func = self.string_func();
        let (pointer, len) = self.pop_pair(code, src);
        code.get(&pointer);
        code.get(&len);
        code.call(func);
    }

    fn string_func(&mut self) -> FuncId {
        let (src, dst) = (self.channel.src(), self.channel.dst());
        let key = StringKey {
            src,
            dst,
            simd: self.shared.config.simd,
        };
        let traps = self.shared.traps;
        string_helper(
            &mut self.shared.module,
            traps,
            &mut self.shared.strings,
            key,
        )
    }
}
