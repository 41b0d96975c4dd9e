//! Who listens to a session, and whether the one that guards it is still heard.

use super::SILENCE_US;

/// Connections that hear of one session at most.
const LISTENERS: usize = 8;

/// Every connection that logged on hears the reports: a command line that looks in must not take them away
/// from the engine, and many of them must not push it out.
#[derive(Debug)]
pub(super) struct Attendance<C> {
    listeners: Vec<Listener<C>>,
    guard: Option<Guard<C>>,
}

#[derive(Debug)]
struct Listener<C> {
    connection: C,
    heard_us: i64,
    /// It trades: submits, sends heartbeats, or asked at its logon for what it missed. The others only look in.
    trades: bool,
}

/// The connection whose silence cancels the session's orders.
#[derive(Debug)]
struct Guard<C> {
    /// `None` after a restart of the venue, until the session logs on again.
    connection: Option<C>,
    heard_us: i64,
    /// It was silent, and its orders are cancelled already.
    fired: bool,
}

impl<C> Default for Attendance<C> {
    fn default() -> Self {
        Self {
            listeners: Vec::new(),
            guard: None,
        }
    }
}

impl<C: Clone + Ord> Attendance<C> {
    /// A guarded session whose connection has yet to come back.
    pub(super) fn awaited(steady_us: i64) -> Self {
        let guard = Guard {
            connection: None,
            heard_us: steady_us,
            fired: false,
        };
        Self {
            listeners: Vec::new(),
            guard: Some(guard),
        }
    }

    /// A connection logged on, one that `trades` or one that looks in. Returns whom it pushed out: itself when
    /// all the others trade.
    pub(super) fn log_on(
        &mut self,
        connection: &C,
        cancel_on_disconnect: bool,
        trades: bool,
        steady_us: i64,
    ) -> Option<C> {
        let was_trading = self.find(connection).is_some_and(|listener| listener.trades);
        self.leave(connection);
        let pushed_out = (self.listeners.len() >= LISTENERS).then(|| self.make_room(connection, steady_us));
        if pushed_out.as_ref() == Some(connection) {
            return pushed_out;
        }
        self.listeners.push(Listener {
            connection: connection.clone(),
            heard_us: steady_us,
            trades: trades || was_trading || cancel_on_disconnect,
        });
        if cancel_on_disconnect {
            let guard = Guard {
                connection: Some(connection.clone()),
                heard_us: steady_us,
                fired: false,
            };
            self.guard = Some(guard);
        } else if self
            .guard
            .as_ref()
            .is_some_and(|guard| guard.connection.as_ref() == Some(connection))
        {
            self.guard = None;
        }
        pushed_out
    }

    /// The one not heard for the longest makes room: of those that look in; else of those that trade and have
    /// fallen silent; else `newcomer` itself.
    fn make_room(&mut self, newcomer: &C, steady_us: i64) -> C {
        let silent = |listener: &&Listener<C>| steady_us - listener.heard_us >= SILENCE_US;
        let looks_in = self.listeners.iter().filter(|listener| !listener.trades);
        let leaves = looks_in
            .min_by_key(|listener| listener.heard_us)
            .or_else(|| {
                self.listeners
                    .iter()
                    .filter(silent)
                    .min_by_key(|listener| listener.heard_us)
            })
            .map_or_else(|| newcomer.clone(), |listener| listener.connection.clone());
        self.leave(&leaves);
        leaves
    }

    fn find(&mut self, connection: &C) -> Option<&mut Listener<C>> {
        self.listeners
            .iter_mut()
            .find(|listener| listener.connection == *connection)
    }

    /// Everyone who hears the reports.
    pub(super) fn listeners(&self) -> impl Iterator<Item = &C> {
        self.listeners.iter().map(|listener| &listener.connection)
    }

    /// A connection hears nothing more.
    pub(super) fn leave(&mut self, connection: &C) {
        self.listeners
            .retain(|listener| listener.connection != *connection);
    }

    /// A connection submitted an order or sent a heartbeat.
    pub(super) fn trades(&mut self, connection: &C) {
        if let Some(listener) = self.find(connection) {
            listener.trades = true;
        }
    }

    /// Something came from `connection`. True when it is the guard, come back after its orders were cancelled.
    pub(super) fn heard(&mut self, connection: &C, steady_us: i64) -> bool {
        if let Some(listener) = self.find(connection) {
            listener.heard_us = steady_us;
        }
        match &mut self.guard {
            Some(guard) if guard.connection.as_ref() == Some(connection) => {
                guard.heard_us = steady_us;
                std::mem::take(&mut guard.fired)
            }
            _ => false,
        }
    }

    /// Nobody listens and nobody guards: nothing to remember.
    pub(super) fn is_empty(&self) -> bool {
        self.listeners.is_empty() && self.guard.is_none()
    }

    pub(super) fn is_guarded(&self) -> bool {
        self.guard.as_ref().is_some_and(|guard| !guard.fired)
    }

    pub(super) fn is_silent(&self, steady_us: i64) -> bool {
        self.guard
            .as_ref()
            .is_some_and(|guard| !guard.fired && steady_us - guard.heard_us >= SILENCE_US)
    }

    pub(super) fn fell_silent(&mut self) {
        if let Some(guard) = &mut self.guard {
            guard.fired = true;
        }
    }
}
