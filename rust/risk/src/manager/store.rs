//! What keeps the record: journal, latch file and projection. While one of them fails, nothing new is approved.

use messages::mutation::{Mutant, planted};
use messages::{Gate, GateKind};

use super::{Action, RiskManager, SERVICE};

/// A latch file that took nothing is written again after this long.
const LATCH_AGAIN_US: i64 = 1_000_000;

impl RiskManager {
    /// Says whether the journal takes entries (`None`), or why not. While it doesn't, nothing new is approved.
    pub fn on_journal(&mut self, fault: Option<&str>, now_us: i64) -> Vec<Action> {
        let fault = fault.map(|fault| format!("the risk manager's journal takes no entries: {fault}"));
        self.journal_fault = fault;
        self.watch_store(now_us);
        self.take()
    }

    /// Says whether the projection keeps up with the journal (`None`), or in what it fails.
    pub fn on_projection(&mut self, fault: Option<&str>, now_us: i64) -> Vec<Action> {
        let fault = fault.map(|fault| format!("the projection of the risk manager fails: {fault}"));
        self.projection_fault = fault;
        self.watch_store(now_us);
        self.take()
    }

    /// Says whether the latch file took what it was given last (`None`), or why not. What is latched holds in memory
    /// whatever it says; the file is written again until it holds the same.
    pub fn on_latch_file(&mut self, fault: Option<&str>, now_us: i64) -> Vec<Action> {
        let fault = fault.map(|fault| format!("the risk manager's latch file can't be written: {fault}"));
        self.latch_fault = fault.map(|fault| (fault, now_us));
        self.watch_store(now_us);
        self.take()
    }

    pub(super) fn watch_latch_file(&mut self, now_us: i64) {
        if let Some((_, tried_us)) = &mut self.latch_fault
            && (now_us - *tried_us).abs() >= LATCH_AGAIN_US
            && !planted(Mutant::LatchFileGivenUp)
        {
            *tried_us = now_us;
            self.actions.push(Action::WriteLatch(self.latch.clone()));
        }
    }

    /// What fails, each in words.
    pub(super) fn store_faults(&self) -> impl Iterator<Item = &String> {
        let latch = self.latch_fault.iter().map(|(fault, _)| fault);
        self.journal_fault
            .iter()
            .chain(latch)
            .chain(&self.projection_fault)
    }

    pub(super) fn watch_store(&mut self, now_us: i64) {
        let fault = self.store_faults().next().cloned();
        match fault {
            Some(reason) => self.close(&Gate {
                kind: GateKind::StoreBehind,
                symbol: None,
                closed_by: SERVICE.into(),
                reason,
                since_us: now_us,
                opens_when:
                    "journal and latch file can be written (free disk space in state/) and PostgreSQL has caught up"
                        .into(),
            }),
            None => self.open(GateKind::StoreBehind, None, now_us),
        }
    }
}
