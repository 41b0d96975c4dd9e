//! What the venue holds, against the limits.

use messages::{Price, Side};

use super::{DRIFT, MAX_GROSS, MAX_NET, MAX_POSITION, Witness};

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
            let mid = exchange
                .touch(symbol)
                .and_then(|touch| touch.own(Side::Buy).price());
            let notional = mid.map_or(0.0, Price::to_f64) * held.to_f64();
            gross += notional.abs();
            net += notional;
        }
        let holds = gross <= MAX_GROSS * DRIFT || !self.intruded.is_empty();
        self.expect(holds, || {
            format!("the gross exposure is {gross:.0}, over the limit of {MAX_GROSS}")
        });
        let within = net.abs() <= MAX_NET * DRIFT + self.eased || net.abs() <= self.net.abs() * DRIFT;
        self.net = net;
        let raised = std::mem::take(&mut self.raised);
        self.expect(within || !raised || !self.intruded.is_empty(), || {
            format!("the net exposure is {net:.0}, over the limit of {MAX_NET}")
        });
    }

    /// What reductions may have added to the net exposure is still counted.
    pub(crate) fn is_eased(&self) -> bool {
        self.eased > 0.0
    }

    /// Nothing is open, and the risk manager has heard of every execution: what it approves from here on counts them.
    pub(crate) fn all_is_heard(&mut self) {
        self.eased = 0.0;
    }
}
