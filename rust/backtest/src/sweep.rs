//! A grid of parameters over all cores.
//!
//! Each distinct indicator series is computed once and shared; every set of parameters is then a backtest of its own.
//! A result stands at its set's place and depends on that set alone, so neither the number of threads nor their order
//! shows in it. Memory: eight bytes a row for each distinct average or index, one for each distinct MACD, nine for
//! each thread.

mod metrics;
mod parallel;
mod series;

use thiserror::Error;

use crate::{BacktestError, Market, Quotes, Rules, Sizes};
pub use metrics::Metrics;
use series::{Series, Shared};
use strategy::Probabilities;

/// What makes the signals of a set. Each indicator comes from crate `indicators`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Strategy {
    /// Those given with the sweep.
    Signals,
    /// The desk's rule on the probabilities given with the sweep.
    Probabilities {
        /// Below it, or at it, no position is taken.
        threshold: f64,
    },
    /// Long while the fast simple average stands above the slow one, short while below.
    SmaCross {
        /// Period of the fast average.
        fast: indicators::Period,
        /// Period of the slow average.
        slow: indicators::Period,
    },
    /// The same with exponential averages.
    EmaCross {
        /// Period of the fast average.
        fast: indicators::Period,
        /// Period of the slow average.
        slow: indicators::Period,
    },
    /// Long below `lower`, short above `upper`, as before between.
    RsiReversion {
        /// Period of the index.
        period: indicators::Period,
        /// Oversold, 0 … 100.
        lower: f64,
        /// Overbought, 0 … 100.
        upper: f64,
    },
    /// Long while the line stands above its signal, short while below.
    Macd {
        /// Period of the fast average.
        fast: indicators::Period,
        /// Period of the slow average.
        slow: indicators::Period,
        /// Period of the signal.
        signal: indicators::Period,
    },
}

/// One set of parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Set {
    /// Its signals.
    pub strategy: Strategy,
    /// Its costs and exits.
    pub rules: Rules,
    /// Units of a signal.
    pub size: f64,
    /// Ticks.
    pub spread: f64,
}

/// What all sets have in common.
#[derive(Debug, Clone, Copy)]
pub struct Sweep<'a> {
    /// One per row.
    pub prices: &'a [f64],
    /// For [`Strategy::Signals`]; else empty.
    pub signals: &'a [i8],
    /// For [`Strategy::Probabilities`]; else empty.
    pub probabilities: &'a [Probabilities],
    /// Where every set is filled, in place of its own spread, which is 0 then.
    pub quotes: Option<Quotes<'a>>,
    /// For the ratios.
    pub periods_per_year: f64,
}

/// Why there is no result.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum SweepError {
    /// An input is refused.
    #[error(transparent)]
    Backtest(#[from] BacktestError),
    /// An indicator is refused.
    #[error(transparent)]
    Indicator(#[from] indicators::IndicatorError),
    /// The caller asked to stop.
    #[error("the sweep was interrupted")]
    Interrupted,
}

impl Sweep<'_> {
    /// The metrics of each of `sets`, in their order; `None` where a set is none.
    ///
    /// Runs on `threads` threads and the caller's, which calls `interrupted` a few times a second and stops the sweep
    /// between two sets when it says so.
    pub fn run(
        &self,
        sets: &[Option<Set>],
        threads: usize,
        interrupted: &mut dyn FnMut() -> bool,
    ) -> Result<Vec<Option<Metrics>>, SweepError> {
        self.validate(sets)?;
        let shared = Shared::compute(self, sets, threads, interrupted)?;
        let worker = || {
            let (mut signals, mut equity) = (vec![0; self.prices.len()], vec![0.0; self.prices.len()]);
            let shared = &shared;
            move |place: usize| {
                let set = sets[place].as_ref()?;
                let signals = shared.signals(self, &set.strategy, &mut signals);
                let market = Market {
                    prices: self.prices,
                    signals,
                    sizes: Sizes::Fixed(set.size),
                    quotes: self.quotes.unwrap_or(Quotes::Spread(set.spread)),
                };
                Some(Metrics::measure(
                    &market,
                    &set.rules,
                    self.periods_per_year,
                    &mut equity,
                ))
            }
        };
        parallel::in_order(sets.len(), threads, interrupted, worker).ok_or(SweepError::Interrupted)
    }

    fn validate(&self, sets: &[Option<Set>]) -> Result<(), BacktestError> {
        let nothing = vec![0; self.prices.len()];
        Market::new(self.prices, &nothing).validate(&Rules::default())?;
        for set in sets.iter().flatten() {
            set.rules.validate()?;
            if self.quotes.is_some() && set.spread != 0.0 {
                return Err(BacktestError::Option {
                    name: "spread",
                    value: set.spread,
                    wanted: "0 where the sweep has quotes",
                });
            }
            let signals = match set.strategy {
                Strategy::Signals => self.signals,
                Strategy::Probabilities { .. } if self.probabilities.len() != self.prices.len() => {
                    return Err(BacktestError::Length {
                        name: "probabilities",
                        length: self.probabilities.len(),
                        prices: self.prices.len(),
                    });
                }
                _ => &nothing,
            };
            if signals.len() != self.prices.len() {
                return Err(BacktestError::Length {
                    name: "signals",
                    length: signals.len(),
                    prices: self.prices.len(),
                });
            }
            if let Some(Quotes::Spreads(_)) = self.quotes {
                set.rules.tick("spread")?;
            }
            // The arrays have been judged; what is left are this set's own numbers.
            let own = Market {
                sizes: Sizes::Fixed(set.size),
                quotes: Quotes::Spread(set.spread),
                ..Market::new(&[], &[])
            };
            own.validate(&set.rules)?;
        }
        if let (Some(quotes), Some(set)) = (self.quotes, sets.iter().flatten().next()) {
            Market {
                quotes,
                ..Market::new(self.prices, &nothing)
            }
            .validate(&set.rules)?;
        }
        Market::new(
            &self.prices[..self.signals.len().min(self.prices.len())],
            self.signals,
        )
        .validate(&Rules::default())
    }
}

/// The indicators a set needs, each named once.
fn needs(strategy: &Strategy) -> Vec<Series> {
    match *strategy {
        Strategy::Signals | Strategy::Probabilities { .. } => vec![],
        Strategy::SmaCross { fast, slow } => vec![Series::Sma(fast.get()), Series::Sma(slow.get())],
        Strategy::EmaCross { fast, slow } => vec![Series::Ema(fast.get()), Series::Ema(slow.get())],
        Strategy::RsiReversion { period, .. } => vec![Series::Rsi(period.get())],
        Strategy::Macd { fast, slow, signal } => vec![Series::Macd(fast.get(), slow.get(), signal.get())],
    }
}
