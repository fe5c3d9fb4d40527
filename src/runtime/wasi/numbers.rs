//! `wasi:random`: `random`, `insecure` and `insecure-seed`.

use crate::runtime::component::Linker;
use crate::runtime::error::Error;
use crate::runtime::wasi::ctx::{WasiCtxView, WasiView};
use crate::runtime::wasi::interface::{Interface, Outcome};
use crate::runtime::wasi::random::HostRandom;

/// How many random bytes a guest gets at once (ours: it could let the host allocate any amount of memory).
const BYTES_MAX: u64 = 64 << 20;

/// Defines the interfaces.
pub(in crate::runtime::wasi) fn define<T: WasiView>(linker: &mut Linker<T>) -> Result<(), Error> {
    let mut random = Interface::new(linker, "random/random")?;
    random.func("get-random-bytes", get_random_bytes)?;
    random.func("get-random-u64", get_random_u64)?;
    let mut insecure = Interface::new(linker, "random/insecure")?;
    insecure.func("get-insecure-random-bytes", get_insecure_random_bytes)?;
    insecure.func("get-insecure-random-u64", get_insecure_random_u64)?;
    let mut seed = Interface::new(linker, "random/insecure-seed")?;
    seed.func("insecure-seed", insecure_seed)
}

fn get_random_bytes(view: WasiCtxView<'_>, (len,): (u64,)) -> Outcome<Vec<u8>> {
    bytes(&mut *view.ctx.random, len)
}

fn get_random_u64(view: WasiCtxView<'_>, (): ()) -> Outcome<u64> {
    number(&mut *view.ctx.random)
}

fn get_insecure_random_bytes(view: WasiCtxView<'_>, (len,): (u64,)) -> Outcome<Vec<u8>> {
    bytes(&mut *view.ctx.insecure_random, len)
}

fn get_insecure_random_u64(view: WasiCtxView<'_>, (): ()) -> Outcome<u64> {
    number(&mut *view.ctx.insecure_random)
}

/// Returns the seed, which is the same each time.
fn insecure_seed(view: WasiCtxView<'_>, (): ()) -> Outcome<(u64, u64)> {
    let seed = match view.ctx.insecure_seed {
        Some(seed) => seed,
        None => {
            let mut bytes = [0; 16];
            view.ctx.insecure_random.fill(&mut bytes)?;
            u128::from_le_bytes(bytes)
        }
    };
    view.ctx.insecure_seed = Some(seed);
    let [low, high] = [seed, seed >> 64].map(|half| half & u128::from(u64::MAX));
    let half = |it: u128| u64::try_from(it).expect("the rest was masked");
    Ok((half(low), half(high)))
}

fn bytes(random: &mut dyn HostRandom, len: u64) -> Outcome<Vec<u8>> {
    if len > BYTES_MAX {
        return Err(format!("{len} random bytes at once, at most {BYTES_MAX} are possible").into());
    }
    let mut bytes = vec![0; usize::try_from(len).expect("a usize has 64 bits")];
    random.fill(&mut bytes)?;
    Ok(bytes)
}

fn number(random: &mut dyn HostRandom) -> Outcome<u64> {
    let mut bytes = [0; 8];
    random.fill(&mut bytes)?;
    Ok(u64::from_le_bytes(bytes))
}
