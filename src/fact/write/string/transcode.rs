//! The loop that all conversions share which change the number of units: ASCII in blocks, and what is between.

use wasm_encoder::BlockType;

use crate::fact::emit::{Code, Label};
use crate::fact::module::Traps;
use crate::fact::trap::TrapCode;
use crate::fact::write::string::plain::Plain;

/// Writes a loop over a string: runs of ASCII as `ascii` says, and `step` for one or more characters that are none.
///
/// `step` gets a label to branch to if it cannot go on.
pub(in crate::fact::write::string) fn transcode(
    code: &mut Code,
    ascii: &Plain<'_>,
    step: impl FnOnce(&mut Code, Label),
) {
    let src = ascii.src;
    code.block(BlockType::Empty, |code, end| {
        code.repeat(BlockType::Empty, |code, restart| {
            code.block(BlockType::Empty, |code, other| {
                ascii.write(code, other, end)
            });
            code.repeat(BlockType::Empty, |code, again| {
                step(code, end);
                src.is_empty(code);
                code.br_if(end);
                src.load(code);
                code.ins().i32_const(0x80).i32_ge_u();
                code.br_if(again);
            });
            code.br(restart);
        });
    });
}

/// Writes a part of a function that branches to the label if the string is malformed, which traps.
pub(in crate::fact::write::string) fn or_trap(
    code: &mut Code,
    traps: Traps,
    why: TrapCode,
    body: impl FnOnce(&mut Code, Label),
) {
    code.block(BlockType::Empty, |code, fine| {
        code.block(BlockType::Empty, |code, bad| {
            body(code, bad);
            code.br(fine);
        });
        traps.trap(code, why);
    });
}
