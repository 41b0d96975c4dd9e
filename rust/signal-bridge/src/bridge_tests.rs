//! One decision per closed bar, from frames alone.

use messages::wire::trading_signal::Signal;

use super::*;

const INTERVAL: i64 = 250_000;

fn row(sequence: u64, timestamp_us: i64, bid: f64) -> MarketData {
    MarketData {
        symbol: "ESH4".into(),
        bid: Some(bid),
        ask: Some(bid + 0.25),
        bid_size: 1.0,
        ask_size: 1.0,
        timestamp_us,
        epoch: 1,
        sequence,
        published_us: 77,
        ..MarketData::default()
    }
}

/// A bridge and what it emitted.
struct Trial {
    bridge: Bridge,
    signals: Vec<TradingSignal>,
    probabilities: Option<Probabilities>,
}

impl Trial {
    fn new() -> Self {
        let symbols = [
            Symbol::new("ESH4").expect("a symbol"),
            Symbol::new("AAPL").expect("a symbol"),
        ];
        let bridge = Bridge::new(&symbols, INTERVAL, 0.6).expect("an interval");
        Self {
            bridge,
            signals: Vec::new(),
            probabilities: Some([0.1, 0.8, 0.1]),
        }
    }

    fn take(&mut self, row: &MarketData) {
        let probabilities = self.probabilities;
        self.bridge.on_frame(
            &row.encode_to_vec(),
            |_| probabilities,
            |signal| self.signals.push(signal),
        );
    }

    /// Rows `from` to `to`, one per bar.
    fn bars(&mut self, from: u64, to: u64) {
        for step in from..to {
            self.take(&row(
                step,
                step as i64 * INTERVAL + 10,
                4800.0 + (step % 5) as f64 * 0.25,
            ));
        }
    }
}

#[test]
fn the_first_decision_comes_with_the_51st_closed_bar() {
    let mut trial = Trial::new();
    trial.bars(1, 52);
    assert_eq!(trial.signals.len(), 0);
    assert_eq!(trial.bridge.bars_until_warm()["ESH4"], 1);
    trial.bars(52, 55);
    assert_eq!(trial.signals.len(), 3);
    assert_eq!(trial.bridge.bars_until_warm()["ESH4"], 0);
    assert_eq!(trial.bridge.bars_until_warm()["AAPL"], 51);
}

#[test]
fn a_symbol_is_without_price_until_its_first_bar_begins() {
    let mut trial = Trial::new();
    assert_eq!(trial.bridge.without_price(), ["AAPL", "ESH4"]);
    trial.bars(1, 2);
    assert_eq!(trial.bridge.without_price(), ["AAPL"]);
}

#[test]
fn a_signal_carries_its_features_and_where_it_came_from() {
    let mut trial = Trial::new();
    trial.bars(1, 53);
    let signal = trial.signals.pop().expect("a decision");
    assert_eq!((signal.symbol.as_str(), signal.signal()), ("ESH4", Signal::Buy));
    assert!((signal.confidence - 0.8).abs() < 1e-12);
    assert_eq!(signal.timestamp_us, 52 * INTERVAL, "the bar's end in event time");
    assert_eq!((signal.market_sequence, signal.market_published_us), (52, 77));
    let names: Vec<&str> = signal.features.keys().map(String::as_str).collect();
    let mut expected = FEATURE_NAMES.to_vec();
    expected.sort_unstable();
    assert_eq!(names, expected);
}

#[test]
fn bars_carried_forward_decide_too() {
    let mut trial = Trial::new();
    trial.bars(1, 60);
    trial.signals.clear();
    trial.take(&row(60, 64 * INTERVAL, 4800.0));
    let closed: Vec<i64> = trial
        .signals
        .iter()
        .map(|signal| signal.timestamp_us / INTERVAL)
        .collect();
    assert_eq!(closed, [60, 61, 62, 63, 64]);
}

#[test]
fn without_a_model_the_warm_up_goes_on_and_nothing_is_said() {
    let mut trial = Trial::new();
    trial.probabilities = None;
    trial.bars(1, 60);
    assert_eq!((trial.signals.len(), trial.bridge.counts().signals), (0, 0));
    trial.probabilities = Some([0.0, 0.0, 1.0]);
    trial.bars(60, 61);
    assert_eq!(trial.signals.len(), 1);
}

#[test]
fn only_trades_have_volume() {
    let mut trial = Trial::new();
    for step in 1..60 {
        let mut quote = row(step, step as i64 * INTERVAL, 4800.0);
        quote.volume = 5.0;
        trial.take(&quote);
    }
    assert!(
        (trial.signals[0].features["volume_ratio"] - 1.0).abs() < 1e-12,
        "nothing was traded"
    );
}

#[test]
fn rubbish_and_duplicates_are_counted_and_change_nothing() {
    let mut trial = Trial::new();
    trial.bridge.on_frame(b"\xff\xff", |_| None, |_| ());
    trial.take(&MarketData {
        bid: Some(-1.0),
        ..row(1, 0, 1.0)
    });
    trial.take(&MarketData {
        symbol: "OTHER".into(),
        ..row(1, 0, 1.0)
    });
    trial.take(&row(1, 0, 4800.0));
    trial.take(&row(1, 0, 4800.0));
    let counts = trial.bridge.counts();
    assert_eq!((counts.rows, counts.malformed, counts.unknown), (1, 2, 1));
    assert_eq!(trial.bridge.gaps().duplicates(), 1);
}

#[test]
fn a_resumed_source_goes_on_and_one_from_the_start_begins_anew() {
    let mut trial = Trial::new();
    trial.bars(1, 60);
    trial.take(&MarketData {
        epoch: 2,
        ..row(1, 60 * INTERVAL, 4800.0)
    });
    assert_eq!(
        (
            trial.bridge.bars_until_warm()["ESH4"],
            trial.bridge.counts().restarts
        ),
        (0, 0)
    );
    trial.take(&MarketData {
        epoch: 3,
        ..row(1, 0, 4800.0)
    });
    assert_eq!(
        (
            trial.bridge.bars_until_warm()["ESH4"],
            trial.bridge.counts().restarts
        ),
        (51, 1)
    );
}
