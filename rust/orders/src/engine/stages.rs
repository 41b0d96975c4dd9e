//! The stages of kills as they are on the record.

use messages::{Symbol, wire};
use risk::LatchEntry;
use wire::kill_stage::Stage;

use super::{Engine, scope_field};
use crate::event::Event;

impl Engine {
    /// True when every kill that holds `symbol` is proved; false when there is none.
    pub(super) fn is_kill_verified(&self, symbol: &Symbol) -> bool {
        let scopes = [None, Some(symbol.clone())];
        let mut latched = scopes
            .iter()
            .filter(|scope| self.latch.entry(scope.as_ref()).is_some())
            .peekable();
        latched.peek().is_some() && latched.all(|scope| self.is_scope_verified(scope.as_ref()))
    }

    pub(super) fn is_scope_verified(&self, scope: Option<&Symbol>) -> bool {
        let stage = self.state.kills.get(&scope.cloned()).map(wire::KillStage::stage);
        matches!(stage, Some(Stage::Verified | Stage::Residual))
    }

    pub(super) fn amend_stage(
        &mut self,
        scope: Option<&Symbol>,
        now_us: i64,
        change: impl FnOnce(&mut wire::KillStage),
    ) {
        let Some(stage) = self.state.kills.get(&scope.cloned()) else {
            return;
        };
        let mut stage = stage.clone();
        change(&mut stage);
        stage.at_us = now_us;
        self.record_stage(stage, now_us);
    }

    pub(super) fn record_stage(&mut self, stage: wire::KillStage, now_us: i64) {
        self.record(Event::Kill(Box::new(stage)), now_us);
    }
}

pub(super) fn first_stage(scope: Option<&Symbol>, entry: &LatchEntry, now_us: i64) -> wire::KillStage {
    wire::KillStage {
        command_id: entry.command_id.clone(),
        symbol: scope_field(scope),
        stage: Stage::Latched.into(),
        at_us: now_us,
        operator: entry.operator.clone(),
        reason: entry.reason.clone(),
        ..wire::KillStage::default()
    }
}
