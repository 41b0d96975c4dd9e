//! A market made up by rule: seeded, reproducible, and with something in it to learn.
//!
//! The rows depend on seed, rate and list of symbols, and on nothing else: no clock, and no function whose last
//! digit depends on the machine (only sums, products and square roots of doubles). Event time starts at
//! [`START_US`] and is the sum of the gaps between events, so all symbols' rows come in the order of event time.
//!
//! **Instruments.** Six, fictional on purpose, from 9.75 to 4,250 currency units, with a typical size at the
//! touch worth about 130,000 of them ([`PROFILES`]). Ticks and lots are those of the configuration.
//!
//! **Fair price.** Each symbol has one, and it moves by its regime ([`regime::Regime`]): a drift, a pull to a
//! centre, and noise, all per second of event time, so a higher rate shows the same market in finer steps. A
//! trend far from the anchor price turns back more likely than it goes on; prices stay within a few percent.
//!
//! **Touch.** It follows the fair price when that has left it by more than half a tick, on a spread of the
//! regime's width that changes now and then. Sizes are drawn anew at a new price and move at an old one; the
//! side that the regime pushes from is thicker.
//!
//! **Trades.** About one row in five, at the touch as it was shown, never for more than was shown. In a trend
//! three of four are on its side; in a mean reversion they go against the deviation. What is traded away is
//! gone from the touch, and a touch that is used up gives way by a tick.

mod book;
pub mod regime;

use std::collections::BTreeMap;
use std::sync::Arc;

use messages::{Instrument, Price, Quantity};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

use crate::row::Row;
use crate::source::{Source, SourceFailed};
use book::Book;

/// Event time of the first row: 2024-01-02 14:30:00 UTC, in microseconds.
pub const START_US: i64 = 1_704_205_800_000_000;

/// What a fictional instrument is like.
#[derive(Debug, Clone, Copy)]
pub struct Profile {
    /// Its name.
    pub symbol: &'static str,
    /// The price it starts at and is drawn back to, in currency units.
    pub anchor: f64,
    /// Typical size at the touch, in units.
    pub touch: f64,
}

/// The six instruments.
pub const PROFILES: [Profile; 6] = [
    Profile {
        symbol: "ALFA",
        anchor: 42.0,
        touch: 3_000.0,
    },
    Profile {
        symbol: "BRVO",
        anchor: 118.5,
        touch: 1_100.0,
    },
    Profile {
        symbol: "CHRL",
        anchor: 4_250.0,
        touch: 30.0,
    },
    Profile {
        symbol: "DLTA",
        anchor: 9.75,
        touch: 13_000.0,
    },
    Profile {
        symbol: "ECHO",
        anchor: 356.2,
        touch: 360.0,
    },
    Profile {
        symbol: "FOXT",
        anchor: 1_280.0,
        touch: 100.0,
    },
];

/// Random numbers in the forms used here.
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    /// From nought to below one.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// True with probability `chance`.
    pub(crate) fn hit(&mut self, chance: f64) -> bool {
        self.unit() < chance
    }

    /// Mean nought, variance one, within ±3.5: the sum of four uniform numbers, close to a normal one and the
    /// same on every machine.
    pub(crate) fn bell(&mut self) -> f64 {
        let bits = self.0.next_u64();
        let sum: u32 = (0..4).map(|part| (bits >> (16 * part)) as u32 & 0xffff).sum();
        (f64::from(sum) / 65_536.0 - 2.0) * 1.732_050_807_568_877_2
    }

    /// One of `count`.
    fn pick(&mut self, count: usize) -> usize {
        let wide = u128::from(self.0.next_u64()) * count as u128;
        (wide >> 64) as usize
    }
}

/// The source `sim`.
pub struct Simulator {
    dice: Dice,
    books: Vec<Book>,
    exchange: Arc<str>,
    mean_gap_ns: f64,
    now_ns: f64,
    rows: u64,
    faults: BTreeMap<&'static str, u64>,
    identity: String,
}

/// None of the fictional instruments is among the symbols. Policy: the service doesn't start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the simulator knows ALFA, BRVO, CHRL, DLTA, ECHO and FOXT, and market_data.symbols has none of them; \
     add one, or choose --source replay"
)]
pub struct NothingToSimulate;

impl Simulator {
    /// A market of those of `instruments` that have a profile, at `rate` rows per second of event time.
    /// A row's symbol is its position in `instruments`.
    pub fn new(instruments: &[Instrument], seed: u64, rate: u32) -> Result<Self, NothingToSimulate> {
        let mut dice = Dice(ChaCha8Rng::seed_from_u64(seed));
        let mut books = Vec::new();
        let mut names = Vec::new();
        for profile in PROFILES {
            let found = instruments
                .iter()
                .position(|instrument| instrument.symbol.as_str() == profile.symbol);
            let Some(index) = found else { continue };
            books.push(Book::new(index, &instruments[index], profile, &mut dice));
            let instrument = &instruments[index];
            names.push(format!(
                "{}/{}/{}",
                profile.symbol, instrument.tick, instrument.lot
            ));
        }
        if books.is_empty() {
            return Err(NothingToSimulate);
        }
        Ok(Self {
            dice,
            books,
            exchange: Arc::from("SIM"),
            mean_gap_ns: 1e9 / f64::from(rate.max(1)),
            now_ns: 0.0,
            rows: 0,
            faults: BTreeMap::new(),
            identity: format!("sim seed {seed} rate {rate} of {}", names.join(" ")),
        })
    }

    /// The next row; there is no end.
    pub fn next_event(&mut self) -> Row {
        // Uniform around the mean: irregular, and never a long silence.
        self.now_ns += 2.0 * self.dice.unit() * self.mean_gap_ns;
        let book = self.dice.pick(self.books.len());
        let event_us = START_US + (self.now_ns / 1e3) as i64;
        self.rows += 1;
        self.books[book].event(self.now_ns / 1e9, event_us, &self.exchange, &mut self.dice)
    }
}

impl Source for Simulator {
    fn kind(&self) -> &'static str {
        "sim"
    }
    fn next_row(&mut self) -> Result<Option<Row>, SourceFailed> {
        Ok(Some(self.next_event()))
    }
    fn position(&self) -> u64 {
        self.rows
    }
    fn faults(&self) -> &BTreeMap<&'static str, u64> {
        &self.faults
    }
    fn identity(&self) -> String {
        self.identity.clone()
    }
}

/// `ticks` of `tick` as a price, `lots` of `lot` as a quantity.
fn price(ticks: i64, tick: Price) -> Price {
    Price(ticks * tick.0)
}
fn quantity(lots: i64, lot: Quantity) -> Quantity {
    Quantity(lots * lot.0)
}

#[cfg(test)]
mod tests;
