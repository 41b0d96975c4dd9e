//! What is sent: answers, and reports of what happened unasked.

use messages::{Order, OrderStatus, Quantity, wire};
use wire::venue_reply::Body;

use crate::event::{Event, SessionName};
use crate::exchange::Exchange;

/// What this venue calls itself, so that nobody takes paper for money.
const VENUE: &str = "PAPER";

/// A reply of this venue in `session`. No request id: the caller sets the one it answers.
pub(super) fn reply(
    exchange: &Exchange,
    session: Option<&SessionName>,
    outcome: Result<(), String>,
    body: Option<Body>,
    now_us: i64,
) -> wire::VenueReply {
    wire::VenueReply {
        request_id: String::new(),
        ok: outcome.is_ok(),
        reason: outcome.err().unwrap_or_default(),
        venue: VENUE.to_owned(),
        execution_sequence: session.map_or(0, |session| exchange.last_execution(session)),
        at_us: now_us,
        body,
    }
}

/// The report of one event; `None` for those that change no order.
///
/// An order is reported as the event left it. Executions are told by themselves, without the order's state:
/// one fact, one message.
pub(super) fn report(exchange: &Exchange, event: &Event, now_us: i64) -> Option<wire::VenueReply> {
    let body = match event {
        Event::Accepted { session, order } | Event::Rejected { session, order } => {
            order_body(exchange, session, order)
        }
        Event::Triggered {
            session,
            client_order_id,
            ..
        }
        | Event::Cancelled {
            session,
            client_order_id,
            ..
        } => order_body(exchange, session, exchange.order(session, client_order_id)?),
        Event::Filled { fill, .. } => Body::Fill(fill.into()),
        Event::Blocked { .. } | Event::Unblocked { .. } | Event::Guarded { .. } => return None,
    };
    Some(reply(exchange, Some(event.session()), Ok(()), Some(body), now_us))
}

/// An order the venue holds, with the size ahead of it in whole units, rounded up; 0 where it is not known.
pub(super) fn order_body(exchange: &Exchange, session: &SessionName, order: &Order) -> Body {
    let ahead = exchange
        .ahead(session, &order.client_order_id)
        .unwrap_or(Quantity::ZERO);
    let ahead = if order.status.is_working() {
        ahead.0.max(0).unsigned_abs()
    } else {
        0
    };
    let ahead = ahead.div_ceil(Quantity::ONE.0.unsigned_abs());
    Body::Order(wire::VenueOrder {
        known: true,
        order: Some(order.into()),
        ahead,
    })
}

/// An order that never entered: as it came, REJECTED.
pub(super) fn refused_body(mut order: wire::Order, reason: &str, now_us: i64) -> Body {
    order.status = OrderStatus::Rejected.to_wire().into();
    reason.clone_into(&mut order.rejection_reason);
    order.timestamp_us = now_us;
    Body::Order(wire::VenueOrder {
        known: false,
        order: Some(order),
        ahead: 0,
    })
}

/// The answer about an id that never arrived.
pub(super) fn unknown_body() -> Body {
    Body::Order(wire::VenueOrder::default())
}
