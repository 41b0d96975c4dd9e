//! One row of market data, exact: a change of the touch, or a trade.

use std::io::{self, Write};
use std::sync::Arc;

use messages::wire::market_data::Aggressor;
use messages::{Price, Quantity};

/// The columns of a file, in order.
pub const HEADER: &str = "timestamp_us,symbol,exchange,price,volume,aggressor,bid,bid_size,ask,ask_size";

/// A trade that printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trade {
    /// Its price.
    pub price: Price,
    /// Its size, above nought.
    pub volume: Quantity,
    /// Who crossed the spread; unspecified where the source doesn't say.
    pub aggressor: Aggressor,
}

/// The touch after one event, and the trade if it was one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Position of the symbol in the source's list.
    pub symbol: usize,
    /// Where it happened.
    pub exchange: Arc<str>,
    /// Event time, microseconds since 1970 UTC.
    pub event_us: i64,
    /// Set only for a trade.
    pub trade: Option<Trade>,
    /// Best bid; `None` when that side is empty.
    pub bid: Option<Price>,
    /// Best ask; `None` when that side is empty.
    pub ask: Option<Price>,
    /// Size shown at the bid.
    pub bid_size: Quantity,
    /// Size shown at the ask.
    pub ask_size: Quantity,
}

impl Row {
    /// Writes it as a line of CSV under [`HEADER`].
    pub fn write_csv(&self, symbol: &str, out: &mut impl Write) -> io::Result<()> {
        write!(out, "{},{symbol},{},", self.event_us, self.exchange)?;
        match self.trade {
            Some(trade) => write!(
                out,
                "{},{},{},",
                trade.price,
                trade.volume,
                letter(trade.aggressor)
            )?,
            None => write!(out, ",0,,")?,
        }
        let mut side = |price: Option<Price>, size: Quantity, end: &str| match price {
            Some(price) => write!(out, "{price},{size}{end}"),
            None => write!(out, ",{size}{end}"),
        };
        side(self.bid, self.bid_size, ",")?;
        side(self.ask, self.ask_size, "\n")
    }
}

const fn letter(aggressor: Aggressor) -> &'static str {
    match aggressor {
        Aggressor::Buyer => "B",
        Aggressor::Seller => "A",
        Aggressor::None => "N",
        Aggressor::Unspecified => "",
    }
}
