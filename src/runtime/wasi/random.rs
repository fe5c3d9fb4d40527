//! Where random numbers come from.

use rustix::rand::{GetRandomFlags, getrandom};

use crate::runtime::error::BoxError;
use crate::runtime::wasi::file::again;

/// Fills bytes with random ones.
pub trait HostRandom: Send {
    /// Fills all of them.
    ///
    /// # Errors
    ///
    /// Fails if there are none. The guest traps.
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), BoxError>;
}

/// The random numbers of the system, which nobody can guess.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

/// Numbers that follow from a seed, the same each time: for tests.
#[derive(Clone, Copy, Debug)]
pub struct SeededRandom {
    state: u64,
}

impl HostRandom for SystemRandom {
    fn fill(&mut self, mut bytes: &mut [u8]) -> Result<(), BoxError> {
        while !bytes.is_empty() {
            let count = again(|| getrandom(&mut *bytes, GetRandomFlags::empty()))?;
            bytes = &mut bytes[count..];
        }
        Ok(())
    }
}

impl SeededRandom {
    /// Begins with a seed.
    pub fn new(seed: u64) -> SeededRandom {
        SeededRandom { state: seed }
    }

    /// The generator `SplitMix64`: any seed is good, and there is nothing to get wrong.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

impl HostRandom for SeededRandom {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), BoxError> {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.next().to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{HostRandom, SeededRandom};

    #[test]
    fn numbers_are_those_of_the_generator() {
        // The first numbers for the seed 1234567 that the generator's author published.
        let mut bytes = [0; 16];
        SeededRandom::new(1_234_567).fill(&mut bytes).unwrap();
        assert_eq!(bytes[..8], 6_457_827_717_110_365_317_u64.to_le_bytes());
        assert_eq!(bytes[8..], 3_203_168_211_198_807_973_u64.to_le_bytes());
    }
}
