//! What all actors share: the time, the dice, the network and the witness.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::network::{Network, Parcel};
use crate::witness::Witness;

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) now_us: i64,
    pub(crate) random: ChaCha8Rng,
    pub(crate) network: Network,
    pub(crate) witness: Witness,
    /// How likely a process dies between two things it does.
    pub(crate) crash_rate: f64,
}

/// The process died right here.
#[derive(Debug)]
pub(crate) struct Died;

impl Shared {
    pub(crate) fn send(&mut self, parcel: Parcel) {
        self.network.send(parcel, self.now_us, &mut self.random);
    }

    pub(crate) fn chance(&mut self, share: f64) -> bool {
        share > 0.0 && self.random.random_bool(share)
    }

    /// True when the process dies right here.
    pub(crate) fn dies_here(&mut self) -> bool {
        let rate = self.crash_rate;
        self.chance(rate)
    }

    /// [`Shared::dies_here`], to be passed on with `?`.
    pub(crate) fn survives(&mut self) -> Result<(), Died> {
        if self.dies_here() { Err(Died) } else { Ok(()) }
    }
}
