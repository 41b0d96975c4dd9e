//! Reconciliation: at every logon before anything opens, and every few seconds after.
//!
//! A round fetches the executions since the last booked one, then open orders and positions. It counts only
//! when both were answered at the execution sequence that is booked here; else it starts again.

use std::collections::{BTreeMap, BTreeSet};

use messages::{GateKind, Order, OrderStatus, Quantity, Symbol, wire};
use wire::venue_request::Body;

use super::Engine;
use super::session::{Phase, Purpose};
use crate::reconcile::{Difference, VenueView, compare};

/// Holder of the gates that breaks close.
const BREAKS: &str = "reconciliation";
/// Until a comparison that an execution overtook is made again.
const LOOK_AGAIN_US: i64 = 20_000;

/// One comparison under way.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Round {
    started_us: i64,
    orders: Option<(u64, BTreeMap<String, Order>)>,
    positions: Option<(u64, BTreeMap<Symbol, Quantity>)>,
    asked: bool,
    /// The venue's last execution lies before the last one booked.
    venue_forgot: bool,
    /// Done; the next one starts then.
    next_us: Option<i64>,
}

impl Engine {
    pub(super) fn start_round(&mut self, now_us: i64) {
        self.round = Some(Round {
            started_us: now_us,
            ..Round::default()
        });
        self.fetch_executions(now_us);
    }

    /// Starts the next round when it is time, and anew one that had no answer.
    pub(super) fn watch_round(&mut self, now_us: i64) {
        if !self.session.is_logged_on() {
            return;
        }
        let due = self.round.as_ref().is_none_or(|round| match round.next_us {
            Some(next_us) => now_us >= next_us,
            None => now_us - round.started_us >= self.config.timing.venue_silent_us,
        });
        if due {
            let asked = |purpose: &Purpose| matches!(purpose, Purpose::Executions { .. });
            self.session.pending.retain(|_, purpose| !asked(purpose));
            self.start_round(now_us);
        }
    }

    /// Everything up to the venue's last execution is booked.
    pub(super) fn executions_complete(&mut self, forgot: bool) {
        let Some(round) = self
            .round
            .as_mut()
            .filter(|round| !round.asked && round.next_us.is_none())
        else {
            return;
        };
        round.asked = true;
        round.venue_forgot = forgot;
        self.send(
            Body::OpenOrders(wire::OpenOrdersQuery::default()),
            Purpose::OpenOrders,
        );
        self.send(Body::Positions(wire::PositionsQuery {}), Purpose::Positions);
    }

    /// Asked after `booked` was booked here, the venue's last execution lies before it: those after are gone there.
    pub(super) fn venue_forgot(&mut self, venue_last: u64, booked: u64) -> bool {
        if venue_last >= booked {
            return false;
        }
        for fill in self
            .state
            .fills
            .iter()
            .filter(|fill| fill.venue_sequence > venue_last && fill.venue_sequence <= booked)
        {
            self.strange_fills.insert(Difference::FillDiffers {
                symbol: fill.symbol.clone(),
                sequence: fill.venue_sequence,
                desk: Some(fill.execution_id.clone()),
                venue: None,
            });
        }
        true
    }

    pub(super) fn open_orders_told(&mut self, orders: &wire::VenueOrders, sequence: u64, now_us: i64) {
        let mut open = BTreeMap::new();
        for message in &orders.orders {
            match Order::try_from(message) {
                Ok(order) => {
                    open.insert(order.client_order_id.clone(), order);
                }
                Err(_) => self.counters.malformed += 1,
            }
        }
        if let Some(round) = &mut self.round {
            round.orders = Some((sequence, open));
        }
        self.compare_round(now_us);
    }

    pub(super) fn positions_told(&mut self, positions: &wire::VenuePositions, sequence: u64, now_us: i64) {
        let mut held = BTreeMap::new();
        for message in &positions.positions {
            match (Symbol::new(&message.symbol), Quantity::from_f64(message.quantity)) {
                (Ok(symbol), Ok(quantity)) => {
                    held.insert(symbol, quantity);
                }
                _ => self.counters.malformed += 1,
            }
        }
        if let Some(round) = &mut self.round {
            round.positions = Some((sequence, held));
        }
        self.compare_round(now_us);
    }

    fn compare_round(&mut self, now_us: i64) {
        let Some(round) = &mut self.round else { return };
        let (Some((of_orders, _)), Some((of_positions, _))) = (&round.orders, &round.positions) else {
            return;
        };
        // A venue that went back behind what is booked never comes to that sequence: compared as it is.
        let overtaken = *of_positions != self.session.covered && !round.venue_forgot;
        if *of_orders != *of_positions || overtaken {
            // Something was executed in between: fetch it and look again.
            round.next_us = Some(now_us + LOOK_AGAIN_US);
            return;
        }
        let orders = round.orders.take().map(|(_, orders)| orders).unwrap_or_default();
        let positions = round
            .positions
            .take()
            .map(|(_, positions)| positions)
            .unwrap_or_default();
        let venue = VenueView { orders, positions };
        let differences = compare(&self.state.orders, &self.state.book, &venue);
        self.settle_doubts(&venue, now_us);
        self.counters.reconciliations += 1;
        let verdict = self.confirmation.observe(differences);
        for difference in &verdict.unconfirmed {
            if let Some(id) = difference.order_to_ask() {
                self.ask(id, now_us);
            }
        }
        let unconfirmed = !verdict.unconfirmed.is_empty();
        self.breaks = verdict.confirmed;
        self.show_breaks(now_us);
        let timing = &self.config.timing;
        let pause_us = if unconfirmed {
            timing.confirm_us
        } else {
            timing.reconcile_us
        };
        if let Some(round) = &mut self.round {
            round.next_us = Some(now_us + pause_us);
        }
        if self.session.phase == Phase::Reconciling && !unconfirmed {
            self.session.phase = Phase::Open;
            self.open_gate("venue", GateKind::VenueLost, None);
        }
    }

    /// An order in doubt that the venue lists as open is in doubt no more: its own word is asked for.
    fn settle_doubts(&mut self, venue: &VenueView, now_us: i64) {
        let listed: Vec<String> = self
            .state
            .orders
            .working()
            .filter(|order| order.status == OrderStatus::Unknown)
            .filter(|order| venue.orders.contains_key(&order.client_order_id))
            .map(|order| order.client_order_id.clone())
            .collect();
        for id in listed {
            self.ask(&id, now_us);
        }
    }

    /// One gate per symbol with a break, with what it is.
    pub(super) fn show_breaks(&mut self, now_us: i64) {
        let mut reasons: BTreeMap<Symbol, Vec<String>> = BTreeMap::new();
        for difference in self.breaks() {
            reasons
                .entry(difference.symbol().clone())
                .or_default()
                .push(difference.to_string());
        }
        let closed: BTreeSet<Symbol> = self
            .gates
            .held_by(BREAKS)
            .filter_map(|gate| gate.symbol.clone())
            .collect();
        for symbol in closed {
            if !reasons.contains_key(&symbol) {
                self.open_gate(BREAKS, GateKind::ReconciliationBreak, Some(&symbol));
            }
        }
        for (symbol, reason) in reasons {
            let reason = reason.join("; ");
            let mut unexplained = self.state.unexplained.iter();
            let opens = if unexplained.any(|difference| *difference.symbol() == symbol) {
                &format!(
                    "desk and venue agree, and an operator answers for the fill: quarterdeck flatten {symbol}"
                )
            } else {
                "desk and venue agree again"
            };
            self.close_gate(
                BREAKS,
                GateKind::ReconciliationBreak,
                Some(&symbol),
                &reason,
                opens,
                now_us,
            );
        }
    }

    /// True when nothing in `scope` is a break.
    pub(super) fn is_whole(&self, scope: Option<&Symbol>) -> bool {
        self.breaks()
            .all(|difference| scope.is_some_and(|symbol| symbol != difference.symbol()))
    }
}
