//! Carrying out what was decided: durable first, then published, then sent.
//!
//! A kill is in the latch file before it is in the journal; everything else is in the journal before anybody
//! hears of it. What the journal doesn't take is never acted upon, except a kill.

use bus::{BusError, clock};
use messages::{Order, wire};
use prost::Message;
use risk::manager::Action;
use risk::{LatchState, RiskApproved};
use store::{JournalError, Record};
use wire::control_request::Body as Asked;
use wire::risk_event::Event;

use crate::configure;
use crate::service::{Service, monotonic_us};

/// Records kept for a journal that takes none at the moment; beyond that the oldest pictures give way.
const UNWRITTEN: usize = 10_000;

/// A journal that took nothing is tried again after this long, if nothing else is to be written.
const TRY_AGAIN_US: i64 = 100_000;

/// Why something was not made durable.
#[derive(Debug)]
pub(crate) enum Undurable {
    /// The journal did not take it. Policy: it is not acted upon, except a kill.
    Journal(String),
    /// The latch file did not take it. Policy: it is in force, and nothing new is approved until the file has it.
    Latch(String),
}

impl std::fmt::Display for Undurable {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (Self::Journal(reason) | Self::Latch(reason)) = self;
        out.write_str(reason)
    }
}

/// One event on its way into the journal.
#[derive(Debug, Clone)]
pub(crate) struct Pending {
    kind: &'static str,
    key: Option<String>,
    event: wire::RiskEvent,
}

impl Pending {
    fn record(&self) -> Record {
        Record {
            kind: self.kind,
            key: self.key.clone(),
            payload: self.event.encode_to_vec(),
            at_us: self.event.at_us,
        }
    }

    /// An approval or a command that isn't durable didn't happen; a gate, a denial or a picture did, and is
    /// written when the journal takes entries again.
    fn outlives_a_fault(&self) -> bool {
        match &self.event.event {
            Some(Event::Decision(decision)) => decision.outcome() != wire::risk_decision::Outcome::Approved,
            Some(Event::Command(record)) => record
                .command
                .as_ref()
                .is_some_and(|command| command.r#type() == wire::strategy_command::Type::KillSwitch),
            _ => true,
        }
    }
}

/// Actions sorted by when they may be done.
#[derive(Default)]
struct Sorted {
    kills: Option<LatchState>,
    records: Vec<Pending>,
    arms: Option<LatchState>,
    pictures: Vec<wire::RiskEvent>,
    submits: Vec<RiskApproved<Order>>,
    cancels: Vec<String>,
    limits: Option<wire::Limits>,
    commands: Vec<wire::StrategyCommand>,
    ask: bool,
}

impl Service {
    /// Carries out `actions`. On an error the caller withdraws what it asked for; kills stand.
    pub(crate) fn carry_out(&mut self, actions: Vec<Action>) -> Result<(), CarryError> {
        if actions.is_empty() && self.unwritten.is_empty() {
            return Ok(());
        }
        let mut sorted = Self::sort(actions);
        let unlatched = sorted.kills.take().and_then(|latch| {
            let (fault, told) = self.write_latch(&latch);
            sorted.records.extend(Self::sort(told).records);
            fault
        });
        let fault = self.make_durable(
            sorted.records,
            sorted.submits,
            sorted.arms.as_ref(),
            sorted.limits,
        )?;
        // Pictures, cancels, kills and pauses go out whatever the journal says.
        let now_us = clock::now_us();
        for picture in &sorted.pictures {
            self.publisher.send(picture, 0, now_us)?;
        }
        for client_order_id in sorted.cancels {
            self.cancel(client_order_id)?;
        }
        for command in sorted.commands {
            let request_id = format!("command-{}", command.command_id);
            self.ask(&wire::ControlRequest {
                request_id,
                body: Some(Asked::Command(command)),
            })?;
        }
        if sorted.ask {
            self.ask_snapshot()?;
        }
        match (unlatched, fault) {
            (None, None) => Ok(()),
            (None, Some(fault)) => Err(CarryError::Undurable(fault)),
            (Some(reason), None) => Err(CarryError::Undurable(Undurable::Latch(reason))),
            (Some(reason), Some(fault)) => Err(CarryError::Undurable(Undurable::Latch(format!(
                "{reason}; {fault}"
            )))),
        }
    }

    /// Writes the latch file: why it did not take it, and what follows from that for the risk manager.
    fn write_latch(&mut self, latch: &LatchState) -> (Option<String>, Vec<Action>) {
        let written = self.latch.write(&configure::to_file(latch));
        let fault = written.err().map(|error| error.to_string());
        if let Some(error) = &fault {
            tracing::error!("{error}");
        }
        let told = self.manager.on_latch_file(fault.as_deref(), clock::now_us());
        (fault.map(|error| format!("in force in memory: {error}")), told)
    }

    /// Journals `records`, and only then does what must not happen without them.
    fn make_durable(
        &mut self,
        records: Vec<Pending>,
        submits: Vec<RiskApproved<Order>>,
        arms: Option<&LatchState>,
        limits: Option<wire::Limits>,
    ) -> Result<Option<Undurable>, BusError> {
        if let Err(reason) = self.append(records)? {
            for approved in submits {
                self.withdraw(approved.get(), &format!("it could not be journalled: {reason}"))?;
            }
            return Ok(Some(Undurable::Journal(reason)));
        }
        if let Some(latch) = arms {
            let (fault, told) = self.write_latch(latch);
            self.carry_out_plainly(told)?;
            if let Some(fault) = fault {
                return Ok(Some(Undurable::Latch(fault)));
            }
        }
        for approved in submits {
            self.submit(&approved)?;
        }
        if let Some(limits) = limits {
            self.owed_limits = Some((limits, i64::MIN));
            self.send_owed_limits()?;
        }
        Ok(None)
    }

    /// [`Service::carry_out`] where nobody waits for the outcome: the gate and the log tell of a fault.
    pub(crate) fn carry_out_plainly(&mut self, actions: Vec<Action>) -> Result<(), BusError> {
        match self.carry_out(actions) {
            Ok(()) | Err(CarryError::Undurable(_)) => Ok(()),
            Err(CarryError::Bus(error)) => Err(error),
        }
    }

    fn sort(actions: Vec<Action>) -> Sorted {
        let mut sorted = Sorted::default();
        for action in actions {
            match action {
                Action::Journal { kind, key, event } => sorted.records.push(Pending { kind, key, event }),
                Action::Publish(event) => sorted.pictures.push(event),
                Action::Submit(approved) => sorted.submits.push(approved),
                Action::Cancel { client_order_id } => sorted.cancels.push(client_order_id),
                Action::SendLimits(limits) => sorted.limits = Some(limits),
                Action::CommandEngine(command) => sorted.commands.push(command),
                Action::AskEngine => sorted.ask = true,
                Action::WriteLatch(latch) => sorted.kills = Some(latch),
                Action::LiftLatch(latch) => sorted.arms = Some(latch),
            }
        }
        sorted
    }

    /// Appends `records`, and what waits from before, in one transaction; then publishes them under their
    /// sequences. The inner error is why the journal took nothing.
    fn append(&mut self, records: Vec<Pending>) -> Result<Result<(), String>, BusError> {
        let asks_nothing = records.is_empty();
        let soon = monotonic_us() - self.tried_us < TRY_AGAIN_US;
        if asks_nothing && (self.unwritten.is_empty() || soon) {
            return Ok(Ok(()));
        }
        self.tried_us = monotonic_us();
        let waiting = self.unwritten.len();
        let mut batch: Vec<Pending> = self.unwritten.drain(..).collect();
        batch.extend(records);
        let rows: Vec<Record> = batch.iter().map(Pending::record).collect();
        let now_us = clock::now_us();
        match self.journal.append(&rows) {
            Ok(last) => {
                self.publish_records(&batch, last)?;
                if self.journal_is_faulty {
                    self.journal_is_faulty = false;
                    tracing::info!("the journal takes entries again; {waiting} that waited are in it");
                    let actions = self.manager.on_journal(None, now_us);
                    self.carry_out_plainly(actions)?;
                }
                Ok(Ok(()))
            }
            Err(error) => {
                let reason = error.to_string();
                // The same id twice is a fault of whoever sent it, not of the disk.
                let is_storage = !matches!(error, JournalError::Duplicate { .. });
                let is_duplicate = |pending: &Pending| match &error {
                    JournalError::Duplicate { kind, key, .. } => {
                        pending.kind == kind && pending.key.as_ref() == Some(key)
                    }
                    _ => false,
                };
                // A record that waits and can never be appended would hold up the others for ever.
                let kept = batch.into_iter().enumerate().filter(|(place, pending)| {
                    (*place < waiting && !is_duplicate(pending)) || (is_storage && pending.outlives_a_fault())
                });
                self.unwritten = kept.map(|(_, pending)| pending).collect();
                while self.unwritten.len() > UNWRITTEN {
                    self.unwritten.pop_front();
                }
                if is_storage && !self.journal_is_faulty {
                    self.journal_is_faulty = true;
                    tracing::error!("{reason}");
                    // Its own gate waits with the rest: it is in memory at once.
                    for action in self.manager.on_journal(Some(&reason), now_us) {
                        if let Action::Journal { kind, key, event } = action {
                            self.unwritten.push_back(Pending { kind, key, event });
                        }
                    }
                } else if !is_storage {
                    tracing::error!("{reason}");
                }
                Ok(if asks_nothing { Ok(()) } else { Err(reason) })
            }
        }
    }

    fn publish_records(&mut self, batch: &[Pending], last: u64) -> Result<(), BusError> {
        let now_us = clock::now_us();
        let first = last + 1 - batch.len() as u64;
        for (sequence, pending) in (first..).zip(batch) {
            self.publisher.send(&pending.event, sequence, now_us)?;
            self.memory.take(&pending.event);
        }
        if let Some(projector) = &self.projector {
            projector.journalled(last, now_us);
        }
        Ok(())
    }

    /// The only place from which an order leaves: it takes nothing but an approved one.
    fn submit(&mut self, approved: &RiskApproved<Order>) -> Result<(), BusError> {
        match self.orders.send(&approved.to_request()) {
            Err(BusError::NotConnected(_)) => {
                self.withdraw(approved.get(), "the execution engine is not connected")
            }
            sent => sent,
        }
    }

    /// An approved order that never left never was.
    fn withdraw(&mut self, order: &Order, reason: &str) -> Result<(), BusError> {
        let reply = wire::OrderReply {
            request_id: order.client_order_id.clone(),
            client_order_id: order.client_order_id.clone(),
            accepted: false,
            reason: reason.to_owned(),
        };
        let actions = self.manager.on_order_reply(&reply, clock::now_us());
        self.carry_out_plainly(actions)
    }

    fn cancel(&mut self, client_order_id: String) -> Result<(), BusError> {
        let request_id = format!("cancel-{client_order_id}");
        let body = Some(wire::order_request::Body::Cancel(client_order_id));
        match self.orders.send(&wire::OrderRequest { request_id, body }) {
            // It is asked for again as long as the order works.
            Ok(()) | Err(BusError::NotConnected(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Sends the limits until the engine has acknowledged them.
    pub(crate) fn send_owed_limits(&mut self) -> Result<(), BusError> {
        const AGAIN_US: i64 = 200_000;
        let now_us = monotonic_us();
        let Some((limits, sent_us)) = &mut self.owed_limits else {
            return Ok(());
        };
        if now_us.saturating_sub(*sent_us) < AGAIN_US {
            return Ok(());
        }
        *sent_us = now_us;
        let request_id = limits_request(limits.version);
        let body = Some(wire::order_request::Body::Limits(limits.clone()));
        match self.orders.send(&wire::OrderRequest { request_id, body }) {
            Ok(()) | Err(BusError::NotConnected(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn ask_snapshot(&mut self) -> Result<(), BusError> {
        let snapshot = wire::SnapshotRequest {
            finished_orders: 1_000,
            fills: 0,
        };
        let body = Some(Asked::Snapshot(snapshot));
        self.ask(&wire::ControlRequest {
            request_id: "snapshot".into(),
            body,
        })
    }

    /// Asks the engine's control endpoint; what gets no answer is asked again by the state machine.
    fn ask(&mut self, request: &wire::ControlRequest) -> Result<(), BusError> {
        match self.engine.send(request) {
            Ok(()) | Err(BusError::NotConnected(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// The id under which limits are sent.
pub(crate) fn limits_request(version: u64) -> String {
    format!("limits-{version}")
}

/// Why actions were not carried out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CarryError {
    /// Not durable.
    #[error("{0}")]
    Undurable(Undurable),
    /// A socket failed. Policy: the service ends, and the supervisor starts it anew.
    #[error(transparent)]
    Bus(#[from] BusError),
}
