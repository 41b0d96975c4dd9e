//! Flatten: the operator closes one position. Working orders of the symbol go first, so that no fill turns
//! a reduction into a flip; then reducing market orders, until nothing is held.
//!
//! It is durable from its acceptance to its end: a restart goes on with it, and how it ended is on the record.

use messages::mutation::{Mutant, planted};
use messages::{Money, Order, OrderStatus, OrderType, Origin, Quantity, Side, Symbol, wire};
use risk::approve_flatten;
use wire::r#break::State as BreakState;
use wire::command_progress::State as Progress;
use wire::command_result::Outcome;

use super::Engine;
use super::commands::{refused, result};
use super::in_flight::never_arrived;
use super::outbox::Held;
use crate::breaks;
use crate::event::Event;

/// What a flatten is to close.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Close {
    /// All that is held.
    Position,
    /// So much, signed as the order that does it.
    Quantity(Quantity),
}

/// A flatten at work. What of it must outlive this process is its [`wire::CommandProgress`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Flattening {
    pub(super) symbol: Symbol,
    pub(super) command_id: String,
    until_us: i64,
    close: Close,
    cancelled: bool,
    next_us: i64,
    /// The orders it sent, the last one last.
    sent: Vec<String>,
}

impl Flattening {
    /// True when a kill of `scope` is one of its symbol.
    pub(super) fn is_within(&self, scope: Option<&Symbol>) -> bool {
        scope.is_none_or(|symbol| *symbol == self.symbol)
    }

    /// The wall clock was set back: the next order waits for no moment ahead, and its life is as long as ever.
    pub(super) fn not_after(&mut self, now_us: i64, life_us: i64) {
        self.next_us = self.next_us.min(now_us + AGAIN_US);
        self.until_us = self.until_us.min(now_us + life_us);
    }
}

/// Whether there is more to do.
enum Step {
    GoOn,
    Done,
    GivenUp(String),
}

/// Between two orders of one flatten, when the first did not fill whole.
const AGAIN_US: i64 = 100_000;

impl Engine {
    pub(super) fn flatten(
        &mut self,
        command: &wire::StrategyCommand,
        scope: Option<&Symbol>,
        now_us: i64,
    ) -> wire::CommandResult {
        let Some(symbol) = scope else {
            return refused(
                command,
                "flatten needs a symbol: one position is closed at a time",
                now_us,
            );
        };
        if let Some(reason) = self.cannot_flatten(symbol) {
            return refused(command, &reason, now_us);
        }
        let position = self.state.book.quantity(symbol);
        let working = self.state.orders.working_in(scope).count() as u32;
        if position.is_zero() && working == 0 {
            self.answer_for_fills(symbol, now_us);
            let reason = format!("{symbol} is flat already");
            return wire::CommandResult {
                reason,
                ..result(command, Outcome::Done, now_us)
            };
        }
        self.start_flattening(symbol, Close::Position, "", command, now_us);
        wire::CommandResult {
            reason: format!("closing {position} {symbol}"),
            working_orders: working,
            before: format!("{position} held"),
            after: "0 held, when it is done".to_owned(),
            ..result(command, Outcome::Accepted, now_us)
        }
    }

    /// Starts one, in place of any other of the symbol; it is durable with the command it came from.
    pub(super) fn start_flattening(
        &mut self,
        symbol: &Symbol,
        close: Close,
        break_id: &str,
        command: &wire::StrategyCommand,
        now_us: i64,
    ) {
        self.give_up_flattening("another flatten took its place", now_us, |other| {
            other.symbol == *symbol
        });
        let (side, quantity) = match close {
            Close::Position => (wire::order::Side::Unspecified, 0.0),
            Close::Quantity(order) => {
                let side = if order.is_positive() {
                    Side::Buy
                } else {
                    Side::Sell
                };
                (side.to_wire(), order.abs().to_f64())
            }
        };
        let progress = wire::CommandProgress {
            command_id: command.command_id.clone(),
            r#type: command.r#type,
            symbol: symbol.to_string(),
            state: Progress::Working.into(),
            until_us: now_us + self.config.timing.flatten_us,
            break_id: break_id.to_owned(),
            side: side.into(),
            quantity,
            ..wire::CommandProgress::default()
        };
        self.flattening.extend(self.flattening_of(&progress, now_us));
        self.record(Event::Progress(Box::new(progress)), now_us);
    }

    /// A flatten as its record has it: at its start, and after a restart in the middle of it.
    pub(super) fn flattening_of(&self, progress: &wire::CommandProgress, now_us: i64) -> Option<Flattening> {
        let symbol = Symbol::new(&progress.symbol).ok()?;
        let close = match Side::try_from(progress.side) {
            Ok(side) => Close::Quantity(side.signed(Quantity::from_f64(progress.quantity).ok()?)),
            Err(_) => Close::Position,
        };
        let by_it = |order: &&Order| order.command_id == progress.command_id;
        let mut sent: Vec<&Order> = self.state.orders.iter().filter(by_it).collect();
        sent.sort_by_key(|order| order.intent_us);
        Some(Flattening {
            symbol,
            command_id: progress.command_id.clone(),
            until_us: progress.until_us,
            close,
            cancelled: false,
            next_us: now_us,
            sent: sent
                .into_iter()
                .map(|order| order.client_order_id.clone())
                .collect(),
        })
    }

    /// Ends those that `which` names, and says why.
    pub(super) fn give_up_flattening(
        &mut self,
        reason: &str,
        now_us: i64,
        which: impl Fn(&Flattening) -> bool,
    ) {
        let (ended, left) = std::mem::take(&mut self.flattening).into_iter().partition(which);
        self.flattening = left;
        for flattening in ended {
            self.end_flattening(&flattening, Progress::GivenUp, reason, now_us);
        }
    }

    /// The end of one goes on the record, and with it the end of the break it was for.
    fn end_flattening(&mut self, flattening: &Flattening, state: Progress, reason: &str, now_us: i64) {
        let Some(progress) = self.state.progress.get(&flattening.command_id).cloned() else {
            return;
        };
        let held = self.state.book.quantity(&flattening.symbol);
        if state == Progress::Done && held.is_zero() {
            self.answer_for_fills(&flattening.symbol, now_us);
        }
        self.end_of_break(&progress.break_id, state, reason, now_us);
        self.end_progress(progress, state, reason, now_us);
    }

    pub(super) fn end_progress(
        &mut self,
        mut progress: wire::CommandProgress,
        state: Progress,
        reason: &str,
        now_us: i64,
    ) {
        progress.set_state(state);
        reason.clone_into(&mut progress.reason);
        self.record(Event::Progress(Box::new(progress)), now_us);
    }

    /// A break that was being flattened: over, or open again.
    pub(super) fn end_of_break(&mut self, break_id: &str, state: Progress, reason: &str, now_us: i64) {
        let Some(found) = self.state.breaks.get(break_id) else {
            return;
        };
        if found.state() != BreakState::Flattening {
            return;
        }
        if state == Progress::Done {
            self.gone(break_id, reason, now_us);
            return;
        }
        let mut open = found.clone();
        open.set_state(BreakState::Open);
        open.reason = format!("{}; given up: {reason}", open.reason);
        self.record_break(open, now_us);
    }

    /// Whoever has flattened a symbol has answered for what it held, wherever that came from.
    fn answer_for_fills(&mut self, symbol: &Symbol, now_us: i64) {
        let answered: Vec<String> = self
            .state
            .breaks
            .values()
            .filter(|found| found.symbol == symbol.as_str() && breaks::is_unexplained_fill(found))
            .map(|found| found.id.clone())
            .collect();
        for id in answered {
            self.gone(&id, "the symbol was flattened", now_us);
        }
    }

    pub(super) fn cannot_flatten(&self, symbol: &Symbol) -> Option<String> {
        let proved = self.is_kill_verified(symbol) || planted(Mutant::FlattenBeforeProof);
        if self.latch.kills(symbol) && !proved {
            return Some("the kill is not VERIFIED yet: orders may still be open at the venue".to_owned());
        }
        if !self.session.is_open() {
            return Some("the venue is not connected and reconciled".to_owned());
        }
        if self.journal_fails() {
            return Some("the journal can't be written, so no intent can be made durable".to_owned());
        }
        None
    }

    pub(super) fn watch_flattening(&mut self, now_us: i64) {
        for mut flattening in std::mem::take(&mut self.flattening) {
            match self.go_on_flattening(&mut flattening, now_us) {
                Step::GoOn => self.flattening.push(flattening),
                Step::Done => self.end_flattening(&flattening, Progress::Done, "closed", now_us),
                Step::GivenUp(reason) => {
                    self.end_flattening(&flattening, Progress::GivenUp, &reason, now_us);
                }
            }
        }
    }

    /// What of it is left to order, signed as the order.
    fn left_to_close(&self, flattening: &Flattening) -> Quantity {
        match flattening.close {
            Close::Position => -self.state.book.quantity(&flattening.symbol),
            Close::Quantity(order) => {
                let sent = flattening.sent.iter().filter_map(|id| self.state.orders.get(id));
                order - sent.map(|order| order.side.signed(order.filled_quantity)).sum()
            }
        }
    }

    fn go_on_flattening(&mut self, flattening: &mut Flattening, now_us: i64) -> Step {
        let symbol = flattening.symbol.clone();
        if now_us >= flattening.until_us {
            let left = self.left_to_close(flattening);
            return Step::GivenUp(format!("its time is over, and an order of {left} is left to do"));
        }
        if self.latch.kills(&symbol) && !self.is_kill_verified(&symbol) {
            return Step::GivenUp("the symbol was killed meanwhile".to_owned());
        }
        // A venue or a journal that is away may come back in time.
        if self.cannot_flatten(&symbol).is_some() {
            return Step::GoOn;
        }
        let working = self.state.orders.working_ids_in(Some(&symbol));
        if !working.is_empty() {
            if !flattening.cancelled {
                flattening.cancelled = true;
                for id in working.iter().filter(|id| !flattening.sent.contains(id)) {
                    self.cancel_order(id, "cancelled to flatten", now_us);
                }
            }
            return Step::GoOn;
        }
        let left = self.left_to_close(flattening);
        if left.is_zero() {
            return Step::Done;
        }
        // Fills that the venue spoke of and that are not booked would make it a flip.
        if now_us < flattening.next_us || self.session.announced > self.session.covered {
            return Step::GoOn;
        }
        // What the venue or the last line refused once, it would refuse again.
        let last = flattening.sent.last().and_then(|id| self.state.orders.get(id));
        // One that never arrived was refused by nobody, and certainly does nothing any more.
        let is_refused = |order: &&Order| order.status == OrderStatus::Rejected && !never_arrived(order);
        if let Some(refused) = last.filter(is_refused) {
            return Step::GivenUp(format!("its order was refused: {}", refused.rejection_reason));
        }
        flattening.cancelled = false;
        flattening.next_us = now_us + AGAIN_US;
        let order = self.flattening_order(&symbol, left, &flattening.command_id, now_us);
        flattening.sent.push(order.client_order_id.clone());
        let Some(instrument) = self.config.instruments.get(&symbol) else {
            return Step::GivenUp(format!("{symbol} is no instrument of this desk any more"));
        };
        let position = self.state.book.quantity(&symbol);
        match approve_flatten(order, instrument, position, Quantity::ZERO) {
            Ok(approved) => {
                self.record_order(approved.get().clone(), now_us);
                self.after_durable(Held::Leave(Box::new(approved)), now_us);
                Step::GoOn
            }
            Err(refused) => {
                let rejection_reason = refused.violation.to_string();
                let reason = format!("its order was refused: {rejection_reason}");
                let order = Order {
                    status: OrderStatus::Rejected,
                    rejection_reason,
                    ..*refused.item
                };
                self.record_order(order, now_us);
                Step::GivenUp(reason)
            }
        }
    }

    fn flattening_order(
        &mut self,
        symbol: &Symbol,
        signed: Quantity,
        command_id: &str,
        now_us: i64,
    ) -> Order {
        self.next_order += 1;
        let side = if signed.is_positive() {
            Side::Buy
        } else {
            Side::Sell
        };
        Order {
            order_id: String::new(),
            client_order_id: format!("f{}-{}", base36(self.config.epoch), self.next_order),
            symbol: symbol.clone(),
            side,
            quantity: signed.abs(),
            price: None,
            stop_price: None,
            order_type: OrderType::Market,
            status: OrderStatus::Created,
            timestamp_us: now_us,
            rejection_reason: String::new(),
            filled_quantity: Quantity::ZERO,
            filled_value: Money::ZERO,
            origin: Origin::Operator,
            reduces: true,
            model_hash: String::new(),
            model_version: String::new(),
            signal_sequence: 0,
            signal_epoch: 0,
            command_id: command_id.to_owned(),
            intent_us: now_us,
            valid_until_us: now_us + self.config.timing.flatten_life_us,
            limits_version: self.state.limits_version,
            decision_price: self.marks.mark(symbol).map(|mark| mark.price),
            market_published_us: 0,
            signal_published_us: 0,
            accepted_us: 0,
        }
    }
}

fn base36(mut number: u64) -> String {
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut digits = Vec::new();
    loop {
        digits.push(char::from(DIGITS[(number % 36) as usize]));
        number /= 36;
        if number == 0 {
            return digits.iter().rev().collect();
        }
    }
}
