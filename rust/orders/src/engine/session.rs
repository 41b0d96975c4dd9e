//! The session at the venue: log on, reconcile, open; heartbeats, and what is lost when they stop.

use std::collections::BTreeMap;

use messages::mutation::{Mutant, planted};
use messages::{GateKind, OrderStatus, Symbol, wire};
use wire::venue_request::Body;

use super::{Action, Engine};

/// What a request to the venue was sent for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Purpose {
    Logon,
    Heartbeat,
    Submit(String),
    Cancel(String),
    Ask(String),
    /// A mass cancel of this command.
    CancelMany(String),
    /// The cancel of an order that only the venue knows.
    CancelUnknown(String),
    /// `from` orders were looked at when it was asked.
    OrderHistory {
        from: u64,
    },
    /// `booked` was the last execution here when it was asked: an answer from before that is old.
    Executions {
        limit: u32,
        booked: u64,
    },
    OpenOrders,
    Positions,
    KillCancel(Option<Symbol>),
    KillAsk(Option<Symbol>),
    Unblock(Option<Symbol>),
}

/// How far the session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// No answer, or none yet.
    Down,
    /// Logged on; what happened meanwhile is being fetched.
    Reconciling,
    /// Desk and venue agree as of a moment ago, or the gates say where not.
    Open,
}

/// The session.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Session {
    pub(super) phase: Phase,
    /// PAPER or LIVE, as the venue says.
    pub(super) venue: String,
    /// Requests that wait for an answer.
    pub(super) pending: BTreeMap<String, Purpose>,
    /// Executions up to here are booked, or known not to be there.
    pub(super) covered: u64,
    /// The last execution the venue spoke of.
    pub(super) announced: u64,
    /// When executions were last asked for.
    pub(super) fetched_us: i64,
    /// Since when the venue speaks of executions that are not booked.
    pub(super) behind_us: Option<i64>,
    heard_us: i64,
    tried_us: Option<i64>,
    beat_us: i64,
}

impl Default for Session {
    fn default() -> Self {
        Self {
            phase: Phase::Down,
            venue: String::new(),
            pending: BTreeMap::new(),
            covered: 0,
            announced: 0,
            fetched_us: 0,
            behind_us: None,
            heard_us: 0,
            tried_us: None,
            beat_us: 0,
        }
    }
}

impl Session {
    /// The wall clock was set back: nothing noted lies ahead of it.
    pub(super) fn not_after(&mut self, now_us: i64) {
        for noted in [&mut self.fetched_us, &mut self.heard_us, &mut self.beat_us] {
            *noted = (*noted).min(now_us);
        }
        for noted in [&mut self.behind_us, &mut self.tried_us].into_iter().flatten() {
            *noted = (*noted).min(now_us);
        }
    }

    /// True when requests may be sent.
    pub(super) fn is_logged_on(&self) -> bool {
        self.phase != Phase::Down
    }

    /// True when orders may be sent.
    pub(super) fn is_open(&self) -> bool {
        self.phase == Phase::Open
    }
}

impl Engine {
    /// True when the venue answers and was reconciled since it does.
    pub fn is_reconciled(&self) -> bool {
        self.session.is_open()
    }

    pub(super) fn send(&mut self, body: Body, purpose: Purpose) {
        let request_id = self.next_request_id();
        self.session.pending.insert(request_id.clone(), purpose);
        self.actions.push(Action::Send(Box::new(wire::VenueRequest {
            request_id,
            body: Some(body),
        })));
    }

    /// What is asked so far is about another kill of this scope than the one to come: an answer to it proves nothing.
    pub(super) fn forget_proof(&mut self, scope: Option<&Symbol>) {
        self.session.pending.retain(|_, purpose| {
            !matches!(purpose, Purpose::KillCancel(of) | Purpose::KillAsk(of) if of.as_ref() == scope)
        });
    }

    pub(super) fn close_venue_gate(&mut self, reason: &str, now_us: i64) {
        let opens = "the venue answers and desk and venue are reconciled";
        self.close_gate("venue", GateKind::VenueLost, None, reason, opens, now_us);
    }

    /// The connection is gone: nothing more leaves, and what was on its way is in doubt.
    pub(super) fn lose_venue(&mut self, reason: &str, now_us: i64) {
        self.session.phase = Phase::Down;
        self.session.pending.clear();
        self.round = None;
        self.confirmation.reset();
        for killing in self.killing.values_mut() {
            killing.interrupt();
        }
        for cancelling in self.cancelling.values_mut() {
            cancelling.interrupt();
        }
        self.close_venue_gate(reason, now_us);
    }

    /// Logs on, keeps the session alive, notices its silence.
    pub(super) fn watch_session(&mut self, now_us: i64) {
        let timing = self.config.timing.clone();
        if self.session.is_logged_on() {
            let silence_us = now_us - self.session.heard_us;
            if silence_us >= timing.venue_silent_us {
                let reason = format!("the venue was silent for {} ms", silence_us / 1_000);
                self.lose_venue(&reason, now_us);
            } else if now_us - self.session.beat_us >= timing.heartbeat_us {
                self.session.beat_us = now_us;
                self.send(Body::Heartbeat(wire::VenueHeartbeat {}), Purpose::Heartbeat);
            }
        }
        let tried = self.session.tried_us;
        if !self.session.is_logged_on() && tried.is_none_or(|at| now_us - at >= timing.heartbeat_us) {
            self.session.tried_us = Some(now_us);
            self.session.pending.clear();
            let logon = wire::Logon {
                session: self.config.session.clone(),
                cancel_on_disconnect: false,
                executions_from: self.state.executions.last() + 1,
            };
            self.send(Body::Logon(logon), Purpose::Logon);
        }
    }

    pub(super) fn hear_venue(&mut self, reply: &wire::VenueReply, now_us: i64) {
        self.session.heard_us = now_us;
        self.session.announced = self.session.announced.max(reply.execution_sequence);
        if !reply.venue.is_empty() {
            self.session.venue.clone_from(&reply.venue);
        }
    }

    pub(super) fn logged_on(&mut self, logon: &wire::LogonReply, now_us: i64) {
        self.session.phase = Phase::Reconciling;
        self.session.beat_us = now_us;
        // What it spoke of before may be gone there, and then it never comes.
        self.session.announced = logon.last_execution;
        self.session.covered = self.state.executions.last();
        self.close_venue_gate("reconciling with the venue", now_us);
        if planted(Mutant::OpenedUnreconciled) {
            self.session.phase = Phase::Open;
            self.open_gate("venue", GateKind::VenueLost, None);
        }
        self.adopt_blocks(logon, now_us);
        for scope in self.latch.scopes() {
            self.start_killing(scope.as_ref(), now_us);
        }
        for scope in self.unblocking.clone().into_keys() {
            self.unblock(scope.as_ref(), now_us);
        }
        self.doubt_unheard(now_us);
        self.start_round(now_us);
    }

    /// Orders that may have reached the venue over the connection before this one.
    fn doubt_unheard(&mut self, now_us: i64) {
        let unheard: Vec<String> = self
            .state
            .orders
            .working()
            .filter(|order| matches!(order.status, OrderStatus::Created | OrderStatus::Unknown))
            .map(|order| order.client_order_id.clone())
            .filter(|id| !self.outbox.holds_order(id))
            .collect();
        for id in unheard {
            self.doubt(&id, now_us);
        }
    }
}
