//! Flatten: the operator closes one position. Working orders of the symbol go first, so that no fill turns
//! a reduction into a flip; then reducing market orders, until nothing is held.

use messages::{Money, Order, OrderStatus, OrderType, Origin, Quantity, Side, Symbol, wire};
use risk::approve_flatten;
use wire::command_result::Outcome;

use super::Engine;
use super::commands::{refused, result};
use super::outbox::Held;

/// A flatten at work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Flattening {
    pub(super) symbol: Symbol,
    command_id: String,
    until_us: i64,
    cancelled: bool,
    next_us: i64,
    /// The last order it sent.
    last: Option<String>,
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
            let reason = format!("{symbol} is flat already");
            return wire::CommandResult {
                reason,
                ..result(command, Outcome::Done, now_us)
            };
        }
        self.flattening.retain(|other| other.symbol != *symbol);
        self.flattening.push(Flattening {
            symbol: symbol.clone(),
            command_id: command.command_id.clone(),
            until_us: now_us + self.config.timing.flatten_us,
            cancelled: false,
            next_us: now_us,
            last: None,
        });
        wire::CommandResult {
            reason: format!("closing {position} {symbol}"),
            working_orders: working,
            before: format!("{position} held"),
            after: "0 held, when it is done".to_owned(),
            ..result(command, Outcome::Accepted, now_us)
        }
    }

    fn cannot_flatten(&self, symbol: &Symbol) -> Option<String> {
        if self.latch.kills(symbol) && !self.is_kill_verified(symbol) {
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
            if self.go_on_flattening(&mut flattening, now_us) {
                self.flattening.push(flattening);
            }
        }
    }

    /// True while there is more to do.
    fn go_on_flattening(&mut self, flattening: &mut Flattening, now_us: i64) -> bool {
        let symbol = flattening.symbol.clone();
        if now_us >= flattening.until_us || self.cannot_flatten(&symbol).is_some() {
            return false;
        }
        let working: Vec<String> = self
            .state
            .orders
            .working_in(Some(&symbol))
            .map(|order| order.client_order_id.clone())
            .collect();
        if !working.is_empty() {
            if !flattening.cancelled {
                flattening.cancelled = true;
                for id in working {
                    self.cancel_order(&id, "cancelled to flatten", now_us);
                }
            }
            return true;
        }
        let position = self.state.book.quantity(&symbol);
        if position.is_zero() {
            return false;
        }
        // Fills that the venue spoke of and that are not booked would make it a flip.
        if now_us < flattening.next_us || self.session.announced > self.session.covered {
            return true;
        }
        // What the venue or the last line refused once, it would refuse again.
        let last = flattening.last.as_ref().and_then(|id| self.state.orders.get(id));
        if last.is_some_and(|order| order.status == OrderStatus::Rejected) {
            return false;
        }
        flattening.cancelled = true;
        flattening.next_us = now_us + AGAIN_US;
        let order = self.flattening_order(&symbol, position, &flattening.command_id, now_us);
        flattening.last = Some(order.client_order_id.clone());
        let Some(instrument) = self.config.instruments.get(&symbol) else {
            return false;
        };
        match approve_flatten(order, instrument, position, Quantity::ZERO) {
            Ok(approved) => {
                self.record_order(approved.get().clone(), now_us);
                self.after_durable(Held::Leave(Box::new(approved)), now_us);
                true
            }
            Err(refused) => {
                let rejection_reason = refused.violation.to_string();
                let order = Order {
                    status: OrderStatus::Rejected,
                    rejection_reason,
                    ..*refused.item
                };
                self.record_order(order, now_us);
                false
            }
        }
    }

    fn flattening_order(
        &mut self,
        symbol: &Symbol,
        position: Quantity,
        command_id: &str,
        now_us: i64,
    ) -> Order {
        self.next_order += 1;
        let side = if position.is_positive() {
            Side::Sell
        } else {
            Side::Buy
        };
        Order {
            order_id: String::new(),
            client_order_id: format!("f{}-{}", base36(self.config.epoch), self.next_order),
            symbol: symbol.clone(),
            side,
            quantity: position.abs(),
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
