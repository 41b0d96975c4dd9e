//! Executions, booked in the venue's order and exactly once.

use messages::mutation::{Mutant, planted};
use messages::{Fill, OrderStatus, Symbol, wire};
use wire::venue_request::Body;

use super::Engine;
use super::in_flight::Told;
use super::session::Purpose;
use crate::breaks::{self, Evidence};
use crate::event::Event;
use crate::executions;
use crate::reconcile::{self, Difference};
use crate::status::Word;

/// Executions asked for at once.
const PAGE: u32 = 1_000;
/// Executions that are asked for although they are booked, to compare them.
const OVERLAP: u64 = 8;
/// Executions the venue spoke of are waited for so long before they are asked for.
const ON_THE_WAY_US: i64 = 100_000;
const AGREE_AGAIN: &str = "desk and venue agree again";

impl Engine {
    /// Books one execution: fill, order and position in the same append.
    pub(super) fn book_fill(&mut self, fill: &Fill, now_us: i64) {
        self.session.covered = self.session.covered.max(fill.venue_sequence);
        if self.state.executions.contains(&fill.execution_id) && !planted(Mutant::DuplicateFillBooked) {
            self.counters.duplicate_fills += 1;
            self.compare_with_booked(fill, now_us);
            return;
        }
        if self.is_dropped_by_a_mutant(fill) {
            return;
        }
        self.counters.fills += 1;
        let (id, symbol) = (fill.client_order_id.clone(), fill.symbol.clone());
        let order_id = fill.order_id.clone();
        let order = self.state.orders.get(&id);
        let over = order.is_some_and(|order| fill.quantity > order.remaining());
        self.counters.overfills += u64::from(over);
        self.record(Event::Fill(Box::new(fill.clone())), now_us);
        self.explain_fill(fill, now_us);
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
        self.picture_position(&symbol, now_us);
    }

    /// Never, unless a test takes the protection out.
    fn is_dropped_by_a_mutant(&self, fill: &Fill) -> bool {
        let order = self.state.orders.get(&fill.client_order_id);
        let early = order.is_some_and(|order| order.status == OrderStatus::Created);
        (planted(Mutant::FillBeforeAckDropped) && early)
            || (planted(Mutant::FillsAfterKillDropped) && self.latch.kills(&fill.symbol))
    }

    /// Books an adjustment: a difference that was adopted.
    pub(super) fn adjust(&mut self, adjustment: Fill, now_us: i64) {
        let symbol = adjustment.symbol.clone();
        self.record(Event::Fill(Box::new(adjustment)), now_us);
        self.picture_position(&symbol, now_us);
    }

    fn picture_position(&mut self, symbol: &Symbol, now_us: i64) {
        if let Some(position) = self.state.book.get(symbol) {
            let picture = position.to_wire(self.marks.mark(symbol));
            self.record(Event::Position(Box::new(picture)), now_us);
        }
    }

    /// An execution that is booked came again: the same one is a duplicate, another one is a break.
    pub(super) fn repeated(&mut self, fill: &Fill, now_us: i64) {
        let booked = self.state.executions.at(fill.venue_sequence);
        let old = self.state.executions.is_forgotten(fill.venue_sequence);
        if old || booked == Some(fill.execution_id.as_str()) {
            self.counters.duplicate_fills += 1;
            self.compare_with_booked(fill, now_us);
            return;
        }
        let difference = Difference::FillDiffers {
            symbol: fill.symbol.clone(),
            sequence: fill.venue_sequence,
            desk: booked.map(str::to_owned),
            venue: Some(fill.execution_id.clone()),
            told: executions::in_words(fill),
        };
        let ours = booked.and_then(|id| self.state.fill(id)).cloned();
        let evidence = Evidence {
            execution: Some(fill),
            booked: ours.as_ref(),
            ..Evidence::default()
        };
        let id = difference.id();
        for other in self.overtaken_words(&id, booked, fill.venue_sequence) {
            self.gone(
                &other,
                "the venue tells another execution under this number",
                now_us,
            );
        }
        if !self.is_told_already(&id, fill) {
            let seen = breaks::opened(&difference, &self.state.orders, evidence, now_us);
            self.found(seen, now_us);
        }
    }

    /// Breaks about the same number of the venue's that name another execution than it tells of now.
    fn overtaken_words(&self, id: &str, booked: Option<&str>, sequence: u64) -> Vec<String> {
        let ours = booked.map(|booked| format!("fill:{booked}"));
        let is_about = |held: &&wire::Break| match &held.execution {
            Some(execution) => execution.venue_sequence == sequence,
            None => ours.as_ref() == Some(&held.id),
        };
        let is_overtaken = |held: &&wire::Break| {
            held.id.starts_with("fill:") && held.id != id && !breaks::is_unexplained_fill(held)
        };
        let breaks = self.state.breaks.values();
        let overtaken = breaks.filter(is_about).filter(is_overtaken);
        overtaken.map(|held| held.id.clone()).collect()
    }

    /// True when a break is listed that holds this very word of the venue's.
    fn is_told_already(&self, id: &str, fill: &Fill) -> bool {
        let held = self.state.breaks.get(id);
        let told = held.and_then(|held| Fill::try_from(held.execution.as_ref()?).ok());
        let is_same = told.is_some_and(|told| executions::checksum(&told) == executions::checksum(fill));
        is_same || (held.is_some() && planted(Mutant::LaterChangePassedOver))
    }

    /// Holds an execution that came again against what is booked under its id: told otherwise it is a break, told
    /// otherwise again it is one that changed, and told as it is booked the break is gone.
    fn compare_with_booked(&mut self, fill: &Fill, now_us: i64) {
        let Some(booked) = self.state.executions.checksum(&fill.execution_id) else {
            self.counters.fills_forgotten += 1;
            return;
        };
        let unseen = planted(Mutant::ChangedExecutionPassedOver)
            || planted(Mutant::OldChangePassedOver) && self.state.fill(&fill.execution_id).is_none();
        if unseen || booked == executions::checksum(fill) {
            self.gone(&reconcile::changed_id(&fill.execution_id), AGREE_AGAIN, now_us);
        } else {
            self.changed(fill, now_us);
        }
    }

    fn changed(&mut self, fill: &Fill, now_us: i64) {
        let booked = self.state.fill(&fill.execution_id).cloned();
        let ours = booked.as_ref().map(executions::in_words);
        let difference = Difference::FillChanged {
            symbol: booked.as_ref().unwrap_or(fill).symbol.clone(),
            execution_id: fill.execution_id.clone(),
            desk: ours.unwrap_or_else(|| "booked otherwise, too long ago to say how,".to_owned()),
            venue: executions::in_words(fill),
        };
        let evidence = Evidence {
            execution: Some(fill),
            booked: booked.as_ref(),
            ..Evidence::default()
        };
        if !self.is_told_already(&difference.id(), fill) {
            let seen = breaks::opened(&difference, &self.state.orders, evidence, now_us);
            self.found(seen, now_us);
        }
    }

    /// An execution that can't be read is not booked and never passed over: it is a break.
    pub(super) fn unreadable(&mut self, message: &wire::Fill, reason: &str, now_us: i64) {
        self.counters.malformed += 1;
        let execution_id = if message.execution_id.is_empty() {
            format!("#{}", message.venue_sequence)
        } else {
            message.execution_id.clone()
        };
        // What was booked whole and comes again in pieces is booked all the same.
        if self.state.executions.contains(&execution_id) {
            return;
        }
        let difference = Difference::FillUnreadable {
            symbol: Symbol::new(&message.symbol).ok(),
            execution_id,
            reason: reason.to_owned(),
        };
        self.found_difference(&difference, Evidence::default(), now_us);
    }

    /// The venue holds an execution under the number it is booked under: that it had none, or none that could be
    /// read, is over.
    fn told_again(&mut self, fill: &Fill, now_us: i64) {
        let id = format!("fill:{}", fill.execution_id);
        if self
            .state
            .breaks
            .get(&id)
            .is_some_and(|found| !breaks::is_unexplained_fill(found))
        {
            self.gone(&id, AGREE_AGAIN, now_us);
        }
    }

    /// Fetches what is not booked, from a little before, unless that is on its way. A question without an answer
    /// is asked again.
    pub(super) fn fetch_executions(&mut self, now_us: i64) {
        if !self.session.is_logged_on() || (self.session.is_open() && planted(Mutant::FillsOfTheStreamAlone))
        {
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
            last = last.max(message.venue_sequence);
            let fill = match Fill::try_from(message) {
                Ok(fill) => fill,
                Err(malformed) => {
                    self.unreadable(message, &malformed.to_string(), now_us);
                    continue;
                }
            };
            if fill.venue_sequence <= self.session.covered {
                if self.state.executions.at(fill.venue_sequence) == Some(fill.execution_id.as_str()) {
                    self.compare_with_booked(&fill, now_us);
                    self.told_again(&fill, now_us);
                } else {
                    self.repeated(&fill, now_us);
                }
            } else {
                self.book_fill(&fill, now_us);
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
        let forgot = self.venue_forgot(page.last_sequence, booked, now_us);
        self.executions_complete(forgot);
    }
}
