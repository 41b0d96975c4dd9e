//! The configuration as the state machine takes it.

use messages::{Money, Symbol};
use risk::latch::{LatchEntry, LatchState};
use risk::manager::Config;
use risk::sizing::OrderStyle;
use risk::{LimitErrors, Limits};
use settings::{Home, Settings};
use store::Latch;

/// Every service that must be heard, with its control address.
pub fn services(settings: &Settings, home: &Home) -> Vec<(String, String)> {
    let addresses = [
        ("market-data", &settings.market_data.control_address),
        ("signal-bridge", &settings.signal.control_address),
        ("execution-engine", &settings.execution.control_address),
        ("paper-venue", &settings.execution.venue_control_address),
    ];
    // A venue that isn't ours has no control endpoint: the engine's own gate tells when it is lost.
    let ours = addresses.into_iter().filter(|(_, address)| !address.is_empty());
    ours.map(|(service, address)| (service.to_owned(), home.address(address)))
        .collect()
}

/// What the state machine is made with.
pub fn config(settings: &Settings, home: &Home, epoch: u64) -> Result<Config, String> {
    let instruments = settings.instruments();
    let traded = settings.symbols();
    let target = settings.risk.target_notional;
    Ok(Config {
        instruments: traded
            .iter()
            .filter_map(|symbol| instruments.get(symbol).cloned())
            .collect(),
        target_notional: Money::from_f64(target).map_err(|error| format!("risk.target_notional: {error}"))?,
        order_style: match settings.execution.order_style {
            settings::OrderStyle::Passive => OrderStyle::Passive,
            settings::OrderStyle::PassiveThenCross => OrderStyle::PassiveThenCross,
            settings::OrderStyle::Cross => OrderStyle::Cross,
        },
        reprice_after_us: micros(settings.execution.reprice_after_ms),
        order_ttl_us: micros(settings.execution.order_ttl_ms),
        day_start_second: u32::try_from(settings.risk.day_start_us() / 1_000_000).unwrap_or(0),
        services: services(settings, home)
            .into_iter()
            .map(|(service, _)| service)
            .collect(),
        restricted: settings
            .risk
            .restricted
            .iter()
            .map(|name| Symbol::new(name).map_err(|error| format!("risk.restricted: {error}")))
            .collect::<Result<_, _>>()?,
        epoch,
    })
}

fn micros(milliseconds: u64) -> i64 {
    i64::try_from(milliseconds)
        .unwrap_or(i64::MAX / 1_000)
        .saturating_mul(1_000)
}

/// The limits of the configuration: in force at the first start.
pub fn limits(settings: &Settings) -> Result<Limits, LimitErrors> {
    Limits::new(1, &settings.risk.limits.values())
}

/// Says where the limits in force differ from those of the file: an operator who edits the file is to know
/// that `limits set` has the last word.
pub fn warn_of_differences(configured: &Limits, in_force: &Limits) {
    let (file, force) = (configured.values(), in_force.values());
    let differences: Vec<String> = file
        .iter()
        .filter_map(|(name, value)| {
            let other = force.get(name)?;
            other
                .total_cmp(value)
                .is_ne()
                .then(|| format!("{name} is {other} (the file says {value})"))
        })
        .collect();
    if !differences.is_empty() {
        tracing::warn!(
            "limits version {} stand as the journal has them: {}; change them with `quarterdeck limits set`",
            in_force.version,
            differences.join(", ")
        );
    }
}

/// The latch as its file has it. A symbol that can't be read stands for the whole desk.
pub fn from_file(latch: &Latch) -> LatchState {
    let desk = latch.desk.as_ref().map(entry_from_file);
    let mut state = LatchState {
        desk,
        ..LatchState::default()
    };
    for (name, entry) in &latch.symbols {
        state.set(Symbol::new(name).ok().as_ref(), entry_from_file(entry));
    }
    state
}

fn entry_from_file(entry: &store::LatchEntry) -> LatchEntry {
    LatchEntry {
        command_id: entry.command_id.clone(),
        at_us: entry.at_us,
        operator: entry.operator.clone(),
        reason: entry.reason.clone(),
    }
}

/// The latch as its file takes it.
pub fn to_file(state: &LatchState) -> Latch {
    let entry = |entry: &LatchEntry| store::LatchEntry {
        command_id: entry.command_id.clone(),
        at_us: entry.at_us,
        operator: entry.operator.clone(),
        reason: entry.reason.clone(),
    };
    Latch {
        desk: state.desk.as_ref().map(entry),
        symbols: state
            .symbols
            .iter()
            .map(|(symbol, latched)| (symbol.to_string(), entry(latched)))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One rule in three places: what `limits set` takes, the file's schema, and the check of the file.
    #[test]
    fn the_limits_have_the_same_ranges_in_the_schema() {
        let schema: serde_json::Value =
            serde_json::from_str(include_str!("../../../config/system.schema.json")).unwrap();
        let limits = &schema["properties"]["risk"]["properties"]["limits"];
        let names: Vec<&str> = limits["properties"]
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        assert_eq!(names.len(), risk::LimitName::ALL.len());
        for limit in risk::LimitName::ALL {
            let mut entry = &limits["properties"][limit.as_str()];
            if let Some(reference) = entry["$ref"].as_str() {
                entry = &schema["$defs"][reference.trim_start_matches("#/$defs/")];
            }
            let range = limit.range();
            let said = (entry["minimum"].as_f64(), entry["maximum"].as_f64());
            assert_eq!(said, (Some(range.least), Some(range.most)), "{}", limit.as_str());
            assert_eq!(entry["type"] == "integer", range.is_whole, "{}", limit.as_str());
        }
    }

    #[test]
    fn the_latch_goes_round() {
        let entry = LatchEntry {
            command_id: "c".into(),
            at_us: 7,
            operator: "ann@desk".into(),
            reason: "smoke".into(),
        };
        let mut state = LatchState::default();
        state.set(None, entry.clone());
        state.set(Some(&Symbol::new("ALFA").unwrap()), entry);
        assert_eq!(from_file(&to_file(&state)), state);
    }

    #[test]
    fn a_symbol_nobody_can_read_kills_the_desk() {
        let mut latch = Latch::default();
        let entry = store::LatchEntry {
            command_id: String::new(),
            at_us: 1,
            operator: "x".into(),
            reason: "y".into(),
        };
        latch.symbols.insert("not a symbol".into(), entry);
        assert!(from_file(&latch).desk.is_some());
    }
}
