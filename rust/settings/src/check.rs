//! What a type can't say: ranges, and the ties between keys.

use std::collections::BTreeSet;
use std::path::Path;

use messages::Symbol;

use crate::sections::minutes_of_day;
use crate::{Settings, SettingsError};

/// The first thing found wrong.
pub(crate) struct Fault {
    place: String,
    reason: String,
    remedy: &'static str,
}

impl Fault {
    pub(crate) fn in_file(self, file: &Path) -> SettingsError {
        SettingsError::new(file, &self.place, self.reason, self.remedy)
    }
}

fn ensure(
    holds: bool,
    place: &str,
    reason: impl FnOnce() -> String,
    remedy: &'static str,
) -> Result<(), Fault> {
    if holds {
        Ok(())
    } else {
        Err(Fault {
            place: place.to_owned(),
            reason: reason(),
            remedy,
        })
    }
}

pub(crate) fn check(settings: &Settings) -> Result<(), Fault> {
    let version = settings.metadata.schema_version;
    ensure(
        version == 1,
        "metadata.schema_version",
        || format!("{version} is not known"),
        "this release reads version 1",
    )?;
    let named = !settings.metadata.name.is_empty();
    ensure(
        named,
        "metadata.name",
        || "is empty".to_owned(),
        "give the desk a name",
    )?;
    symbols(settings)?;
    restricted(settings)?;
    addresses(settings)?;
    numbers(settings)?;
    let start = &settings.risk.day_start_utc;
    ensure(
        minutes_of_day(start).is_some(),
        "risk.day_start_utc",
        || format!("`{start}` is no time of day"),
        "write HH:MM in UTC, from 00:00 to 23:59",
    )
}

fn symbols(settings: &Settings) -> Result<(), Fault> {
    let data = &settings.market_data;
    let naming = "use 1 to 64 printable ASCII characters without a space";
    for (name, instrument) in &data.instruments {
        let place = format!("market_data.instruments.{name}");
        ensure(
            Symbol::new(name).is_ok(),
            &place,
            || format!("`{name}` is no symbol"),
            naming,
        )?;
        let currency = &instrument.currency;
        let iso = currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_uppercase());
        ensure(
            iso,
            &format!("{place}.currency"),
            || format!("`{currency}` is no currency"),
            "write an ISO 4217 code such as USD",
        )?;
    }
    ensure(
        !data.symbols.is_empty(),
        "market_data.symbols",
        || "is empty".to_owned(),
        "name at least one symbol",
    )?;
    let mut seen = BTreeSet::new();
    for (index, name) in data.symbols.iter().enumerate() {
        let place = format!("market_data.symbols[{index}]");
        ensure(
            Symbol::new(name).is_ok(),
            &place,
            || format!("`{name}` is no symbol"),
            naming,
        )?;
        ensure(
            seen.insert(name),
            "market_data.symbols",
            || format!("{name} is there twice"),
            "name each symbol once",
        )?;
        ensure(
            data.instruments.contains_key(name),
            &place,
            || format!("{name} has no instrument"),
            "add it to market_data.instruments with tick, lot, multiplier and currency",
        )?;
    }
    Ok(())
}

/// A misspelt symbol would leave the one that was meant free to trade.
fn restricted(settings: &Settings) -> Result<(), Fault> {
    let mut seen = BTreeSet::new();
    for (index, name) in settings.risk.restricted.iter().enumerate() {
        let place = format!("risk.restricted[{index}]");
        ensure(
            settings.market_data.instruments.contains_key(name),
            &place,
            || format!("{name} is no instrument"),
            "name a symbol of market_data.instruments",
        )?;
        ensure(
            seen.insert(name),
            "risk.restricted",
            || format!("{name} is there twice"),
            "name each symbol once",
        )?;
    }
    Ok(())
}

/// `ipc://` with a path, or TCP on loopback: more needs keys this release has no place for.
fn is_local(address: &str) -> bool {
    if let Some(path) = address.strip_prefix("ipc://") {
        return !path.is_empty();
    }
    let Some((host, port)) = address
        .strip_prefix("tcp://")
        .and_then(|rest| rest.rsplit_once(':'))
    else {
        return false;
    };
    let loopback = host == "localhost"
        || host == "[::1]"
        || host
            .parse::<std::net::Ipv4Addr>()
            .is_ok_and(|address| address.is_loopback());
    loopback && port.parse::<u16>().is_ok()
}

fn addresses(settings: &Settings) -> Result<(), Fault> {
    let Settings {
        market_data,
        signal,
        risk,
        execution,
        ..
    } = settings;
    for (place, address) in [
        (
            "market_data.zmq_publish_address",
            &market_data.zmq_publish_address,
        ),
        ("market_data.control_address", &market_data.control_address),
        ("signal.zmq_subscribe_address", &signal.zmq_subscribe_address),
        ("signal.zmq_publish_address", &signal.zmq_publish_address),
        ("signal.control_address", &signal.control_address),
        ("risk.zmq_publish_address", &risk.zmq_publish_address),
        ("risk.control_address", &risk.control_address),
        ("execution.zmq_publish_address", &execution.zmq_publish_address),
        ("execution.orders_address", &execution.orders_address),
        ("execution.control_address", &execution.control_address),
        ("execution.venue_address", &execution.venue_address),
        (
            "execution.venue_control_address",
            &execution.venue_control_address,
        ),
    ] {
        ensure(
            is_local(address),
            place,
            || format!("`{address}` is no address of this machine"),
            "write ipc://{run}/NAME.ipc, or tcp:// on loopback with a port",
        )?;
    }
    Ok(())
}

// The same ranges as in the JSON schema; the smallest billionth stands for "above nought".
const ABOVE_NOUGHT: f64 = 1e-9;
const UNITS: f64 = 1e9;
const MONEY: f64 = 1e15;
// Largest whole number every JSON reader keeps exact.
const EXACT: f64 = 9_007_199_254_740_991.0;

/// Place, value, least and most.
type Range = (&'static str, f64, f64, f64);

fn data_ranges(settings: &Settings) -> [Range; 6] {
    let Settings {
        market_data,
        signal,
        console,
        ..
    } = settings;
    let source = &market_data.source;
    let rate = f64::from(source.messages_per_second);
    [
        (
            "market_data.high_water_mark",
            f64::from(market_data.high_water_mark),
            1e3,
            1e7,
        ),
        ("market_data.source.seed", source.seed as f64, 0.0, EXACT),
        ("market_data.source.messages_per_second", rate, 1.0, 1e6),
        (
            "signal.bar_interval_ms",
            f64::from(signal.bar_interval_ms),
            1.0,
            86_400_000.0,
        ),
        ("signal.threshold", signal.threshold, 0.0, 1.0),
        ("console.frame_rate", f64::from(console.frame_rate), 1.0, 60.0),
    ]
}

fn risk_ranges(settings: &Settings) -> [Range; 16] {
    let limits = &settings.risk.limits;
    let whole = f64::from;
    [
        (
            "risk.target_notional",
            settings.risk.target_notional,
            ABOVE_NOUGHT,
            MONEY,
        ),
        (
            "risk.limits.max_order_quantity",
            limits.max_order_quantity,
            0.0,
            UNITS,
        ),
        (
            "risk.limits.max_order_notional",
            limits.max_order_notional,
            0.0,
            MONEY,
        ),
        ("risk.limits.price_collar", limits.price_collar, 1e-6, 0.999_999),
        (
            "risk.limits.max_position_size",
            limits.max_position_size,
            0.0,
            UNITS,
        ),
        (
            "risk.limits.max_gross_exposure",
            limits.max_gross_exposure,
            0.0,
            MONEY,
        ),
        (
            "risk.limits.max_net_exposure",
            limits.max_net_exposure,
            0.0,
            MONEY,
        ),
        (
            "risk.limits.max_open_positions",
            whole(limits.max_open_positions),
            0.0,
            1e4,
        ),
        (
            "risk.limits.max_concentration",
            limits.max_concentration,
            1e-6,
            1.0,
        ),
        ("risk.limits.max_daily_loss", limits.max_daily_loss, 0.0, MONEY),
        ("risk.limits.max_drawdown", limits.max_drawdown, 0.0, MONEY),
        (
            "risk.limits.max_loss_streak",
            whole(limits.max_loss_streak),
            1.0,
            1e4,
        ),
        (
            "risk.limits.max_messages_per_second",
            whole(limits.max_messages_per_second),
            0.0,
            1e6,
        ),
        (
            "risk.limits.max_executions_per_minute",
            whole(limits.max_executions_per_minute),
            1.0,
            1e6,
        ),
        ("risk.limits.stale_after_s", limits.stale_after_s, 0.05, 86_400.0),
        (
            "risk.limits.heartbeat_after_s",
            limits.heartbeat_after_s,
            0.05,
            3_600.0,
        ),
    ]
}

fn execution_ranges(settings: &Settings) -> [Range; 8] {
    let Settings {
        execution, database, ..
    } = settings;
    let venue = &execution.venue;
    [
        (
            "execution.reprice_after_ms",
            execution.reprice_after_ms as f64,
            10.0,
            86_400_000.0,
        ),
        (
            "execution.order_ttl_ms",
            execution.order_ttl_ms as f64,
            1.0,
            3_600_000.0,
        ),
        ("execution.venue.fee_rate", venue.fee_rate, 0.0, 1e3),
        ("execution.venue.latency_us", venue.latency_us as f64, 0.0, 6e7),
        (
            "execution.venue.latency_jitter_us",
            venue.latency_jitter_us as f64,
            0.0,
            6e7,
        ),
        ("execution.venue.seed", venue.seed as f64, 0.0, EXACT),
        ("database.backlog_limit", database.backlog_limit as f64, 1.0, 1e8),
        ("database.lag_limit_ms", database.lag_limit_ms as f64, 1.0, 3.6e6),
    ]
}

fn numbers(settings: &Settings) -> Result<(), Fault> {
    let ranges = data_ranges(settings)
        .into_iter()
        .chain(risk_ranges(settings))
        .chain(execution_ranges(settings));
    for (place, value, least, most) in ranges {
        ensure(
            value.is_finite() && (least..=most).contains(&value),
            place,
            || format!("{value} is not between {least} and {most}"),
            "write a value in that range",
        )?;
    }
    let Settings {
        signal,
        execution,
        console,
        ..
    } = settings;
    for (place, text) in [
        ("signal.model", &signal.model),
        ("execution.session", &execution.session),
        ("console.theme", &console.theme),
    ] {
        ensure(!text.is_empty(), place, || "is empty".to_owned(), "write a name")?;
    }
    Ok(())
}
