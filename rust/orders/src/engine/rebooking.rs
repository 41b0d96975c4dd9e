//! What adopting a break of an execution books: the venue's, and the reversal of what was booked in its place.

use messages::{Fill, Money, Order, OrderStatus, wire};

use super::Engine;
use crate::breaks;
use crate::executions::reversal_id;

const TOO_LONG_AGO: &str = "the execution booked here is too long ago to be taken back by itself";

impl Engine {
    pub(super) fn adopt_fill(
        &mut self,
        found: &wire::Break,
        command: &wire::StrategyCommand,
        now_us: i64,
    ) -> Result<String, String> {
        if breaks::is_unexplained_fill(found) {
            return Ok("the fill was booked when it came, and is answered for now".into());
        }
        let theirs = found.execution.as_ref().map(Fill::try_from).transpose();
        let theirs = theirs.map_err(|malformed| malformed.to_string())?;
        if theirs
            .as_ref()
            .is_some_and(|theirs| self.is_forgotten_in_place_of(theirs))
        {
            return Err(TOO_LONG_AGO.into());
        }
        let mut said = Vec::new();
        let mut unfilled = None;
        if let Some(ours) = self.booked_in_place_of(found, theirs.as_ref()) {
            let reversal = Fill {
                execution_id: reversal_id(&command.command_id, &ours.execution_id),
                client_order_id: String::new(),
                order_id: String::new(),
                side: ours.side.opposite(),
                fee: Money::ZERO - ours.fee,
                venue_sequence: 0,
                timestamp_us: now_us,
                ..ours.clone()
            };
            said.push(format!("{} is taken back at its own price", ours.execution_id));
            self.adjust(reversal, now_us);
            unfilled = Some(ours.client_order_id);
            self.session.covered = self.session.covered.min(self.state.executions.last());
        } else if found.desk.is_some() {
            return Err(TOO_LONG_AGO.into());
        }
        if let Some(theirs) = theirs {
            said.push(format!("{} is booked", theirs.execution_id));
            self.book_fill(&theirs, now_us);
        }
        if let Some(order) = unfilled.and_then(|id| self.state.orders.get(&id).cloned()) {
            self.reopen_unfilled(order, now_us);
        }
        Ok(said.join(", "))
    }

    /// A fill of this order was taken back: what it is now goes on the record, and one that was FILLED by it is
    /// the venue's to tell.
    fn reopen_unfilled(&mut self, mut order: Order, now_us: i64) {
        let doubtful = order.status == OrderStatus::Filled && !order.remaining().is_zero();
        if doubtful {
            order.status = OrderStatus::Unknown;
        }
        order.timestamp_us = now_us;
        let id = order.client_order_id.clone();
        self.record_order(order, now_us);
        if doubtful {
            self.ask(&id, now_us);
        }
    }

    /// Another execution is booked under this number, and what it says is remembered no more: beside it this one would
    /// be booked twice.
    fn is_forgotten_in_place_of(&self, theirs: &Fill) -> bool {
        let booked = self.state.executions.at(theirs.venue_sequence);
        booked.is_some_and(|id| id != theirs.execution_id && self.state.fill(id).is_none())
    }

    fn booked_in_place_of(&self, found: &wire::Break, theirs: Option<&Fill>) -> Option<Fill> {
        found.desk?;
        let by_id = found.id.trim_start_matches("fill:");
        let booked = match theirs {
            Some(theirs) => self.state.executions.at(theirs.venue_sequence)?,
            None => by_id,
        };
        self.state.fill(booked).cloned()
    }
}
