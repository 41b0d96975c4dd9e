//! The sections of the file, key by key. Units are in the JSON schema and repeated where a type can't say them.

use std::collections::BTreeMap;

use messages::{Price, Quantity};
use serde::Deserialize;

use crate::decimal::positive;

/// About the file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metadata {
    /// Name of the desk.
    pub name: String,
    /// Version of the schema: 1.
    pub schema_version: u32,
}

/// The service market-data, and the instruments of the desk.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarketDataSettings {
    /// Where `MarketData` is published.
    pub zmq_publish_address: String,
    /// Where it answers.
    pub control_address: String,
    /// Messages kept for one slow subscriber.
    pub high_water_mark: i32,
    /// What the desk watches and trades.
    pub symbols: Vec<String>,
    /// By symbol.
    pub instruments: BTreeMap<String, InstrumentSettings>,
    /// Where the data comes from, unless a flag says otherwise.
    pub source: SourceSettings,
}

/// The grid and the size of one instrument.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstrumentSettings {
    /// Smallest step of a price, above nought.
    #[serde(deserialize_with = "positive")]
    pub tick: Price,
    /// Smallest step of a quantity, above nought.
    #[serde(deserialize_with = "positive")]
    pub lot: Quantity,
    /// Currency units per point and unit.
    #[serde(deserialize_with = "positive")]
    pub multiplier: Quantity,
    /// ISO 4217 code.
    pub currency: String,
    /// When it trades.
    pub session: Session,
}

/// When an instrument trades.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Session {
    /// Whenever the feed has data.
    Always,
}

/// Where market data comes from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceSettings {
    /// Which source.
    pub kind: SourceKind,
    /// Of the simulator.
    pub seed: u64,
    /// Of the simulator: all symbols together, per second of event time.
    pub messages_per_second: u32,
}

/// The sources of market data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// The seeded simulator.
    Sim,
    /// A recorded file.
    Replay,
    /// Plain test ticks.
    Test,
}

/// The service signal-bridge.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignalSettings {
    /// Where it reads `MarketData`.
    pub zmq_subscribe_address: String,
    /// Where `TradingSignal` is published.
    pub zmq_publish_address: String,
    /// Where it answers.
    pub control_address: String,
    /// Length of a bar, in milliseconds of event time.
    pub bar_interval_ms: u32,
    /// A BUY or SELL needs at least this probability.
    pub threshold: f64,
    /// `live`, or a version in the registry.
    pub model: String,
}

/// The service risk-manager.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RiskSettings {
    /// Where `RiskEvent` is published.
    pub zmq_publish_address: String,
    /// Where it answers.
    pub control_address: String,
    /// Start of the trading day, `HH:MM` in UTC; see [`RiskSettings::day_start_us`].
    pub day_start_utc: String,
    /// What a BUY or SELL aims at in one symbol, in currency units.
    pub target_notional: f64,
    /// Symbols in which nothing new may be opened; reductions pass.
    #[serde(default)]
    pub restricted: Vec<String>,
    /// Limits in force at the first start.
    pub limits: RiskLimits,
}

impl RiskSettings {
    /// Start of the trading day in microseconds after midnight UTC.
    pub fn day_start_us(&self) -> i64 {
        minutes_of_day(&self.day_start_utc).map_or(0, |minutes| i64::from(minutes) * 60_000_000)
    }
}

/// `HH:MM` as minutes after midnight; `None` when it is no time of day.
pub(crate) fn minutes_of_day(text: &str) -> Option<u32> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |part: &str, below: u32| -> Option<u32> {
        let two_digits = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        two_digits
            .then(|| part.parse().ok())
            .flatten()
            .filter(|value| *value < below)
    };
    Some(number(hours, 24)? * 60 + number(minutes, 60)?)
}

/// The limits by the names of `limits set`, as numbers: crate `risk` makes them exact.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RiskLimits {
    /// One order, in units.
    pub max_order_quantity: f64,
    /// One order, in currency units.
    pub max_order_notional: f64,
    /// Distance of a limit price from the mid, as a fraction.
    pub price_collar: f64,
    /// Position per symbol, in units.
    pub max_position_size: f64,
    /// In currency units.
    pub max_gross_exposure: f64,
    /// In currency units.
    pub max_net_exposure: f64,
    /// Count of symbols.
    pub max_open_positions: u32,
    /// Share of the gross exposure in one symbol, as a fraction.
    pub max_concentration: f64,
    /// In currency units.
    pub max_daily_loss: f64,
    /// Fall from the day's highest P&L, in currency units.
    pub max_drawdown: f64,
    /// Losing round trips in a row, per symbol.
    pub max_loss_streak: u32,
    /// Orders per second.
    pub max_messages_per_second: u32,
    /// Executed orders of one symbol's strategy per minute.
    pub max_executions_per_minute: u32,
    /// Seconds without a row.
    pub stale_after_s: f64,
    /// Seconds without a pong.
    pub heartbeat_after_s: f64,
}

impl RiskLimits {
    /// Name and value of each, as they travel in commands.
    pub fn values(&self) -> BTreeMap<String, f64> {
        [
            ("max_order_quantity", self.max_order_quantity),
            ("max_order_notional", self.max_order_notional),
            ("price_collar", self.price_collar),
            ("max_position_size", self.max_position_size),
            ("max_gross_exposure", self.max_gross_exposure),
            ("max_net_exposure", self.max_net_exposure),
            ("max_open_positions", f64::from(self.max_open_positions)),
            ("max_concentration", self.max_concentration),
            ("max_daily_loss", self.max_daily_loss),
            ("max_drawdown", self.max_drawdown),
            ("max_loss_streak", f64::from(self.max_loss_streak)),
            ("max_messages_per_second", f64::from(self.max_messages_per_second)),
            (
                "max_executions_per_minute",
                f64::from(self.max_executions_per_minute),
            ),
            ("stale_after_s", self.stale_after_s),
            ("heartbeat_after_s", self.heartbeat_after_s),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }
}

/// The services execution-engine and paper-venue, and how the strategy places orders.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExecutionSettings {
    /// Where `ExecutionEvent` is published.
    pub zmq_publish_address: String,
    /// Where the engine takes approved orders.
    pub orders_address: String,
    /// Where the engine answers.
    pub control_address: String,
    /// The venue's order entry.
    pub venue_address: String,
    /// Where the paper venue answers.
    pub venue_control_address: String,
    /// Name of the desk's session at the venue.
    pub session: String,
    /// How a strategy order is placed.
    pub order_style: OrderStyle,
    /// Age in milliseconds at which a working strategy order is cancelled and decided anew.
    pub reprice_after_ms: u64,
    /// Time to live of an order on its way, in milliseconds.
    pub order_ttl_ms: u64,
    /// The paper venue.
    pub venue: VenueSettings,
}

/// How a strategy order is placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderStyle {
    /// A limit at the near touch.
    Passive,
    /// At the near touch, then at the far one after it timed out.
    PassiveThenCross,
    /// A limit at the far touch.
    Cross,
}

/// The paper venue.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VenueSettings {
    /// What a fill costs.
    pub fee_model: FeeModel,
    /// In the unit of the fee model.
    pub fee_rate: f64,
    /// How long an order takes to have effect.
    pub latency_model: LatencyModel,
    /// In microseconds.
    pub latency_us: u64,
    /// Of the uniform model, in microseconds.
    pub latency_jitter_us: u64,
    /// Of what is random at the venue.
    pub seed: u64,
}

/// What a fill costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeeModel {
    /// Nothing.
    None,
    /// Currency units per share or contract.
    PerUnit,
    /// A fraction of the notional.
    Proportional,
}

/// How long an order takes to have effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LatencyModel {
    /// No time.
    None,
    /// Always the same.
    Constant,
    /// The constant, and up to the jitter on top.
    Uniform,
}

/// The projection into `PostgreSQL`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseSettings {
    /// Whose database it is.
    pub kind: DatabaseKind,
    /// Records not yet projected beyond which a gate closes.
    pub backlog_limit: u64,
    /// Age of the oldest one beyond which a gate closes, in milliseconds.
    pub lag_limit_ms: u64,
}

/// Whose database it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DatabaseKind {
    /// The desk runs its own.
    Embedded,
    /// `DATABASE_URL` names it.
    External,
    /// None: journals alone.
    Off,
}

/// The terminal console.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsoleSettings {
    /// A file of `themes/`.
    pub theme: String,
    /// Frames per second at most.
    pub frame_rate: u32,
    /// Colour of a rising price.
    pub price_up: PriceUp,
    /// Rebound keys: action to key.
    pub keys: BTreeMap<String, String>,
    /// Name put on commands; the user of the operating system otherwise.
    #[serde(default)]
    pub operator: Option<String>,
}

/// Colour of a rising price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PriceUp {
    /// As in the west.
    Green,
    /// As in East Asia.
    Red,
}
