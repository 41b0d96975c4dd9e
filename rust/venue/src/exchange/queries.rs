//! What a session may ask.

use std::collections::BTreeMap;

use messages::{Fill, Instrument, Order, Quantity, Symbol};

use super::{Exchange, Session};
use crate::event::SessionName;
use crate::position::VenuePosition;
use crate::touch::Touch;

impl Exchange {
    fn session(&self, name: &SessionName) -> Option<&Session> {
        self.sessions.get(name)
    }

    /// The order with this id, working or finished; `None` when it never arrived.
    pub fn order(&self, session: &SessionName, client_order_id: &str) -> Option<&Order> {
        let index = self.session(session)?.by_client_order_id.get(client_order_id)?;
        Some(&self.orders[*index].order)
    }

    /// The size ahead of a resting order, at most; `None` while its place in the queue is unknown.
    pub fn ahead(&self, session: &SessionName, client_order_id: &str) -> Option<Quantity> {
        let index = self.session(session)?.by_client_order_id.get(client_order_id)?;
        self.orders[*index].queue.ahead()
    }

    /// Working orders of the session, or those in `symbol`, in order of arrival.
    pub fn open_orders<'a>(
        &'a self,
        session: &SessionName,
        symbol: Option<&'a Symbol>,
    ) -> impl Iterator<Item = &'a Order> + 'a {
        self.session(session)
            .into_iter()
            .flat_map(|session| &session.working)
            .map(|index| &self.orders[*index].order)
            .filter(move |order| symbol.is_none_or(|symbol| order.symbol == *symbol))
    }

    /// Every order the session entered from number `from` (1 is the first) on, at most `limit`, as it is now.
    pub fn order_history(
        &self,
        session: &SessionName,
        from: u64,
        limit: usize,
    ) -> impl Iterator<Item = &Order> {
        let start = usize::try_from(from.saturating_sub(1)).unwrap_or(usize::MAX);
        self.session(session)
            .into_iter()
            .flat_map(move |session| session.entered.iter().skip(start).take(limit))
            .map(|index| &self.orders[*index].order)
    }

    /// How many orders the session ever entered.
    pub fn entered_count(&self, session: &SessionName) -> u64 {
        self.session(session)
            .map_or(0, |session| session.entered.len() as u64)
    }

    /// The session's executions from sequence `from` (1 is the first) on, at most `limit`.
    pub fn executions(&self, session: &SessionName, from: u64, limit: usize) -> &[Fill] {
        let all = self
            .session(session)
            .map_or(&[][..], |session| &session.executions);
        let start = usize::try_from(from.saturating_sub(1))
            .unwrap_or(usize::MAX)
            .min(all.len());
        let end = start.saturating_add(limit).min(all.len());
        &all[start..end]
    }

    /// Sequence of the session's last execution; 0 before the first.
    pub fn last_execution(&self, session: &SessionName) -> u64 {
        self.session(session)
            .map_or(0, |session| session.executions.len() as u64)
    }

    /// Positions of the session, flat ones included, by symbol.
    pub fn positions(&self, session: &SessionName) -> impl Iterator<Item = (&Symbol, &VenuePosition)> {
        self.session(session)
            .into_iter()
            .flat_map(|session| &session.positions)
    }

    /// True when the session asked for cancel on disconnect.
    pub fn is_guarded(&self, session: &SessionName) -> bool {
        self.session(session)
            .is_some_and(|session| session.cancel_on_disconnect)
    }

    /// All sessions that ever did something, by name.
    pub fn sessions(&self) -> impl Iterator<Item = &SessionName> {
        self.sessions.keys()
    }

    /// The touch in `symbol` as it was last shown; `None` for an instrument that isn't traded here.
    pub fn touch(&self, symbol: &Symbol) -> Option<&Touch> {
        self.markets.get(symbol).map(|market| &market.touch)
    }

    /// The instruments traded here.
    pub fn instruments(&self) -> &BTreeMap<Symbol, Instrument> {
        &self.instruments
    }

    /// Executions of all sessions together.
    pub fn execution_count(&self) -> u64 {
        self.executions
    }

    /// Orders of all sessions, refused ones included.
    pub fn order_count(&self) -> usize {
        self.orders.len()
    }

    /// Working orders of all sessions.
    pub fn open_count(&self) -> usize {
        self.sessions.values().map(|session| session.working.len()).sum()
    }
}
