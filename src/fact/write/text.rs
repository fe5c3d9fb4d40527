//! Moving of strings: a call of the function for the pair of encodings.

use crate::fact::emit::Code;
use crate::fact::write::place::Place;
use crate::fact::write::writer::Writer;

impl Writer<'_, '_> {
    /// Writes the move of a string.
    pub(in crate::fact::write) fn string(&mut self, code: &mut Code, src: &Place, dst: &Place) {
        let (pointer, len) = self.pop_pair(code, src);
        let _ = (pointer, len, dst);
        unreachable!("strings are merged next")
    }
}
