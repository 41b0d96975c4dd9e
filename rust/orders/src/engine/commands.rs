//! Commands: checked, obeyed, journalled with their answer, answered the same when they come again.

use messages::mutation::{Mutant, planted};
use messages::{Gate, GateKind, Symbol, wire};
use wire::command_result::Outcome;
use wire::strategy_command::Type;

use super::outbox::Held;
use super::{Action, Engine, SERVICE, Token, scope_name};
use crate::event::Event;

const NO_ROOM: &str = "the journal can't be written, and no more can wait for it (free disk space in state/)";

impl Engine {
    /// A command arrived.
    pub fn on_command(&mut self, to: Token, command: &wire::StrategyCommand, now_us: i64) -> Vec<Action> {
        if let Some(named) = self.name_kill(command) {
            return self.on_command(to, &named, now_us);
        }
        if !self.answer_at_once(to, command, now_us) {
            match self.scope_of(command, now_us) {
                Ok(scope) => self.obey(to, command, scope.as_ref(), now_us),
                Err(reason) => self.refuse_command(to, command, &reason, now_us),
            }
        }
        self.finish(now_us)
    }

    /// A re-arm has waited to be judged; `told` when the risk manager was heard since it came.
    pub(super) fn judge_rearm(
        &mut self,
        to: Token,
        command: &wire::StrategyCommand,
        told: bool,
        now_us: i64,
    ) {
        if !self.answer_at_once(to, command, now_us) {
            match self.scope_of(command, now_us) {
                Ok(scope) => self.rearm(to, command, scope.as_ref(), told, now_us),
                Err(reason) => self.refuse_command(to, command, &reason, now_us),
            }
        }
    }

    /// Answers a command that was answered before, and one that there is no room to record; false for any other.
    pub(super) fn answer_at_once(&mut self, to: Token, command: &wire::StrategyCommand, now_us: i64) -> bool {
        if let Some(record) = self.state.commands.get(&command.command_id)
            && !planted(Mutant::CommandObeyedTwice)
        {
            let result = Box::new(record.result.clone().unwrap_or_default());
            if record
                .command
                .as_ref()
                .is_some_and(|first| first.r#type() == Type::KillSwitch)
            {
                self.actions.push(Action::ReplyCommand { to, result });
            } else {
                self.after_durable(Held::ReplyCommand { to, result }, now_us);
            }
            return true;
        }
        let no_room = self.outbox.is_full() && command.r#type() != Type::KillSwitch;
        if no_room {
            self.answer_unrecorded(to, command, now_us);
        }
        no_room
    }

    fn refuse_command(&mut self, to: Token, command: &wire::StrategyCommand, reason: &str, now_us: i64) {
        let result = refused(command, reason, now_us);
        // Without an id there is nothing to store it under.
        if !command.command_id.is_empty() {
            self.record_command(command, &result, now_us);
        }
        let result = Box::new(result);
        self.after_durable(Held::ReplyCommand { to, result }, now_us);
    }

    /// A kill that came without an id is obeyed like any other: it gets an id here, to be on the record under.
    fn name_kill(&mut self, command: &wire::StrategyCommand) -> Option<wire::StrategyCommand> {
        let is_unnamed = command.r#type() == Type::KillSwitch && command.command_id.is_empty();
        (is_unnamed && !planted(Mutant::UnnamedKillRefused)).then(|| wire::StrategyCommand {
            command_id: format!("kill-{}", self.next_request_id()),
            ..command.clone()
        })
    }

    /// The answer that a command got, or `NOT_KNOWN`, also while it still waits for its answer.
    pub fn answer(&self, command_id: &str) -> wire::CommandResult {
        let waits_for = if self.outbox.holds_answer(command_id) {
            Some("the journal")
        } else if self.is_parked(command_id) {
            Some("a heartbeat of the risk manager")
        } else {
            None
        };
        if let Some(what) = waits_for {
            return wire::CommandResult {
                command_id: command_id.to_owned(),
                service: SERVICE.to_owned(),
                outcome: Outcome::NotKnown.into(),
                reason: format!("the command is not answered yet: it waits for {what}; ask again"),
                ..wire::CommandResult::default()
            };
        }
        let stored = self
            .state
            .commands
            .get(command_id)
            .and_then(|record| record.result.clone());
        stored.unwrap_or_else(|| wire::CommandResult {
            command_id: command_id.to_owned(),
            service: SERVICE.to_owned(),
            outcome: Outcome::NotKnown.into(),
            reason: "this service never saw that command".to_owned(),
            ..wire::CommandResult::default()
        })
    }

    fn scope_of(&self, command: &wire::StrategyCommand, now_us: i64) -> Result<Option<Symbol>, String> {
        if command.command_id.is_empty() {
            return Err(
                "StrategyCommand.command_id is empty: a command needs an id to be answered once".into(),
            );
        }
        let scope = Symbol::scope(&command.symbol).map_err(|malformed| malformed.to_string())?;
        if let Some(symbol) = scope
            .as_ref()
            .filter(|symbol| !self.config.instruments.contains_key(*symbol))
        {
            let known: Vec<&str> = self.config.instruments.keys().map(Symbol::as_str).collect();
            return Err(format!(
                "{symbol} is no instrument of this desk; it has {}",
                known.join(", ")
            ));
        }
        let loosens = matches!(
            command.r#type(),
            Type::ResumeTrading | Type::Rearm | Type::Flatten | Type::ResolveBreak
        );
        if loosens && command.valid_until_us != 0 && now_us > command.valid_until_us {
            let late_ms = now_us.saturating_sub(command.valid_until_us) / 1_000;
            return Err(format!(
                "it arrived {late_ms} ms after valid_until_us; send it again if it still holds"
            ));
        }
        Ok(scope)
    }

    fn obey(&mut self, to: Token, command: &wire::StrategyCommand, scope: Option<&Symbol>, now_us: i64) {
        let before = self.in_words(scope);
        let result = match command.r#type() {
            Type::KillSwitch => return self.kill_commanded(to, command, scope, now_us),
            Type::Rearm => return self.park(to, command),
            Type::PauseTrading => self.pause(command, scope, now_us),
            Type::ResumeTrading => self.resume(command, scope, now_us),
            Type::Cancel => self.cancel_commanded(command, scope, now_us),
            Type::Flatten => self.flatten(command, scope, now_us),
            Type::ResolveBreak => self.resolve(command, now_us),
            Type::UpdateRiskLimits => refused(
                command,
                "limits belong to the risk manager; send it there",
                now_us,
            ),
            Type::Unspecified => refused(command, "StrategyCommand.type is not specified", now_us),
        };
        // A decision about a break changes that one, and nothing of the scope.
        let result = match command.r#type() {
            Type::ResolveBreak => result,
            _ => self.with_states(result, scope, before),
        };
        self.record_command(command, &result, now_us);
        self.after_durable(
            Held::ReplyCommand {
                to,
                result: Box::new(result),
            },
            now_us,
        );
    }

    /// No more can wait for the journal. What stops trading is obeyed all the same, in memory and at the venue, and
    /// said to be no more than that; everything else is refused.
    fn answer_unrecorded(&mut self, to: Token, command: &wire::StrategyCommand, now_us: i64) {
        let stops = matches!(command.r#type(), Type::PauseTrading | Type::Cancel);
        let answer = match self.scope_of(command, now_us) {
            _ if !stops => refused(command, NO_ROOM, now_us),
            Err(reason) => refused(command, &reason, now_us),
            Ok(scope) => {
                let answer = self.obey_unrecorded(command, scope.as_ref(), now_us);
                // Remembered while this process lives: who asks again hears it again.
                self.state.commands.add(&wire::CommandRecord {
                    command: Some(command.clone()),
                    result: Some(answer.clone()),
                });
                answer
            }
        };
        self.actions.push(Action::ReplyCommand {
            to,
            result: Box::new(answer),
        });
    }

    fn obey_unrecorded(
        &mut self,
        command: &wire::StrategyCommand,
        scope: Option<&Symbol>,
        now_us: i64,
    ) -> wire::CommandResult {
        let before = self.in_words(scope);
        let answer = if command.r#type() == Type::Cancel {
            self.cancel_commanded(command, scope, now_us)
        } else {
            // Recorded with the next state, which takes the place of the one that waits.
            self.gates_changed = true;
            self.paused(command, scope, Outcome::Accepted, now_us)
        };
        if answer.outcome() != Outcome::Accepted {
            return answer;
        }
        let reason = if answer.reason.is_empty() {
            format!("in force, but not on the record: {NO_ROOM}")
        } else {
            format!("not on the record: {NO_ROOM}; {}", answer.reason)
        };
        let answer = wire::CommandResult { reason, ..answer };
        self.with_states(answer, scope, before)
    }

    /// With the scope's state `before` and after, where the answer doesn't say better what it changed.
    fn with_states(
        &self,
        answer: wire::CommandResult,
        scope: Option<&Symbol>,
        before: String,
    ) -> wire::CommandResult {
        if !answer.before.is_empty() || !answer.after.is_empty() {
            return answer;
        }
        wire::CommandResult {
            before,
            after: self.in_words(scope),
            ..answer
        }
    }

    pub(super) fn record_command(
        &mut self,
        command: &wire::StrategyCommand,
        result: &wire::CommandResult,
        now_us: i64,
    ) {
        let record = wire::CommandRecord {
            command: Some(command.clone()),
            result: Some(result.clone()),
        };
        self.record(Event::Command(Box::new(record)), now_us);
    }

    /// The state of a scope in a word, for the record of what a command changed.
    pub(super) fn in_words(&self, scope: Option<&Symbol>) -> String {
        let scope_or_desk = |killed: bool, paused: bool| match (killed, paused) {
            (true, true) => "killed, paused",
            (true, false) => "killed",
            (false, true) => "paused",
            (false, false) => "trading",
        };
        let paused = self.state.pauses.contains_key(&scope.cloned());
        scope_or_desk(self.latch.entry(scope).is_some(), paused).to_owned()
    }

    pub(super) fn close_pause(
        &mut self,
        command: &wire::StrategyCommand,
        scope: Option<&Symbol>,
        now_us: i64,
    ) {
        let name = scope_name(scope);
        let gate = Gate {
            kind: GateKind::OperatorPause,
            symbol: scope.cloned(),
            closed_by: operator(command),
            reason: if command.reason.is_empty() {
                format!("{name} was paused")
            } else {
                command.reason.clone()
            },
            since_us: now_us,
            opens_when: format!("{name} is resumed"),
        };
        self.state.pauses.entry(scope.cloned()).or_insert(gate);
    }

    fn pause(
        &mut self,
        command: &wire::StrategyCommand,
        scope: Option<&Symbol>,
        now_us: i64,
    ) -> wire::CommandResult {
        let result = self.paused(command, scope, Outcome::Done, now_us);
        self.record_state(now_us);
        result
    }

    /// Closes the pause, in memory alone, and answers with `outcome`.
    fn paused(
        &mut self,
        command: &wire::StrategyCommand,
        scope: Option<&Symbol>,
        outcome: Outcome,
        now_us: i64,
    ) -> wire::CommandResult {
        self.close_pause(command, scope, now_us);
        let working = self.state.orders.working_in(scope).count();
        wire::CommandResult {
            working_orders: working as u32,
            ..result(command, outcome, now_us)
        }
    }

    fn resume(
        &mut self,
        command: &wire::StrategyCommand,
        scope: Option<&Symbol>,
        now_us: i64,
    ) -> wire::CommandResult {
        if self.latch.entry(scope).is_some() && !planted(Mutant::ResumeLiftsKill) {
            let name = scope_name(scope);
            return refused(
                command,
                &format!("{name} is killed: resume can't undo a kill, rearm can"),
                now_us,
            );
        }
        if self.state.pauses.remove(&scope.cloned()).is_some() {
            self.record_state(now_us);
        }
        let still = scope.is_some() && self.state.pauses.contains_key(&None);
        wire::CommandResult {
            reason: if still {
                "the desk is still paused".into()
            } else {
                String::new()
            },
            working_orders: self.state.orders.working_in(scope).count() as u32,
            ..result(command, Outcome::Done, now_us)
        }
    }
}

/// `operator@host`, as claimed; the operator alone where no host is told.
pub(super) fn operator(command: &wire::StrategyCommand) -> String {
    let name = if command.operator.is_empty() {
        &command.os_user
    } else {
        &command.operator
    };
    if command.host.is_empty() {
        // A service's own command, such as the risk manager's kill.
        return name.clone();
    }
    format!("{name}@{}", command.host)
}

/// An answer with nothing in it but its outcome.
pub(super) fn result(command: &wire::StrategyCommand, outcome: Outcome, now_us: i64) -> wire::CommandResult {
    wire::CommandResult {
        command_id: command.command_id.clone(),
        service: SERVICE.to_owned(),
        outcome: outcome.into(),
        received_us: now_us,
        done_us: now_us,
        ..wire::CommandResult::default()
    }
}

pub(super) fn refused(command: &wire::StrategyCommand, reason: &str, now_us: i64) -> wire::CommandResult {
    wire::CommandResult {
        reason: reason.to_owned(),
        ..result(command, Outcome::Refused, now_us)
    }
}
