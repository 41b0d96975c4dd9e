//! One row of market data: the touch, and the trade if there was one.

use crate::exact::{Price, Quantity};
use crate::malformed::Malformed;
use crate::order::Side;
use crate::symbol::Symbol;
use crate::wire;

/// A trade that printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trade {
    /// Its price, above nought.
    pub price: Price,
    /// Its size, not below nought.
    pub quantity: Quantity,
    /// Who crossed the spread, where the feed says so.
    pub aggressor: Option<Side>,
}

/// The touch after one row, and the trade of that row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// The instrument.
    pub symbol: Symbol,
    /// Best bid; `None` when that side is empty.
    pub bid: Option<Price>,
    /// Best ask; `None` when that side is empty.
    pub ask: Option<Price>,
    /// Size shown at the bid.
    pub bid_size: Quantity,
    /// Size shown at the ask.
    pub ask_size: Quantity,
    /// Set only where the row is a trade.
    pub trade: Option<Trade>,
    /// Event time in microseconds.
    pub event_us: i64,
    /// The publisher's start.
    pub epoch: u64,
    /// Per symbol, from 1.
    pub sequence: u64,
    /// When it was published, in microseconds.
    pub published_us: i64,
}

impl Quote {
    /// True when the bid is above the ask: a data fault, which marks nothing.
    pub fn is_crossed(&self) -> bool {
        matches!((self.bid, self.ask), (Some(bid), Some(ask)) if bid > ask)
    }

    /// The middle of the touch, rounded down to a billionth; `None` when a side is missing or it is crossed.
    pub fn mid(&self) -> Option<Price> {
        match (self.bid, self.ask) {
            (Some(bid), Some(ask)) if bid <= ask => Some(Price(bid.0 + (ask.0 - bid.0) / 2)),
            _ => None,
        }
    }
}

fn side_price(field: &'static str, value: Option<f64>) -> Result<Option<Price>, Malformed> {
    let price = value
        .map(Price::from_f64)
        .transpose()
        .map_err(Malformed::inexact("MarketData", field))?;
    // Instruments that trade at or below nought (spreads) are no part of this desk.
    match price {
        Some(price) if !price.is_positive() => Err(Malformed::new(
            "MarketData",
            field,
            format!("{price} is not above nought"),
        )),
        price => Ok(price),
    }
}

fn size(field: &'static str, value: f64) -> Result<Quantity, Malformed> {
    let size = Quantity::from_f64(value).map_err(Malformed::inexact("MarketData", field))?;
    if size.is_negative() {
        return Err(Malformed::new(
            "MarketData",
            field,
            format!("{size} is below nought"),
        ));
    }
    Ok(size)
}

impl TryFrom<&wire::MarketData> for Quote {
    type Error = Malformed;

    fn try_from(message: &wire::MarketData) -> Result<Self, Malformed> {
        use wire::market_data::Aggressor;
        let symbol = Symbol::new(&message.symbol)?;
        let aggressor = match Aggressor::try_from(message.aggressor) {
            Ok(Aggressor::Buyer) => Some(Side::Buy),
            Ok(Aggressor::Seller) => Some(Side::Sell),
            Ok(Aggressor::None | Aggressor::Unspecified) => None,
            Err(unknown) => return Err(Malformed::new("MarketData", "aggressor", unknown.to_string())),
        };
        let quantity = size("volume", message.volume)?;
        let trade = side_price("price", message.price)?.map(|price| Trade {
            price,
            quantity,
            aggressor,
        });
        Ok(Self {
            symbol,
            bid: side_price("bid", message.bid)?,
            ask: side_price("ask", message.ask)?,
            bid_size: size("bid_size", message.bid_size)?,
            ask_size: size("ask_size", message.ask_size)?,
            trade,
            event_us: message.timestamp_us,
            epoch: message.epoch,
            sequence: message.sequence,
            published_us: message.published_us,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> wire::MarketData {
        wire::MarketData {
            symbol: "ESH4".into(),
            bid: Some(4800.0),
            ask: Some(4800.25),
            bid_size: 4.0,
            ask_size: 7.0,
            timestamp_us: 1,
            ..Default::default()
        }
    }

    #[test]
    fn a_row_without_a_price_is_no_trade() {
        let quote = Quote::try_from(&row()).unwrap();
        assert_eq!(quote.trade, None);
        assert_eq!(quote.mid().unwrap().to_string(), "4800.125");
    }

    #[test]
    fn a_crossed_or_one_sided_touch_has_no_mid() {
        let crossed = wire::MarketData {
            bid: Some(4801.0),
            ..row()
        };
        let quote = Quote::try_from(&crossed).unwrap();
        assert!(quote.is_crossed() && quote.mid().is_none());
        let one_sided = wire::MarketData { ask: None, ..row() };
        assert_eq!(Quote::try_from(&one_sided).unwrap().mid(), None);
    }

    #[test]
    fn hostile_rows_are_refused_by_field() {
        let field = |message: wire::MarketData| Quote::try_from(&message).unwrap_err().field;
        assert_eq!(
            field(wire::MarketData {
                symbol: "E S".into(),
                ..row()
            }),
            "symbol"
        );
        assert_eq!(
            field(wire::MarketData {
                bid: Some(f64::NAN),
                ..row()
            }),
            "bid"
        );
        assert_eq!(
            field(wire::MarketData {
                ask_size: -1.0,
                ..row()
            }),
            "ask_size"
        );
        assert_eq!(
            field(wire::MarketData {
                price: Some(0.0),
                ..row()
            }),
            "price"
        );
        assert_eq!(
            field(wire::MarketData {
                aggressor: 9,
                ..row()
            }),
            "aggressor"
        );
    }
}
