//! What happens by itself: rows, signals, ticks, heartbeats, commands, faults.

/// A clock that strikes, and strikes again after its period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Timer {
    /// A row of the symbol with this index.
    Row(usize),
    /// A signal for the symbol with this index.
    Signal(usize),
    EngineTick,
    RiskTick,
    VenueTick,
    Heartbeats,
    /// The operator may do something.
    Operator,
    /// Somebody else may trade in the desk's session.
    Intruder,
    /// Something may break, and what is broken may be mended.
    Faults,
}

impl Timer {
    /// In microseconds.
    pub(crate) fn period_us(self) -> i64 {
        match self {
            Self::Row(_) => 80_000,
            Self::Signal(_) => 120_000,
            Self::EngineTick | Self::RiskTick => 20_000,
            Self::Heartbeats => 200_000,
            Self::VenueTick | Self::Operator | Self::Intruder => 100_000,
            Self::Faults => 50_000,
        }
    }

    pub(crate) fn all(symbols: usize) -> impl Iterator<Item = Self> {
        let fixed = [
            Self::EngineTick,
            Self::RiskTick,
            Self::VenueTick,
            Self::Heartbeats,
            Self::Operator,
            Self::Intruder,
            Self::Faults,
        ];
        (0..symbols)
            .map(Self::Row)
            .chain((0..symbols).map(Self::Signal))
            .chain(fixed)
    }
}
