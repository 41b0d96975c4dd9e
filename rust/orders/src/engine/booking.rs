//! Executions, booked in the venue's order and exactly once.

use messages::{Fill, wire};
use wire::venue_request::Body;

use super::Engine;
use super::in_flight::Told;
use super::session::Purpose;
use crate::event::Event;
use crate::reconcile::Difference;
use crate::status::Word;

/// Executions asked for at once.
const PAGE: u32 = 1_000;
/// Executions that are asked for although they are booked, to compare them.
const OVERLAP: u64 = 8;
/// Executions the venue spoke of are waited for so long before they are asked for.
const ON_THE_WAY_US: i64 = 100_000;

impl Engine {
    /// Books one execution: fill, order and position in the same append.
    pub(super) fn book_fill(&mut self, fill: Fill, now_us: i64) {
        self.session.covered = self.session.covered.max(fill.venue_sequence);
        if self.state.executions.contains(&fill.execution_id) {
            self.counters.duplicate_fills += 1;
            return;
        }
        self.counters.fills += 1;
        let (id, symbol) = (fill.client_order_id.clone(), fill.symbol.clone());
        let order_id = fill.order_id.clone();
        let order = self.state.orders.get(&id);
        let over = order.is_some_and(|order| fill.quantity > order.remaining());
        self.counters.overfills += u64::from(over);
        self.record(Event::Fill(Box::new(fill)), now_us);
        self.show_breaks(now_us);
        self.say(
            &id,
            Word::Filled,
            Told {
                order_id: &order_id,
                reason: "",
            },
            now_us,
        );
        self.end_if_booked(&id, now_us);
        if let Some(position) = self.state.book.get(&symbol) {
            let picture = position.to_wire(self.marks.mark(&symbol));
            self.record(Event::Position(Box::new(picture)), now_us);
        }
    }

    /// An execution that is booked came again: the same one is a duplicate, another one is a break.
    pub(super) fn repeated(&mut self, fill: &Fill) {
        let booked = self.state.executions.at(fill.venue_sequence);
        let old = self.state.executions.is_forgotten(fill.venue_sequence);
        if old || booked == Some(fill.execution_id.as_str()) {
            self.counters.duplicate_fills += 1;
            return;
        }
        self.strange_fills.insert(Difference::FillDiffers {
            symbol: fill.symbol.clone(),
            sequence: fill.venue_sequence,
            desk: booked.map(str::to_owned),
            venue: Some(fill.execution_id.clone()),
        });
    }

    /// Fetches what is not booked, from a little before, unless that is on its way. A question without an answer
    /// is asked again.
    pub(super) fn fetch_executions(&mut self, now_us: i64) {
        if !self.session.is_logged_on() {
            return;
        }
        let asked = |purpose: &Purpose| matches!(purpose, Purpose::Executions { .. });
        if self.session.pending.values().any(asked) {
            if now_us - self.session.fetched_us < self.config.timing.ask_again_us {
                return;
            }
            self.session.pending.retain(|_, purpose| !asked(purpose));
        }
        self.session.fetched_us = now_us;
        let from_sequence = self.session.covered.saturating_sub(OVERLAP) + 1;
        let query = wire::ExecutionsQuery {
            from_sequence,
            limit: PAGE,
        };
        let purpose = Purpose::Executions {
            limit: PAGE,
            booked: self.state.executions.last(),
        };
        self.send(Body::Executions(query), purpose);
    }

    /// Executions the venue spoke of and nobody sent are fetched. Most are on their way right behind the word.
    pub(super) fn watch_executions(&mut self, now_us: i64) {
        if !self.session.is_logged_on() || self.session.announced <= self.session.covered {
            self.session.behind_us = None;
            return;
        }
        let since_us = *self.session.behind_us.get_or_insert(now_us);
        if now_us - since_us >= ON_THE_WAY_US {
            self.fetch_executions(now_us);
        }
    }

    /// A page of executions, complete from the sequence asked for.
    pub(super) fn executions_told(&mut self, page: &wire::Executions, limit: u32, booked: u64, now_us: i64) {
        let mut last = 0;
        for message in &page.fills {
            let Ok(fill) = Fill::try_from(message) else {
                self.counters.malformed += 1;
                continue;
            };
            last = last.max(fill.venue_sequence);
            if fill.venue_sequence <= self.session.covered {
                if self.state.executions.at(fill.venue_sequence) != Some(fill.execution_id.as_str()) {
                    self.repeated(&fill);
                }
            } else {
                self.book_fill(fill, now_us);
            }
        }
        self.session.announced = self.session.announced.max(page.last_sequence);
        let full = page.fills.len() >= limit as usize;
        if full && last < page.last_sequence {
            self.session.covered = self.session.covered.max(last);
            self.fetch_executions(now_us);
            return;
        }
        self.session.covered = self.session.covered.max(page.last_sequence);
        let forgot = self.venue_forgot(page.last_sequence, booked);
        self.show_breaks(now_us);
        self.executions_complete(forgot);
    }
}
