//! Journal entries as rows of the projection. Pure: an entry in, rows out.

use messages::wire::{
    self, CommandRecord, ExecutionEvent, Fill, Order, Position, RiskDecision, RiskEvent, execution_event,
    order, risk_decision, risk_event, trading_signal,
};
use messages::{Price, Quantity};
use prost::Message;
use serde_json::{Map, Value, json};

use crate::journal::Entry;

/// Which kind of event a journal holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The execution engine's journal: `ExecutionEvent`.
    Execution,
    /// The risk manager's journal: `RiskEvent`.
    Risk,
}

/// An entry that is no event of its journal. Policy: the projection stops there and says so; a row that was
/// left out in silence would be a lost fill.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("entry {sequence} ({kind}) of the journal cannot be read: {reason}")]
pub struct Unreadable {
    /// Its sequence.
    pub sequence: u64,
    /// Its kind.
    pub kind: String,
    /// What is wrong with it.
    pub reason: String,
}

/// Rows by table, in the order of the journal.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Rows {
    /// `order_audit_trail`.
    pub trail: Vec<Value>,
    /// `fills`.
    pub fills: Vec<Value>,
    /// `positions` and `position_snapshots`.
    pub positions: Vec<Value>,
    /// `commands`.
    pub commands: Vec<Value>,
    /// `signals`.
    pub signals: Vec<Value>,
    /// `risk_state`.
    pub risk_state: Vec<Value>,
    /// `model_events`.
    pub models: Vec<Value>,
}

impl Rows {
    /// Adds what one entry of `service`'s journal says.
    pub fn add(
        &mut self,
        source: Source,
        journal: &str,
        service: &str,
        entry: &Entry,
    ) -> Result<(), Unreadable> {
        let unreadable = |reason: String| Unreadable {
            sequence: entry.sequence,
            kind: entry.kind.clone(),
            reason,
        };
        let base = json!({
            "journal": journal, "sequence": entry.sequence, "service": service, "at_us": entry.at_us,
        });
        match source {
            Source::Execution => {
                let message = ExecutionEvent::decode(entry.payload.as_slice());
                let event = message.map_err(|error| unreadable(error.to_string()))?.event;
                self.execution(
                    base,
                    event.ok_or_else(|| unreadable("it holds no event known here".into()))?,
                )
            }
            Source::Risk => {
                let message = RiskEvent::decode(entry.payload.as_slice());
                let event = message.map_err(|error| unreadable(error.to_string()))?.event;
                self.risk(
                    base,
                    event.ok_or_else(|| unreadable("it holds no event known here".into()))?,
                )
            }
        }
        .map_err(unreadable)
    }

    fn execution(&mut self, base: Value, event: execution_event::Event) -> Result<(), String> {
        use execution_event::Event;
        match event {
            Event::Order(order) => {
                let status = order.status().as_str_name().to_owned();
                let reason = order.rejection_reason.clone();
                self.trail.push(with(base, trail_row(&order, &status, &reason)?));
            }
            Event::Fill(fill) => self.fills.push(with(base, fill_row(&fill)?)),
            Event::Position(position) => self.positions.push(with(base, position_row(&position)?)),
            Event::Command(record) => self.commands.push(with(base, command_row(&record))),
            Event::State(state) => {
                let detail = json!({
                    "desk_paused": state.desk_paused, "paused_symbols": state.paused_symbols,
                    "desk_killed": state.desk_killed, "killed_symbols": state.killed_symbols,
                    "limits_version": state.limits_version, "venue": state.venue,
                });
                self.risk_state
                    .push(with(base, state_row("trading_state", None, detail)));
            }
            Event::Reconciliation(found) => {
                let detail = json!({
                    "id": found.id, "kind": found.kind().as_str_name(), "state": found.state().as_str_name(),
                    "desk": found.desk, "store": found.store, "venue": found.venue, "detail": found.detail,
                });
                let mut row = state_row("break", None, detail);
                row["kind"] = json!("RECONCILIATION_BREAK");
                row["symbol"] = json!(found.symbol);
                row["closed_by"] = json!(found.decided_by);
                row["reason"] = json!(found.reason);
                self.risk_state.push(with(base, row));
            }
            Event::Progress(progress) => {
                let detail = json!({
                    "command_id": progress.command_id, "type": progress.r#type().as_str_name(),
                    "state": progress.state().as_str_name(), "orders": progress.orders,
                    "break_id": progress.break_id,
                });
                let mut row = state_row("command_progress", None, detail);
                row["symbol"] = json!(progress.symbol);
                row["reason"] = json!(progress.reason);
                self.risk_state.push(with(base, row));
            }
            Event::Kill(kill) => {
                let unresolved: Vec<_> = kill
                    .unresolved
                    .iter()
                    .map(|one| json!({"client_order_id": one.client_order_id, "reason": one.reason}))
                    .collect();
                let detail = json!({
                    "command_id": kill.command_id, "stage": kill.stage().as_str_name(), "at_us": kill.at_us,
                    "open_before": kill.open_before, "open_after": kill.open_after,
                    "unresolved": unresolved, "detail": kill.detail,
                });
                let mut row = state_row("kill_stage", None, detail);
                row["kind"] = json!("KILL_LATCH");
                row["symbol"] = json!(kill.symbol);
                row["closed_by"] = json!(kill.operator);
                row["reason"] = json!(kill.reason);
                self.risk_state.push(with(base, row));
            }
        }
        Ok(())
    }

    fn risk(&mut self, base: Value, event: risk_event::Event) -> Result<(), String> {
        use risk_event::Event;
        match event {
            Event::Decision(decision) => return self.decision(base, &decision),
            Event::Command(record) => self.commands.push(with(base, command_row(&record))),
            Event::GateClosed(gate) => {
                self.risk_state
                    .push(with(base, state_row("gate_closed", Some(&gate), json!({}))));
            }
            Event::GateOpened(gate) => {
                self.risk_state
                    .push(with(base, state_row("gate_opened", Some(&gate), json!({}))));
            }
            Event::RoundTrip(closed) => {
                let detail = json!({
                    "realized_pnl": closed.realized_pnl, "loss_streak": closed.loss_streak,
                    "realized_at_close": closed.realized_at_close,
                });
                let mut row = state_row("round_trip", None, detail);
                row["symbol"] = json!(closed.symbol);
                self.risk_state.push(with(base, row));
            }
            Event::State(state) => {
                let limits: Map<String, Value> = state
                    .r#use
                    .iter()
                    .map(|one| (one.name.clone(), json!(one.limit)))
                    .collect();
                let detail = json!({
                    "limits_version": state.limits_version, "limits": limits, "killed": state.killed,
                    "daily_realized_pnl": state.daily_realized_pnl,
                    "daily_unrealized_pnl": state.daily_unrealized_pnl, "day_start_us": state.day_start_us,
                    "daily_peak_pnl": state.daily_peak_pnl,
                });
                self.risk_state
                    .push(with(base, state_row("risk_state", None, detail)));
            }
        }
        Ok(())
    }

    fn decision(&mut self, base: Value, decision: &RiskDecision) -> Result<(), String> {
        let outcome = decision.outcome();
        let reason = decision
            .denial
            .as_ref()
            .map_or(&decision.reason, |denial| &denial.reason);
        if let Some(order) = &decision.order {
            let row = trail_row(order, outcome.as_str_name(), reason)?;
            self.trail.push(with(base.clone(), row));
        }
        let Some(signal) = &decision.signal else {
            return Ok(());
        };
        let approved = outcome == risk_decision::Outcome::Approved;
        let order_id = decision
            .order
            .as_ref()
            .filter(|_| approved)
            .map_or("", |order| &order.client_order_id);
        self.signals.push(with(
            base.clone(),
            json!({
                "event_us": signal.timestamp_us, "symbol": signal.symbol,
                "signal": trading_signal::Signal::as_str_name(&signal.signal()),
                "confidence": signal.confidence, "features": signal.features,
                "model_version": signal.model_version, "model_hash": signal.model_hash,
                "signal_epoch": signal.epoch, "signal_sequence": signal.sequence,
                "latency_ns": signal.latency_ns, "outcome": outcome.as_str_name(), "reason": reason,
                "client_order_id": order_id,
            }),
        ));
        self.models.push(with(
            base,
            json!({
                "model_hash": signal.model_hash, "signal_epoch": signal.epoch,
                "model_version": signal.model_version, "event": "decided",
            }),
        ));
        Ok(())
    }
}

fn with(mut base: Value, row: Value) -> Value {
    if let (Some(base), Value::Object(row)) = (base.as_object_mut(), storable(row)) {
        base.extend(row);
    }
    base
}

/// The row without the one character that PostgreSQL cannot hold: a zero in somebody's reason must not stop the
/// projection of everything that follows.
fn storable(value: Value) -> Value {
    let clean = |text: String| {
        if text.contains('\0') {
            text.replace('\0', "\u{fffd}")
        } else {
            text
        }
    };
    match value {
        Value::String(text) => Value::String(clean(text)),
        Value::Array(values) => values.into_iter().map(storable).collect(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| (clean(name), storable(value)))
            .collect(),
        other => other,
    }
}

/// A double of the wire as the decimal it stands for.
fn quantity(field: &str, value: f64) -> Result<String, String> {
    Quantity::from_f64(value)
        .map(|exact| exact.to_string())
        .map_err(|error| format!("{field}: {error}"))
}

/// A price that may be absent, which the wire writes as nought.
fn price(field: &str, value: f64) -> Result<Option<String>, String> {
    let exact = Price::from_f64(value).map_err(|error| format!("{field}: {error}"))?;
    Ok((!exact.is_zero()).then(|| exact.to_string()))
}

/// An amount of money, to the nearest billionth.
fn money(field: &str, value: f64) -> Result<String, String> {
    messages::Money::from_f64(value)
        .map(|exact| exact.to_string())
        .map_err(|error| format!("{field}: {error}"))
}

fn trail_row(order: &Order, status: &str, reason: &str) -> Result<Value, String> {
    let kind = order::Type::try_from(order.r#type).unwrap_or_default();
    Ok(json!({
        "client_order_id": order.client_order_id, "order_id": order.order_id, "symbol": order.symbol,
        "side": order.side().as_str_name(), "order_type": kind.as_str_name(),
        "quantity": quantity("quantity", order.quantity)?, "price": price("price", order.price)?,
        "stop_price": price("stop_price", order.stop_price)?, "status": status,
        "filled_quantity": quantity("filled_quantity", order.filled_quantity)?,
        "avg_fill_price": price("avg_fill_price", order.avg_fill_price)?, "reason": reason,
        "origin": order.origin().as_str_name(),
        "decision_price": price("decision_price", order.decision_price)?,
        "model_version": order.model_version, "model_hash": order.model_hash,
        "signal_epoch": order.signal_epoch, "signal_sequence": order.signal_sequence,
        "command_id": order.command_id, "limits_version": order.limits_version,
    }))
}

fn fill_row(fill: &Fill) -> Result<Value, String> {
    Ok(json!({
        "execution_id": fill.execution_id, "venue_us": fill.timestamp_us,
        "client_order_id": fill.client_order_id, "order_id": fill.order_id, "symbol": fill.symbol,
        "side": fill.side().as_str_name(), "quantity": quantity("quantity", fill.quantity)?,
        "price": quantity("price", fill.price)?, "fee": money("fee", fill.fee)?, "maker": fill.maker,
        "venue_sequence": fill.venue_sequence, "decision_price": price("decision_price", fill.decision_price)?,
    }))
}

fn position_row(position: &Position) -> Result<Value, String> {
    Ok(json!({
        "symbol": position.symbol, "quantity": quantity("quantity", position.quantity)?,
        "avg_cost": quantity("avg_cost", position.avg_cost)?,
        "current_price": price("current_price", position.current_price)?,
        "unrealized_pnl": money("unrealized_pnl", position.unrealized_pnl)?,
        "realized_pnl": money("realized_pnl", position.realized_pnl)?,
        "fees": money("fees", position.fees)?, "multiplier": quantity("multiplier", position.multiplier)?,
    }))
}

fn command_row(record: &CommandRecord) -> Value {
    let command = record.command.clone().unwrap_or_default();
    let result = record.result.clone().unwrap_or_default();
    let mut parameters = json!(command.parameters);
    if !command.break_id.is_empty() {
        parameters["break_id"] = json!(command.break_id);
        parameters["break_action"] = json!(command.break_action().as_str_name());
    }
    json!({
        "command_id": command.command_id, "command": command.r#type().as_str_name(),
        "symbol": command.symbol, "order_id": command.order_id, "parameters": parameters,
        "operator": command.operator, "os_user": command.os_user, "host": command.host,
        "session": command.session, "reason": command.reason,
        "outcome": result.outcome().as_str_name(), "answer": result.reason,
        "state_before": result.before, "state_after": result.after,
    })
}

fn state_row(event: &str, gate: Option<&wire::Gate>, detail: Value) -> Value {
    let gate = gate.cloned().unwrap_or_default();
    let kind = if gate.kind == 0 {
        ""
    } else {
        gate.kind().as_str_name()
    };
    let mut row = json!({
        "event": event, "kind": kind, "symbol": gate.symbol, "closed_by": gate.closed_by, "reason": gate.reason,
    });
    row["detail"] = detail;
    row
}

#[cfg(test)]
mod tests;
