//! The configuration and the latch file as the state machine takes them.

use messages::Symbol;
use orders::{EngineConfig, LatchEntry, LatchState, Timing};
use settings::Settings;
use store::Latch;

/// What the state machine is made with.
pub(crate) fn config(settings: &Settings, epoch: u64) -> EngineConfig {
    let microseconds = |seconds: f64| (seconds * 1_000_000.0) as i64;
    let limits = &settings.risk.limits;
    EngineConfig {
        epoch,
        session: settings.execution.session.clone(),
        instruments: settings.instruments(),
        timing: Timing {
            stale_us: microseconds(limits.stale_after_s),
            heartbeat_lost_us: microseconds(limits.heartbeat_after_s),
            ..Timing::default()
        },
    }
}

/// The latch as its file has it. A symbol that can't be read stands for the whole desk.
pub(crate) fn from_file(latch: &Latch) -> LatchState {
    let entry = |entry: &store::LatchEntry| LatchEntry {
        command_id: entry.command_id.clone(),
        at_us: entry.at_us,
        operator: entry.operator.clone(),
        reason: entry.reason.clone(),
    };
    let mut state = LatchState {
        desk: latch.desk.as_ref().map(entry),
        ..LatchState::default()
    };
    for (name, latched) in &latch.symbols {
        state.set(Symbol::new(name).ok().as_ref(), entry(latched));
    }
    state
}

/// The latch as its file takes it.
pub(crate) fn to_file(state: &LatchState) -> Latch {
    let entry = |entry: &LatchEntry| store::LatchEntry {
        command_id: entry.command_id.clone(),
        at_us: entry.at_us,
        operator: entry.operator.clone(),
        reason: entry.reason.clone(),
    };
    let symbols = state.symbols.iter();
    Latch {
        desk: state.desk.as_ref().map(entry),
        symbols: symbols
            .map(|(symbol, latched)| (symbol.to_string(), entry(latched)))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latch_goes_round_and_a_strange_symbol_kills_the_desk() {
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
        let mut strange = to_file(&state);
        strange.desk = None;
        let latched = strange.symbols.remove("ALFA").unwrap();
        strange.symbols.insert("A B".into(), latched);
        assert!(from_file(&strange).desk.is_some());
    }
}
