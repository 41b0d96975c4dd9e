//! The cells of a row as a row.

use std::collections::HashMap;
use std::fmt::Display;
use std::sync::Arc;

use messages::wire::market_data::Aggressor;
use messages::{Instrument, Price, Quantity};

use super::faults::Fault;
use crate::row::{Row, Trade};

/// What is wrong with a number that has no exact form.
pub(super) const NOT_DECIMAL: &str = "is not a decimal number with at most nine decimals";

/// Why a line gives no row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refused {
    /// It can't be read; the reason names the column.
    Malformed(String),
    /// It can be read and can't be true.
    Fault(Fault),
}

/// What a file says in one row, each column in its own type.
pub(super) struct Cells<'a> {
    pub(super) event_us: i64,
    pub(super) symbol: &'a [u8],
    pub(super) exchange: &'a str,
    pub(super) price: Option<Price>,
    pub(super) volume: Quantity,
    pub(super) aggressor: Aggressor,
    pub(super) bid: Option<Price>,
    pub(super) bid_size: Quantity,
    pub(super) ask: Option<Price>,
    pub(super) ask_size: Quantity,
}

pub(super) struct Parser {
    symbols: HashMap<Vec<u8>, usize>,
    /// The exchange of the row before, mostly that of the next.
    exchange: Arc<str>,
}

impl Parser {
    pub(super) fn new(instruments: &[Instrument]) -> Self {
        let names = instruments.iter().enumerate();
        Self {
            symbols: names
                .map(|(at, each)| (each.symbol.as_str().as_bytes().to_vec(), at))
                .collect(),
            exchange: Arc::from(""),
        }
    }

    pub(super) fn row(&mut self, cells: &Cells<'_>) -> Result<Row, Refused> {
        if *cells.exchange != *self.exchange {
            self.exchange = Arc::from(cells.exchange);
        }
        let Some(&symbol) = self.symbols.get(cells.symbol) else {
            return Err(Refused::Fault(Fault::UnknownSymbol));
        };
        let trade = cells.price.map(|price| Trade {
            price,
            volume: cells.volume,
            aggressor: cells.aggressor,
        });
        if trade.is_none() && !cells.volume.is_zero() {
            let fault = if cells.volume.is_negative() {
                Fault::NegativeSize
            } else {
                Fault::InconsistentTrade
            };
            return Err(Refused::Fault(fault));
        }
        Ok(Row {
            symbol,
            exchange: Arc::clone(&self.exchange),
            event_us: cells.event_us,
            trade,
            bid: cells.bid,
            ask: cells.ask,
            bid_size: cells.bid_size,
            ask_size: cells.ask_size,
        })
    }
}

/// Who crossed the spread, by the letter of the column `aggressor`.
pub(super) fn aggressor(letter: &[u8]) -> Result<Aggressor, Refused> {
    match letter {
        b"B" => Ok(Aggressor::Buyer),
        b"A" => Ok(Aggressor::Seller),
        b"N" => Ok(Aggressor::None),
        b"" => Ok(Aggressor::Unspecified),
        other => Err(malformed(
            "aggressor",
            String::from_utf8_lossy(other),
            "is none of B, A, N",
        )),
    }
}

/// The text of a cell.
pub(super) fn utf8<'a>(column: &str, bytes: &'a [u8]) -> Result<&'a str, Refused> {
    std::str::from_utf8(bytes).map_err(|_| malformed(column, String::from_utf8_lossy(bytes), "is not UTF-8"))
}

pub(super) fn malformed(column: &str, value: impl Display, reason: &str) -> Refused {
    Refused::Malformed(format!("{column} `{value}` {reason}"))
}
