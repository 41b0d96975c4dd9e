//! What the venue holds, against the limits.

use std::collections::BTreeMap;

use messages::{Price, Side, Symbol};

use super::{DRIFT, MAX_GROSS, MAX_NET, MAX_POSITION, Witness};

/// The net exposure, and what it rests on.
#[derive(Debug, Default)]
pub(super) struct Leaning {
    /// What reductions may have added to it since nothing was open: what was approved before them counts on the other
    /// leg.
    pub(super) eased: f64,
    /// At the last look, and whether an order that is no reduction has filled since.
    net: f64,
    pub(super) raised: bool,
    /// The newest bid of each symbol that is held.
    bids: BTreeMap<Symbol, Price>,
}

impl Witness {
    /// What the venue holds is within the limits. What somebody else does in the session no check of the desk
    /// stops: those symbols are left out.
    pub(crate) fn exposed(&mut self, exchange: &venue::Exchange) {
        let session = crate::engine::SESSION.into();
        let (mut gross, mut net) = (0.0, 0.0);
        for (symbol, position) in exchange.positions(&session) {
            let held = position.quantity;
            let whose = !self.intruded.contains(symbol);
            self.expect(held.abs() <= MAX_POSITION || !whose, || {
                format!("the position in {symbol} is {held}, over the limit of {MAX_POSITION}")
            });
            let shown = exchange
                .touch(symbol)
                .and_then(|touch| touch.own(Side::Buy).price());
            if let Some(bid) = shown {
                self.leaning.bids.insert(symbol.clone(), bid);
            }
            // A venue that has just come back shows no market yet, and what is held is worth what it was.
            let bid = self.leaning.bids.get(symbol).copied();
            let notional = bid.map_or(0.0, Price::to_f64) * held.to_f64();
            gross += notional.abs();
            net += notional;
        }
        let holds = gross <= MAX_GROSS * DRIFT || !self.intruded.is_empty();
        self.expect(holds, || {
            format!("the gross exposure is {gross:.0}, over the limit of {MAX_GROSS}")
        });
        let within =
            net.abs() <= MAX_NET * DRIFT + self.leaning.eased || net.abs() <= self.leaning.net.abs() * DRIFT;
        self.leaning.net = net;
        let raised = std::mem::take(&mut self.leaning.raised);
        self.expect(within || !raised || !self.intruded.is_empty(), || {
            format!("the net exposure is {net:.0}, over the limit of {MAX_NET}")
        });
    }

    /// What reductions may have added to the net exposure is still counted.
    pub(crate) fn is_eased(&self) -> bool {
        self.leaning.eased > 0.0
    }

    /// Nothing is open, and the risk manager has heard of every execution: what it approves from here on counts them.
    pub(crate) fn all_is_heard(&mut self) {
        self.leaning.eased = 0.0;
    }
}
