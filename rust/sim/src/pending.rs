//! What waits for the risk manager's journal.

use messages::wire;
use wire::risk_event::Event;
use wire::strategy_command::Type;

/// One event on its way into the journal.
#[derive(Debug, Clone)]
pub(crate) struct Pending {
    pub(crate) kind: &'static str,
    pub(crate) key: Option<String>,
    pub(crate) event: wire::RiskEvent,
}

impl Pending {
    /// An approval or a command that isn't durable didn't happen; anything else is written later.
    pub(crate) fn outlives_a_fault(&self) -> bool {
        match &self.event.event {
            Some(Event::Decision(decision)) => decision.outcome() != wire::risk_decision::Outcome::Approved,
            Some(Event::Command(record)) => record
                .command
                .as_ref()
                .is_some_and(|command| command.r#type() == Type::KillSwitch),
            _ => true,
        }
    }
}
