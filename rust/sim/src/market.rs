//! A market that walks at random, and a strategy with no idea.

use messages::{Instrument, Price, Quantity, Quote, Side, Symbol, Trade, wire};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// Symbols traded here, fictional.
pub(crate) const NAMES: [&str; 3] = ["ALFA", "BRVO", "CHRL"];

/// One symbol's walk, in ticks.
#[derive(Debug)]
pub(crate) struct Walk {
    pub(crate) instrument: Instrument,
    bid: i64,
    spread: i64,
    bid_size: i64,
    ask_size: i64,
    rows: u64,
    signals: u64,
}

/// Both ends of the walk stay above nought and the order sizes within the limits.
const RANGE: std::ops::RangeInclusive<i64> = 8_000..=12_000;

impl Walk {
    pub(crate) fn all() -> Result<Vec<Self>, messages::Malformed> {
        let walk = |name: &&str| {
            let instrument = Instrument {
                symbol: Symbol::new(name)?,
                tick: Price(10_000_000),
                lot: Quantity::ONE,
                multiplier: Quantity::ONE,
                currency: "USD".to_owned(),
            };
            Ok(Self {
                instrument,
                bid: 10_000,
                spread: 1,
                bid_size: 50,
                ask_size: 50,
                rows: 0,
                signals: 0,
            })
        };
        NAMES.iter().map(walk).collect()
    }

    /// The next row: now and then a trade at one side, and a touch that moves.
    pub(crate) fn row(&mut self, now_us: i64, random: &mut ChaCha8Rng) -> Quote {
        let price = |ticks: i64| Price(ticks * self.instrument.tick.0);
        let trade = random.random_bool(0.4).then(|| {
            let buys = random.random_bool(0.5);
            let through = random.random_range(0..=1);
            Trade {
                price: price(if buys {
                    self.bid + self.spread + through
                } else {
                    self.bid - through
                }),
                quantity: Quantity::from_units(random.random_range(1..80)),
                aggressor: random
                    .random_bool(0.8)
                    .then_some(if buys { Side::Buy } else { Side::Sell }),
            }
        });
        if random.random_bool(0.3) {
            self.bid = (self.bid + random.random_range(-3..=3)).clamp(*RANGE.start(), *RANGE.end());
            self.spread = random.random_range(1..=3);
        }
        self.bid_size = random.random_range(0..120);
        self.ask_size = random.random_range(0..120);
        self.rows += 1;
        let price = |ticks: i64| Price(ticks * self.instrument.tick.0);
        Quote {
            symbol: self.instrument.symbol.clone(),
            bid: Some(price(self.bid)),
            ask: Some(price(self.bid + self.spread)),
            bid_size: Quantity::from_units(self.bid_size),
            ask_size: Quantity::from_units(self.ask_size),
            trade,
            event_us: now_us,
            epoch: 1,
            sequence: self.rows,
            published_us: now_us,
        }
    }

    /// The next signal, at random.
    pub(crate) fn signal(&mut self, now_us: i64, random: &mut ChaCha8Rng) -> wire::TradingSignal {
        use wire::trading_signal::Signal;
        self.signals += 1;
        let signal = match random.random_range(0..10) {
            0..=3 => Signal::Hold,
            4..=6 => Signal::Buy,
            _ => Signal::Sell,
        };
        wire::TradingSignal {
            symbol: self.instrument.symbol.to_string(),
            signal: signal.into(),
            confidence: 0.7,
            timestamp_us: now_us,
            model_hash: "coin".to_owned(),
            model_version: "1".to_owned(),
            market_published_us: now_us,
            market_sequence: self.rows,
            epoch: 1,
            sequence: self.signals,
            published_us: now_us,
            ..wire::TradingSignal::default()
        }
    }
}
