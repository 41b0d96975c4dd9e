//! What a ping is answered.

use std::collections::BTreeMap;

use messages::wire::{ModelStatus, Pong, pong};

use crate::SERVICE;
use crate::bridge::Bridge;
use crate::slot::ModelSlot;

/// The parts of a pong that the sockets' owner knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Of the published stream.
    pub epoch: u64,
    /// Newest sequence per symbol.
    pub sequences: BTreeMap<String, u64>,
    /// When this process started, µs.
    pub started_us: i64,
    /// Now, µs.
    pub now_us: i64,
    /// The home of the desk.
    pub home: String,
    /// What became of requests that were not answered as asked, counted by name.
    pub requests: [(&'static str, u64); 3],
}

/// The state of the service, in the words of the contract.
pub fn pong(facts: Facts, bridge: &Bridge, slot: &ModelSlot, unrecorded: u64) -> Pong {
    let warming = bridge.bars_until_warm();
    let refusal = slot.refusal().map(ToString::to_string);
    let rejected = slot
        .rejected()
        .map(|refusal| format!("{refusal}; the model before goes on"));
    let refusal = refusal.or(rejected);
    let state = if refusal.is_some() {
        pong::State::Degraded
    } else {
        pong::State::Ready
    };
    Pong {
        service: SERVICE.to_owned(),
        pid: std::process::id(),
        state: state.into(),
        detail: refusal.unwrap_or_else(|| describe(&warming, &bridge.without_price())),
        epoch: facts.epoch,
        last_sequences: facts.sequences,
        started_us: facts.started_us,
        now_us: facts.now_us,
        gates: slot.gate().iter().map(Into::into).collect(),
        counters: counters(bridge, &facts.requests),
        model: Some(ModelStatus {
            bars_until_warm: warming,
            ..slot.status(unrecorded)
        }),
        home: facts.home,
        ..Pong::default()
    }
}

/// Which symbols are still warming up, and which a source has yet to tell of; empty when every one is warm.
fn describe(warming: &BTreeMap<String, u32>, without_price: &[&str]) -> String {
    let cold: Vec<String> = warming
        .iter()
        .filter(|(symbol, bars)| **bars > 0 && !without_price.contains(&symbol.as_str()))
        .map(|(symbol, bars)| format!("{symbol} needs {bars} more bars"))
        .collect();
    let parts = [
        ("warming up", cold.join(", ")),
        ("no price yet", without_price.join(", ")),
    ];
    let told = parts.iter().filter(|(_, symbols)| !symbols.is_empty());
    told.map(|(what, symbols)| format!("{what}: {symbols}"))
        .collect::<Vec<_>>()
        .join("; ")
}

fn counters(bridge: &Bridge, requests: &[(&'static str, u64)]) -> BTreeMap<String, f64> {
    let counts = bridge.counts();
    let own = [
        ("rows", counts.rows),
        ("bars", counts.bars),
        ("signals", counts.signals),
        ("malformed", counts.malformed),
        ("unknown_symbols", counts.unknown),
        ("restarts", counts.restarts),
        ("late_rows", bridge.late_rows()),
        ("missing", bridge.gaps().missing()),
        ("duplicates", bridge.gaps().duplicates()),
    ];
    own.iter()
        .chain(requests)
        .map(|(name, count)| ((*name).to_owned(), *count as f64))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cold_is_named() {
        let of = |symbols: &[(&str, u32)]| {
            symbols
                .iter()
                .map(|(name, bars)| ((*name).to_owned(), *bars))
                .collect()
        };
        let warming = of(&[("AAPL", 0), ("ALFA", 51), ("BRVO", 51), ("ESH4", 12)]);
        assert_eq!(
            describe(&warming, &["ALFA", "BRVO"]),
            "warming up: ESH4 needs 12 more bars; no price yet: ALFA, BRVO"
        );
        assert_eq!(
            describe(&of(&[("AAPL", 0), ("ALFA", 51)]), &[]),
            "warming up: ALFA needs 51 more bars"
        );
        assert_eq!(
            describe(&of(&[("AAPL", 0), ("ALFA", 51)]), &["ALFA"]),
            "no price yet: ALFA"
        );
        assert_eq!(describe(&of(&[("AAPL", 0)]), &[]), "");
    }
}
