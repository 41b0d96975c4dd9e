//! Who listens to a session, and whether the one that guards it is still heard.

use super::SILENCE_US;

/// Connections that hear of one session at most; the one that logged on first makes room.
const LISTENERS: usize = 8;

/// Every connection that logged on hears the reports: a command line that looks in must not take them away
/// from the engine.
#[derive(Debug)]
pub(super) struct Attendance<C> {
    /// In order of logon.
    pub(super) listeners: Vec<C>,
    guard: Option<Guard<C>>,
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

    /// A connection logged on; returns whom it pushed out.
    pub(super) fn log_on(&mut self, connection: &C, cancel_on_disconnect: bool, steady_us: i64) -> Option<C> {
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
        self.listeners.retain(|listener| listener != connection);
        self.listeners.push(connection.clone());
        (self.listeners.len() > LISTENERS).then(|| self.listeners.remove(0))
    }

    /// Something came from `connection`. True when it is the guard, come back after its orders were cancelled.
    pub(super) fn heard(&mut self, connection: &C, steady_us: i64) -> bool {
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
