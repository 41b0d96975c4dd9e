//! What the sockets bring, in portions: none keeps another one waiting.

use bus::{BusError, clock};
use messages::wire;
use prost::Message;

use crate::service::{RISK_MANAGER, Service, monotonic_us};

/// Messages of one socket in one turn: they share a commit, and none keeps another socket waiting.
const BATCH: usize = 1_000;
/// Rows of market data in one turn: only the newest of each symbol is read.
const MARKET_BATCH: usize = 20_000;

impl Service {
    pub(crate) fn read_control(&mut self) -> Result<(), BusError> {
        for (peer, request) in self.control.receive()? {
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
            let asked_us = self.heartbeats.asked_us(RISK_MANAGER).unwrap_or(i64::MIN);
            self.engine.on_risk_manager(clock::now_us(), asked_us, killed);
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
