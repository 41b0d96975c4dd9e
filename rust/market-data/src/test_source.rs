//! The source `test`: plain ticks in a plain order, for checking that a reader reads.

use std::collections::BTreeMap;
use std::sync::Arc;

use messages::wire::market_data::Aggressor;
use messages::{Instrument, Price, Quantity};

use crate::row::{Row, Trade};
use crate::source::{Source, SourceFailed};

/// Ticks come this far apart: a hundred a second.
pub const GAP_US: i64 = 10_000;

/// Ticks of one symbol: tick number `n`, from 1, has a bid of 100 plus 1 to 10 ticks, an ask one tick above,
/// sizes 10 and 20, and every fourth is a trade of one lot at the ask.
pub struct TestSource {
    instrument: Instrument,
    exchange: Arc<str>,
    start_us: i64,
    rows: u64,
    faults: BTreeMap<&'static str, u64>,
}

impl TestSource {
    /// Ticks of `instrument`, symbol 0, beginning at `start_us`.
    pub fn new(instrument: Instrument, start_us: i64) -> Self {
        Self {
            instrument,
            exchange: Arc::from("TEST"),
            start_us,
            rows: 0,
            faults: BTreeMap::new(),
        }
    }
}

impl Source for TestSource {
    fn kind(&self) -> &'static str {
        "test"
    }

    fn next_row(&mut self) -> Result<Option<Row>, SourceFailed> {
        let event_us = self.start_us + self.rows as i64 * GAP_US;
        self.rows += 1;
        let Instrument { tick, lot, .. } = self.instrument;
        let steps = (self.rows % 10) as i64;
        let bid = Price::from_units(100).toward_zero(tick) + Price(tick.0 * (steps + 1));
        let ask = bid + tick;
        let trade = self.rows.is_multiple_of(4).then_some(Trade {
            price: ask,
            volume: lot,
            aggressor: Aggressor::Buyer,
        });
        Ok(Some(Row {
            symbol: 0,
            exchange: Arc::clone(&self.exchange),
            event_us,
            trade,
            bid: Some(bid),
            ask: Some(ask),
            bid_size: Quantity(10 * lot.0),
            ask_size: Quantity(20 * lot.0),
        }))
    }

    fn position(&self) -> u64 {
        self.rows
    }

    fn faults(&self) -> &BTreeMap<&'static str, u64> {
        &self.faults
    }

    fn identity(&self) -> String {
        format!("test ticks of {} from {}", self.instrument.symbol, self.start_us)
    }
}
