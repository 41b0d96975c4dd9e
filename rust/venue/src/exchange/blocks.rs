//! What keeps a session from entering orders: a block for each kill, lifted under the name of that kill alone.
//!
//! A request to lift may be late: the engine that sent it died, and its successor was killed again before it came.
//! It names the kill that was re-armed, so the newer one's block stays.

use messages::Symbol;
use messages::mutation::{Mutant, planted};

use super::{Exchange, Session};
use crate::event::{Event, SessionName};

impl Session {
    /// Why it is blocked in exactly this scope, by the first of the kills that block it.
    pub(super) fn blocked_in(&self, symbol: Option<&Symbol>) -> Option<&str> {
        let (_, of_scope) = self.blocks.iter().find(|(scope, _)| scope.as_ref() == symbol)?;
        of_scope.values().next().map(String::as_str)
    }
}

impl Exchange {
    /// Refuses new orders of the session from here on, in `symbol` or in all, until the block of `kill_id` is lifted.
    pub fn block(
        &mut self,
        session: &SessionName,
        symbol: Option<&Symbol>,
        kill_id: &str,
        reason: &str,
        now_us: i64,
        events: &mut Vec<Event>,
    ) {
        if self.blocking(session, symbol).any(|held| held == kill_id) {
            return;
        }
        let reason = if reason.is_empty() {
            "no reason was given"
        } else {
            reason
        };
        self.record(
            Event::Blocked {
                session: session.clone(),
                symbol: symbol.cloned(),
                kill_id: kill_id.to_owned(),
                reason: reason.to_owned(),
                at_us: now_us,
            },
            events,
        );
    }

    /// Lifts the block of this kill in this scope alone: a block of the session and one of a symbol are two.
    pub fn unblock(
        &mut self,
        session: &SessionName,
        symbol: Option<&Symbol>,
        kill_id: &str,
        now_us: i64,
        events: &mut Vec<Event>,
    ) {
        let is_meant = |held: &&str| *held == kill_id || planted(Mutant::AnyRearmLiftsBlock);
        let meant = self.blocking(session, symbol).filter(is_meant).map(str::to_owned);
        for kill_id in meant.collect::<Vec<_>>() {
            self.record(
                Event::Unblocked {
                    session: session.clone(),
                    symbol: symbol.cloned(),
                    kill_id,
                    at_us: now_us,
                },
                events,
            );
        }
    }

    /// The kills that block exactly this scope, by name.
    pub fn blocking<'a>(
        &'a self,
        session: &SessionName,
        symbol: Option<&Symbol>,
    ) -> impl Iterator<Item = &'a str> + use<'a> {
        self.sessions
            .get(session)
            .and_then(|session| session.blocks.get(&symbol.cloned()))
            .into_iter()
            .flat_map(|blocks| blocks.keys().map(String::as_str))
    }

    /// Why the session is blocked as a whole; `None` when it isn't.
    pub fn blocked(&self, session: &SessionName) -> Option<&str> {
        self.sessions.get(session)?.blocked_in(None)
    }

    /// The symbols in which it is blocked.
    pub fn blocked_symbols(&self, session: &SessionName) -> impl Iterator<Item = &Symbol> {
        self.sessions
            .get(session)
            .into_iter()
            .flat_map(|session| session.blocks.keys().flatten())
    }
}
