//! Data faults: rows that can be read and can't be true.

use messages::Instrument;

use crate::row::Row;

/// What a row says that can't be true. Policy: counted by name, not passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Not among the symbols of the desk.
    UnknownSymbol,
    /// The bid is above the ask.
    CrossedBook,
    /// A size or a volume below nought.
    NegativeSize,
    /// A price of nought or below.
    PriceNotPositive,
    /// A price off the instrument's tick.
    OffTick,
    /// Earlier than the row of the same symbol before it.
    TimeBackwards,
    /// A trade of nothing, or a volume without a price.
    InconsistentTrade,
}

impl Fault {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::UnknownSymbol => "unknown_symbol",
            Self::CrossedBook => "crossed_book",
            Self::NegativeSize => "negative_size",
            Self::PriceNotPositive => "price_not_positive",
            Self::OffTick => "off_tick",
            Self::TimeBackwards => "time_backwards",
            Self::InconsistentTrade => "inconsistent_trade",
        }
    }
}

/// What has to be known to check the next row.
pub(super) struct Checks {
    instruments: Vec<Instrument>,
    newest_us: Vec<i64>,
}

impl Checks {
    pub(super) fn new(instruments: &[Instrument]) -> Self {
        Self {
            instruments: instruments.to_vec(),
            newest_us: vec![i64::MIN; instruments.len()],
        }
    }

    /// The first fault of `row`; its time counts only when it has none.
    pub(super) fn check(&mut self, row: &Row) -> Option<Fault> {
        let instrument = &self.instruments[row.symbol];
        let sizes = [row.bid_size, row.ask_size];
        if sizes.iter().any(|size| size.is_negative())
            || row.trade.is_some_and(|trade| trade.volume.is_negative())
        {
            return Some(Fault::NegativeSize);
        }
        let prices = [row.bid, row.ask, row.trade.map(|trade| trade.price)];
        if prices.iter().flatten().any(|price| !price.is_positive()) {
            return Some(Fault::PriceNotPositive);
        }
        if prices.iter().flatten().any(|price| !instrument.on_tick(*price)) {
            return Some(Fault::OffTick);
        }
        if matches!((row.bid, row.ask), (Some(bid), Some(ask)) if bid > ask) {
            return Some(Fault::CrossedBook);
        }
        if row.trade.is_some_and(|trade| trade.volume.is_zero()) {
            return Some(Fault::InconsistentTrade);
        }
        let newest = &mut self.newest_us[row.symbol];
        if row.event_us < *newest {
            return Some(Fault::TimeBackwards);
        }
        *newest = row.event_us;
        None
    }
}
