//! The mid of exact prices, which marks money, and the mid of doubles, which makes bars, are the same mid.

use indicators::mid;
use messages::{Price, Quantity, Quote, Symbol};
use proptest::prelude::*;

fn exact(bid: i64, ask: i64) -> Option<Price> {
    let quote = Quote {
        symbol: Symbol::new("ALFA").expect("a name"),
        bid: Some(Price(bid)),
        ask: Some(Price(ask)),
        bid_size: Quantity(0),
        ask_size: Quantity(0),
        trade: None,
        event_us: 0,
        epoch: 1,
        sequence: 1,
        published_us: 0,
    };
    quote.mid()
}

proptest! {
    #[test]
    fn both_mids_are_there_together_and_a_billionth_apart_at_most(
        bid in 1_i64..2_000_000_000_000_000,
        spread in -1_000_000_000_i64..1_000_000_000,
    ) {
        let ask = (bid + spread).max(1);
        let as_double = |price: i64| Price(price).to_f64();
        match (exact(bid, ask), mid(as_double(bid), as_double(ask))) {
            (Some(exact), Some(double)) => {
                // Half a billionth is cut off, and a double of this size is told to a few 1e-10.
                prop_assert!((exact.to_f64() - double).abs() <= 1e-9, "{exact} and {double}");
            }
            (None, None) => prop_assert!(ask < bid),
            // Prices closer than doubles can tell are one price to them.
            (None, Some(_)) => prop_assert!(ask < bid && as_double(ask) >= as_double(bid)),
            (exact, double) => prop_assert!(false, "{exact:?} and {double:?} of {bid} and {ask}"),
        }
    }
}
