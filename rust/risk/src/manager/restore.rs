//! Back from the journal: a restart forgets no limit, no loss, no latch and no order under way.

use std::collections::BTreeMap;

use messages::mutation::{Mutant, planted};
use messages::{Gate, Malformed, Money, Order, Symbol, wire};
use wire::command_result::Outcome as Answer;
use wire::risk_decision::Outcome;
use wire::risk_event::Event;
use wire::strategy_command::Type;

use super::{Action, RiskManager, SERVICE};
use crate::daily::Figures;
use crate::latch::LatchEntry;
use crate::limits::Limits;

impl RiskManager {
    /// Takes one entry of its own journal, in the journal's order, before anything else arrives.
    ///
    /// Limits and the day's start come from the records; an approved order counts as under way until the
    /// engine's snapshot knows it or its time is over, and is never sent again.
    pub fn restore(&mut self, event: &wire::RiskEvent) -> Result<(), Malformed> {
        match &event.event {
            Some(Event::State(state)) => self.restore_state(state),
            Some(Event::Command(record)) => self.restore_command(record),
            Some(Event::Decision(decision)) if decision.outcome() == Outcome::Approved => {
                self.restore_approval(decision, event.at_us)
            }
            Some(Event::GateClosed(gate)) => {
                self.gates.close(SERVICE, Gate::try_from(gate)?);
                Ok(())
            }
            Some(Event::GateOpened(gate)) => {
                let gate = Gate::try_from(gate)?;
                self.gates.open(SERVICE, gate.kind, gate.symbol.as_ref());
                Ok(())
            }
            Some(Event::RoundTrip(closed)) => self.restore_round_trip(closed),
            Some(Event::Decision(_)) | None => Ok(()),
        }
    }

    /// Ends the restoring: a kill in the latch file or in the journal is one, and what stands goes on the
    /// record. A re-arm is in the journal before the file is armed, so a re-armed desk has neither.
    pub fn start(&mut self, now_us: i64) -> Vec<Action> {
        let closed: Vec<Gate> = self.gates.held_by(SERVICE).cloned().collect();
        for gate in closed {
            let latched = self.latch.entry(gate.symbol.as_ref()).is_some();
            if gate.kind == messages::GateKind::KillLatch && !latched {
                let entry = LatchEntry {
                    command_id: format!("journal-{}", gate.since_us),
                    at_us: gate.since_us,
                    operator: gate.closed_by,
                    reason: gate.reason.trim_start_matches("killed: ").to_owned(),
                };
                self.latch.set(gate.symbol.as_ref(), entry);
                self.actions.push(Action::WriteLatch(self.latch.clone()));
            }
        }
        self.adopt_latch();
        // What failed before may work now: whoever writes says so.
        self.watch_store(now_us);
        self.close_unheard("the desk is starting: no service was heard yet".into(), now_us);
        self.record_state(now_us);
        self.take()
    }

    /// The last entry of a clean stop: the figures the next start begins with.
    pub fn stop(&mut self, now_us: i64) -> Vec<Action> {
        self.record_state(now_us);
        self.take()
    }

    fn restore_state(&mut self, state: &wire::RiskState) -> Result<(), Malformed> {
        let values: BTreeMap<String, f64> = state
            .r#use
            .iter()
            .map(|usage| (usage.name.clone(), usage.limit))
            .collect();
        // A limit that came with a later release is not on an old record: it keeps the configured value.
        let values = self.limits.values().into_iter().chain(values).collect();
        self.limits = Limits::in_force(state.limits_version, &values)
            .map_err(|error| Malformed::new("RiskState", "use", error.to_string()))?;
        let money = |value: f64| {
            Money::from_f64(value)
                .map_err(|error| Malformed::new("RiskState", "realized_at_day_start", error.to_string()))
        };
        let at_start = Figures {
            realized: money(state.realized_at_day_start)?,
            unrealized: money(state.unrealized_at_day_start)?,
        };
        let last = Figures {
            realized: at_start.realized + money(state.daily_realized_pnl)?,
            unrealized: at_start.unrealized + money(state.daily_unrealized_pnl)?,
        };
        let peak = money(state.daily_peak_pnl)?;
        if !planted(Mutant::DailyLossForgotten) {
            self.daily.restore(state.day_start_us, at_start, last, peak);
        }
        for told in &state.strategies {
            let realized = told.realized_at_close.map(money).transpose()?;
            if let Some(conduct) = self.conducts.get_mut(&Symbol::new(&told.symbol)?) {
                conduct.restore(
                    told.loss_streak,
                    realized,
                    told.executions_after_us,
                    told.stop.clone(),
                );
            }
        }
        Ok(())
    }

    fn restore_round_trip(&mut self, closed: &wire::RoundTrip) -> Result<(), Malformed> {
        let realized = Money::from_f64(closed.realized_at_close)
            .map_err(|error| Malformed::new("RoundTrip", "realized_at_close", error.to_string()))?;
        if let Some(conduct) = self.conducts.get_mut(&Symbol::new(&closed.symbol)?) {
            conduct.restore_close(closed.loss_streak, realized);
        }
        Ok(())
    }

    fn restore_command(&mut self, record: &wire::CommandRecord) -> Result<(), Malformed> {
        let (Some(command), Some(result)) = (&record.command, &record.result) else {
            return Ok(());
        };
        if command.r#type() == Type::UpdateRiskLimits && result.outcome() == Answer::Done {
            self.limits = self
                .limits
                .update(&command.parameters)
                .map_err(|error| Malformed::new("CommandRecord", "parameters", error.to_string()))?;
        }
        Ok(())
    }

    fn restore_approval(&mut self, decision: &wire::RiskDecision, at_us: i64) -> Result<(), Malformed> {
        let Some(order) = &decision.order else {
            return Ok(());
        };
        let order = Order::try_from(order)?;
        self.rate.record(at_us);
        let used = (order.signal_epoch.cast_unsigned(), order.signal_sequence);
        if let Some(strategy) = self.strategies.get_mut(&order.symbol) {
            strategy.used = strategy.used.max(used);
            strategy.newest = strategy.newest.max(used);
        }
        if order.valid_until_us > self.started_us {
            self.book.approved(&order, at_us);
        }
        Ok(())
    }
}
