//! What one step of each streaming indicator and one feature vector cost on this machine, in nanoseconds.
//!
//! `cargo run --release -p indicators --example pace`, and with `-- --json` one row of JSON `{"name": …, "ns": …}` for each.

use indicators::{
    Adx, Atr, Bar, Bollinger, Ema, FastStochastic, FeatureVector, HighLowClose, Indicator, IndicatorError,
    Macd, Momentum, Obv, Period, PriceVolume, RateOfChange, RollingStd, RollingVwap, Rsi, SessionTrade,
    SessionVwap, Sma, Stochastic, TrueRange, Wma, ZScore,
};
use std::hint::black_box;

/// Steps of one measurement.
const STEPS: usize = 100_000;
/// Measurements, of which the fastest counts: the others were disturbed.
const ROUNDS: usize = 20;

/// The plainest step that has a state; the first row.
const FLOOR: &str = "one multiplication and addition";

/// Prints the nanoseconds of a step over `inputs`.
#[expect(clippy::disallowed_methods, reason = "it measures")]
fn measure<Input: Copy, Output>(
    as_json: bool,
    name: &str,
    inputs: &[Input],
    mut step: impl FnMut(Input) -> Output,
) {
    let mut fastest = f64::INFINITY;
    for _ in 0..ROUNDS {
        let begin = std::time::Instant::now();
        for input in inputs {
            black_box(step(black_box(*input)));
        }
        fastest = fastest.min(begin.elapsed().as_secs_f64());
    }
    let nanoseconds = fastest * 1e9 / inputs.len() as f64;
    if as_json {
        println!("{{\"name\": \"{name}\", \"ns\": {nanoseconds:.2}}}");
    } else {
        println!("{name:<16} {nanoseconds:6.1} ns");
    }
}

fn main() -> Result<(), IndicatorError> {
    let prices: Vec<f64> = (0..STEPS)
        .map(|step| 60_000.0 + (step * step % 97) as f64 * 0.01 + (step % 1_009) as f64 * 0.1)
        .collect();
    let bars: Vec<HighLowClose> = prices
        .iter()
        .map(|&close| HighLowClose {
            high: close + 0.05,
            low: close - 0.03,
            close,
        })
        .collect();
    let trades: Vec<PriceVolume> = prices
        .iter()
        .enumerate()
        .map(|(step, &price)| PriceVolume {
            price,
            volume: (step % 13) as f64,
        })
        .collect();
    let as_json = std::env::args().skip(1).any(|argument| argument == "--json");
    // What no step with a state can go under on this processor.
    let mut state = 0.0;
    measure(as_json, FLOOR, &prices, |price| {
        state = state * 0.99 + price;
        state
    });
    if !as_json {
        println!("one step, period 20 where there is one:");
    }
    let period = Period::new("period", 20)?;
    let (three, nine, twelve, slow) = (
        Period::new("period", 3)?,
        Period::new("period", 9)?,
        Period::new("period", 12)?,
        Period::new("period", 26)?,
    );
    macro_rules! pace {
        ($name:literal, $inputs:expr, $indicator:expr) => {
            let mut indicator = $indicator;
            measure(as_json, $name, $inputs, |input| indicator.update(input));
        };
    }
    pace!("SMA", &prices, Sma::new(period));
    pace!("EMA", &prices, Ema::new(period));
    pace!("WMA", &prices, Wma::new(period));
    pace!("deviation", &prices, RollingStd::new(period));
    pace!("z-score", &prices, ZScore::new(period));
    pace!("Bollinger", &prices, Bollinger::new(period, 2.0)?);
    pace!("RSI", &prices, Rsi::new(period));
    pace!("MACD", &prices, Macd::new(twelve, slow, nine)?);
    pace!("momentum", &prices, Momentum::new(period));
    pace!("rate of change", &prices, RateOfChange::new(period));
    pace!("true range", &bars, TrueRange::new());
    pace!("ATR", &bars, Atr::new(period));
    pace!("ADX", &bars, Adx::new(period));
    pace!("fast stochastic", &bars, FastStochastic::new(period, three));
    pace!("stochastic", &bars, Stochastic::new(period, three, three));
    pace!("OBV", &trades, Obv::new());
    pace!("rolling VWAP", &trades, RollingVwap::new(period));
    let sessions: Vec<SessionTrade> = trades
        .iter()
        .enumerate()
        .map(|(step, trade)| SessionTrade {
            price: trade.price,
            volume: trade.volume,
            session: (step / 10_000) as i64,
        })
        .collect();
    pace!("session VWAP", &sessions, SessionVwap::new());

    let bars: Vec<Bar> = trades
        .iter()
        .enumerate()
        .map(|(step, trade)| Bar {
            start_us: step as i64 * 1_000_000,
            open: trade.price,
            high: trade.price,
            low: trade.price,
            close: trade.price,
            volume: trade.volume,
            rows: 1,
            after_break: false,
        })
        .collect();
    let mut features = FeatureVector::new();
    measure(as_json, "feature vector", &bars, |bar| features.update(&bar));
    Ok(())
}
