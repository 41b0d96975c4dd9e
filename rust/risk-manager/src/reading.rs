//! What the sockets bring, in portions: none keeps a command waiting.

use bus::{BusError, clock};
use messages::wire;
use prost::Message;
use risk::manager::{Action, ENGINE};
use wire::control_reply::Body as Reply;

use crate::carry::limits_request;
use crate::service::{Service, monotonic_us};

/// Messages of one socket in one turn, so that none keeps a command waiting.
const BATCH: usize = 10_000;

impl Service {
    pub(crate) fn read_control(&mut self) -> Result<(), BusError> {
        for (peer, request) in self.control.receive()? {
            self.answer(&peer, request)?;
        }
        Ok(())
    }

    pub(crate) fn read_execution(&mut self) -> Result<(), BusError> {
        for _ in 0..BATCH {
            let Some(frame) = self.execution.try_receive()? else {
                return Ok(());
            };
            match wire::ExecutionEvent::decode(frame.as_slice()) {
                Ok(event) => {
                    let outcome = self.manager.on_execution_event(&event, clock::now_us());
                    self.taken("an event of the engine", outcome)?;
                }
                Err(error) => self.unreadable("an event of the engine", &error.to_string()),
            }
        }
        Ok(())
    }

    pub(crate) fn read_orders(&mut self) -> Result<(), BusError> {
        for _ in 0..BATCH {
            let Some(frame) = self.orders.try_receive()? else {
                return Ok(());
            };
            let reply = match wire::OrderReply::decode(frame.as_slice()) {
                Ok(reply) => reply,
                Err(error) => {
                    self.unreadable("an answer of the engine", &error.to_string());
                    continue;
                }
            };
            if let Some((limits, _)) = &self.owed_limits
                && reply.request_id == limits_request(limits.version)
            {
                if reply.accepted {
                    self.owed_limits = None;
                } else {
                    tracing::warn!(
                        "the engine refused limits version {}: {}",
                        limits.version,
                        reply.reason
                    );
                }
                continue;
            }
            let actions = self.manager.on_order_reply(&reply, clock::now_us());
            self.carry_out_plainly(actions)?;
        }
        Ok(())
    }

    pub(crate) fn read_engine(&mut self) -> Result<(), BusError> {
        for _ in 0..BATCH {
            let Some(frame) = self.engine.try_receive()? else {
                return Ok(());
            };
            let reply = match wire::ControlReply::decode(frame.as_slice()) {
                Ok(reply) => reply,
                Err(error) => {
                    self.unreadable("an answer of the engine", &error.to_string());
                    continue;
                }
            };
            match reply.body {
                Some(Reply::Snapshot(snapshot)) => {
                    let outcome = self.manager.on_snapshot(&snapshot, clock::now_us());
                    self.taken("a snapshot of the engine", outcome)?;
                }
                Some(Reply::Result(result)) => {
                    tracing::info!(
                        outcome = result.outcome().as_str_name(),
                        reason = result.reason,
                        "the engine answered a kill or a pause"
                    );
                    let actions = self.manager.on_command_result(&result, clock::now_us());
                    self.carry_out_plainly(actions)?;
                }
                Some(Reply::Error(reason)) => tracing::warn!("{ENGINE}: {reason}"),
                _ => {}
            }
        }
        Ok(())
    }

    pub(crate) fn read_heartbeats(&mut self) -> Result<(), BusError> {
        let (now_us, monotonic_us) = (clock::now_us(), monotonic_us());
        for service in self.heartbeats.tick(monotonic_us)? {
            let Some(pong) = self.heartbeats.pong(&service) else {
                continue;
            };
            // Its clock was read between the question and now, however long either waited.
            let waited_us = self
                .heartbeats
                .asked_us(&service)
                .map_or(0, |asked_us| monotonic_us - asked_us);
            self.manager
                .on_peer_clock(&service, now_us - waited_us, pong.now_us, now_us);
            let actions = self.manager.on_pong(&service, pong, now_us);
            self.carry_out_plainly(actions)?;
        }
        Ok(())
    }

    /// Risk needs the touch of now, not every touch there was: a burst costs no decision its time.
    pub(crate) fn read_market(&mut self) -> Result<(), BusError> {
        let (manager, now_us) = (&mut self.manager, clock::now_us());
        let mut faults = Vec::new();
        self.market.drain(BATCH, |row| match row {
            Ok(quote) => manager.on_quote(&quote, now_us),
            Err(reason) => faults.push(reason),
        })?;
        for reason in faults {
            self.unreadable("a row of market data", &reason);
        }
        Ok(())
    }

    /// All signals of one turn share one transaction of the journal.
    pub(crate) fn read_signals(&mut self) -> Result<(), BusError> {
        let mut actions: Vec<Action> = Vec::new();
        for _ in 0..BATCH {
            let Some(frame) = self.signals.try_receive()? else {
                break;
            };
            let signal = match wire::TradingSignal::decode(frame.as_slice()) {
                Ok(signal) => signal,
                Err(error) => {
                    self.unreadable("a signal", &error.to_string());
                    continue;
                }
            };
            self.signal_gaps
                .observe(&signal.symbol, signal.epoch, signal.sequence);
            // What arrived since the turn began may be the very row that closed this bar.
            self.read_market()?;
            match self.manager.on_signal(&signal, clock::now_us()) {
                Ok(more) => actions.extend(more),
                Err(error) => self.unreadable("a signal", &error.to_string()),
            }
        }
        self.carry_out_plainly(actions)
    }

    fn taken(
        &mut self,
        what: &str,
        outcome: Result<Vec<Action>, messages::Malformed>,
    ) -> Result<(), BusError> {
        match outcome {
            Ok(actions) => self.carry_out_plainly(actions),
            Err(error) => {
                self.unreadable(what, &error.to_string());
                Ok(())
            }
        }
    }

    fn unreadable(&mut self, what: &str, reason: &str) {
        self.malformed += 1;
        // The first ones say it all; a flood of them would push everything else out of the log.
        if self.malformed <= 10 || self.malformed.is_power_of_two() {
            tracing::warn!("{what} was refused: {reason} ({} so far)", self.malformed);
        }
    }
}
