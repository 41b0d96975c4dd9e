//! Order entry as a protocol: who is logged on, what each request is answered, who hears of what happens.
//!
//! A [`Gateway`] turns [`wire::VenueRequest`]s into [`wire::VenueReply`]s for connections it knows by whatever
//! identity `C` the transport gives them; it holds no socket. What it hands out by [`Gateway::turn`] belongs
//! together: the replies may leave only when the events are durable.

use std::collections::BTreeMap;
use std::slice::SliceIndex;

use messages::{Quote, wire};

use crate::event::{Event, SessionName};
use crate::exchange::Exchange;

mod attendance;
mod replies;
mod requests;

use attendance::Attendance;

/// A session that asked for it is cancelled when nothing came from its connection for this long.
pub const SILENCE_US: i64 = 3_000_000;
/// Executions in one page of an answer, and sent unasked after a logon; the rest is asked for by sequence.
pub const PAGE: usize = 1_000;

/// Everything that one turn produced.
#[derive(Debug)]
pub struct Turn<C> {
    /// To be made durable first.
    pub events: Vec<Event>,
    /// To be sent then, in this order.
    pub replies: Vec<(C, wire::VenueReply)>,
}

/// What it counted since it started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Requests answered.
    pub requests: u64,
    /// Requests that could not be read or came without a logon.
    pub malformed: u64,
    /// Orders that were refused.
    pub refused: u64,
    /// Submits of an id that was known already.
    pub duplicates: u64,
    /// Sessions whose orders were cancelled because they fell silent.
    pub silences: u64,
}

/// The exchange behind its order entry.
#[derive(Debug)]
pub struct Gateway<C> {
    exchange: Exchange,
    connections: BTreeMap<C, SessionName>,
    attendance: BTreeMap<SessionName, Attendance<C>>,
    events: Vec<Event>,
    replies: Vec<(C, wire::VenueReply)>,
    counters: Counters,
    /// The latest steady time it was told: silence is measured by it, so that a clock set forward silences nobody.
    steady_us: i64,
}

impl<C: Clone + Ord> Gateway<C> {
    /// Opens `exchange` for business at `steady_us`, a time that is never set back or forward. Sessions that had
    /// asked for cancel on disconnect have from now on as long as any other to be heard.
    pub fn open(exchange: Exchange, steady_us: i64) -> Self {
        let guarded: Vec<SessionName> = exchange
            .sessions()
            .filter(|session| exchange.is_guarded(session))
            .cloned()
            .collect();
        let attendance = guarded
            .into_iter()
            .map(|session| (session, Attendance::awaited(steady_us)))
            .collect();
        Self {
            exchange,
            connections: BTreeMap::new(),
            attendance,
            events: Vec::new(),
            replies: Vec::new(),
            counters: Counters::default(),
            steady_us,
        }
    }

    /// The exchange, for queries.
    pub fn exchange(&self) -> &Exchange {
        &self.exchange
    }

    /// What was counted.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Connections that are logged on.
    pub fn connection_count(&self) -> usize {
        self.connections.len()
    }

    /// Takes a row of the feed.
    pub fn on_quote(&mut self, quote: &Quote, now_us: i64) {
        let from = self.events.len();
        self.exchange.on_quote(quote, now_us, &mut self.events);
        self.report(from.., None, now_us);
    }

    /// The feed was restarted: what it showed before is not known to hold any more.
    pub fn feed_restarted(&mut self) {
        self.exchange.forget_touches();
    }

    /// Something came from `connection` at `steady_us`. To be told on arrival, however long its request is on the
    /// way from there.
    pub fn heard(&mut self, connection: &C, steady_us: i64, now_us: i64) {
        self.steady_us = self.steady_us.max(steady_us);
        let Some(session) = self.connections.get(connection) else {
            return;
        };
        let attendance = self.attendance.get_mut(session);
        if attendance.is_some_and(|attendance| attendance.heard(connection, self.steady_us)) {
            self.exchange.guard(session, true, now_us, &mut self.events);
        }
    }

    /// Cancels the orders of sessions that asked for it and weren't heard for [`SILENCE_US`].
    pub fn tick(&mut self, steady_us: i64, now_us: i64) {
        self.steady_us = self.steady_us.max(steady_us);
        let silent: Vec<SessionName> = self
            .attendance
            .iter()
            .filter(|(_, attendance)| attendance.is_silent(self.steady_us))
            .map(|(session, _)| session.clone())
            .collect();
        for session in silent {
            let from = self.events.len();
            let reason = format!(
                "cancel on disconnect: nothing was heard for {} s",
                SILENCE_US / 1_000_000
            );
            self.exchange.guard(&session, false, now_us, &mut self.events);
            self.exchange
                .mass_cancel(&session, None, &reason, now_us, &mut self.events);
            if let Some(attendance) = self.attendance.get_mut(&session) {
                attendance.fell_silent();
            }
            self.counters.silences += 1;
            self.report(from.., None, now_us);
        }
    }

    /// The transport can't reach this connection any more. Its session goes on without it.
    pub fn gone(&mut self, connection: &C) {
        if let Some(session) = self.connections.remove(connection)
            && let Some(attendance) = self.attendance.get_mut(&session)
        {
            attendance.leave(connection);
            if attendance.is_empty() {
                self.attendance.remove(&session);
            }
        }
    }

    /// Hands out what came of everything since the last time.
    pub fn turn(&mut self) -> Turn<C> {
        Turn {
            events: std::mem::take(&mut self.events),
            replies: std::mem::take(&mut self.replies),
        }
    }

    /// Tells the listeners of each event's session. `except` has its own answer.
    fn report(
        &mut self,
        events: impl SliceIndex<[Event], Output = [Event]>,
        except: Option<&C>,
        now_us: i64,
    ) {
        for event in &self.events[events] {
            let Some(attendance) = self.attendance.get(event.session()) else {
                continue;
            };
            let Some(reply) = replies::report(&self.exchange, event, now_us) else {
                continue;
            };
            let listeners = attendance
                .listeners()
                .filter(|listener| Some(*listener) != except);
            self.replies
                .extend(listeners.map(|listener| (listener.clone(), reply.clone())));
        }
    }
}

#[cfg(test)]
mod tests;
