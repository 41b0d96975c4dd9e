//! The limits of every run.

use std::collections::BTreeMap;

use risk::Limits;

use crate::witness::{MAX_GROSS, MAX_NET, MAX_ORDER, MAX_POSITION};

/// What the configuration would say.
pub(crate) fn limits() -> Result<Limits, risk::LimitErrors> {
    let values: BTreeMap<String, f64> = [
        ("max_order_quantity", MAX_ORDER.to_f64()),
        ("max_order_notional", 40_000.0),
        ("price_collar", 0.05),
        ("max_position_size", MAX_POSITION.to_f64()),
        ("max_gross_exposure", MAX_GROSS),
        ("max_net_exposure", MAX_NET),
        ("max_open_positions", 3.0),
        ("max_daily_loss", 20_000.0),
        ("max_concentration", 1.0),
        ("max_drawdown", 1e6),
        ("max_loss_streak", 1_000.0),
        ("max_executions_per_minute", 100_000.0),
        ("max_messages_per_second", 10.0),
        ("stale_after_s", 5.0),
        ("heartbeat_after_s", 2.0),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    Limits::new(1, &values)
}
