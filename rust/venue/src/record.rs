//! Events as bytes, for the journal.

use messages::{Fill, Malformed, Order, Symbol, wire};
use prost::Message;

use crate::event::Event;

/// An event as the journal holds it: a kind, a key that may occur once per kind, and the rest as protobuf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRecord {
    /// What happened, in one word.
    pub kind: &'static str,
    /// Of an execution its id, of a new order session and id; none for what may happen again.
    pub key: Option<String>,
    /// When, in microseconds.
    pub at_us: i64,
    /// The rest.
    pub payload: Vec<u8>,
}

/// A record that can't be read. Policy: the venue doesn't start on such a journal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadRecord {
    /// A kind of a later release, or of another service's journal.
    #[error("`{0}` is no kind of event of the venue; was this journal written by a later release?")]
    UnknownKind(String),
    /// The bytes are no such message.
    #[error("the payload of `{kind}` can't be read: {reason}")]
    Unreadable {
        /// The kind.
        kind: String,
        /// What the decoder says.
        reason: String,
    },
    /// The message is there and says something impossible.
    #[error(transparent)]
    Malformed(#[from] Malformed),
}

/// One message for all kinds; each sets what it needs.
#[derive(Clone, PartialEq, Message)]
struct Payload {
    #[prost(string, tag = "1")]
    session: String,
    #[prost(message, optional, tag = "2")]
    order: Option<wire::Order>,
    #[prost(message, optional, tag = "3")]
    fill: Option<wire::Fill>,
    #[prost(string, tag = "4")]
    client_order_id: String,
    #[prost(string, tag = "5")]
    symbol: String,
    #[prost(string, tag = "6")]
    reason: String,
    #[prost(bool, tag = "7")]
    on: bool,
    #[prost(int64, tag = "8")]
    at_us: i64,
    #[prost(string, tag = "9")]
    kill_id: String,
}

impl From<&Event> for EventRecord {
    fn from(event: &Event) -> Self {
        let mut payload = Payload {
            session: event.session().to_string(),
            ..Payload::default()
        };
        let scope = |symbol: &Option<Symbol>| symbol.as_ref().map(Symbol::to_string).unwrap_or_default();
        let mut key = None;
        let kind = match event {
            Event::Accepted { session, order } | Event::Rejected { session, order } => {
                key = Some(format!("{session}/{}", order.client_order_id));
                payload.order = Some(order.into());
                payload.at_us = order.timestamp_us;
                if matches!(event, Event::Accepted { .. }) {
                    "accepted"
                } else {
                    "rejected"
                }
            }
            Event::Triggered {
                client_order_id,
                at_us,
                ..
            } => {
                payload.client_order_id.clone_from(client_order_id);
                payload.at_us = *at_us;
                "triggered"
            }
            Event::Filled { fill, .. } => {
                key = Some(fill.execution_id.clone());
                payload.fill = Some(fill.into());
                payload.at_us = fill.timestamp_us;
                "filled"
            }
            Event::Cancelled {
                client_order_id,
                reason,
                at_us,
                ..
            } => {
                payload.client_order_id.clone_from(client_order_id);
                payload.reason.clone_from(reason);
                payload.at_us = *at_us;
                "cancelled"
            }
            Event::Blocked {
                symbol,
                kill_id,
                reason,
                at_us,
                ..
            } => {
                payload.symbol = scope(symbol);
                payload.kill_id.clone_from(kill_id);
                payload.reason.clone_from(reason);
                payload.at_us = *at_us;
                "blocked"
            }
            Event::Unblocked {
                symbol,
                kill_id,
                at_us,
                ..
            } => {
                payload.symbol = scope(symbol);
                payload.kill_id.clone_from(kill_id);
                payload.at_us = *at_us;
                "unblocked"
            }
            Event::Guarded {
                cancel_on_disconnect,
                at_us,
                ..
            } => {
                payload.on = *cancel_on_disconnect;
                payload.at_us = *at_us;
                "guarded"
            }
        };
        Self {
            kind,
            key,
            at_us: payload.at_us,
            payload: payload.encode_to_vec(),
        }
    }
}

impl Event {
    /// The event of a journal's record.
    pub fn from_record(kind: &str, payload: &[u8]) -> Result<Self, BadRecord> {
        let unreadable = |reason: String| BadRecord::Unreadable {
            kind: kind.to_owned(),
            reason,
        };
        let payload = Payload::decode(payload).map_err(|error| unreadable(error.to_string()))?;
        let Payload {
            session,
            order,
            fill,
            client_order_id,
            symbol,
            reason,
            on,
            at_us,
            kill_id,
        } = payload;
        let session = session.into();
        let order = || -> Result<Order, BadRecord> {
            let order = order
                .as_ref()
                .ok_or_else(|| unreadable("it has no order".to_owned()))?;
            Ok(Order::try_from(order)?)
        };
        Ok(match kind {
            "accepted" => Self::Accepted {
                session,
                order: order()?,
            },
            "rejected" => Self::Rejected {
                session,
                order: order()?,
            },
            "triggered" => Self::Triggered {
                session,
                client_order_id,
                at_us,
            },
            "filled" => {
                let fill = fill
                    .as_ref()
                    .ok_or_else(|| unreadable("it has no execution".to_owned()))?;
                Self::Filled {
                    session,
                    fill: Fill::try_from(fill)?,
                }
            }
            "cancelled" => Self::Cancelled {
                session,
                client_order_id,
                reason,
                at_us,
            },
            "blocked" => Self::Blocked {
                session,
                symbol: Symbol::scope(&symbol)?,
                kill_id,
                reason,
                at_us,
            },
            "unblocked" => Self::Unblocked {
                session,
                symbol: Symbol::scope(&symbol)?,
                kill_id,
                at_us,
            },
            "guarded" => Self::Guarded {
                session,
                cancel_on_disconnect: on,
                at_us,
            },
            _ => return Err(BadRecord::UnknownKind(kind.to_owned())),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_event_is_refused() {
        assert_eq!(
            Event::from_record("split", &[]),
            Err(BadRecord::UnknownKind("split".into()))
        );
        assert!(matches!(
            Event::from_record("filled", &[]),
            Err(BadRecord::Unreadable { .. })
        ));
        assert!(matches!(
            Event::from_record("cancelled", &[0xff]),
            Err(BadRecord::Unreadable { .. })
        ));
    }
}
