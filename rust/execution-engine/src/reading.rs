//! What the sockets bring, in portions: none keeps another one waiting.

use bus::{BusError, clock};
use messages::{Symbol, wire};
use prost::Message;
use wire::strategy_command::Type;

use crate::rearms;
use crate::service::{RISK_MANAGER, Service, monotonic_us};

/// Messages of one socket in one turn: they share a commit, and none keeps another socket waiting.
const BATCH: usize = 1_000;
/// Rows of market data in one turn: only the newest of each symbol is read.
const MARKET_BATCH: usize = 20_000;

impl Service {
    pub(crate) fn read_control(&mut self) -> Result<(), BusError> {
        for (peer, request) in self.control.receive()? {
            if rearms::is(&request, Type::Rearm) {
                self.rearms.park(peer, request, clock::now_us());
                continue;
            }
            let kill = rearms::command(&request).filter(|command| command.r#type() == Type::KillSwitch);
            // One that is sent again only hears its answer again.
            let kill = kill.filter(|kill| self.engine.state().commands.get(&kill.command_id).is_none());
            let kill = kill.cloned();
            self.answer(peer, request)?;
            if let Some(kill) = kill
                && Symbol::scope(&kill.symbol)
                    .is_ok_and(|scope| self.engine.latch().entry(scope.as_ref()).is_some())
            {
                self.refuse_overtaken(&kill.symbol)?;
            }
        }
        Ok(())
    }

    /// Refuses the re-arms that wait and that a kill of `killed` came after; empty is the desk.
    pub(crate) fn refuse_overtaken(&mut self, killed: &str) -> Result<(), BusError> {
        for (peer, request) in self.rearms.take_overtaken(killed) {
            if let Some(rearm) = rearms::command(&request) {
                let to = self.asked_by(peer, &request.request_id);
                let actions = self.engine.on_rearm_overtaken(to, rearm, clock::now_us());
                self.perform(actions)?;
            }
        }
        Ok(())
    }

    pub(crate) fn answer_rearms(&mut self) -> Result<(), BusError> {
        let told_us = self.heartbeats.pong(RISK_MANAGER).map_or(0, |pong| pong.now_us);
        for (peer, request) in self.rearms.take_due(told_us, clock::now_us()) {
            self.answer(peer, request)?;
        }
        Ok(())
    }

    pub(crate) fn read_venue(&mut self) -> Result<(), BusError> {
        for _ in 0..BATCH {
            let Some(frame) = self.venue.try_receive()? else {
                break;
            };
            match wire::VenueReply::decode(frame.as_slice()) {
                Ok(reply) => {
                    let actions = self.engine.on_venue_reply(&reply, clock::now_us());
                    self.perform(actions)?;
                }
                Err(error) => self.unreadable("a message of the venue", &error.to_string()),
            }
        }
        Ok(())
    }

    /// Marks need the touch of now, not every touch there was.
    pub(crate) fn read_market(&mut self) -> Result<(), BusError> {
        let (engine, malformed, now_us) = (&mut self.engine, &mut self.malformed, clock::now_us());
        self.market.drain(MARKET_BATCH, |row| match row {
            Ok(quote) => engine.on_quote(&quote, now_us),
            Err(_) => *malformed += 1,
        })
    }

    pub(crate) fn read_orders(&mut self) -> Result<(), BusError> {
        for _ in 0..BATCH {
            let Some((peer, frame)) = self.orders.try_receive()? else {
                break;
            };
            match wire::OrderRequest::decode(frame.as_slice()) {
                Ok(request) => {
                    let to = self.asked_by(peer, &request.request_id);
                    let actions = self.engine.on_order_request(to, &request, clock::now_us());
                    self.perform(actions)?;
                }
                Err(error) => {
                    let reason = format!("the request cannot be read: {error}");
                    self.unreadable("an order request", &reason);
                    let reply = wire::OrderReply {
                        reason,
                        ..wire::OrderReply::default()
                    };
                    self.reply_order(&peer, &reply)?;
                }
            }
        }
        Ok(())
    }

    pub(crate) fn read_heartbeats(&mut self) -> Result<(), BusError> {
        if !self.heartbeats.tick(monotonic_us())?.is_empty()
            && let Some(pong) = self.heartbeats.pong(RISK_MANAGER)
        {
            let killed = pong.risk.as_ref().is_some_and(|risk| risk.killed);
            self.engine.on_risk_manager(clock::now_us(), killed);
        }
        Ok(())
    }

    fn unreadable(&mut self, what: &str, reason: &str) {
        self.malformed += 1;
        // A flood of them is counted, and doesn't fill the disk with its log.
        if self.malformed <= 10 || self.malformed.is_power_of_two() {
            tracing::warn!("{what} was refused: {reason} ({} so far)", self.malformed);
        }
    }
}
