//! What the sockets bring, in portions: none keeps another one waiting.

use bus::{BusError, clock};
use messages::wire;
use prost::Message;

use crate::service::{RISK_MANAGER, Service, monotonic_us};

/// Messages of one socket in one turn: they share a commit, and none keeps another socket waiting.
const BATCH: usize = 1_000;
/// Rows of market data in one turn: only the newest of each symbol is read.
const MARKET_BATCH: usize = 20_000;
/// A re-arm waits this long for a heartbeat of the risk manager; they come every 200 ms.
const REARM_WAIT_US: i64 = 1_000_000;

impl Service {
    pub(crate) fn read_control(&mut self) -> Result<(), BusError> {
        for (peer, request) in self.control.receive()? {
            if is_rearm(&request) {
                self.rearms.push((peer, request, clock::now_us()));
            } else {
                self.answer(peer, request)?;
            }
        }
        Ok(())
    }

    /// The risk manager lifted its own latch a moment ago, and its last heartbeat may be from before that: a
    /// re-arm is judged by the first one given since, or by silence.
    pub(crate) fn answer_rearms(&mut self) -> Result<(), BusError> {
        let now_us = clock::now_us();
        let told_us = self.heartbeats.pong(RISK_MANAGER).map_or(0, |pong| pong.now_us);
        let waiting = std::mem::take(&mut self.rearms);
        for (peer, request, arrived_us) in waiting {
            if told_us > arrived_us || now_us - arrived_us > REARM_WAIT_US {
                self.answer(peer, request)?;
            } else {
                self.rearms.push((peer, request, arrived_us));
            }
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
        tracing::warn!("{what} was refused: {reason}");
    }
}

fn is_rearm(request: &wire::ControlRequest) -> bool {
    matches!(&request.body, Some(wire::control_request::Body::Command(command))
        if command.r#type() == wire::strategy_command::Type::Rearm)
}
