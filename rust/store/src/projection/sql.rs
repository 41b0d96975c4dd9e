//! The statements that fill the projection: one per table and batch, each idempotent.

use std::time::Duration;

use super::audit::Ledger;
use super::rows::Rows;
use serde_json::Value;

/// Microseconds since 1970 as a time with all of them.
macro_rules! utc {
    ($column:literal) => {
        concat!("(timestamptz 'epoch' + ", $column, " * interval '1 microsecond')")
    };
}

const TRAIL: &str = concat!(
    "INSERT INTO order_audit_trail SELECT journal, sequence, service, ", utc!("at_us"), ", client_order_id, order_id,
        symbol, side, order_type, quantity, price, stop_price, status, filled_quantity, avg_fill_price, reason,
        origin, decision_price, model_version, model_hash, signal_epoch, signal_sequence, command_id, limits_version
     FROM jsonb_to_recordset($1::text::jsonb) AS row(journal text, sequence bigint, service text, at_us bigint,
        client_order_id text, order_id text, symbol text, side text, order_type text, quantity numeric,
        price numeric, stop_price numeric, status text, filled_quantity numeric, avg_fill_price numeric,
        reason text, origin text, decision_price numeric, model_version text, model_hash text,
        signal_epoch bigint, signal_sequence bigint, command_id text, limits_version bigint)
     ON CONFLICT DO NOTHING"
);

// The multiplier is the position's, journalled in the same append as its fill and stored just before it. Without
// one the row is refused: a guessed multiplier would be a wrong profit.
const FILLS: &str = concat!(
    "INSERT INTO fills SELECT execution_id, journal, sequence, ", utc!("venue_us"), ", ", utc!("at_us"), ",
        client_order_id, order_id, symbol, side, quantity, price,
        (SELECT multiplier FROM positions WHERE positions.symbol = row.symbol),
        fee, maker, venue_sequence, decision_price
     FROM jsonb_to_recordset($1::text::jsonb) AS row(execution_id text, journal text, sequence bigint,
        venue_us bigint, at_us bigint, client_order_id text, order_id text, symbol text, side text,
        quantity numeric, price numeric, fee numeric, maker boolean, venue_sequence bigint, decision_price numeric)
     ON CONFLICT DO NOTHING"
);

const SNAPSHOTS: &str = concat!(
    "INSERT INTO position_snapshots SELECT journal, sequence, ", utc!("at_us"), ", symbol, quantity, avg_cost,
        current_price, unrealized_pnl, realized_pnl, fees, multiplier
     FROM jsonb_to_recordset($1::text::jsonb) AS row(journal text, sequence bigint, at_us bigint, symbol text,
        quantity numeric, avg_cost numeric, current_price numeric, unrealized_pnl numeric, realized_pnl numeric,
        fees numeric, multiplier numeric)
     ON CONFLICT DO NOTHING"
);

// Only the newest of a symbol within the batch: one statement must not touch a row twice.
const POSITIONS: &str = concat!(
    "INSERT INTO positions SELECT DISTINCT ON (symbol) symbol, journal, sequence, quantity, avg_cost, current_price,
        unrealized_pnl, realized_pnl, fees, multiplier, ", utc!("at_us"), "
     FROM jsonb_to_recordset($1::text::jsonb) AS row(journal text, sequence bigint, at_us bigint, symbol text,
        quantity numeric, avg_cost numeric, current_price numeric, unrealized_pnl numeric, realized_pnl numeric,
        fees numeric, multiplier numeric)
     ORDER BY symbol, sequence DESC
     ON CONFLICT (symbol) DO UPDATE SET journal = excluded.journal, sequence = excluded.sequence,
        quantity = excluded.quantity, avg_cost = excluded.avg_cost, current_price = excluded.current_price,
        unrealized_pnl = excluded.unrealized_pnl, realized_pnl = excluded.realized_pnl, fees = excluded.fees,
        multiplier = excluded.multiplier, last_updated_utc = excluded.last_updated_utc
     WHERE positions.journal <> excluded.journal OR positions.sequence <= excluded.sequence"
);

const COMMANDS: &str = concat!(
    "INSERT INTO commands SELECT journal, sequence, command_id, service, ", utc!("at_us"), ", command, symbol, order_id,
        parameters, operator, os_user, host, session, reason, outcome, answer, state_before, state_after
     FROM jsonb_to_recordset($1::text::jsonb) AS row(journal text, sequence bigint, command_id text, service text,
        at_us bigint, command text, symbol text, order_id text, parameters jsonb, operator text, os_user text,
        host text, session text, reason text, outcome text, answer text, state_before text, state_after text)
     ON CONFLICT DO NOTHING"
);

const SIGNALS: &str = concat!(
    "INSERT INTO signals SELECT journal, sequence, ", utc!("at_us"), ", ", utc!("event_us"), ", symbol, signal,
        confidence, features, model_version, model_hash, signal_epoch, signal_sequence, latency_ns, outcome,
        reason, client_order_id
     FROM jsonb_to_recordset($1::text::jsonb) AS row(journal text, sequence bigint, at_us bigint, event_us bigint,
        symbol text, signal text, confidence double precision, features jsonb, model_version text,
        model_hash text, signal_epoch bigint, signal_sequence bigint, latency_ns bigint, outcome text,
        reason text, client_order_id text)
     ON CONFLICT DO NOTHING"
);

const RISK_STATE: &str = concat!(
    "INSERT INTO risk_state SELECT journal, sequence, ", utc!("at_us"), ", service, event, kind, symbol, closed_by,
        reason, detail
     FROM jsonb_to_recordset($1::text::jsonb) AS row(journal text, sequence bigint, at_us bigint, service text,
        event text, kind text, symbol text, closed_by text, reason text, detail jsonb)
     ON CONFLICT DO NOTHING"
);

const MODELS: &str = concat!(
    "INSERT INTO model_events SELECT DISTINCT ON (model_hash, signal_epoch) model_hash, signal_epoch, model_version,
        event, ", utc!("at_us"), "
     FROM jsonb_to_recordset($1::text::jsonb) AS row(model_hash text, signal_epoch bigint, model_version text,
        event text, at_us bigint, sequence bigint)
     ORDER BY model_hash, signal_epoch, sequence
     ON CONFLICT DO NOTHING"
);

/// A commit doesn't wait for the database's disk: the journal is what is durable, progress and rows are lost
/// together in a crash of the database and projected again. On one disk its syncs would delay those of the journals,
/// which orders wait for.
pub(super) const SESSION: &str = "SET synchronous_commit TO off";

/// How far a journal is projected, and the checksum of its last entry.
pub(super) const PROGRESS: &str = "SELECT sequence, checksum FROM projection_progress WHERE journal = $1";

/// The journal that fills this database for a service, when it is another one than ours.
pub(super) const OTHER_JOURNAL: &str =
    "SELECT journal FROM projection_progress WHERE service = $1 AND journal <> $2";

/// Notes how far it is, in the transaction that filled the rows. What is stored once more is no step back.
pub(super) const ADVANCE: &str =
    "INSERT INTO projection_progress (journal, service, sequence, checksum) VALUES ($1, $2, $3, $4)
     ON CONFLICT (journal) DO UPDATE SET
        checksum = CASE WHEN excluded.sequence > projection_progress.sequence THEN excluded.checksum
            ELSE projection_progress.checksum END,
        sequence = greatest(projection_progress.sequence, excluded.sequence), updated_utc = now()";

/// Begins a comparison: what follows sees the database as it is at one moment, holds nothing up, and leaves the other
/// processors to the desk. A statement that takes longer than `within` is given up.
pub(super) fn snapshot(within: Duration) -> String {
    format!(
        "SET statement_timeout TO {};
         SET max_parallel_workers_per_gather TO 0;
         BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        within.as_millis()
    )
}

/// When an entry arrived, in microseconds, and the bytes of the words of a row.
macro_rules! record {
    ($table:literal, $($word:literal),+) => {
        concat!(
            "SELECT symbol, count(*), sum(sequence)::text, sum(extract(epoch FROM timestamp_utc) * 1000000)::text,
                sum(", $("octet_length(", $word, ") + ",)+ "0)::text
             FROM ", $table, " WHERE journal = $1 AND sequence > $2 GROUP BY symbol"
        )
    };
}

/// The totals of each ledger behind a sequence, by symbol: rows, sequences, quantity and values, as `audit::add` makes
/// them. Positions are written over, and given whole.
pub(super) const TOTALS: [(Ledger, &str); 6] = [
    (
        Ledger::Orders,
        "SELECT symbol, count(*), sum(sequence)::text, sum(filled_quantity)::text,
            sum(ascii(status) * length(status) * quantity)::text
         FROM order_audit_trail WHERE journal = $1 AND sequence > $2 GROUP BY symbol",
    ),
    (
        Ledger::Fills,
        "SELECT symbol, count(*), sum(sequence)::text,
            sum(CASE side WHEN 'BUY' THEN quantity ELSE -quantity END)::text, sum(price + fee)::text
         FROM fills WHERE journal = $1 AND sequence > $2 GROUP BY symbol",
    ),
    (
        Ledger::Positions,
        "SELECT symbol, 1::bigint, sequence::text, quantity::text, realized_pnl::text
         FROM positions WHERE journal = $1 AND $2::bigint >= 0",
    ),
    (
        Ledger::Commands,
        record!("commands", "command", "operator", "reason", "outcome", "answer"),
    ),
    (
        Ledger::Signals,
        record!(
            "signals",
            "signal",
            "model_hash",
            "outcome",
            "reason",
            "client_order_id"
        ),
    ),
    (
        Ledger::RiskState,
        record!("risk_state", "event", "kind", "closed_by", "reason"),
    ),
];

/// The statements a batch needs, with their rows, in an order that suits their references.
pub(super) fn statements(rows: Rows) -> Vec<(&'static str, String)> {
    let positions = rows.positions.clone();
    [
        (TRAIL, rows.trail),
        (SNAPSHOTS, positions),
        (POSITIONS, rows.positions),
        (FILLS, rows.fills),
        (COMMANDS, rows.commands),
        (SIGNALS, rows.signals),
        (RISK_STATE, rows.risk_state),
        (MODELS, rows.models),
    ]
    .into_iter()
    .filter(|(_, rows)| !rows.is_empty())
    .map(|(statement, rows)| (statement, Value::Array(rows).to_string()))
    .collect()
}
