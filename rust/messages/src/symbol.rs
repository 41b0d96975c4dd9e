//! What is traded: its name, its grid and its contract size.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use crate::exact::{Price, Quantity};
use crate::malformed::Malformed;

/// The name of an instrument: 1 to 64 printable ASCII characters without a space. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Symbol(Arc<str>);

impl Symbol {
    /// Checks and keeps `name`.
    pub fn new(name: &str) -> Result<Self, Malformed> {
        let printable = name.bytes().all(|byte| byte.is_ascii_graphic());
        if name.is_empty() || name.len() > 64 || !printable {
            let reason = format!("{name:?} is not a symbol: 1 to 64 printable ASCII characters, no space");
            return Err(Malformed::new("Symbol", "symbol", reason));
        }
        Ok(Self(Arc::from(name)))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A scope on the wire: empty means the whole desk.
    pub fn scope(name: &str) -> Result<Option<Self>, Malformed> {
        if name.is_empty() {
            Ok(None)
        } else {
            Self::new(name).map(Some)
        }
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}

impl Borrow<str> for Symbol {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// The grid and the size of one instrument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instrument {
    /// Its name.
    pub symbol: Symbol,
    /// Prices are whole multiples of this.
    pub tick: Price,
    /// Quantities are whole multiples of this.
    pub lot: Quantity,
    /// Currency units per point and unit (50 for ES).
    pub multiplier: Quantity,
    /// ISO 4217 code.
    pub currency: String,
}

impl Instrument {
    /// True when `price` lies on the tick.
    pub const fn on_tick(&self, price: Price) -> bool {
        price.is_multiple_of(self.tick)
    }
    /// True when `quantity` is a whole number of lots.
    pub const fn on_lot(&self, quantity: Quantity) -> bool {
        quantity.is_multiple_of(self.lot)
    }
    /// `quantity` rounded toward zero to whole lots.
    #[must_use]
    pub const fn round_to_lot_toward_zero(&self, quantity: Quantity) -> Quantity {
        quantity.toward_zero(self.lot)
    }
}
