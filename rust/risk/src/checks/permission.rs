//! May anything be sent at all?

use messages::mutation::{Mutant, ignored, planted};
use messages::{Gate, GateKind, Money, Order, Quantity, Symbol};

use crate::book::Effect;
use crate::gates::Gates;

/// The gates of the desk and of the symbol.
#[derive(Debug, Clone, Copy)]
pub struct Permission<'a> {
    /// Every closed gate.
    pub gates: &'a Gates,
}

/// A gate is closed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} is closed by {}: {}; it opens when {}", scope(.0), .0.closed_by, .0.reason, .0.opens_when)]
pub struct GateClosed(pub Box<Gate>);

fn scope(gate: &Gate) -> &str {
    gate.symbol.as_ref().map_or("the desk", Symbol::as_str)
}

/// Only a pure reduction may pass here, and this order could go through nought, or adds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{}only a reduction may pass: {value} of {symbol} is over the {limit} that still reduces, and is denied whole",
    closed_by(.gate.as_deref())
)]
pub struct WouldFlip {
    /// The instrument.
    pub symbol: Symbol,
    /// The most that still reduces.
    pub limit: Quantity,
    /// The order's quantity.
    pub value: Quantity,
    /// The gate that is closed; `None` for an operator's flatten, which only ever reduces.
    pub gate: Option<Box<Gate>>,
}

fn closed_by(gate: Option<&Gate>) -> String {
    gate.map_or_else(String::new, |gate| {
        format!(
            "{} is closed by {} ({}), and ",
            scope(gate),
            gate.closed_by,
            gate.reason
        )
    })
}

/// Why a closed gate stops an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stopped {
    Gate(GateClosed),
    Flip(WouldFlip),
}

impl Permission<'_> {
    /// Passes when no gate is closed for `order`, and a pure reduction also when one is that is not a kill.
    /// `reducible` is the most that would still reduce.
    pub(crate) fn check(self, order: &Order, effect: Effect, reducible: Quantity) -> Result<(), Stopped> {
        let mut closed = self.gates.blocking(&order.symbol);
        let Some(first) = self
            .gates
            .killed(&order.symbol)
            .or_else(|| closed.next())
            .filter(|gate| !ignored(&gate.kind))
        else {
            return Ok(());
        };
        if first.kind != GateKind::KillLatch && !planted(Mutant::ReductionsStopped) {
            match effect {
                Effect::Reduces => return Ok(()),
                Effect::Flips => {
                    let (symbol, limit, value) = (order.symbol.clone(), reducible, order.quantity);
                    let gate = Some(Box::new(first.clone()));
                    return Err(Stopped::Flip(WouldFlip {
                        symbol,
                        limit,
                        value,
                        gate,
                    }));
                }
                Effect::Raises => {}
            }
        }
        Err(Stopped::Gate(GateClosed(Box::new(first.clone()))))
    }
}

/// The loss of the trading day.
#[derive(Debug, Clone, Copy)]
pub struct DailyLoss {
    /// The limit.
    pub limit: Money,
}

/// The day's loss reached its limit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the day's loss of {value} reached the limit of {limit}")]
pub struct DailyLossReached {
    /// The limit.
    pub limit: Money,
    /// The loss.
    pub value: Money,
}

impl DailyLoss {
    /// Passes under the limit; a day without a loss passes any.
    pub fn check(self, loss: Money) -> Result<(), DailyLossReached> {
        if loss > Money::ZERO && loss >= self.limit {
            return Err(DailyLossReached {
                limit: self.limit,
                value: loss,
            });
        }
        Ok(())
    }
}

/// The same order, or one for the same signal, was approved before.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} was used for an order before: nothing is sent twice")]
pub struct DuplicateOrder(pub String);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{gate, limit_order, quantity};
    use messages::Side;

    fn stopped(gates: &[GateKind], effect: Effect) -> Result<(), Stopped> {
        let mut all = Gates::default();
        for kind in gates {
            all.close("engine", gate(*kind, None));
        }
        let order = limit_order("q1-1", "ALFA", Side::Sell, 7, "100");
        Permission { gates: &all }.check(&order, effect, quantity(5))
    }

    #[test]
    fn every_gate_stops_new_risk_and_only_the_kill_stops_a_reduction() {
        use GateKind as K;
        for kind in [
            K::OperatorPause,
            K::LossLimit,
            K::StaleMarketData,
            K::HeartbeatLost,
            K::ReconciliationBreak,
            K::StoreBehind,
            K::VenueLost,
            K::ModelMissing,
            K::SessionClosed,
            K::ClockOff,
        ] {
            assert!(
                matches!(stopped(&[kind], Effect::Raises), Err(Stopped::Gate(error)) if error.0.kind == kind)
            );
            assert!(matches!(stopped(&[kind], Effect::Flips), Err(Stopped::Flip(_))));
            assert_eq!(stopped(&[kind], Effect::Reduces), Ok(()));
            // A kill behind another gate still stops it.
            assert!(stopped(&[kind, K::KillLatch], Effect::Reduces).is_err());
        }
        assert_eq!(stopped(&[], Effect::Flips), Ok(()));
    }

    #[test]
    fn a_closed_gate_reads_as_one_sentence() {
        let Err(Stopped::Gate(error)) = stopped(&[GateKind::KillLatch], Effect::Raises) else {
            panic!()
        };
        assert_eq!(
            error.to_string(),
            "the desk is closed by somebody: a reason; it opens when it opens"
        );
    }

    #[test]
    fn daily_loss_fires_at_its_limit() {
        let money = |units: f64| Money::from_f64(units).unwrap();
        let check = DailyLoss { limit: money(100.0) };
        assert_eq!(check.check(money(99.99)), Ok(()));
        let error = check.check(money(100.0)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the day's loss of 100 reached the limit of 100"
        );
        assert_eq!(DailyLoss { limit: Money::ZERO }.check(Money::ZERO), Ok(()));
    }
}
