//! The indicator series that sets share.

use std::collections::{HashMap, HashSet};

use indicators::{IndicatorError, Period, batch};
use strategy::{cross, reversion, signals_from_probabilities};

use super::{Set, Strategy, Sweep, SweepError, needs, parallel};

/// A series by its periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Series {
    Sma(usize),
    Ema(usize),
    Rsi(usize),
    Macd(usize, usize, usize),
}

enum Computed {
    Values(Vec<f64>),
    /// Where only the direction matters it is kept in an eighth of the memory.
    Signals(Vec<i8>),
}

/// Each distinct series once.
pub(super) struct Shared(HashMap<Series, Computed>);

impl Shared {
    pub(super) fn compute(
        sweep: &Sweep<'_>,
        sets: &[Option<Set>],
        threads: usize,
        interrupted: &mut dyn FnMut() -> bool,
    ) -> Result<Self, SweepError> {
        let mut wanted = Vec::new();
        let mut known = HashSet::new();
        for series in sets.iter().flatten().flat_map(|set| needs(&set.strategy)) {
            if known.insert(series) {
                wanted.push(series);
            }
        }
        let worker = || |place: usize| compute(wanted[place], sweep.prices);
        let computed = parallel::in_order(wanted.len(), threads, interrupted, worker)
            .ok_or(SweepError::Interrupted)?
            .into_iter()
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self(wanted.into_iter().zip(computed).collect()))
    }

    /// The signals of `strategy`: borrowed where they exist, else written to `scratch`.
    pub(super) fn signals<'a>(
        &'a self,
        sweep: &'a Sweep<'_>,
        strategy: &Strategy,
        scratch: &'a mut [i8],
    ) -> &'a [i8] {
        match *strategy {
            Strategy::Signals => return sweep.signals,
            Strategy::Macd { fast, slow, signal } => {
                match &self.0[&Series::Macd(fast.get(), slow.get(), signal.get())] {
                    Computed::Signals(signals) => return signals,
                    Computed::Values(_) => unreachable!("a MACD is kept as signals"),
                }
            }
            Strategy::Probabilities { threshold } => {
                signals_from_probabilities(sweep.probabilities, threshold, scratch);
            }
            Strategy::SmaCross { fast, slow } => cross(
                self.values(Series::Sma(fast.get())),
                self.values(Series::Sma(slow.get())),
                scratch,
            ),
            Strategy::EmaCross { fast, slow } => cross(
                self.values(Series::Ema(fast.get())),
                self.values(Series::Ema(slow.get())),
                scratch,
            ),
            Strategy::RsiReversion { period, lower, upper } => {
                reversion(self.values(Series::Rsi(period.get())), lower, upper, scratch);
            }
        }
        scratch
    }

    fn values(&self, series: Series) -> &[f64] {
        match &self.0[&series] {
            Computed::Values(values) => values,
            Computed::Signals(_) => unreachable!("an average or index is kept as values"),
        }
    }
}

fn compute(series: Series, prices: &[f64]) -> Result<Computed, IndicatorError> {
    let mut values = vec![f64::NAN; prices.len()];
    match series {
        Series::Sma(period) => batch::sma(prices, Period::new("period", period as i64)?, &mut values)?,
        Series::Ema(period) => batch::ema(prices, Period::new("period", period as i64)?, &mut values)?,
        Series::Rsi(period) => batch::rsi(prices, Period::new("period", period as i64)?, &mut values)?,
        Series::Macd(fast, slow, signal) => {
            let fast = Period::new("fast", fast as i64)?;
            let slow = Period::new("slow", slow as i64)?;
            let signal = Period::new("signal", signal as i64)?;
            let (mut lines, mut signals) = (vec![f64::NAN; prices.len()], vec![0; prices.len()]);
            batch::macd(prices, fast, slow, signal, &mut values, &mut lines)?;
            cross(&values, &lines, &mut signals);
            return Ok(Computed::Signals(signals));
        }
    }
    Ok(Computed::Values(values))
}
