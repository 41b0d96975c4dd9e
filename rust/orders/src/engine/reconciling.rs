//! Reconciliation: at every logon before anything opens, and every few seconds after.
//!
//! A round fetches the executions since the last booked one, then open orders and positions. It counts only
//! when both were answered at the execution sequence that is booked here; else it starts again. Beside it the
//! venue's history of orders is read on from where the last look ended: what was placed and cancelled behind the
//! desk's back in between is in no list of open orders.

use std::collections::BTreeMap;

use messages::mutation::{Mutant, planted};
use messages::{Fill, GateKind, Order, OrderStatus, Quantity, Symbol, wire};
use wire::venue_request::Body;

use super::Engine;
use super::session::{Phase, Purpose};
use crate::breaks::{self, Evidence};
use crate::reconcile::{Difference, VenueView, compare};

/// Orders of the venue's history asked for at once.
const HISTORY_PAGE: u32 = 1_000;
/// The place in the venue's history goes on the record so often: a restart looks at these again.
const HISTORY_RECORDED: u64 = 500;
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

impl Round {
    /// The wall clock was set back: nothing noted lies ahead of it.
    pub(super) fn not_after(&mut self, now_us: i64) {
        self.started_us = self.started_us.min(now_us);
        // What was to come later comes now.
        self.next_us = self.next_us.map(|next_us| next_us.min(now_us));
    }
}

impl Engine {
    pub(super) fn start_round(&mut self, now_us: i64) {
        self.round = Some(Round {
            started_us: now_us,
            ..Round::default()
        });
        self.fetch_executions(now_us);
    }

    /// The next round starts with the next look at the time.
    pub(super) fn compare_soon(&mut self, now_us: i64) {
        if let Some(round) = &mut self.round {
            round.not_after(now_us);
        }
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
        self.fetch_history();
    }

    /// Asked after `booked` was booked here, the venue's last execution lies before it: those after are gone there.
    pub(super) fn venue_forgot(&mut self, venue_last: u64, booked: u64, now_us: i64) -> bool {
        if venue_last >= booked {
            return false;
        }
        let beyond = |fill: &&Fill| fill.venue_sequence > venue_last && fill.venue_sequence <= booked;
        let lost: Vec<Fill> = self.state.fills.iter().filter(beyond).cloned().collect();
        for fill in lost {
            if self.state.executions.at(fill.venue_sequence) != Some(fill.execution_id.as_str()) {
                continue;
            }
            let difference = Difference::FillDiffers {
                symbol: fill.symbol.clone(),
                sequence: fill.venue_sequence,
                desk: Some(fill.execution_id.clone()),
                venue: None,
                told: String::new(),
            };
            let evidence = Evidence {
                booked: Some(&fill),
                ..Evidence::default()
            };
            self.found_difference(&difference, evidence, now_us);
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
        let verdict = self.confirmation.observe(differences.clone());
        for difference in &verdict.unconfirmed {
            if let Some(id) = difference.order_to_ask() {
                self.ask(id, now_us);
            }
        }
        let unconfirmed = !verdict.unconfirmed.is_empty();
        let ids: Vec<String> = differences.iter().map(Difference::id).collect();
        self.settle_breaks(&ids, now_us);
        for seen in breaks::of_comparison(&verdict.confirmed, &self.state.orders, &venue, now_us) {
            self.found(seen, now_us);
        }
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

    /// Asks for the orders that entered the session since the last look.
    pub(super) fn fetch_history(&mut self) {
        let query = wire::OrderHistoryQuery {
            from_sequence: self.history_seen + 1,
            limit: HISTORY_PAGE,
        };
        let from = self.history_seen;
        self.send(Body::OrderHistory(query), Purpose::OrderHistory { from });
    }

    /// Orders in their order of entry. Every order of the desk's was on its record before it left: one that isn't
    /// there came from somebody else, whether it is open, filled or gone.
    pub(super) fn history_told(&mut self, history: &wire::OrderHistory, from: u64, now_us: i64) {
        for message in &history.orders {
            let known = self.state.orders.get(&message.client_order_id).is_some();
            if known || planted(Mutant::ReconcileInnerJoin) || planted(Mutant::HistoryUnread) {
                continue;
            }
            let Ok(order) = Order::try_from(message) else {
                self.counters.malformed += 1;
                continue;
            };
            let (client_order_id, symbol) = (order.client_order_id.clone(), order.symbol.clone());
            let difference = if order.status.is_finished() {
                Difference::OrderEndedUnseen {
                    client_order_id,
                    symbol,
                    status: order.status.to_wire().as_str_name(),
                }
            } else {
                let remaining = order.side.signed(order.remaining());
                Difference::OrderUnknownToDesk {
                    client_order_id,
                    symbol,
                    remaining,
                }
            };
            let evidence = Evidence {
                order: Some(&order),
                ..Evidence::default()
            };
            self.found_difference(&difference, evidence, now_us);
        }
        let read = history.orders.len() as u64;
        // A venue with fewer orders than were looked at has lost some: what enters from now on is new.
        self.history_seen = (from + read).min(history.last_sequence);
        if self.history_seen >= self.state.venue_orders + HISTORY_RECORDED
            || self.history_seen < self.state.venue_orders
        {
            self.gates_changed = true;
        }
        self.explain_killed(now_us);
        if read > 0 && self.history_seen < history.last_sequence {
            self.fetch_history();
        }
    }
}
