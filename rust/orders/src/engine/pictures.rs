//! The picture a late joiner starts from.

use messages::wire;

use super::Engine;

/// The newest commands in a snapshot.
const COMMANDS: usize = 100;

impl Engine {
    /// Orders, fills, positions and trading state as they are now. The caller adds epoch and sequence: those
    /// of the last event that is durable.
    pub fn snapshot(&self, request: &wire::SnapshotRequest, now_us: i64) -> wire::Snapshot {
        let orders = &self.state.orders;
        let finished = orders.finished(request.finished_orders as usize);
        let fills = &self.state.fills;
        let skip = fills.len().saturating_sub(request.fills as usize);
        wire::Snapshot {
            orders: orders.working().chain(finished).map(wire::Order::from).collect(),
            fills: fills.iter().skip(skip).map(wire::Fill::from).collect(),
            positions: self
                .state
                .book
                .iter()
                .map(|position| position.to_wire(self.marks.mark(&position.symbol)))
                .collect(),
            trading: Some(self.trading_state()),
            commands: self.state.commands.newest(COMMANDS).cloned().collect(),
            at_us: now_us,
            ..wire::Snapshot::default()
        }
    }

    /// Orders that may still fill.
    pub fn working_orders(&self) -> usize {
        self.state.orders.working().count()
    }

    /// PAPER or LIVE, as the venue says; empty before it said anything.
    pub fn venue(&self) -> &str {
        &self.session.venue
    }
}
