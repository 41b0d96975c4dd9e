//! A signal becomes a decision: an approved order, a denial, or no order and why.

use messages::{Malformed, Order, OrderStatus, OrderType, Origin, Quantity, Side, Symbol, wire};
use wire::risk_decision::Outcome;
use wire::risk_event::Event;
use wire::trading_signal::Signal;

use super::{Action, RiskManager};
use crate::approval::{View, approve};
use crate::book::Touch;
use crate::checks::{NoReferencePrice, StaleData, UnknownInstrument, Violation};
use crate::conduct::Conduct;
use crate::ids::base36;
use crate::sizing::{self, OrderStyle, Plan};

/// What a signal leads to before any order is looked at.
enum Wish {
    Order(Side, Quantity, Touch),
    Nothing(&'static str),
    Refused(Violation),
}

impl RiskManager {
    /// Decides on one signal. One that came twice, or after a newer one of its symbol, is counted and dropped.
    pub fn on_signal(&mut self, signal: &wire::TradingSignal, now_us: i64) -> Result<Vec<Action>, Malformed> {
        let symbol = Symbol::new(&signal.symbol)?;
        let bad = |field, reason: String| Malformed::new("TradingSignal", field, reason);
        let direction = match Signal::try_from(signal.signal) {
            Ok(Signal::Buy) => Some(Side::Buy),
            Ok(Signal::Sell) => Some(Side::Sell),
            Ok(Signal::Hold) => None,
            Ok(Signal::Unspecified) => return Err(bad("signal", "is not specified".into())),
            Err(unknown) => return Err(bad("signal", unknown.to_string())),
        };
        if !signal.confidence.is_finite() {
            return Err(bad("confidence", format!("{} is not finite", signal.confidence)));
        }
        let this = (signal.epoch, signal.sequence);
        if let Some(strategy) = self.strategies.get_mut(&symbol) {
            if this <= strategy.newest {
                self.counters.old_signals += 1;
                return Ok(Vec::new());
            }
            strategy.newest = this;
        }
        self.counters.signals += 1;
        match self.wish(&symbol, direction, signal, now_us) {
            Wish::Order(side, quantity, touch) => {
                let order = self.make_order(signal, &symbol, side, quantity, &touch, now_us);
                self.propose(order, signal, now_us);
            }
            Wish::Nothing(reason) => self.no_order(signal, reason, now_us),
            Wish::Refused(violation) => {
                self.deny(&symbol, direction, None, signal, &violation, now_us);
            }
        }
        Ok(self.take())
    }

    fn wish(
        &mut self,
        symbol: &Symbol,
        direction: Option<Side>,
        signal: &wire::TradingSignal,
        now_us: i64,
    ) -> Wish {
        let Some(strategy) = self.strategies.get(symbol).copied() else {
            return Wish::Refused(UnknownInstrument(symbol.clone()).into());
        };
        if direction.is_none() && strategy.target.is_none() {
            return Wish::Nothing("hold: nothing is wanted");
        }
        // A signal that waited behind a stopped process must not trade on what was true then.
        let age_us = now_us.saturating_sub(signal.published_us);
        if let Err(stale) = StaleData::check("the signal", symbol, self.config.order_ttl_us, age_us) {
            return if direction.is_none() {
                Wish::Nothing("hold: the signal is old")
            } else {
                Wish::Refused(stale.into())
            };
        }
        let Some(book) = self.book.get(symbol) else {
            return Wish::Refused(UnknownInstrument(symbol.clone()).into());
        };
        let Some(touch) = book.touch else {
            return Wish::Refused(NoReferencePrice(symbol.clone()).into());
        };
        let target = match (direction, strategy.target) {
            (None, Some(kept)) => kept,
            // The size is taken when the direction turns: later signals of that direction keep it, so that
            // a moving mid doesn't make a stream of odd lots.
            (Some(side), Some(kept)) if kept.0.signum() == side.sign() => kept,
            (Some(side), _) => side.signed(sizing::size(
                self.config.target_notional,
                touch.mid,
                &book.instrument,
            )),
            (None, None) => return Wish::Nothing("hold: nothing is wanted"),
        };
        if target.is_zero() {
            return Wish::Nothing("the target notional buys less than one lot");
        }
        let plan = sizing::plan(book, target);
        if let Some(strategy) = self.strategies.get_mut(symbol) {
            if strategy.target != Some(target) {
                strategy.timed_out = false;
            }
            strategy.target = Some(target);
        }
        match plan {
            Plan::Place { side, quantity } => Wish::Order(side, quantity, touch),
            Plan::Nothing(reason) => Wish::Nothing(reason),
            Plan::Cancel(client_order_id) => {
                if self.may_ask_again(&client_order_id, now_us) {
                    self.cancel(&client_order_id, now_us);
                }
                Wish::Nothing("the working order is on the wrong side and is being cancelled")
            }
        }
    }

    fn make_order(
        &mut self,
        signal: &wire::TradingSignal,
        symbol: &Symbol,
        side: Side,
        quantity: Quantity,
        touch: &Touch,
        now_us: i64,
    ) -> Order {
        self.orders_made += 1;
        let timed_out = self
            .strategies
            .get(symbol)
            .is_some_and(|strategy| strategy.timed_out);
        let cross = match self.config.order_style {
            OrderStyle::Passive => false,
            OrderStyle::PassiveThenCross => timed_out,
            OrderStyle::Cross => true,
        };
        let instrument = self.book.get(symbol).map(|book| &book.instrument);
        let price = instrument.map(|instrument| sizing::limit_price(side, cross, touch, instrument));
        Order {
            order_id: String::new(),
            client_order_id: format!("q{}-{}", base36(self.config.epoch), self.orders_made),
            symbol: symbol.clone(),
            side,
            quantity,
            price,
            stop_price: None,
            order_type: OrderType::Limit,
            status: OrderStatus::Created,
            timestamp_us: now_us,
            rejection_reason: String::new(),
            filled_quantity: Quantity::ZERO,
            filled_value: messages::Money::ZERO,
            origin: Origin::Strategy,
            reduces: false,
            model_hash: signal.model_hash.clone(),
            model_version: signal.model_version.clone(),
            signal_sequence: signal.sequence,
            signal_epoch: signal.epoch.cast_signed(),
            command_id: String::new(),
            intent_us: now_us,
            valid_until_us: now_us + self.config.order_ttl_us,
            limits_version: self.limits.version,
            decision_price: Some(touch.mid),
            market_published_us: signal.market_published_us,
            signal_published_us: signal.published_us,
            accepted_us: 0,
        }
    }

    fn propose(&mut self, order: Order, signal: &wire::TradingSignal, now_us: i64) {
        let this = (signal.epoch, signal.sequence);
        let conduct = self.conducts.get(&order.symbol);
        let view = View {
            limits: &self.limits,
            gates: &self.gates,
            book: &self.book,
            daily_loss: self.daily.loss(),
            drawdown: self.daily.drawdown(),
            loss_streak: conduct.map_or(0, Conduct::loss_streak),
            executions: self.executions(&order.symbol, now_us),
            restricted: &self.config.restricted,
            rate: &self.rate,
            is_used: self
                .strategies
                .get(&order.symbol)
                .is_some_and(|strategy| this <= strategy.used),
            now_us,
        };
        match approve(order, &view) {
            Ok(approved) => {
                let order = approved.get();
                self.counters.approved += 1;
                self.rate.record(now_us);
                self.book.approved(order, now_us);
                if let Some(strategy) = self.strategies.get_mut(&order.symbol) {
                    strategy.used = this;
                    strategy.timed_out = false;
                }
                let decision = wire::RiskDecision {
                    outcome: Outcome::Approved.into(),
                    signal: Some(signal.clone()),
                    order: Some(wire::Order::from(order)),
                    denial: None,
                    reason: String::new(),
                };
                let key = order.client_order_id.clone();
                self.journal("decision", Some(key), Event::Decision(decision), now_us);
                self.actions.push(Action::Submit(approved));
            }
            Err(refused) => {
                let order = *refused.item;
                let (symbol, side) = (order.symbol.clone(), order.side);
                self.deny(
                    &symbol,
                    Some(side),
                    Some(&order),
                    signal,
                    &refused.violation,
                    now_us,
                );
            }
        }
    }

    /// A denial ends the target: only a new BUY or SELL asks again.
    fn deny(
        &mut self,
        symbol: &Symbol,
        side: Option<Side>,
        order: Option<&Order>,
        signal: &wire::TradingSignal,
        violation: &Violation,
        now_us: i64,
    ) {
        self.counters.denied += 1;
        self.forget_target(symbol);
        let denial = violation.denial();
        let side = side.map_or(0, |side| side.to_wire().into());
        let key = (symbol.to_string(), side, denial.check);
        let decision = wire::RiskDecision {
            outcome: Outcome::Denied.into(),
            signal: Some(signal.clone()),
            order: order.map(wire::Order::from),
            reason: denial.reason.clone(),
            denial: Some(denial),
        };
        match self.denials.take(key, decision.clone(), now_us) {
            Some(recorded) => self.journal("decision", None, Event::Decision(recorded), now_us),
            None => self.publish(Event::Decision(decision), now_us),
        }
    }

    fn no_order(&mut self, signal: &wire::TradingSignal, reason: &str, now_us: i64) {
        let decision = wire::RiskDecision {
            outcome: Outcome::NoOrder.into(),
            signal: Some(signal.clone()),
            order: None,
            denial: None,
            reason: reason.to_owned(),
        };
        self.publish(Event::Decision(decision), now_us);
    }
}
