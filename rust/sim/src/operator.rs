//! A nervous operator.

use messages::wire;
use rand::RngExt;
use wire::r#break::Action;
use wire::strategy_command::Type;

use crate::market::NAMES;
use crate::network::Parcel;
use crate::shared::Shared;

/// The largest position it ever allows.
const MAX_POSITION_UNITS: i32 = 120;
/// How often it decides about a break that it sees.
const DECIDES: f64 = 0.6;
/// How long a command is worth obeying.
const VALID_US: i64 = 5_000_000;

/// Makes commands; a kill is followed by attempts to re-arm and resume.
#[derive(Debug, Default)]
pub(crate) struct Operator {
    commands: u64,
    /// What is planned: when, what, where.
    agenda: Vec<(i64, Type, String)>,
}

impl Operator {
    /// A kill right now, of one symbol or of the desk.
    pub(crate) fn kill(&mut self, shared: &mut Shared, symbol: &str) {
        let scope = if shared.chance(0.5) { symbol } else { "" };
        self.plan_rearm(shared, scope);
        self.send(shared, Type::KillSwitch, scope.to_owned());
    }

    /// A moment to do something in, with the breaks that are listed.
    pub(crate) fn act(&mut self, shared: &mut Shared, breaks: &[wire::Break]) {
        let due: Vec<_> = self
            .agenda
            .extract_if(.., |(at_us, ..)| *at_us <= shared.now_us)
            .collect();
        for (_, kind, scope) in due {
            self.send(shared, kind, scope);
        }
        if !breaks.is_empty() && shared.chance(DECIDES) {
            self.resolve(shared, breaks);
        }
        if !shared.chance(0.08) {
            return;
        }
        let scope = match shared.random.random_range(0..=NAMES.len()) {
            0 => String::new(),
            nth => NAMES[nth - 1].to_owned(),
        };
        let (kind, scope) = match shared.random.random_range(0..15) {
            0..=2 => (Type::PauseTrading, scope),
            3..=5 => (Type::ResumeTrading, scope),
            6..=8 => (Type::KillSwitch, scope),
            9 => (Type::Rearm, scope),
            10 => (Type::Cancel, scope),
            11 => (
                Type::Flatten,
                if scope.is_empty() {
                    NAMES[0].to_owned()
                } else {
                    scope
                },
            ),
            _ => (Type::UpdateRiskLimits, String::new()),
        };
        match kind {
            Type::PauseTrading => self.plan(shared, 1_500_000, Type::ResumeTrading, &scope),
            Type::KillSwitch => self.plan_rearm(shared, &scope),
            _ => {}
        }
        self.send(shared, kind, scope);
    }

    /// Decides about one of the breaks, mostly as it allows. A decision may come twice, as any command.
    fn resolve(&mut self, shared: &mut Shared, breaks: &[wire::Break]) {
        let found = &breaks[shared.random.random_range(0..breaks.len())];
        let actions = [Action::Adopt, Action::Flatten, Action::Ignore];
        let any = actions[shared.random.random_range(0..actions.len())];
        let allowed: Vec<Action> = found.actions().collect();
        let action = if allowed.is_empty() || shared.chance(0.1) {
            any
        } else {
            allowed[shared.random.random_range(0..allowed.len())]
        };
        let mut command = self.command(shared, wire::strategy_command::Type::ResolveBreak, String::new());
        command.break_id.clone_from(&found.id);
        command.set_break_action(action);
        shared.send(Parcel::CommandToEngine(command));
    }

    fn plan_rearm(&mut self, shared: &mut Shared, scope: &str) {
        // The first comes before the proof can be there.
        self.plan(shared, 0, Type::Rearm, scope);
        self.plan(shared, 300_000, Type::Rearm, scope);
        for attempt in 1..=3 {
            self.plan(shared, attempt * 1_000_000, Type::Rearm, scope);
        }
        self.plan(shared, 3_500_000, Type::ResumeTrading, scope);
    }

    fn plan(&mut self, shared: &mut Shared, within_us: i64, kind: Type, scope: &str) {
        let jitter_us = shared.random.random_range(0..200_000);
        self.agenda
            .push((shared.now_us + within_us + jitter_us, kind, scope.to_owned()));
    }

    fn command(&mut self, shared: &Shared, kind: Type, symbol: String) -> wire::StrategyCommand {
        self.commands += 1;
        wire::StrategyCommand {
            r#type: kind.into(),
            symbol,
            reason: "the dice said so".to_owned(),
            command_id: format!("c{}", self.commands),
            valid_until_us: shared.now_us + VALID_US,
            operator: "operator".to_owned(),
            host: "desk".to_owned(),
            issued_us: shared.now_us,
            ..wire::StrategyCommand::default()
        }
    }

    fn send(&mut self, shared: &mut Shared, kind: Type, symbol: String) {
        let mut command = self.command(shared, kind, symbol);
        match kind {
            Type::UpdateRiskLimits => {
                let (name, range) = match shared.random.random_range(0..2) {
                    0 => ("max_messages_per_second", 2..10),
                    _ => ("max_position_size", 40..MAX_POSITION_UNITS + 1),
                };
                let value = f64::from(shared.random.random_range(range));
                command.parameters.insert(name.to_owned(), value);
                shared.send(Parcel::CommandToRisk(command));
            }
            Type::KillSwitch | Type::Rearm => {
                // The risk manager first, then the engine; one that got no answer is sent again.
                shared.send(Parcel::CommandToRisk(command.clone()));
                shared.send(Parcel::CommandToEngine(command.clone()));
                shared.send(Parcel::CommandToEngine(command));
            }
            Type::Cancel => {
                if shared.chance(0.5)
                    && let Some(order_id) = shared.witness.some_open_order()
                {
                    command.order_id = order_id;
                    command.symbol.clear();
                }
                shared.send(Parcel::CommandToEngine(command));
            }
            _ => shared.send(Parcel::CommandToEngine(command)),
        }
    }
}
