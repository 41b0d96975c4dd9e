//! What a question or a command gets.

use bus::{BusError, Peer, clock};
use messages::wire;
use prost::Message;
use wire::command_result::Outcome;
use wire::control_reply::Body as Reply;
use wire::control_request::Body as Asked;
use wire::strategy_command::Type;

use crate::NAME;
use crate::carry::{CarryError, Undurable};
use crate::service::Service;

/// Entries in one answer to a replay, whatever was asked for.
const LARGEST_REPLAY: u32 = 2_000;

impl Service {
    /// Answers one request.
    pub(crate) fn answer(&mut self, peer: &Peer, request: wire::ControlRequest) -> Result<(), BusError> {
        let now_us = clock::now_us();
        let reply = match request.body {
            Some(Asked::Ping(_)) => Reply::Pong(self.pong(now_us)),
            Some(Asked::Command(command)) => Reply::Result(self.command(&command)?),
            Some(Asked::Snapshot(_)) => Reply::Snapshot(self.snapshot(now_us)),
            Some(Asked::Replay(replay)) => self.replay(replay),
            Some(Asked::Query(query)) => Reply::Result(self.stored(&query.command_id)),
            Some(Asked::Start(_)) => Reply::Error(format!("{NAME} has no source to start: ask market-data")),
            Some(Asked::Bars(_)) => Reply::Error(format!("{NAME} keeps no bars: ask market-data")),
            None => Reply::Error("the request asks for nothing".into()),
        };
        self.control.reply(peer, &request.request_id, reply)
    }

    fn stored(&self, command_id: &str) -> wire::CommandResult {
        self.answers
            .get(command_id)
            .cloned()
            .unwrap_or_else(|| wire::CommandResult {
                command_id: command_id.to_owned(),
                service: NAME.to_owned(),
                outcome: Outcome::NotKnown.into(),
                reason: "no command of this id was seen here".into(),
                ..Default::default()
            })
    }

    /// Obeys a command once; the same id again gets the first answer.
    fn command(&mut self, command: &wire::StrategyCommand) -> Result<wire::CommandResult, BusError> {
        if let Some(answered) = self.answers.get(&command.command_id) {
            return Ok(answered.clone());
        }
        let (limits, latch) = (self.manager.limits().clone(), self.manager.latch().clone());
        let (mut result, actions) = self.manager.on_command(command, clock::now_us());
        match self.carry_out(actions) {
            Ok(()) => {}
            Err(CarryError::Bus(error)) => return Err(error),
            Err(CarryError::Undurable(fault)) => {
                result.reason = fault.to_string();
                match (command.r#type(), &fault) {
                    // In force in memory, and in the journal where that takes it: the reason tells what is missing.
                    (Type::KillSwitch, _) | (Type::Rearm, Undurable::Latch(_)) => {}
                    (Type::UpdateRiskLimits, _) => {
                        self.manager.withdraw_limits(limits);
                        refuse(&mut result, &fault);
                    }
                    (Type::Rearm, _) => {
                        refuse(&mut result, &fault);
                        let actions = self.manager.withdraw_rearm(latch);
                        self.carry_out_plainly(actions)?;
                    }
                    _ => refuse(&mut result, &fault),
                }
            }
        }
        result.done_us = clock::now_us();
        if !command.command_id.is_empty() {
            self.answers.insert(result.clone());
        }
        tracing::info!(
            command = command.r#type().as_str_name(),
            symbol = command.symbol,
            operator = command.operator,
            outcome = result.outcome().as_str_name(),
            reason = result.reason,
            "command"
        );
        Ok(result)
    }

    /// The heartbeat, with everything a status line needs.
    fn pong(&self, now_us: i64) -> wire::Pong {
        let (state, detail) = if self.journal_is_faulty {
            (
                wire::pong::State::Degraded,
                "the journal takes no entries".to_owned(),
            )
        } else if !self.was_following {
            (
                wire::pong::State::Starting,
                "waiting for the engine's snapshot".to_owned(),
            )
        } else if !self.manager.is_following() {
            (
                wire::pong::State::Degraded,
                "the engine's stream is being taken up anew".to_owned(),
            )
        } else {
            (wire::pong::State::Ready, String::new())
        };
        let counters = self.manager.counters();
        let counters = [
            ("signals", counters.signals),
            ("old_signals", counters.old_signals),
            ("approved", counters.approved),
            ("denied", counters.denied),
            (
                "malformed",
                counters.malformed + self.malformed + self.control.malformed(),
            ),
            ("refused_requests", self.control.refused()),
            ("undelivered", self.control.undelivered()),
            ("resynchronised", counters.resynchronised),
            ("signal_gaps", self.signal_gaps.missing()),
        ];
        wire::Pong {
            service: NAME.to_owned(),
            pid: std::process::id(),
            state: state.into(),
            detail,
            epoch: self.publisher.epoch(),
            last_sequence: self.journal.last_sequence(),
            started_us: self.started_us,
            now_us,
            gates: self.manager.own_gates(),
            counters: counters
                .map(|(name, count)| (name.to_owned(), count as f64))
                .into(),
            store: Some(self.store_status(now_us)),
            risk: Some(self.manager.state(now_us)),
            home: self.home.clone(),
            ..Default::default()
        }
    }

    fn store_status(&self, now_us: i64) -> wire::StoreStatus {
        match &self.projector {
            Some(projector) => projector.status(self.journal.last_sequence(), now_us),
            None => wire::StoreStatus {
                state: wire::store_status::State::Off.into(),
                detail: "no database is configured".into(),
                ..Default::default()
            },
        }
    }

    fn snapshot(&self, now_us: i64) -> wire::Snapshot {
        wire::Snapshot {
            epoch: self.publisher.epoch(),
            sequence: self.journal.last_sequence(),
            risk: Some(self.manager.state(now_us)),
            decisions: self.memory.decisions(),
            commands: self.memory.commands(),
            at_us: now_us,
            ..Default::default()
        }
    }

    fn replay(&self, request: wire::ReplayRequest) -> Reply {
        let limit = match request.limit {
            0 => LARGEST_REPLAY,
            limit => limit.min(LARGEST_REPLAY),
        };
        let from = request.from_sequence.max(1);
        let entries = match self.journal.read(from, limit as usize) {
            Ok(entries) => entries,
            Err(error) => return Reply::Error(error.to_string()),
        };
        let mut replay = wire::Replay {
            next_sequence: from + entries.len() as u64,
            last_sequence: self.journal.last_sequence(),
            ..Default::default()
        };
        for entry in entries {
            match wire::RiskEvent::decode(entry.payload.as_slice()) {
                Ok(event) => replay.risk.push(wire::RiskEvent {
                    epoch: self.publisher.epoch(),
                    sequence: entry.sequence,
                    published_us: entry.at_us,
                    ..event
                }),
                Err(error) => {
                    return Reply::Error(format!("entry {} cannot be read: {error}", entry.sequence));
                }
            }
        }
        Reply::Replay(replay)
    }
}

fn refuse(result: &mut wire::CommandResult, fault: &Undurable) {
    result.outcome = Outcome::Refused.into();
    result.reason = format!("nothing was changed: {fault}");
    result.after.clear();
}

#[cfg(test)]
mod tests;
