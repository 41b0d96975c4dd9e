//! What the engine tells becomes the view: event by event, and by a snapshot after every gap.

use std::collections::{BTreeMap, VecDeque};

use messages::{Fill, Gate, GateKind, Malformed, Order, OrderStatus, Origin, Symbol, wire};
use wire::execution_event::Event as Told;
use wire::risk_decision::Outcome;
use wire::risk_event::Event;

use super::{Action, ENGINE, Follow, RiskManager};
use crate::book::Booked;

/// Begins the engine's reason for refusing a strategy's cancel that it knows, and can't put on the record. The cancel is
/// asked for again, and nobody is wrong about its order.
pub const CANCEL_UNRECORDED: &str = "the journal can't take the cancel's record: ";

/// Events kept while a snapshot is awaited; beyond that they are dropped, and a second snapshot is asked for.
const KEPT: usize = 100_000;

impl RiskManager {
    /// Takes one event of the engine's stream. Pictures (sequence 0) and events seen already change nothing;
    /// a gap or a new epoch closes the gate and asks for a snapshot.
    pub fn on_execution_event(
        &mut self,
        event: &wire::ExecutionEvent,
        now_us: i64,
    ) -> Result<Vec<Action>, Malformed> {
        if event.sequence == 0 {
            return Ok(Vec::new());
        }
        match &mut self.follow {
            Follow::Lost { kept } => {
                if kept.len() >= KEPT {
                    kept.clear();
                }
                kept.push_back(event.clone());
                Ok(self.take())
            }
            Follow::Live { epoch, sequence } if event.epoch == *epoch => {
                if event.sequence <= *sequence {
                    return Ok(Vec::new());
                }
                if event.sequence > *sequence + 1 {
                    let missing = event.sequence - *sequence - 1;
                    self.lose(&format!("{missing} events of the engine are missing"), now_us);
                    return self.on_execution_event(event, now_us);
                }
                *sequence = event.sequence;
                let applied = self.apply(event, now_us);
                let actions = self.take();
                applied.map(|()| actions)
            }
            Follow::Live { epoch, .. } if event.epoch < *epoch => Ok(Vec::new()),
            Follow::Live { .. } => {
                self.lose("the engine started anew", now_us);
                self.on_execution_event(event, now_us)
            }
        }
    }

    /// Takes the engine's snapshot: the view begins anew from it, and goes on with the events kept meanwhile.
    /// One that is older than the view is dropped.
    pub fn on_snapshot(&mut self, snapshot: &wire::Snapshot, now_us: i64) -> Result<Vec<Action>, Malformed> {
        if let Follow::Live { epoch, sequence } = self.follow
            && (snapshot.epoch, snapshot.sequence) < (epoch, sequence)
        {
            return Ok(Vec::new());
        }
        let orders = snapshot
            .orders
            .iter()
            .map(Order::try_from)
            .collect::<Result<Vec<_>, _>>()?;
        let booked =
            |position: &wire::Position| Ok((Symbol::new(&position.symbol)?, Booked::try_from(position)?));
        let positions = snapshot
            .positions
            .iter()
            .map(booked)
            .collect::<Result<BTreeMap<_, _>, Malformed>>()?;
        for order in &orders {
            self.note_end(order);
            self.note_execution(order, order.timestamp_us);
        }
        let picture_us = if snapshot.at_us == 0 {
            now_us
        } else {
            snapshot.at_us
        };
        for dead in self.book.replace(&positions, &orders, picture_us) {
            self.forget_target(&dead.symbol);
        }
        for (symbol, booked) in &positions {
            self.note_position(symbol, booked, now_us);
        }
        for record in &snapshot.commands {
            self.note_command(record, now_us);
        }
        if let Some(trading) = &snapshot.trading {
            self.engine_state(trading, picture_us);
        }
        let live = Follow::Live {
            epoch: snapshot.epoch,
            sequence: snapshot.sequence,
        };
        let kept = match std::mem::replace(&mut self.follow, live) {
            Follow::Lost { kept } => kept,
            Follow::Live { .. } => VecDeque::new(),
        };
        (self.is_informed, self.owed) = (true, None);
        self.actions
            .push(Action::SendLimits(wire::Limits::from(&self.limits)));
        let mut actions = self.take();
        for event in kept {
            match self.on_execution_event(&event, now_us) {
                Ok(more) => actions.extend(more),
                Err(_) => self.counters.malformed += 1,
            }
        }
        Ok(actions)
    }

    /// Takes the engine's answer to an order or a cancel. An order it refused never came to be.
    pub fn on_order_reply(&mut self, reply: &wire::OrderReply, now_us: i64) -> Vec<Action> {
        if reply.accepted {
            return Vec::new();
        }
        let id = if reply.client_order_id.is_empty() {
            &reply.request_id
        } else {
            &reply.client_order_id
        };
        match self.book.order(id).map(|view| (view.known, view.order.clone())) {
            Some((false, order)) if reply.request_id == *id => {
                self.counters.denied += 1;
                self.book.forget(id);
                self.forget_target(&order.symbol);
                let reason = format!("the engine refused it: {}", reply.reason);
                let denial = wire::Denial {
                    reason: reason.clone(),
                    ..Default::default()
                };
                let decision = wire::RiskDecision {
                    outcome: Outcome::Denied.into(),
                    signal: None,
                    order: Some(wire::Order::from(&order)),
                    denial: Some(denial),
                    reason,
                };
                self.journal("decision", None, Event::Decision(decision), now_us);
            }
            // Its end was told already.
            Some((_, order)) if order.status.is_finished() => {}
            Some(_) if reply.reason.starts_with(CANCEL_UNRECORDED) => {}
            // A cancel of something the engine doesn't hold: one of both is wrong about it.
            Some(_) => self.ask_engine(now_us),
            None => {}
        }
        self.take()
    }

    /// Says that the engine's stream broke off: nothing new is approved until a snapshot mends the view.
    pub(super) fn lose(&mut self, reason: &str, now_us: i64) {
        if self.is_following() {
            self.counters.resynchronised += 1;
            self.follow = Follow::Lost {
                kept: VecDeque::new(),
            };
        }
        self.close_unheard(reason.to_owned(), now_us);
        self.ask_engine(now_us);
    }

    pub(super) fn close_unheard(&mut self, reason: String, now_us: i64) {
        self.gates
            .restate(super::SERVICE, GateKind::HeartbeatLost, None, &reason);
        self.close(&Gate {
            kind: GateKind::HeartbeatLost,
            symbol: None,
            closed_by: super::SERVICE.into(),
            reason,
            since_us: now_us,
            opens_when: "every service answers and the engine's snapshot is in".into(),
        });
    }

    pub(super) fn ask_engine(&mut self, now_us: i64) {
        self.asked_us = now_us;
        self.actions.push(Action::AskEngine);
    }

    fn apply(&mut self, event: &wire::ExecutionEvent, now_us: i64) -> Result<(), Malformed> {
        match &event.event {
            Some(Told::Order(order)) => {
                let order = Order::try_from(order)?;
                self.note_end(&order);
                self.note_execution(&order, now_us);
                self.book.order_update(&order, now_us);
            }
            Some(Told::Fill(fill)) => {
                let fill = Fill::try_from(fill)?;
                self.note_fill(&fill, now_us);
                self.book.fill(&fill);
            }
            Some(Told::Position(position)) => {
                let symbol = Symbol::new(&position.symbol)?;
                let booked = Booked::try_from(position)?;
                self.book.position(&symbol, booked);
                self.note_position(&symbol, &booked, now_us);
                self.mark(now_us);
            }
            Some(Told::State(state)) => self.engine_state(state, event.at_us),
            Some(Told::Command(record)) => self.note_command(record, now_us),
            Some(Told::Kill(_) | Told::Reconciliation(_) | Told::Progress(_)) => {}
            None => return Err(Malformed::new("ExecutionEvent", "event", "is empty")),
        }
        Ok(())
    }

    /// An operator's order, and an end nobody here asked for, end the strategy's target: it doesn't trade
    /// against the person who stepped in, nor again and again into a rejection.
    fn note_end(&mut self, order: &Order) {
        let before = self.book.order(&order.client_order_id);
        let was_working = before.is_some_and(|view| view.order.status.is_working());
        let was_asked = before.is_some_and(|view| view.cancel_asked_us.is_some());
        let stepped_in = order.origin == Origin::Operator && before.is_none() && order.status.is_working();
        let ended = match order.status {
            OrderStatus::Rejected => was_working,
            OrderStatus::Cancelled => was_working && !was_asked,
            _ => false,
        };
        if stepped_in || ended {
            self.forget_target(&order.symbol);
        }
    }

    pub(super) fn engine_state(&mut self, state: &wire::TradingState, at_us: i64) {
        self.engine_said_us = at_us;
        self.engine_killed = state.desk_killed;
        self.engine_gates(&state.gates);
        // One that can't be read leaves what was known: the gate of an open break is told above all the same.
        if self.book.breaks(&state.breaks).is_err() {
            self.counters.malformed += 1;
        }
    }

    pub(super) fn engine_gates(&mut self, gates: &[wire::Gate]) {
        let readable = gates.iter().filter_map(|gate| Gate::try_from(gate).ok());
        self.gates.replace(ENGINE, readable);
    }
}
