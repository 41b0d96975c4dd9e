//! Commands: limits, kill, re-arm. Each goes on the record with its answer.

use messages::{Gate, GateKind, Symbol, wire};
use wire::command_result::Outcome;
use wire::risk_event::Event;
use wire::source_status::State as Source;
use wire::strategy_command::Type;

use super::{Action, ENGINE, MARKET_DATA, RiskManager, SERVICE};
use crate::latch::{LatchEntry, LatchState, opens_when};
use crate::limits::Limits;

impl RiskManager {
    /// Obeys one command. The answer may go out once the actions with it are carried out; a kill stands
    /// in memory already.
    ///
    /// The caller has looked for a stored answer: the same `command_id` never arrives here twice.
    pub fn on_command(
        &mut self,
        command: &wire::StrategyCommand,
        now_us: i64,
    ) -> (wire::CommandResult, Vec<Action>) {
        let result = self.obey(command, now_us);
        // A question changes nothing, and leaves no record.
        let asks_only = command.check_only && command.r#type() == Type::Rearm;
        if !command.command_id.is_empty() && !asks_only {
            self.record_command(command.clone(), result.clone(), now_us);
        }
        (result, self.take())
    }

    fn obey(&mut self, command: &wire::StrategyCommand, now_us: i64) -> wire::CommandResult {
        let kind = Type::try_from(command.r#type).unwrap_or(Type::Unspecified);
        // Late or without an id, a kill is still a kill.
        if kind == Type::KillSwitch {
            return self.kill(command, now_us);
        }
        if command.command_id.is_empty() {
            return refused(command, now_us, "the command has no command_id");
        }
        if command.valid_until_us != 0 && now_us > command.valid_until_us {
            let late = now_us.saturating_sub(command.valid_until_us) as f64 / 1e6;
            return refused(
                command,
                now_us,
                &format!("it arrived {late:.1} s after valid_until_us"),
            );
        }
        match kind {
            Type::UpdateRiskLimits => self.update_limits(command, now_us),
            Type::Rearm => self.rearm(command, now_us),
            Type::PauseTrading | Type::ResumeTrading | Type::Cancel | Type::Flatten | Type::ResolveBreak => {
                refused(
                    command,
                    now_us,
                    "the execution engine obeys this command: send it there",
                )
            }
            Type::Unspecified | Type::KillSwitch => refused(
                command,
                now_us,
                "the command's type is not specified or not known",
            ),
        }
    }

    fn scope(&self, command: &wire::StrategyCommand) -> Result<Option<Symbol>, String> {
        match Symbol::scope(&command.symbol) {
            Ok(Some(symbol)) if self.book.get(&symbol).is_none() => {
                Err(format!("{symbol} is not an instrument of this desk"))
            }
            Ok(scope) => Ok(scope),
            Err(malformed) => Err(malformed.reason),
        }
    }

    fn kill(&mut self, command: &wire::StrategyCommand, now_us: i64) -> wire::CommandResult {
        // A name that isn't traded is refused, not latched: the operator would believe another one dead.
        let scope = match self.scope(command) {
            Ok(scope) => scope,
            Err(reason) => return refused(command, now_us, &reason),
        };
        if self.latch.entry(scope.as_ref()).is_none() {
            let entry = LatchEntry {
                command_id: command.command_id.clone(),
                at_us: now_us,
                operator: operator_at_host(command),
                reason: command.reason.clone(),
            };
            self.latch_scope(scope.as_ref(), entry, now_us);
        }
        self.killed_result(command, now_us)
    }

    pub(super) fn killed_result(&self, command: &wire::StrategyCommand, now_us: i64) -> wire::CommandResult {
        let scope = Symbol::scope(&command.symbol).unwrap_or(None);
        let entry = self.latch.entry(scope.as_ref());
        let stage = wire::KillStage {
            command_id: command.command_id.clone(),
            symbol: command.symbol.clone(),
            stage: wire::kill_stage::Stage::Latched.into(),
            at_us: entry.map_or(now_us, |entry| entry.at_us),
            operator: command.operator.clone(),
            reason: command.reason.clone(),
            ..Default::default()
        };
        wire::CommandResult {
            kill: Some(stage),
            after: format!("{} killed", scope.as_ref().map_or("the desk", Symbol::as_str)),
            ..answer(command, now_us, Outcome::Done)
        }
    }

    /// Memory first, then the file, then the record and the cancels.
    pub(super) fn latch_scope(&mut self, scope: Option<&Symbol>, entry: LatchEntry, now_us: i64) {
        let gate = latch_gate(scope.cloned(), &entry);
        self.latch.set(scope, entry);
        self.actions.push(Action::WriteLatch(self.latch.clone()));
        self.close(&Gate {
            since_us: now_us,
            ..gate
        });
        let mut working = Vec::new();
        for (symbol, book) in self.book.iter() {
            if self.latch.kills(symbol) {
                working.extend(
                    book.strategy_orders()
                        .map(|view| view.order.client_order_id.clone()),
                );
            }
        }
        for client_order_id in working {
            self.cancel(&client_order_id, now_us);
        }
        let symbols: Vec<Symbol> = self.strategies.keys().cloned().collect();
        for symbol in symbols
            .iter()
            .filter(|symbol| scope.is_none_or(|scope| scope == *symbol))
        {
            self.forget_target(symbol);
        }
    }

    /// Closes the gates of a latch that was found at the start.
    pub(super) fn adopt_latch(&mut self) {
        for scope in self.latch.scopes() {
            if let Some(entry) = self.latch.entry(scope.as_ref()) {
                let gate = latch_gate(scope.clone(), entry);
                self.close(&gate);
            }
        }
    }

    /// Puts back the latch that stood before a re-arm which could not be made durable.
    pub fn withdraw_rearm(&mut self, before: LatchState) -> Vec<Action> {
        self.latch = before;
        self.adopt_latch();
        self.take()
    }

    /// Puts back the limits that stood before a change which could not be made durable.
    pub fn withdraw_limits(&mut self, before: Limits) {
        self.limits = before;
    }

    fn update_limits(&mut self, command: &wire::StrategyCommand, now_us: i64) -> wire::CommandResult {
        let next = match self.limits.update(&command.parameters) {
            Ok(next) => next,
            Err(error) => return refused(command, now_us, &error.to_string()),
        };
        let named = |limits: &Limits| {
            let values = limits.values();
            let named = command
                .parameters
                .keys()
                .filter_map(|name| values.get_key_value(name));
            let pairs: Vec<String> = named.map(|(name, value)| format!("{name}={value}")).collect();
            format!("version {}: {}", limits.version, pairs.join(" "))
        };
        let (before, after) = (named(&self.limits), named(&next));
        self.limits = next;
        self.actions
            .push(Action::SendLimits(wire::Limits::from(&self.limits)));
        let limits = self.uses(now_us);
        wire::CommandResult {
            limits,
            before,
            after,
            ..answer(command, now_us, Outcome::Done)
        }
    }

    fn rearm(&mut self, command: &wire::StrategyCommand, now_us: i64) -> wire::CommandResult {
        let scope = match self.scope(command) {
            Ok(scope) => scope,
            Err(reason) => return refused(command, now_us, &reason),
        };
        let missing = self.missing_for_rearm(scope.as_ref(), now_us);
        if !missing.is_empty() {
            let reason = format!("not yet: {}", missing.join("; "));
            return wire::CommandResult {
                missing,
                ..refused(command, now_us, &reason)
            };
        }
        let name = scope.as_ref().map_or("the desk", Symbol::as_str);
        if command.check_only {
            let is_killed = self.latch.entry(scope.as_ref()).is_some();
            let (reason, after) = if is_killed {
                (
                    format!("{name} can be re-armed here"),
                    "can be re-armed".to_owned(),
                )
            } else {
                (format!("{name} was not killed here"), String::new())
            };
            return wire::CommandResult {
                reason,
                after,
                ..answer(command, now_us, Outcome::Done)
            };
        }
        let Some(entry) = self.latch.entry(scope.as_ref()).cloned() else {
            let reason = format!("{name} was not killed here");
            return wire::CommandResult {
                reason,
                ..answer(command, now_us, Outcome::Done)
            };
        };
        self.latch.lift(scope.as_ref());
        self.open(GateKind::KillLatch, scope.as_ref(), now_us);
        self.actions.push(Action::LiftLatch(self.latch.clone()));
        wire::CommandResult {
            before: format!("{name} killed by {}: {}", entry.operator, entry.reason),
            after: format!("{name} armed at the risk manager"),
            ..answer(command, now_us, Outcome::Done)
        }
    }

    /// What a re-arm of `scope` still needs, each in words.
    fn missing_for_rearm(&self, scope: Option<&Symbol>, now_us: i64) -> Vec<String> {
        let mut missing = Vec::new();
        if self.kill_file {
            missing.push("the file KILL is removed from run/".to_owned());
        }
        for fault in self.store_faults() {
            missing.push(format!("the store is back ({fault})"));
        }
        let limit_us = self.limits.heartbeat_after_us;
        for service in [ENGINE, MARKET_DATA] {
            let expected = self.config.services.iter().any(|name| name == service);
            if expected && self.heartbeat_age_us(service, now_us) > limit_us {
                missing.push(format!("{service} is heard"));
            }
        }
        if !self.is_following() {
            missing.push("the engine's snapshot is in".to_owned());
        }
        self.missing_feed(scope, now_us, &mut missing);
        for usage in self.uses(now_us) {
            // Order size, price and rate are of single orders; ages are told above.
            let is_standing = matches!(
                usage.name.as_str(),
                "max_position_size" | "max_gross_exposure" | "max_net_exposure" | "max_open_positions"
            );
            let is_over = is_standing && usage.value > usage.limit;
            let lost = usage.name == "max_daily_loss" && self.daily.is_at_limit(self.limits.max_daily_loss);
            if is_over || lost {
                missing.push(format!(
                    "{} is within {} (it is {})",
                    usage.name, usage.limit, usage.value
                ));
            }
        }
        missing
    }

    fn missing_feed(&self, scope: Option<&Symbol>, now_us: i64, missing: &mut Vec<String>) {
        if matches!(self.source, Source::Ended | Source::Failed) {
            missing.push("a source of market data runs".to_owned());
            return;
        }
        let limit_us = self.limits.stale_after_us;
        let (mut fed, mut stale) = (false, false);
        for (symbol, book) in self
            .book
            .iter()
            .filter(|(symbol, _)| scope.is_none_or(|scope| scope == *symbol))
        {
            match book.last_row_us.map(|last_us| now_us - last_us) {
                Some(age_us) if age_us > limit_us => {
                    stale = true;
                    missing.push(format!("{symbol} has fresh market data"));
                }
                Some(_) => fed = true,
                None => {}
            }
        }
        if !fed && !stale {
            let name = scope.map_or("any symbol", Symbol::as_str);
            missing.push(format!("{name} has market data"));
        }
    }

    pub(super) fn record_command(
        &mut self,
        command: wire::StrategyCommand,
        result: wire::CommandResult,
        now_us: i64,
    ) {
        let key = command.command_id.clone();
        let record = wire::CommandRecord {
            command: Some(command),
            result: Some(result),
        };
        self.journal("command", Some(key), Event::Command(record), now_us);
    }
}

fn latch_gate(symbol: Option<Symbol>, entry: &LatchEntry) -> Gate {
    Gate {
        kind: GateKind::KillLatch,
        opens_when: opens_when(symbol.as_ref()),
        symbol,
        closed_by: entry.operator.clone(),
        reason: format!("killed: {}", entry.reason),
        since_us: entry.at_us,
    }
}

fn operator_at_host(command: &wire::StrategyCommand) -> String {
    if command.host.is_empty() {
        return command.operator.clone();
    }
    format!("{}@{}", command.operator, command.host)
}

fn answer(command: &wire::StrategyCommand, now_us: i64, outcome: Outcome) -> wire::CommandResult {
    wire::CommandResult {
        command_id: command.command_id.clone(),
        service: SERVICE.to_owned(),
        outcome: outcome.into(),
        received_us: now_us,
        done_us: now_us,
        ..Default::default()
    }
}

fn refused(command: &wire::StrategyCommand, now_us: i64, reason: &str) -> wire::CommandResult {
    wire::CommandResult {
        reason: reason.to_owned(),
        ..answer(command, now_us, Outcome::Refused)
    }
}
