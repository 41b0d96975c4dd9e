//! An order ends for the desk only when everything the venue filled of it is booked.
//!
//! The venue's last word about an order carries how much of it was filled. Executions travel by themselves and
//! may be missing at that moment. An order that ended with fills nobody booked would be neither a working order
//! nor a position: the next decision would order the whole size again. So its last word waits here, the order
//! goes on counting with everything that is not booked of it, and the executions are asked for at once.

use messages::mutation::{Mutant, planted};
use messages::{Order, Quantity};

use super::Engine;
use super::in_flight::Told;
use crate::status::Word;

/// The last word about an order, which more was filled of than is booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ending {
    word: Word,
    filled: Quantity,
    order_id: String,
    reason: String,
}

impl Engine {
    /// Takes the venue's last word about an order over, or keeps it until its executions are booked.
    pub(super) fn end(&mut self, theirs: &Order, word: Word, reason: &str, now_us: i64) {
        let id = &theirs.client_order_id;
        let missing = !planted(Mutant::EndedBeforeItsFills)
            && self.state.orders.get(id).is_some_and(|held| {
                held.status.is_working() && held.filled_quantity < theirs.filled_quantity
            });
        if !missing {
            let told = Told {
                order_id: &theirs.order_id,
                reason,
            };
            return self.say(id, word, told, now_us);
        }
        let ending = Ending {
            word,
            filled: theirs.filled_quantity,
            order_id: theirs.order_id.clone(),
            reason: reason.to_owned(),
        };
        self.endings.insert(id.clone(), ending);
        // Asked about again until it has ended here, whatever gets lost meanwhile.
        self.in_flight.entry(id.clone()).or_default().asked_us = Some(now_us);
    }

    /// A fill of this order was booked: was it the last one its end waited for?
    pub(super) fn end_if_booked(&mut self, client_order_id: &str, now_us: i64) {
        let Some(ending) = self.endings.get(client_order_id) else {
            return;
        };
        let booked = self.state.orders.get(client_order_id);
        if booked.is_some_and(|held| held.filled_quantity < ending.filled) {
            return;
        }
        if let Some(ending) = self.endings.remove(client_order_id) {
            let told = Told {
                order_id: &ending.order_id,
                reason: &ending.reason,
            };
            self.say(client_order_id, ending.word, told, now_us);
        }
    }
}
