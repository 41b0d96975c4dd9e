//! What a question or a command gets at the control endpoint.

use bus::{BusError, Peer, clock};
use messages::wire;
use orders::engine::SERVICE;
use wire::control_reply::Body as Reply;
use wire::control_request::Body as Asked;

use crate::journal;
use crate::service::Service;

/// Entries in one answer to a replay, whatever was asked for.
const LARGEST_REPLAY: u32 = 2_000;

impl Service {
    /// Answers one request; a command is answered when the engine says so.
    pub(crate) fn answer(&mut self, peer: Peer, request: wire::ControlRequest) -> Result<(), BusError> {
        let now_us = clock::now_us();
        let reply = match request.body {
            Some(Asked::Command(command)) => {
                // A kill waits for nothing, not even for a look at the journal.
                let kills = command.r#type() == wire::strategy_command::Type::KillSwitch;
                if !kills && let Some(result) = self.recall(&command.command_id) {
                    return self
                        .control
                        .reply(&peer, &request.request_id, Reply::Result(result));
                }
                let to = self.asked_by(peer, &request.request_id);
                let actions = self.engine.on_command(to, &command, now_us);
                return self.perform(actions);
            }
            Some(Asked::Ping(_)) => Reply::Pong(self.pong(now_us)),
            Some(Asked::Snapshot(asked)) => Reply::Snapshot(wire::Snapshot {
                epoch: self.publisher.epoch(),
                sequence: self.journal.last_sequence(),
                ..self.engine.snapshot(&asked, now_us)
            }),
            Some(Asked::Replay(replay)) => self.replay(replay),
            Some(Asked::Query(query)) => Reply::Result(
                self.recall(&query.command_id)
                    .unwrap_or_else(|| self.engine.answer(&query.command_id)),
            ),
            Some(_) => Reply::Error(format!("{SERVICE} has no source and no bars: ask market-data")),
            None => Reply::Error("the request asks for nothing".into()),
        };
        self.control.reply(&peer, &request.request_id, reply)
    }

    /// The answer to a command that the engine has forgotten and the journal has not.
    fn recall(&self, command_id: &str) -> Option<wire::CommandResult> {
        if command_id.is_empty() || self.engine.state().commands.get(command_id).is_some() {
            return None;
        }
        let found = match self.journal.find("command", command_id) {
            Ok(found) => found?,
            Err(error) => {
                // It is then obeyed as a new one: the journal that can't be read takes no record of it either.
                tracing::warn!("{error}");
                return None;
            }
        };
        match journal::event(&found, &self.journal_path).ok()?.event {
            Some(wire::execution_event::Event::Command(record)) => record.result,
            _ => None,
        }
    }

    /// The heartbeat, with everything a status line needs.
    fn pong(&self, now_us: i64) -> wire::Pong {
        let (state, detail) = if self.failed_us.is_some() {
            (wire::pong::State::Degraded, "the journal takes no entries")
        } else if !self.engine.is_reconciled() {
            (
                wire::pong::State::Starting,
                "the venue is not connected and reconciled",
            )
        } else {
            (wire::pong::State::Ready, "")
        };
        let counted = self.engine.counters();
        let counters = [
            ("orders_sent", counted.orders_sent),
            ("orders_refused", counted.orders_refused),
            ("orders_working", self.engine.working_orders() as u64),
            ("fills", counted.fills),
            ("duplicate_fills", counted.duplicate_fills),
            ("fills_forgotten", counted.fills_forgotten),
            ("execution_gaps", counted.execution_gaps),
            ("overfills", counted.overfills),
            ("unknown", counted.unknown),
            ("reconciliations", counted.reconciliations),
            ("records_dropped", counted.records_dropped),
            ("breaks", self.engine.breaks().count() as u64),
            (
                "malformed",
                counted.malformed + self.malformed + self.control.malformed(),
            ),
            ("refused_requests", self.control.refused()),
            ("undelivered", self.undelivered + self.control.undelivered()),
        ];
        wire::Pong {
            service: SERVICE.to_owned(),
            pid: std::process::id(),
            state: state.into(),
            detail: detail.to_owned(),
            epoch: self.publisher.epoch(),
            last_sequence: self.journal.last_sequence(),
            started_us: self.started_us,
            now_us,
            gates: self.engine.closed_gates().iter().map(wire::Gate::from).collect(),
            counters: counters
                .map(|(name, count)| (name.to_owned(), count as f64))
                .into(),
            store: Some(self.store_status(now_us)),
            trading: Some(self.engine.trading_state()),
            venue: self.engine.venue().to_owned(),
            home: self.home.clone(),
            ..wire::Pong::default()
        }
    }

    fn store_status(&self, now_us: i64) -> wire::StoreStatus {
        self.projector.as_ref().map_or_else(
            || wire::StoreStatus {
                state: wire::store_status::State::Off.into(),
                detail: "no database is configured".into(),
                ..wire::StoreStatus::default()
            },
            |projector| projector.status(self.journal.last_sequence(), now_us),
        )
    }

    fn replay(&self, asked: wire::ReplayRequest) -> Reply {
        let limit = if asked.limit == 0 {
            LARGEST_REPLAY
        } else {
            asked.limit.min(LARGEST_REPLAY)
        };
        let from = asked.from_sequence.max(1);
        let entries = match self.journal.read(from, limit as usize) {
            Ok(entries) => entries,
            Err(error) => return Reply::Error(error.to_string()),
        };
        let mut replay = wire::Replay {
            next_sequence: from + entries.len() as u64,
            last_sequence: self.journal.last_sequence(),
            ..wire::Replay::default()
        };
        for entry in entries {
            match journal::event(&entry, &self.journal_path) {
                Ok(event) => replay.execution.push(wire::ExecutionEvent {
                    epoch: self.publisher.epoch(),
                    sequence: entry.sequence,
                    published_us: entry.at_us,
                    ..event
                }),
                Err(error) => return Reply::Error(error.to_string()),
            }
        }
        Reply::Replay(replay)
    }
}
