//! A line of CSV as a row.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::Arc;

use csv::ByteRecord;
use messages::wire::market_data::Aggressor;
use messages::{Inexact, Instrument, Price, Quantity};

use super::faults::Fault;
use crate::row::{Row, Trade};

/// Why a line gives no row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refused {
    /// It can't be read; the reason names the column.
    Malformed(String),
    /// It can be read and can't be true.
    Fault(Fault),
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

    pub(super) fn parse(&mut self, record: &ByteRecord) -> Result<Row, Refused> {
        let event_us = text(record, 0, "timestamp_us")?
            .parse()
            .map_err(|_| malformed("timestamp_us", text_or_bytes(record, 0), "is no whole number"))?;
        let price = optional::<Price>(record, 3, "price")?;
        let volume = required::<Quantity>(record, 4, "volume")?;
        let aggressor = match &record[5] {
            b"B" => Aggressor::Buyer,
            b"A" => Aggressor::Seller,
            b"N" => Aggressor::None,
            b"" => Aggressor::Unspecified,
            _ => {
                return Err(malformed(
                    "aggressor",
                    text_or_bytes(record, 5),
                    "is none of B, A, N",
                ));
            }
        };
        let (bid, bid_size) = (optional(record, 6, "bid")?, required(record, 7, "bid_size")?);
        let (ask, ask_size) = (optional(record, 8, "ask")?, required(record, 9, "ask_size")?);
        let exchange = text(record, 2, "exchange")?;
        if *exchange != *self.exchange {
            self.exchange = Arc::from(exchange);
        }
        let Some(&symbol) = self.symbols.get(&record[1]) else {
            return Err(Refused::Fault(Fault::UnknownSymbol));
        };
        let trade = price.map(|price| Trade {
            price,
            volume,
            aggressor,
        });
        if trade.is_none() && !volume.is_zero() {
            let fault = if volume.is_negative() {
                Fault::NegativeSize
            } else {
                Fault::InconsistentTrade
            };
            return Err(Refused::Fault(fault));
        }
        let exchange = Arc::clone(&self.exchange);
        Ok(Row {
            symbol,
            exchange,
            event_us,
            trade,
            bid,
            ask,
            bid_size,
            ask_size,
        })
    }
}

fn malformed(column: &str, value: impl std::fmt::Display, reason: &str) -> Refused {
    Refused::Malformed(format!("{column} `{value}` {reason}"))
}

fn text_or_bytes(record: &ByteRecord, at: usize) -> String {
    String::from_utf8_lossy(&record[at]).into_owned()
}

fn text<'a>(record: &'a ByteRecord, at: usize, column: &str) -> Result<&'a str, Refused> {
    std::str::from_utf8(&record[at]).map_err(|_| malformed(column, text_or_bytes(record, at), "is not UTF-8"))
}

fn required<T: FromStr<Err = Inexact>>(record: &ByteRecord, at: usize, column: &str) -> Result<T, Refused> {
    let number = text(record, at, column)?;
    number.parse().map_err(|_| {
        malformed(
            column,
            number,
            "is not a decimal number with at most nine decimals",
        )
    })
}

fn optional<T: FromStr<Err = Inexact>>(
    record: &ByteRecord,
    at: usize,
    column: &str,
) -> Result<Option<T>, Refused> {
    if record[at].is_empty() {
        Ok(None)
    } else {
        required(record, at, column).map(Some)
    }
}
