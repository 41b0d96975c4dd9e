//! Orders between here and the venue: sent once, asked about, never sent again.

use messages::mutation::{Mutant, planted};
use messages::{Order, OrderStatus, Origin, wire};
use risk::RiskApproved;
use wire::venue_request::Body;

use super::session::Purpose;
use super::{Action, Engine};
use crate::status::{Progress, Transition, Word, transition};

/// Why an order ended that the venue can't have seen: proven by its time to live, or by a send that failed.
const NEVER_REACHED: &str = "never reached the venue";
const NEVER_LEFT: &str = "never left";

/// Whether an order ended without anybody's refusal: it never came to the venue, so another may go in its place.
pub(super) fn never_arrived(order: &Order) -> bool {
    let reason = order.rejection_reason.as_str();
    order.status == OrderStatus::Rejected && (reason == NEVER_REACHED || reason.starts_with(NEVER_LEFT))
}

/// What is known about an order that waits for a word of the venue.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_field_names,
    reason = "each is a time, and says its unit as everywhere"
)]
pub(super) struct InFlight {
    /// When it was sent; `None` when another start of this service sent it, or may have.
    pub(super) sent_us: Option<i64>,
    /// When its cancel was sent, if one was.
    pub(super) cancel_us: Option<i64>,
    /// When the venue was last asked about it.
    pub(super) asked_us: Option<i64>,
}

/// What came with a word; empty where nothing did.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Told<'a> {
    /// The venue's id of the order.
    pub(super) order_id: &'a str,
    /// Why it ended.
    pub(super) reason: &'a str,
}

impl Engine {
    /// The last hop: a durable order leaves, if it still may. Only what passed risk comes here, and nothing
    /// else builds a submit.
    pub(super) fn leave(&mut self, approved: &RiskApproved<Order>, now_us: i64) {
        let order = approved.get();
        let held = self.state.orders.get(&order.client_order_id);
        if held.is_none_or(|held| held.status != OrderStatus::Created) {
            return;
        }
        let flattens = order.origin == Origin::Operator && self.is_kill_verified(&order.symbol);
        let refusal =
            if self.latch.kills(&order.symbol) && !flattens && !planted(Mutant::LatchIgnoredAtLastHop) {
                Some("killed before it left")
            } else if !self.session.is_open() {
                Some("the venue was lost before it left")
            } else if order.valid_until_us != 0
                && order.valid_until_us < now_us
                && !planted(Mutant::ExpiredOrderSent)
            {
                Some("its time to live was over before it left")
            } else {
                None
            };
        if let Some(reason) = refusal {
            self.withdraw(&order.client_order_id, OrderStatus::Rejected, reason, now_us);
            return;
        }
        let sent = InFlight {
            sent_us: Some(now_us),
            ..InFlight::default()
        };
        self.in_flight.insert(order.client_order_id.clone(), sent);
        self.counters.orders_sent += 1;
        let purpose = Purpose::Submit(order.client_order_id.clone());
        self.send(Body::Submit(wire::Order::from(order)), purpose);
    }

    /// Ends an order that never left.
    pub(super) fn withdraw(&mut self, client_order_id: &str, status: OrderStatus, reason: &str, now_us: i64) {
        let Some(order) = self.state.orders.get(client_order_id) else {
            return;
        };
        if order.status != OrderStatus::Created {
            return;
        }
        let order = Order {
            status,
            rejection_reason: reason.to_owned(),
            timestamp_us: now_us,
            ..order.clone()
        };
        self.in_flight.remove(client_order_id);
        self.record_order(order, now_us);
    }

    /// Asks the venue to cancel one order; one that has not left yet is withdrawn here.
    pub(super) fn cancel_order(&mut self, client_order_id: &str, reason: &str, now_us: i64) {
        if self.outbox.holds_order(client_order_id) {
            self.withdraw(client_order_id, OrderStatus::Cancelled, reason, now_us);
            return;
        }
        if self
            .state
            .orders
            .get(client_order_id)
            .is_some_and(|order| order.status.is_working())
        {
            self.in_flight
                .entry(client_order_id.to_owned())
                .or_default()
                .cancel_us = Some(now_us);
        }
        if self.session.is_logged_on() {
            let cancel = Body::Cancel(client_order_id.to_owned());
            self.send(cancel, Purpose::Cancel(client_order_id.to_owned()));
        }
    }

    /// Asks the venue what became of an order.
    pub(super) fn ask(&mut self, client_order_id: &str, now_us: i64) {
        if self.state.orders.get(client_order_id).is_some() {
            self.in_flight
                .entry(client_order_id.to_owned())
                .or_default()
                .asked_us = Some(now_us);
        }
        if self.session.is_logged_on() {
            let query = wire::OrderQuery {
                client_order_id: client_order_id.to_owned(),
            };
            self.send(Body::Query(query), Purpose::Ask(client_order_id.to_owned()));
        }
    }

    /// Takes one word about an order over, with the venue's id of it and a reason where they were told.
    pub(super) fn say(&mut self, client_order_id: &str, word: Word, told: Told<'_>, now_us: i64) {
        let Some(held) = self.state.orders.get(client_order_id) else {
            return;
        };
        let mut order = held.clone();
        let step = transition(order.status, Progress::of(&order), word);
        match step {
            Transition::Stay => {}
            Transition::To(status) => order.status = status,
            Transition::Ask => order.status = OrderStatus::Unknown,
        }
        if !told.order_id.is_empty() {
            if order.order_id.is_empty() {
                told.order_id.clone_into(&mut order.order_id);
            }
            // A refusal is no acknowledgement: an order the venue never took can't go missing there.
            if order.accepted_us == 0 && word != Word::Rejected {
                order.accepted_us = now_us;
            }
        }
        let ended = order.status.is_finished() && order.status != held.status;
        if ended && order.status != OrderStatus::Filled {
            told.reason.clone_into(&mut order.rejection_reason);
        }
        let unknown = order.status == OrderStatus::Unknown && held.status != OrderStatus::Unknown;
        self.counters.unknown += u64::from(unknown);
        let changed = order != *held;
        if order.status.is_finished() {
            self.in_flight.remove(client_order_id);
            self.endings.remove(client_order_id);
        } else if word == Word::Acknowledged && step != Transition::Ask {
            self.acknowledged(client_order_id);
        }
        // A fill is always followed by its order, whatever became of the status.
        if changed || word == Word::Filled {
            order.timestamp_us = now_us;
            self.record_order(order, now_us);
        }
        if step == Transition::Ask {
            self.ask(client_order_id, now_us);
        }
    }

    fn acknowledged(&mut self, client_order_id: &str) {
        let Some(entry) = self.in_flight.get_mut(client_order_id) else {
            return;
        };
        if entry.cancel_us.is_none() {
            self.in_flight.remove(client_order_id);
        } else {
            entry.sent_us = None;
            entry.asked_us = None;
        }
    }

    /// Nobody knows whether this order works: it is UNKNOWN and the venue is asked.
    pub(super) fn doubt(&mut self, client_order_id: &str, now_us: i64) {
        if planted(Mutant::TimeoutTakenAsRejection) {
            return self.say(client_order_id, Word::Rejected, Told::default(), now_us);
        }
        if planted(Mutant::ResendBlind)
            && let Some(order) = self.state.orders.get(client_order_id)
        {
            let submit = Body::Submit(wire::Order::from(order));
            self.send(submit, Purpose::Submit(client_order_id.to_owned()));
        }
        self.say(client_order_id, Word::TimedOut, Told::default(), now_us);
        self.ask(client_order_id, now_us);
    }

    /// What had no answer in time is asked about; what was asked about is asked about again.
    pub(super) fn watch_in_flight(&mut self, now_us: i64) {
        if !self.session.is_logged_on() {
            return;
        }
        let timing = &self.config.timing;
        let due = |since: Option<i64>, after: i64| since.is_some_and(|at| now_us - at >= after);
        let mut doubted = Vec::new();
        let mut asked = Vec::new();
        let mut cancelled = Vec::new();
        for (id, entry) in &self.in_flight {
            if let Some(asked_us) = entry.asked_us {
                if now_us - asked_us >= timing.ask_again_us {
                    asked.push(id.clone());
                }
            } else if due(entry.sent_us, timing.acknowledge_us) {
                doubted.push(id.clone());
            }
            // A cancel is the one request that may be repeated: twice is as good as once.
            if due(entry.cancel_us, timing.acknowledge_us) {
                cancelled.push(id.clone());
            }
        }
        for id in doubted {
            self.doubt(&id, now_us);
        }
        for id in asked {
            self.ask(&id, now_us);
        }
        for id in cancelled {
            self.cancel_order(&id, "cancelled", now_us);
            self.ask(&id, now_us);
        }
    }

    /// The venue answered, at `told_us` by its own clock, that it doesn't know an order.
    pub(super) fn not_known(&mut self, client_order_id: &str, told_us: i64, now_us: i64) {
        let Some(order) = self.state.orders.get(client_order_id) else {
            return;
        };
        if order.status.is_finished() {
            self.in_flight.remove(client_order_id);
            return;
        }
        if order.accepted_us != 0 || !order.filled_quantity.is_zero() {
            // It was there and is gone: no guess about that. The reconciliation shows it as a break.
            self.say(client_order_id, Word::TimedOut, Told::default(), now_us);
            return;
        }
        let expires_us = if order.valid_until_us == 0 {
            order.intent_us.saturating_add(self.config.timing.longest_life_us)
        } else {
            order.valid_until_us
        };
        // It may still be on its way, and be refused by the venue only once its time to live is over. So what counts
        // is when the venue said so, however late it is heard.
        let told_us = if planted(Mutant::OldAnswerBelieved) {
            now_us
        } else {
            told_us
        };
        if told_us <= expires_us.saturating_add(self.config.timing.late_us) {
            return;
        }
        let told = Told {
            reason: NEVER_REACHED,
            ..Told::default()
        };
        self.say(client_order_id, Word::NotKnown, told, now_us);
    }

    /// A request could not be handed over: it certainly never left.
    pub fn on_send_failed(&mut self, request: &wire::VenueRequest, reason: &str, now_us: i64) -> Vec<Action> {
        self.session.pending.remove(&request.request_id);
        if let Some(Body::Submit(order)) = &request.body {
            let sentence = format!("{NEVER_LEFT}: {reason}");
            let client_order_id = order.client_order_id.clone();
            self.withdraw(&client_order_id, OrderStatus::Rejected, &sentence, now_us);
        }
        self.lose_venue(reason, now_us);
        self.finish(now_us)
    }
}
