//! What a run amounted to: what never happens proves nothing.

/// Figures of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Report {
    /// Things that happened.
    pub steps: u64,
    /// Orders that left the engine.
    pub orders: u64,
    /// Executions at the venue.
    pub fills: u64,
    /// Decisions that denied an order.
    pub denials: u64,
    /// Kills that reached VERIFIED.
    pub kills_verified: u64,
    /// Kills that were re-armed.
    pub rearms: u64,
    /// Processes that died.
    pub crashes: u64,
    /// Orders that somebody else entered in the desk's session.
    pub strangers: u64,
    /// Breaks that the operator decided about.
    pub resolved: u64,
    /// Latch files that took nothing, or were torn.
    pub latches_failed: u64,
}

impl std::ops::AddAssign for Report {
    fn add_assign(&mut self, other: Self) {
        self.steps += other.steps;
        self.orders += other.orders;
        self.fills += other.fills;
        self.denials += other.denials;
        self.kills_verified += other.kills_verified;
        self.rearms += other.rearms;
        self.crashes += other.crashes;
        self.strangers += other.strangers;
        self.resolved += other.resolved;
        self.latches_failed += other.latches_failed;
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            steps,
            orders,
            fills,
            denials,
            kills_verified,
            rearms,
            crashes,
            strangers,
            resolved,
            latches_failed,
        } = self;
        write!(
            out,
            "{steps} steps, {orders} orders sent, {fills} fills, {denials} denials, \
             {kills_verified} kills verified, {rearms} re-armed, {crashes} crashes, \
             {strangers} orders of others, {resolved} breaks decided, {latches_failed} latch files not written"
        )
    }
}
