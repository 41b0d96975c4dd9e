//! Frames of market data to bars, features and signals. No socket, no clock: the rim brings both.

use std::collections::BTreeMap;

use bus::{GapCounter, Observation};
use indicators::features::WARM_UP_BARS;
use indicators::{Bar, BarBuilder, FEATURE_COUNT, FEATURE_NAMES, FeatureVector, IndicatorError, mid};
use messages::wire::{MarketData, TradingSignal};
use messages::{Quote, Symbol};
use prost::Message;

use crate::decision::{Probabilities, decide};

/// What the bridge counted since it started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Rows taken.
    pub rows: u64,
    /// Bars closed, those carried forward among them.
    pub bars: u64,
    /// Decisions given.
    pub signals: u64,
    /// Frames that could not be read or must not pass.
    pub malformed: u64,
    /// Rows of symbols nobody asked for.
    pub unknown: u64,
    /// Series begun anew because the publisher started anew with earlier event times.
    pub restarts: u64,
}

/// A bar's features on their way to a model, with what the signal has to carry of the row that closed the bar.
struct Question<'a> {
    symbol: &'a str,
    closed_us: i64,
    features: [f64; FEATURE_COUNT],
    row: &'a MarketData,
}

/// The bars and features of every symbol.
pub struct Bridge {
    series: BTreeMap<String, Series>,
    gaps: GapCounter,
    interval_us: i64,
    threshold: f64,
    counts: Counts,
}

struct Series {
    bars: BarBuilder,
    features: FeatureVector,
    late_rows: u64,
}

impl Series {
    fn new(interval_us: i64) -> Result<Self, IndicatorError> {
        Ok(Self {
            bars: BarBuilder::new(interval_us)?,
            features: FeatureVector::new(),
            late_rows: 0,
        })
    }
}

impl Bridge {
    /// A bridge for `symbols`, with bars of `interval_us` and decisions above `threshold`.
    pub fn new(symbols: &[Symbol], interval_us: i64, threshold: f64) -> Result<Self, IndicatorError> {
        let series = symbols
            .iter()
            .map(|symbol| Ok((symbol.to_string(), Series::new(interval_us)?)))
            .collect::<Result<_, IndicatorError>>()?;
        Ok(Self {
            series,
            gaps: GapCounter::default(),
            interval_us,
            threshold,
            counts: Counts::default(),
        })
    }

    /// Takes one frame of `market-data.ipc`.
    ///
    /// `ask` gives the probabilities for a vector of features, or `None` where there is no model: then the bars go on
    /// and nothing is decided. `emit` receives each decision, without latency and stamp, which are the rim's to know.
    pub fn on_frame(
        &mut self,
        frame: &[u8],
        mut ask: impl FnMut(&[f64; FEATURE_COUNT]) -> Option<Probabilities>,
        mut emit: impl FnMut(TradingSignal),
    ) {
        let row = match read(frame) {
            Ok(row) => row,
            Err(reason) => {
                self.counts.malformed += 1;
                tracing::warn!(reason, "a frame of market data was refused");
                return;
            }
        };
        let Some(series) = self.series.get_mut(&row.symbol) else {
            self.counts.unknown += 1;
            return;
        };
        match self.gaps.observe(&row.symbol, row.epoch, row.sequence) {
            Observation::Duplicate => return,
            Observation::Gap(missing) => {
                tracing::warn!(symbol = row.symbol, missing, "rows of market data are missing");
            }
            // A source that was resumed goes on in time; one that began anew is another series.
            Observation::Restarted { .. } if begins_anew(series, &row) => {
                self.counts.restarts += 1;
                tracing::info!(
                    symbol = row.symbol,
                    "market data began anew; bars and features do too"
                );
                series.late_rows += series.bars.late_rows();
                let interval_us = self.interval_us;
                let Ok(fresh) = Series::new(interval_us) else {
                    return;
                };
                *series = Series {
                    late_rows: series.late_rows,
                    ..fresh
                };
            }
            Observation::First | Observation::Next | Observation::Restarted { .. } => {}
        }
        self.counts.rows += 1;
        let mid = row.bid.zip(row.ask).and_then(|(bid, ask)| mid(bid, ask));
        let traded = if row.price.is_some() { row.volume } else { 0.0 };
        for bar in series.bars.update(row.timestamp_us, mid, traded) {
            self.counts.bars += 1;
            let Some(features) = series.features.update(&bar) else {
                continue;
            };
            let Some(probabilities) = ask(&features) else {
                continue;
            };
            let closed_us = closing_time(&bar, self.interval_us);
            let question = Question {
                symbol: &row.symbol,
                closed_us,
                features,
                row: &row,
            };
            self.counts.signals += 1;
            emit(signal(&question, probabilities, self.threshold));
        }
    }

    /// For every symbol, how many closed bars are missing before it can be decided on.
    pub fn bars_until_warm(&self) -> BTreeMap<String, u32> {
        let missing = |series: &Series| (WARM_UP_BARS - series.features.bars_seen()) as u32;
        self.series
            .iter()
            .map(|(symbol, series)| (symbol.clone(), missing(series)))
            .collect()
    }

    /// The symbols that never had a price, so that no bar of theirs has begun.
    pub fn without_price(&self) -> Vec<&str> {
        let begun = |series: &Series| series.bars.open_bar().is_some();
        self.series
            .iter()
            .filter(|(_, series)| !begun(series))
            .map(|(symbol, _)| symbol.as_str())
            .collect()
    }

    /// What was counted.
    pub const fn counts(&self) -> Counts {
        self.counts
    }

    /// Rows that came too late for their bar.
    pub fn late_rows(&self) -> u64 {
        self.series
            .values()
            .map(|series| series.late_rows + series.bars.late_rows())
            .sum()
    }

    /// Gaps and duplicates of the stream.
    pub const fn gaps(&self) -> &GapCounter {
        &self.gaps
    }
}

/// A row that may pass: one that is readable, and whose prices and sizes are those of a market.
fn read(frame: &[u8]) -> Result<MarketData, String> {
    let row = MarketData::decode(frame).map_err(|error| error.to_string())?;
    Quote::try_from(&row).map_err(|error| error.to_string())?;
    Ok(row)
}

fn begins_anew(series: &Series, row: &MarketData) -> bool {
    series
        .bars
        .open_bar()
        .is_some_and(|bar| row.timestamp_us < bar.start_us)
}

const fn closing_time(bar: &Bar, interval_us: i64) -> i64 {
    bar.start_us + interval_us
}

fn signal(question: &Question<'_>, probabilities: Probabilities, threshold: f64) -> TradingSignal {
    let (signal, confidence) = decide(probabilities, threshold);
    let named = FEATURE_NAMES.iter().zip(question.features);
    TradingSignal {
        symbol: question.symbol.to_owned(),
        signal: signal.into(),
        confidence,
        timestamp_us: question.closed_us,
        features: named.map(|(name, value)| ((*name).to_owned(), value)).collect(),
        market_published_us: question.row.published_us,
        market_sequence: question.row.sequence,
        ..TradingSignal::default()
    }
}

#[cfg(test)]
#[path = "bridge_tests.rs"]
mod tests;
