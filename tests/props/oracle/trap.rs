//! Traps.

use interfuse::fact::TrapCode;

use crate::oracle::observation::Fault;

/// Traps if a condition holds.
pub(crate) fn trap_if(condition: bool, code: TrapCode) -> Result<(), Fault> {
    if condition {
        return Err(Fault::Trap(code));
    }
    Ok(())
}
