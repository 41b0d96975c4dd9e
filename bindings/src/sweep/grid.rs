//! The grid as Python gives it, and the sets of parameters it spans.

use ::backtest::sweep::{Set, Strategy};
use ::backtest::{Rules, Unit};
use indicators::Period;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::arguments::refuse;
use crate::backtest::{choice, fill_rule, number};

/// More combinations are a mistake, or need a search instead of a grid.
const MOST: usize = 100_000_000;
/// Options of the backtest that may stand in a grid.
const OPTIONS: [&str; 8] = [
    "size",
    "commission",
    "commission_per_unit",
    "slippage",
    "spread",
    "latency",
    "stop_loss",
    "take_profit",
];
/// Those that may be absent within a sequence.
const EXITS: [&str; 2] = ["stop_loss", "take_profit"];
/// Those that count something.
const WHOLE: [&str; 5] = ["fast", "slow", "signal", "period", "latency"];

/// What makes the signals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    SmaCross,
    EmaCross,
    Macd,
    RsiReversion,
    Threshold,
    Signals,
}

impl Kind {
    pub(super) fn of(strategy: &str) -> PyResult<Self> {
        let kinds = [
            ("sma_cross", Self::SmaCross),
            ("ema_cross", Self::EmaCross),
            ("macd", Self::Macd),
            ("rsi_reversion", Self::RsiReversion),
            ("threshold", Self::Threshold),
            ("signals", Self::Signals),
        ];
        choice("strategy", strategy, &kinds)
    }

    /// The strategy's parameters with their defaults; NaN where one has to be given.
    fn parameters(self) -> &'static [(&'static str, f64)] {
        match self {
            Self::SmaCross | Self::EmaCross => &[("fast", f64::NAN), ("slow", f64::NAN)],
            Self::Macd => &[("fast", 12.0), ("slow", 26.0), ("signal", 9.0)],
            Self::RsiReversion => &[("period", 14.0), ("lower", 30.0), ("upper", 70.0)],
            Self::Threshold => &[("threshold", f64::NAN)],
            Self::Signals => &[],
        }
    }
}

/// The options that are the same for every combination.
pub(super) struct Fixed {
    rules: Rules,
}

impl Fixed {
    pub(super) fn new(
        fill: &str,
        tick_size: Option<f64>,
        multiplier: f64,
        long_only: bool,
        stop_unit: &str,
    ) -> PyResult<Self> {
        let units = [("fraction", Unit::Fraction), ("ticks", Unit::Ticks)];
        let rules = Rules {
            tick_size,
            multiplier,
            delay: fill_rule(fill)?.delay(),
            long_only,
            stop_unit: choice("stop_unit", stop_unit, &units)?,
            ..Rules::default()
        };
        Ok(Self { rules })
    }
}

/// Names with their values, in the caller's order, and the set that each combination makes.
pub(super) struct Grid {
    names: Vec<String>,
    /// The values of each name at each combination.
    columns: Vec<Vec<f64>>,
    sets: Vec<Option<Set>>,
}

impl Grid {
    pub(super) fn take(kind: Kind, grid: &Bound<'_, PyDict>, fixed: &Fixed) -> PyResult<Self> {
        let (mut names, mut axes) = (Vec::new(), Vec::new());
        for (key, value) in grid.iter() {
            let name: String = key
                .extract()
                .map_err(|_| PyTypeError::new_err("a name in grid must be a string"))?;
            let known = kind
                .parameters()
                .iter()
                .map(|(name, _)| *name)
                .chain(OPTIONS);
            if !known.clone().any(|known| known == name) {
                let known: Vec<&str> = known.collect();
                return Err(refuse(format!(
                    "grid names \"{name}\"; it may name {}",
                    known.join(", ")
                )));
            }
            axes.push(axis(&name, &value)?);
            names.push(name);
        }
        for (name, default) in kind.parameters() {
            if default.is_nan() && !names.iter().any(|given| given == name) {
                return Err(refuse(format!("grid lacks \"{name}\"")));
            }
        }
        let count = axes
            .iter()
            .try_fold(1_usize, |count, axis| count.checked_mul(axis.len()));
        let Some(count @ 0..=MOST) = count else {
            return Err(refuse(format!("grid spans more than {MOST} combinations")));
        };
        let columns = product(&axes, count);
        let set_at = |place: usize| {
            let value = |name: &str| {
                let place_of = names.iter().position(|given| given == name)?;
                Some(columns[place_of][place])
            };
            set(kind, &value, fixed)
        };
        let sets = (0..count).map(set_at).collect::<PyResult<Vec<_>>>()?;
        Ok(Self {
            names,
            columns,
            sets,
        })
    }

    pub(super) fn sets(&self) -> Vec<Option<Set>> {
        self.sets.clone()
    }

    /// Whether it has an axis of that name.
    pub(super) fn names(&self, name: &str) -> bool {
        self.names.iter().any(|given| given == name)
    }

    /// Names and values, and whether they count something.
    pub(super) fn columns(&self) -> impl Iterator<Item = (&str, &[f64], bool)> {
        let columns = self.names.iter().zip(&self.columns);
        columns.map(|(name, values)| {
            (
                name.as_str(),
                values.as_slice(),
                WHOLE.contains(&name.as_str()),
            )
        })
    }
}

/// The values of each axis at each combination, the last axis changing fastest.
fn product(axes: &[Vec<f64>], count: usize) -> Vec<Vec<f64>> {
    let mut repeats = count;
    let mut columns = Vec::with_capacity(axes.len());
    for axis in axes {
        repeats /= axis.len().max(1);
        let column = (0..count).map(|place| axis[place / repeats.max(1) % axis.len()]);
        columns.push(column.collect());
    }
    columns
}

/// A number, or a sequence of them.
fn axis(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Vec<f64>> {
    let element = |value: &Bound<'_, PyAny>| {
        if value.is_none() && EXITS.contains(&name) {
            return Ok(f64::NAN);
        }
        let number = number(name, value)?;
        let exit = EXITS.contains(&name) && number.is_nan();
        if !number.is_finite() && !exit {
            return Err(refuse(format!(
                "{name} is {number}; it must be a finite number"
            )));
        }
        if WHOLE.contains(&name) && number.fract() != 0.0 {
            return Err(refuse(format!(
                "{name} is {number}; it must be a whole number"
            )));
        }
        Ok(number)
    };
    if value.is_instance_of::<PyString>() {
        return Err(PyTypeError::new_err(format!(
            "{name} must be a number or a sequence of numbers, not a string"
        )));
    }
    if value.is_none() || value.len().is_err() {
        return Ok(vec![element(value)?]);
    }
    let values: Vec<f64> = value
        .try_iter()?
        .map(|item| element(&item?))
        .collect::<PyResult<_>>()?;
    if values.is_empty() {
        return Err(refuse(format!(
            "{name} has no values in grid; give it one at least"
        )));
    }
    Ok(values)
}

/// The set of one combination; `None` where it has no meaning.
fn set(kind: Kind, value: &dyn Fn(&str) -> Option<f64>, fixed: &Fixed) -> PyResult<Option<Set>> {
    let parameter = |name: &str| {
        let default = kind.parameters().iter().find(|(known, _)| *known == name);
        value(name)
            .or(default.map(|(_, default)| *default))
            .unwrap_or(f64::NAN)
    };
    let period = |name: &'static str| Period::new(name, parameter(name) as i64).map_err(refuse);
    let strategy = match kind {
        Kind::Signals => Strategy::Signals,
        Kind::Threshold => Strategy::Probabilities {
            threshold: parameter("threshold"),
        },
        Kind::RsiReversion => Strategy::RsiReversion {
            period: period("period")?,
            lower: parameter("lower"),
            upper: parameter("upper"),
        },
        Kind::SmaCross => Strategy::SmaCross {
            fast: period("fast")?,
            slow: period("slow")?,
        },
        Kind::EmaCross => Strategy::EmaCross {
            fast: period("fast")?,
            slow: period("slow")?,
        },
        Kind::Macd => Strategy::Macd {
            fast: period("fast")?,
            slow: period("slow")?,
            signal: period("signal")?,
        },
    };
    let meaningful = match strategy {
        Strategy::RsiReversion { lower, upper, .. } => lower < upper,
        Strategy::SmaCross { fast, slow }
        | Strategy::EmaCross { fast, slow }
        | Strategy::Macd { fast, slow, .. } => fast.get() < slow.get(),
        Strategy::Signals | Strategy::Probabilities { .. } => true,
    };
    if !meaningful {
        return Ok(None);
    }
    let option = |name: &str| value(name).unwrap_or(0.0);
    let exit = |name: &str| value(name).filter(|distance| !distance.is_nan());
    let latency = option("latency");
    if !(0.0..=f64::from(u32::MAX)).contains(&latency) {
        return Err(refuse(format!(
            "latency is {latency}; it must be a number of rows, 0 or more"
        )));
    }
    let rules = Rules {
        commission: option("commission"),
        commission_per_unit: option("commission_per_unit"),
        slippage: option("slippage"),
        delay: fixed.rules.delay + latency as usize,
        stop_loss: exit("stop_loss"),
        take_profit: exit("take_profit"),
        ..fixed.rules
    };
    Ok(Some(Set {
        strategy,
        rules,
        size: value("size").unwrap_or(1.0),
        spread: option("spread"),
    }))
}

/// A backtest's refusal in the words of a grid, where the size has a name of its own.
pub(super) fn in_grid_words(sentence: &str) -> String {
    sentence
        .strip_prefix("sizes is")
        .map_or_else(|| sentence.to_owned(), |rest| format!("size is{rest}"))
}
