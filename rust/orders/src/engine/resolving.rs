//! `RESOLVE_BREAK`: adopt, flatten or ignore, with a reason.
//!
//! - *Adopt* books the venue's word. A missing execution becomes a fill; one the venue doesn't have is taken back
//!   at its own price; an order is taken over as the venue holds it, or ended as the venue has ended it. A position
//!   that no execution explains is booked as an adjustment at the mid of now, or at the average cost where there
//!   is no mark: at the mid it changes the position and nothing of the day's result. What the database
//!   lacks is met by the journal's word, which is stored again.
//! - *Flatten* cancels an order at the venue; of a position it adopts the difference and closes exactly that by
//!   an order of the operator's; of an execution nobody ordered it closes the symbol's whole position.
//! - *Ignore* opens the gate. The worse of both counts, and a difference that changes is open again.

use messages::mutation::{Mutant, planted};
use messages::{Fill, Money, Order, OrderStatus, Origin, Price, Quantity, Side, Symbol, wire};
use wire::r#break::{Action, Kind, State};
use wire::command_result::Outcome;

use super::Engine;
use super::commands::{operator, refused, result};
use super::flatten::Close;
use crate::breaks;

/// At most so many breaks are ignored at a time: each is carried in every state, and counts with the worse exposure.
pub(super) const MOST_IGNORED: usize = 100;

impl Engine {
    pub(super) fn resolve(&mut self, command: &wire::StrategyCommand, now_us: i64) -> wire::CommandResult {
        let Some(found) = self.state.breaks.get(&command.break_id).cloned() else {
            let reason = format!(
                "there is no break {:?} (any more): quarterdeck breaks lists them",
                command.break_id
            );
            return refused(command, &reason, now_us);
        };
        let before = found.state().as_str_name().to_owned();
        let done = self.decide(command, &found, now_us);
        match done {
            Ok((outcome, reason)) => {
                let after = self.state.breaks.get(&found.id);
                let after = after
                    .map_or(State::Adopted, wire::Break::state)
                    .as_str_name()
                    .to_owned();
                let answer = result(command, outcome, now_us);
                wire::CommandResult {
                    reason,
                    before,
                    after,
                    ..answer
                }
            }
            Err(reason) => wire::CommandResult {
                before,
                ..refused(command, &reason, now_us)
            },
        }
    }

    fn decide(
        &mut self,
        command: &wire::StrategyCommand,
        found: &wire::Break,
        now_us: i64,
    ) -> Result<(Outcome, String), String> {
        let action = command.break_action();
        if command.reason.trim().is_empty() {
            return Err("a reason is needed: it goes on the record with the break".into());
        }
        if action == Action::Unspecified || !found.actions().any(|one| one == action) {
            return Err(breaks::refusal(found, action));
        }
        if found.state() == State::Flattening {
            return Err(format!("{} is being flattened: wait for its end", found.id));
        }
        if self.journal_fails() {
            return Err("the journal can't be written, so no decision can be made durable".into());
        }
        match action {
            Action::Ignore => {
                self.may_ignore(found)?;
                self.decided(found, command, State::Ignored, now_us);
                Ok((
                    Outcome::Done,
                    format!(
                        "{} is ignored: the worse of both counts until it changes",
                        found.id
                    ),
                ))
            }
            Action::Adopt => {
                let what = if breaks::is_of_store(found) {
                    self.actions.push(super::Action::WriteStoreAgain);
                    format!(
                        "the journal's word on {} is written to the database again",
                        found.symbol
                    )
                } else {
                    self.adopt(found, command, now_us)?
                };
                self.decided(found, command, State::Adopted, now_us);
                Ok((Outcome::Done, what))
            }
            Action::Flatten => self.flatten_break(found, command, now_us),
            Action::Unspecified => Err("the action is not specified".into()),
        }
    }

    fn may_ignore(&self, found: &wire::Break) -> Result<(), String> {
        let is_other = |one: &&wire::Break| one.state() == State::Ignored && one.id != found.id;
        let ignored = self.state.breaks.values().filter(is_other).count();
        if ignored < MOST_IGNORED || planted(Mutant::IgnoredWithoutBound) {
            return Ok(());
        }
        Err(format!(
            "{ignored} breaks are ignored already, and there may be no more: adopt or flatten some of them first \
             (quarterdeck breaks lists them)"
        ))
    }

    /// Puts a decision on the record of its break.
    pub(super) fn decided(
        &mut self,
        found: &wire::Break,
        command: &wire::StrategyCommand,
        state: State,
        now_us: i64,
    ) {
        let mut next = found.clone();
        next.set_state(state);
        next.decided_by = operator(command);
        next.decided_us = now_us;
        next.reason.clone_from(&command.reason);
        self.record_break(next, now_us);
    }

    fn adopt(
        &mut self,
        found: &wire::Break,
        command: &wire::StrategyCommand,
        now_us: i64,
    ) -> Result<String, String> {
        if !self.session.is_logged_on() {
            return Err("the venue does not answer, and what is adopted is its word".into());
        }
        match found.kind() {
            Kind::Order => self.adopt_order(found, command, now_us),
            Kind::Fill => self.adopt_fill(found, command, now_us),
            Kind::Position => self.adopt_position(found, command, now_us),
            Kind::Unspecified => Err("the break has no kind".into()),
        }
    }

    fn adopt_order(
        &mut self,
        found: &wire::Break,
        command: &wire::StrategyCommand,
        now_us: i64,
    ) -> Result<String, String> {
        let id = found.id.trim_start_matches("order:");
        let held = self.state.orders.get(id).cloned();
        let Some(theirs) = &found.order else {
            // Working here, and not open there.
            let Some(held) = held else {
                return Err(format!("order {id} is not remembered any more"));
            };
            let status = if held.remaining().is_zero() {
                OrderStatus::Filled
            } else {
                OrderStatus::Cancelled
            };
            let rejection_reason = "adopted: it is not open at the venue".to_owned();
            self.in_flight.remove(id);
            self.endings.remove(id);
            self.record_order(
                Order {
                    status,
                    rejection_reason,
                    timestamp_us: now_us,
                    ..held
                },
                now_us,
            );
            return Ok(format!("order {id} has ended here too"));
        };
        let theirs = Order::try_from(theirs).map_err(|malformed| malformed.to_string())?;
        let booked = held.as_ref().map_or_else(
            || {
                self.state
                    .fills
                    .iter()
                    .filter(|fill| fill.client_order_id == id)
                    .map(|fill| fill.quantity)
                    .sum()
            },
            |held| held.filled_quantity,
        );
        if theirs.filled_quantity != booked {
            return Err(format!(
                "{} of order {id} were filled at the venue and {booked} are booked here: its executions come first",
                theirs.filled_quantity
            ));
        }
        let order = Order {
            timestamp_us: now_us,
            accepted_us: if theirs.accepted_us == 0 {
                now_us
            } else {
                theirs.accepted_us
            },
            ..match held {
                Some(held) => Order {
                    status: theirs.status,
                    symbol: theirs.symbol,
                    side: theirs.side,
                    quantity: theirs.quantity,
                    price: theirs.price,
                    order_id: theirs.order_id,
                    ..held
                },
                None => Order {
                    origin: Origin::Operator,
                    command_id: command.command_id.clone(),
                    ..theirs
                },
            }
        };
        let status = order.status.to_wire().as_str_name();
        self.record_order(order, now_us);
        Ok(format!("order {id} is taken over as the venue has it: {status}"))
    }

    fn adopt_position(
        &mut self,
        found: &wire::Break,
        command: &wire::StrategyCommand,
        now_us: i64,
    ) -> Result<String, String> {
        if !self.session.is_open() {
            return Err("the venue is not reconciled: wait for the next comparison".into());
        }
        let symbol = Symbol::new(&found.symbol).map_err(|malformed| malformed.to_string())?;
        let apart = breaks::apart(found);
        let cost = self
            .state
            .book
            .get(&symbol)
            .and_then(crate::Position::average_cost);
        let (price, policy) = match (self.marks.mark(&symbol), cost) {
            (Some(mark), _) => (mark.price, "the mid of now"),
            (None, Some(cost)) => (cost, "the average cost: there is no mark"),
            (None, None) => {
                return Err(format!(
                    "there is no price to book {symbol} at: wait for market data"
                ));
            }
        };
        self.adjust_position(&symbol, apart, price, command, now_us);
        Ok(format!(
            "{apart} {symbol} booked as an adjustment at {price}, {policy}"
        ))
    }

    fn adjust_position(
        &mut self,
        symbol: &Symbol,
        apart: Quantity,
        price: Price,
        command: &wire::StrategyCommand,
        now_us: i64,
    ) {
        let adjustment = Fill {
            execution_id: format!("adjust:{}:{symbol}", command.command_id),
            client_order_id: String::new(),
            order_id: String::new(),
            symbol: symbol.clone(),
            side: if apart.is_positive() {
                Side::Buy
            } else {
                Side::Sell
            },
            quantity: apart.abs(),
            price,
            fee: Money::ZERO,
            timestamp_us: now_us,
            maker: false,
            venue_sequence: 0,
            decision_price: None,
        };
        self.adjust(adjustment, now_us);
    }

    fn flatten_break(
        &mut self,
        found: &wire::Break,
        command: &wire::StrategyCommand,
        now_us: i64,
    ) -> Result<(Outcome, String), String> {
        let symbol = Symbol::new(&found.symbol).map_err(|malformed| malformed.to_string())?;
        match found.kind() {
            Kind::Order => {
                let id = found.id.trim_start_matches("order:").to_owned();
                self.decided(found, command, State::Flattening, now_us);
                self.start_cancelling_break(&id, &symbol, command, now_us);
                Ok((Outcome::Accepted, format!("cancelling order {id} at the venue")))
            }
            Kind::Fill => {
                if let Some(reason) = self.cannot_flatten(&symbol) {
                    return Err(reason);
                }
                let position = self.state.book.quantity(&symbol);
                self.decided(found, command, State::Flattening, now_us);
                self.start_flattening(&symbol, Close::Position, &found.id, command, now_us);
                Ok((Outcome::Accepted, format!("closing {position} {symbol}")))
            }
            Kind::Position => {
                if let Some(reason) = self.cannot_flatten(&symbol) {
                    return Err(reason);
                }
                let (desk, venue) = (breaks::quantity(found.desk), breaks::quantity(found.venue));
                let Some(order) = breaks::closing(desk, venue) else {
                    return Err(format!(
                        "an order of {} would not reduce what the venue holds",
                        breaks::apart(found)
                    ));
                };
                let what = self.adopt_position(found, command, now_us)?;
                self.decided(found, command, State::Flattening, now_us);
                self.start_flattening(&symbol, Close::Quantity(order), &found.id, command, now_us);
                Ok((
                    Outcome::Accepted,
                    format!("{what}; closing it by an order of {order}"),
                ))
            }
            Kind::Unspecified => Err("the break has no kind".into()),
        }
    }
}
