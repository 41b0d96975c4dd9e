//! What the engine journals and publishes: one record, one `ExecutionEvent`.

use messages::{Fill, Malformed, Order, wire};
use wire::execution_event::Event as Body;

/// One thing that happened. The journal's order of them is the truth; everything else is rebuilt from it.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// An order's new state.
    Order(Box<Order>),
    /// One execution.
    Fill(Box<Fill>),
    /// A position after a fill, or once a minute: a picture for the record.
    Position(Box<wire::Position>),
    /// Pauses, kills and gates after a change.
    State(Box<wire::TradingState>),
    /// A stage of a kill was reached.
    Kill(Box<wire::KillStage>),
    /// A command and its answer.
    Command(Box<wire::CommandRecord>),
    /// A reconciliation break appeared, changed, was decided or is gone.
    Break(Box<wire::Break>),
    /// An accepted command is at work, or has come to its end.
    Progress(Box<wire::CommandProgress>),
}

impl Event {
    /// Its kind in the journal.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Order(_) => "order",
            Self::Fill(_) => "fill",
            Self::Position(_) => "position",
            Self::State(_) => "state",
            Self::Kill(_) => "kill",
            Self::Command(_) => "command",
            Self::Break(_) => "break",
            Self::Progress(_) => "progress",
        }
    }

    /// What the journal must hold once at most: the execution of a fill, the id of a command.
    pub fn key(&self) -> Option<String> {
        match self {
            Self::Fill(fill) => Some(fill.execution_id.clone()),
            Self::Command(record) => record.command.as_ref().map(|command| command.command_id.clone()),
            Self::Order(_)
            | Self::Position(_)
            | Self::State(_)
            | Self::Kill(_)
            | Self::Break(_)
            | Self::Progress(_) => None,
        }
    }

    /// The message, without the fields its publisher adds.
    pub fn to_wire(&self, at_us: i64) -> wire::ExecutionEvent {
        let body = match self {
            Self::Order(order) => Body::Order(wire::Order::from(order.as_ref())),
            Self::Fill(fill) => Body::Fill(wire::Fill::from(fill.as_ref())),
            Self::Position(position) => Body::Position(position.as_ref().clone()),
            Self::State(state) => Body::State(state.as_ref().clone()),
            Self::Kill(stage) => Body::Kill(stage.as_ref().clone()),
            Self::Command(record) => Body::Command(record.as_ref().clone()),
            Self::Break(found) => Body::Reconciliation(found.as_ref().clone()),
            Self::Progress(progress) => Body::Progress(progress.as_ref().clone()),
        };
        wire::ExecutionEvent {
            event: Some(body),
            at_us,
            ..wire::ExecutionEvent::default()
        }
    }
}

/// An event and its arrival time in microseconds.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// What happened.
    pub event: Event,
    /// When it arrived here.
    pub at_us: i64,
}

impl Recorded {
    /// The message, without the fields its publisher adds.
    pub fn to_wire(&self) -> wire::ExecutionEvent {
        self.event.to_wire(self.at_us)
    }
}

impl TryFrom<&wire::ExecutionEvent> for Recorded {
    type Error = Malformed;

    fn try_from(message: &wire::ExecutionEvent) -> Result<Self, Malformed> {
        let event = match &message.event {
            Some(Body::Order(order)) => Event::Order(Box::new(Order::try_from(order)?)),
            Some(Body::Fill(fill)) => Event::Fill(Box::new(Fill::try_from(fill)?)),
            Some(Body::Position(position)) => Event::Position(Box::new(position.clone())),
            Some(Body::State(state)) => Event::State(Box::new(state.clone())),
            Some(Body::Kill(stage)) => Event::Kill(Box::new(stage.clone())),
            Some(Body::Command(record)) => Event::Command(Box::new(record.clone())),
            Some(Body::Reconciliation(found)) => Event::Break(Box::new(found.clone())),
            Some(Body::Progress(progress)) => Event::Progress(Box::new(progress.clone())),
            None => return Err(Malformed::new("ExecutionEvent", "event", "is empty")),
        };
        Ok(Self {
            event,
            at_us: message.at_us,
        })
    }
}
