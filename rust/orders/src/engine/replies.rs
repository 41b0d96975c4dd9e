//! The venue's words: asked for, unasked, twice, late, out of order.

use messages::mutation::{Mutant, planted};
use messages::{Fill, Order, OrderStatus, wire};
use wire::venue_reply::Body;

use super::in_flight::Told;
use super::session::{Phase, Purpose};
use super::{Action, Engine};
use crate::status::Word;

impl Engine {
    /// A message of the venue arrived.
    pub fn on_venue_reply(&mut self, reply: &wire::VenueReply, now_us: i64) -> Vec<Action> {
        self.hear_venue(reply, now_us);
        let purpose = self.session.pending.remove(&reply.request_id);
        match (&reply.body, purpose) {
            (Some(Body::Logon(logon)), Some(Purpose::Logon)) if reply.ok => self.logged_on(logon, now_us),
            (_, Some(Purpose::Logon)) => {
                let reason = format!("the venue refused the session: {}", reply.reason);
                self.lose_venue(&reason, now_us);
            }
            // What a connection says before it is logged on is of one that was given up.
            _ if self.session.phase == Phase::Down => {}
            // Nothing more can be put on the record: it is asked for again when it can. Kills go on.
            (Some(Body::Order(_) | Body::Fill(_) | Body::Executions(_) | Body::OrderHistory(_)), _)
                if self.outbox.is_full() => {}
            (Some(Body::Order(told)), purpose) => self.order_told(told, reply, purpose, now_us),
            (Some(Body::Fill(fill)), _) => self.fill_told(fill, now_us),
            (Some(Body::Orders(orders)), Some(Purpose::OpenOrders)) => {
                self.open_orders_told(orders, reply.execution_sequence, now_us);
            }
            (Some(Body::Orders(orders)), Some(Purpose::KillAsk(scope))) => {
                self.kill_answered(scope.as_ref(), orders, reply.execution_sequence, now_us);
            }
            (Some(Body::Executions(page)), Some(Purpose::Executions { limit, booked })) => {
                self.executions_told(page, limit, booked, now_us);
            }
            (Some(Body::Positions(positions)), Some(Purpose::Positions)) => {
                self.positions_told(positions, reply.execution_sequence, now_us);
            }
            (Some(Body::MassCancel(cancelled)), Some(Purpose::KillCancel(scope))) => {
                self.kill_cancelled(scope.as_ref(), cancelled, now_us);
            }
            (Some(Body::MassCancel(reply)), Some(Purpose::CancelMany(command_id))) => {
                self.mass_cancel_answered(&command_id, reply);
            }
            (Some(Body::OrderHistory(history)), Some(Purpose::OrderHistory { from })) => {
                self.history_told(history, from, now_us);
            }
            (body, Some(Purpose::Unblock(scope))) if reply.ok => {
                let standing = match body {
                    Some(Body::Logon(standing)) => Some(standing),
                    _ => None,
                };
                self.unblocked(scope.as_ref(), standing, now_us);
            }
            (_, Some(Purpose::Submit(id))) if !reply.ok => {
                self.say(
                    &id,
                    Word::Rejected,
                    Told {
                        reason: &reply.reason,
                        ..Told::default()
                    },
                    now_us,
                );
            }
            (_, Some(Purpose::Heartbeat)) if !reply.ok => {
                // The venue came back and doesn't know this connection any more.
                let reason = format!("the venue dropped the session: {}", reply.reason);
                self.lose_venue(&reason, now_us);
            }
            (_, Some(Purpose::Cancel(id))) if !reply.ok => self.ask(&id, now_us),
            // Heartbeats, and answers to questions that nobody asks any more.
            _ => {}
        }
        self.finish(now_us)
    }

    fn order_told(
        &mut self,
        told: &wire::VenueOrder,
        reply: &wire::VenueReply,
        purpose: Option<Purpose>,
        now_us: i64,
    ) {
        let Some(order) = told.order.as_ref().filter(|_| told.known) else {
            match purpose {
                Some(Purpose::Ask(id) | Purpose::Cancel(id)) => self.not_known(&id, reply.at_us, now_us),
                Some(Purpose::CancelUnknown(id)) => self.unknown_is_gone(&id),
                Some(Purpose::Submit(id)) if !reply.ok => {
                    self.say(
                        &id,
                        Word::Rejected,
                        Told {
                            reason: &reply.reason,
                            ..Told::default()
                        },
                        now_us,
                    );
                }
                _ => {}
            }
            return;
        };
        let Ok(theirs) = Order::try_from(order) else {
            self.counters.malformed += 1;
            return;
        };
        if theirs.status.is_finished() {
            self.unknown_is_gone(&theirs.client_order_id);
        }
        let word = match theirs.status {
            OrderStatus::Rejected => Word::Rejected,
            OrderStatus::Cancelled => Word::Cancelled,
            OrderStatus::Created
            | OrderStatus::Submitted
            | OrderStatus::PartiallyFilled
            | OrderStatus::Filled
            | OrderStatus::Unknown => Word::Acknowledged,
        };
        let reason = if theirs.rejection_reason.is_empty() {
            &reply.reason
        } else {
            &theirs.rejection_reason
        };
        if word == Word::Acknowledged {
            let told = Told {
                order_id: &theirs.order_id,
                reason,
            };
            self.say(&theirs.client_order_id, word, told, now_us);
        } else {
            self.end(&theirs, word, reason, now_us);
        }
        self.fetch_unbooked(&theirs, now_us);
        if let Some(Purpose::Cancel(id)) = purpose.filter(|_| !reply.ok) {
            // Refused, and not because it had ended: the venue's next word decides.
            if self
                .state
                .orders
                .get(&id)
                .is_some_and(|order| order.status.is_working())
            {
                self.ask(&id, now_us);
            }
        }
    }

    /// The venue speaks of more fills than are booked: they are fetched, never taken from a status.
    fn fetch_unbooked(&mut self, theirs: &Order, now_us: i64) {
        let held = self.state.orders.get(&theirs.client_order_id);
        if held.is_some_and(|held| held.filled_quantity < theirs.filled_quantity) {
            self.fetch_executions(now_us);
        }
    }

    fn fill_told(&mut self, message: &wire::Fill, now_us: i64) {
        self.session.announced = self.session.announced.max(message.venue_sequence);
        let Ok(fill) = Fill::try_from(message) else {
            // It may have been spoilt on the way: the venue is asked again, and what it says then counts.
            self.counters.malformed += 1;
            return self.fetch_executions(now_us);
        };
        let again = planted(Mutant::DuplicateFillBooked);
        if fill.venue_sequence <= self.session.covered && !again {
            self.repeated(&fill, now_us);
        } else if fill.venue_sequence == self.session.covered + 1 || again {
            self.book_fill(&fill, now_us);
        } else {
            // One before it is missing: fetched in order, and this one with it.
            self.counters.execution_gaps += 1;
            self.fetch_executions(now_us);
        }
    }
}
