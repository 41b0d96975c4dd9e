//! The one concept for everything that stops trading.

use crate::malformed::Malformed;
use crate::symbol::Symbol;
use crate::wire;

/// What kind of thing closed a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GateKind {
    /// An operator paused the desk or a symbol.
    OperatorPause,
    /// A kill is latched.
    KillLatch,
    /// The daily loss reached its limit.
    LossLimit,
    /// A symbol's market data is old.
    StaleMarketData,
    /// A service doesn't answer.
    HeartbeatLost,
    /// Desk and venue disagree.
    ReconciliationBreak,
    /// The journal or the projection lags.
    StoreBehind,
    /// The venue doesn't answer.
    VenueLost,
    /// No model, or one that was refused.
    ModelMissing,
    /// The session is over, or the replay ended.
    SessionClosed,
    /// The clocks are apart.
    ClockOff,
}

const KINDS: [(GateKind, wire::gate::Kind); 11] = {
    use wire::gate::Kind;
    [
        (GateKind::OperatorPause, Kind::OperatorPause),
        (GateKind::KillLatch, Kind::KillLatch),
        (GateKind::LossLimit, Kind::LossLimit),
        (GateKind::StaleMarketData, Kind::StaleMarketData),
        (GateKind::HeartbeatLost, Kind::HeartbeatLost),
        (GateKind::ReconciliationBreak, Kind::ReconciliationBreak),
        (GateKind::StoreBehind, Kind::StoreBehind),
        (GateKind::VenueLost, Kind::VenueLost),
        (GateKind::ModelMissing, Kind::ModelMissing),
        (GateKind::SessionClosed, Kind::SessionClosed),
        (GateKind::ClockOff, Kind::ClockOff),
    ]
};

impl GateKind {
    /// Its number on the wire.
    pub fn to_wire(self) -> wire::gate::Kind {
        KINDS[self as usize].1
    }
}

impl TryFrom<i32> for GateKind {
    type Error = Malformed;
    fn try_from(number: i32) -> Result<Self, Malformed> {
        KINDS
            .iter()
            .find(|(_, kind)| *kind as i32 == number)
            .map(|(kind, _)| *kind)
            .ok_or_else(|| Malformed::new("Gate", "kind", format!("{number} is no kind of gate")))
    }
}

/// One closed gate: what closed it, who did, since when, and what opens it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gate {
    /// What kind of thing closed it.
    pub kind: GateKind,
    /// Its scope; `None` is the whole desk.
    pub symbol: Option<Symbol>,
    /// The service, or operator@host.
    pub closed_by: String,
    /// One sentence.
    pub reason: String,
    /// Since when, in microseconds.
    pub since_us: i64,
    /// What opens it.
    pub opens_when: String,
}

impl TryFrom<&wire::Gate> for Gate {
    type Error = Malformed;
    fn try_from(message: &wire::Gate) -> Result<Self, Malformed> {
        Ok(Self {
            kind: GateKind::try_from(message.kind)?,
            symbol: Symbol::scope(&message.symbol)?,
            closed_by: message.closed_by.clone(),
            reason: message.reason.clone(),
            since_us: message.since_us,
            opens_when: message.opens_when.clone(),
        })
    }
}

impl From<&Gate> for wire::Gate {
    fn from(gate: &Gate) -> Self {
        Self {
            kind: gate.kind.to_wire().into(),
            symbol: gate.symbol.as_ref().map_or_else(String::new, ToString::to_string),
            closed_by: gate.closed_by.clone(),
            reason: gate.reason.clone(),
            since_us: gate.since_us,
            opens_when: gate.opens_when.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_goes_round() {
        for (kind, number) in KINDS {
            assert_eq!(kind.to_wire(), number);
            assert_eq!(GateKind::try_from(number as i32).unwrap(), kind);
        }
        assert!(GateKind::try_from(0).is_err());
    }
}
