//! Commands of a session: submit, cancel, mass cancel, block.

use messages::mutation::{Mutant, planted};
use messages::{Order, OrderStatus, OrderType, Symbol};

use super::Exchange;
use super::refusal::Refusal;
use crate::event::{Event, SessionName};

/// What became of a submit. The order's state is asked for by its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Submission {
    /// It entered; executions may have followed at once.
    Accepted,
    /// It was refused for now, with the reason in its state; the id stays refused for ever.
    Rejected,
    /// It can never enter, for this reason. It left no trace: the same order is refused the same way again.
    Refused(String),
    /// The id is known already. No second order: the state of the first is the answer.
    Duplicate,
}

/// Why a cancel did nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CancelRefused {
    /// The session never sent such an order, or it never arrived.
    #[error("order {0} is not known here")]
    Unknown(String),
    /// It had ended before; the state says how.
    #[error("order {0} is finished already")]
    Finished(String),
}

impl Exchange {
    /// Takes a new order, matches it against the touch and rests what is left of a limit order.
    ///
    /// What a market order (or a stop that became one) doesn't find on display is cancelled.
    pub fn submit(
        &mut self,
        session: &SessionName,
        mut order: Order,
        now_us: i64,
        events: &mut Vec<Event>,
    ) -> Submission {
        let known = self.sessions.get(session);
        if known.is_some_and(|known| known.by_client_order_id.contains_key(&order.client_order_id))
            && !planted(Mutant::SameIdTakenTwice)
        {
            return Submission::Duplicate;
        }
        let refusal = match self.refusal(known, &order, now_us) {
            Some(Refusal::Always(reason)) => return Submission::Refused(reason),
            Some(Refusal::Now(reason)) => Some(reason),
            None => None,
        };
        order.timestamp_us = now_us;
        order.order_id = format!("V{}-{}", self.mark, self.orders.len() + 1);
        if let Some(reason) = refusal {
            order.status = OrderStatus::Rejected;
            order.rejection_reason = reason;
            self.record(
                Event::Rejected {
                    session: session.clone(),
                    order,
                },
                events,
            );
            return Submission::Rejected;
        }
        order.status = OrderStatus::Submitted;
        order.rejection_reason.clear();
        let index = self.orders.len();
        let is_stop = matches!(order.order_type, OrderType::Stop | OrderType::StopLimit);
        let symbol = order.symbol.clone();
        self.record(
            Event::Accepted {
                session: session.clone(),
                order,
            },
            events,
        );
        if is_stop {
            self.trigger_stops(&symbol, None, now_us, events);
        } else {
            self.arrive(index, now_us, events);
        }
        Submission::Accepted
    }

    /// Cancels what is left of one order.
    pub fn cancel(
        &mut self,
        session: &SessionName,
        client_order_id: &str,
        reason: &str,
        now_us: i64,
        events: &mut Vec<Event>,
    ) -> Result<(), CancelRefused> {
        let order = self
            .order(session, client_order_id)
            .ok_or_else(|| CancelRefused::Unknown(client_order_id.to_owned()))?;
        if order.status.is_finished() {
            return Err(CancelRefused::Finished(client_order_id.to_owned()));
        }
        self.record(
            Event::Cancelled {
                session: session.clone(),
                client_order_id: client_order_id.to_owned(),
                reason: reason.to_owned(),
                at_us: now_us,
            },
            events,
        );
        Ok(())
    }

    /// Cancels every working order of the session, or those in `symbol`; returns their ids in order of arrival.
    pub fn mass_cancel(
        &mut self,
        session: &SessionName,
        symbol: Option<&Symbol>,
        reason: &str,
        now_us: i64,
        events: &mut Vec<Event>,
    ) -> Vec<String> {
        let mut ids: Vec<String> = self
            .open_orders(session, symbol)
            .map(|order| order.client_order_id.clone())
            .collect();
        if planted(Mutant::MassCancelForgetsOne) {
            ids.pop();
        }
        for client_order_id in &ids {
            self.record(
                Event::Cancelled {
                    session: session.clone(),
                    client_order_id: client_order_id.clone(),
                    reason: reason.to_owned(),
                    at_us: now_us,
                },
                events,
            );
        }
        ids
    }

    /// Remembers whether the session wants its orders cancelled when its connection falls silent.
    pub fn guard(
        &mut self,
        session: &SessionName,
        cancel_on_disconnect: bool,
        now_us: i64,
        events: &mut Vec<Event>,
    ) {
        if self.is_guarded(session) != cancel_on_disconnect {
            let session = session.clone();
            self.record(
                Event::Guarded {
                    session,
                    cancel_on_disconnect,
                    at_us: now_us,
                },
                events,
            );
        }
    }
}
