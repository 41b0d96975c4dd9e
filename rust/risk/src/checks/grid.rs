//! The instrument's grid.

use messages::{Instrument, Price, Quantity, Symbol};

/// The desk doesn't trade this symbol.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not an instrument of this desk; add it to market_data.instruments")]
pub struct UnknownInstrument(pub Symbol);

/// Prices are whole multiples of the tick.
#[derive(Debug, Clone, Copy)]
pub struct TickSize<'a> {
    /// The instrument.
    pub instrument: &'a Instrument,
}

/// The price lies between two ticks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("price {price} of {symbol} is off its tick of {tick}")]
pub struct OffTick {
    /// The instrument.
    pub symbol: Symbol,
    /// Its tick.
    pub tick: Price,
    /// The price.
    pub price: Price,
}

impl TickSize<'_> {
    /// Passes a whole number of ticks.
    pub fn check(self, price: Price) -> Result<(), OffTick> {
        let Instrument { symbol, tick, .. } = self.instrument;
        if self.instrument.on_tick(price) {
            return Ok(());
        }
        Err(OffTick {
            symbol: symbol.clone(),
            tick: *tick,
            price,
        })
    }
}

/// Quantities are whole multiples of the lot.
#[derive(Debug, Clone, Copy)]
pub struct LotSize<'a> {
    /// The instrument.
    pub instrument: &'a Instrument,
}

/// The quantity is no whole number of lots.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("quantity {quantity} of {symbol} is off its lot of {lot}")]
pub struct OffLot {
    /// The instrument.
    pub symbol: Symbol,
    /// Its lot.
    pub lot: Quantity,
    /// The quantity.
    pub quantity: Quantity,
}

impl LotSize<'_> {
    /// Passes a whole number of lots.
    pub fn check(self, quantity: Quantity) -> Result<(), OffLot> {
        let Instrument { symbol, lot, .. } = self.instrument;
        if self.instrument.on_lot(quantity) {
            return Ok(());
        }
        Err(OffLot {
            symbol: symbol.clone(),
            lot: *lot,
            quantity,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{instrument, price, quantity};

    #[test]
    fn the_tick_fires_between_two_ticks() {
        let alfa = instrument("ALFA");
        assert_eq!(TickSize { instrument: &alfa }.check(price("100.01")), Ok(()));
        let error = TickSize { instrument: &alfa }
            .check(price("100.015"))
            .unwrap_err();
        assert_eq!(error.to_string(), "price 100.015 of ALFA is off its tick of 0.01");
    }

    #[test]
    fn the_lot_fires_between_two_lots() {
        let alfa = instrument("ALFA");
        assert_eq!(LotSize { instrument: &alfa }.check(quantity(3)), Ok(()));
        assert!(
            LotSize { instrument: &alfa }
                .check("2.5".parse().unwrap())
                .is_err()
        );
    }
}
