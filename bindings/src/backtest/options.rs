//! The options of a backtest as Python gives them: one value for all instruments, or a mapping by name.

use std::borrow::Cow;

use ::backtest::{Fill, Market, Quotes, Rules, Sizes, Unit};
use numpy::{PyReadonlyArray1, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyMapping};

use crate::arguments::{Values, numbers, refuse, refuse_masked};

/// The name of an instrument that has none.
const ALONE: &str = "";

type Given<'py> = Option<Bound<'py, PyAny>>;

/// The options that an instrument may have of its own.
pub(crate) struct Costs<'py> {
    pub(crate) sizes: Given<'py>,
    pub(crate) commission: Given<'py>,
    pub(crate) commission_per_unit: Given<'py>,
    pub(crate) slippage: Given<'py>,
    pub(crate) spread: Given<'py>,
    pub(crate) bids: Given<'py>,
    pub(crate) asks: Given<'py>,
    pub(crate) latency: Given<'py>,
    pub(crate) fill: Given<'py>,
    pub(crate) tick_size: Given<'py>,
    pub(crate) multiplier: Given<'py>,
    pub(crate) long_only: Given<'py>,
    pub(crate) stop_loss: Given<'py>,
    pub(crate) take_profit: Given<'py>,
    pub(crate) stop_unit: Given<'py>,
}

/// Signals of int8, borrowed where NumPy has them so.
pub(crate) enum Signals<'py> {
    Borrowed(PyReadonlyArray1<'py, i8>),
    Converted(Vec<i8>),
}

impl Signals<'_> {
    pub(crate) fn slice(&self) -> PyResult<&[i8]> {
        match self {
            Self::Borrowed(array) => Ok(array.as_slice()?),
            Self::Converted(values) => Ok(values),
        }
    }
}

/// Signals of any numeric dtype. Those of int8 are judged by the backtest itself.
pub(crate) fn signal_values<'py>(
    name: &str,
    argument: &Bound<'py, PyAny>,
) -> PyResult<Signals<'py>> {
    refuse_masked(name, argument)?;
    if let Ok(array) = argument.extract::<PyReadonlyArray1<'py, i8>>()
        && array.as_slice().is_ok()
    {
        return Ok(Signals::Borrowed(array));
    }
    if let Ok(array) = argument.extract::<PyReadonlyArray1<'py, i64>>()
        && let Ok(values) = array.as_slice()
    {
        return ::backtest::whole_signals(values)
            .map(Signals::Converted)
            .map_err(refuse);
    }
    let values = numbers(name, argument)?;
    ::backtest::signals(values.slice()?)
        .map(Signals::Converted)
        .map_err(refuse)
}

/// A number, or a refusal with the option's name.
pub(crate) fn number(name: &str, value: &Bound<'_, PyAny>) -> PyResult<f64> {
    if value.is_instance_of::<PyBool>() {
        return Err(PyTypeError::new_err(format!(
            "{name} must be a number, not a bool"
        )));
    }
    value.extract().map_err(|_| {
        let kind = value
            .get_type()
            .name()
            .map_or_else(|_| "this".to_owned(), |kind| kind.to_string());
        PyTypeError::new_err(format!("{name} must be a number, not {kind}"))
    })
}

/// One of the words an option knows.
pub(crate) fn choice<T: Copy>(name: &str, value: &str, choices: &[(&str, T)]) -> PyResult<T> {
    if let Some((_, chosen)) = choices.iter().find(|(word, _)| *word == value) {
        return Ok(*chosen);
    }
    let words: Vec<String> = choices
        .iter()
        .map(|(word, _)| format!("\"{word}\""))
        .collect();
    Err(refuse(format!(
        "{name} is \"{value}\"; it must be {}",
        words.join(" or ")
    )))
}

pub(crate) fn fill_rule(value: &str) -> PyResult<Fill> {
    choice("fill", value, &[("same", Fill::Same), ("next", Fill::Next)])
}

fn text(name: &str, value: &Bound<'_, PyAny>) -> PyResult<String> {
    value
        .extract()
        .map_err(|_| PyTypeError::new_err(format!("{name} must be a string")))
}

/// One number, or one per row.
pub(crate) enum Series<'py> {
    One(f64),
    Rows(Values<'py, f64>),
}

pub(crate) fn series<'py>(name: &str, value: &Bound<'py, PyAny>) -> PyResult<Series<'py>> {
    let scalar = value
        .cast::<PyUntypedArray>()
        .map_or_else(|_| value.len().is_err(), |array| array.ndim() == 0);
    if scalar {
        Ok(Series::One(number(name, value)?))
    } else {
        Ok(Series::Rows(numbers(name, value)?))
    }
}

/// Bids and asks, one of each per row.
pub(crate) type Touch<'py> = (Values<'py, f64>, Values<'py, f64>);

/// Both or neither.
pub(crate) fn touch<'py>(
    bids: Option<&Bound<'py, PyAny>>,
    asks: Option<&Bound<'py, PyAny>>,
) -> PyResult<Option<Touch<'py>>> {
    match (bids, asks) {
        (None, None) => Ok(None),
        (Some(bids), Some(asks)) => Ok(Some((numbers("bids", bids)?, numbers("asks", asks)?))),
        (Some(_), None) => Err(refuse("bids is given without asks; give both or neither")),
        (None, Some(_)) => Err(refuse("asks is given without bids; give both or neither")),
    }
}

struct Leg<'py> {
    prices: Values<'py, f64>,
    signals: Signals<'py>,
    sizes: Series<'py>,
    spread: Series<'py>,
    quotes: Option<Touch<'py>>,
    rules: Rules,
}

/// The instruments of a backtest, borrowed from Python.
pub(crate) struct Legs<'py> {
    names: Vec<String>,
    legs: Vec<Leg<'py>>,
}

impl<'py> Legs<'py> {
    pub(crate) fn take(
        prices: &Bound<'py, PyAny>,
        signals: &Bound<'py, PyAny>,
        costs: &Costs<'py>,
    ) -> PyResult<Self> {
        let Ok(mapping) = prices.cast::<PyMapping>() else {
            if prices
                .cast::<PyUntypedArray>()
                .is_ok_and(|array| array.ndim() == 2)
            {
                return Err(refuse(
                    "prices must have one dimension, not 2; give several instruments as a mapping from name to prices",
                ));
            }
            let leg = Leg::take(ALONE, prices, signals, costs)?;
            return Ok(Self {
                names: vec![ALONE.to_owned()],
                legs: vec![leg],
            });
        };
        let Ok(of_signals) = signals.cast::<PyMapping>() else {
            return Err(PyTypeError::new_err(
                "signals must be a mapping from name to array, as prices is",
            ));
        };
        if of_signals.len()? != mapping.len()? {
            return Err(refuse(format!(
                "signals names {} instruments, prices {}; they must name the same",
                of_signals.len()?,
                mapping.len()?
            )));
        }
        let (mut names, mut legs) = (Vec::new(), Vec::new());
        for item in mapping.items()?.iter() {
            let (key, prices): (Bound<'py, PyAny>, Bound<'py, PyAny>) = item.extract()?;
            let name = key.str()?.to_string();
            if !of_signals.contains(&key)? {
                return Err(refuse(format!(
                    "signals lacks the instrument \"{name}\" that prices names"
                )));
            }
            let leg = Leg::take(&name, &prices, &of_signals.get_item(&key)?, costs);
            legs.push(leg.map_err(|error| of_instrument(prices.py(), &name, &error))?);
            names.push(name);
        }
        Ok(Self { names, legs })
    }

    pub(crate) fn rows(&self) -> PyResult<usize> {
        self.legs
            .first()
            .map_or(Ok(0), |leg| Ok(leg.prices.slice()?.len()))
    }

    /// What the backtest takes; each has been judged, so that a refusal names its instrument.
    pub(crate) fn markets(&self) -> PyResult<Vec<(Market<'_>, Rules)>> {
        let rows = self.rows()?;
        let mut markets = Vec::with_capacity(self.legs.len());
        for (name, leg) in self.names.iter().zip(&self.legs) {
            let market = leg.market()?;
            let length = market.prices.len();
            if length != rows {
                let first = &self.names[0];
                return Err(refuse(format!(
                    "prices of \"{name}\" has {length} values, that of \"{first}\" has {rows}; they must be equally long"
                )));
            }
            if self.legs.len() > 1 {
                leg.rules
                    .validate()
                    .and_then(|()| market.validate(&leg.rules))
                    .map_err(|error| refuse(format!("{name}: {error}")))?;
            }
            markets.push((market, leg.rules));
        }
        Ok(markets)
    }

    pub(crate) fn into_names(self) -> Vec<String> {
        self.names
    }
}

impl<'py> Leg<'py> {
    fn take(
        name: &str,
        prices: &Bound<'py, PyAny>,
        signals: &Bound<'py, PyAny>,
        costs: &Costs<'py>,
    ) -> PyResult<Self> {
        let own =
            |option: &'static str, given: &Given<'py>| of_its_own(option, given.as_ref(), name);
        let or = |option: &'static str, given: &Given<'py>, default: f64| {
            own(option, given)?.map_or(Ok(default), |value| number(option, &value))
        };
        let maybe = |option: &'static str, given: &Given<'py>| {
            own(option, given)?
                .map(|value| number(option, &value))
                .transpose()
        };
        let word = |option: &'static str, given: &Given<'py>, default: &'static str| {
            own(option, given)?.map_or(Ok(Cow::Borrowed(default)), |value| {
                text(option, &value).map(Cow::Owned)
            })
        };
        let rows = |option: &'static str, given: &Given<'py>, default: f64| {
            own(option, given)?.map_or(Ok(Series::One(default)), |value| series(option, &value))
        };
        let long_only = own("long_only", &costs.long_only)?;
        let long_only = long_only.map_or(Ok(false), |value| {
            value
                .extract()
                .map_err(|_| PyTypeError::new_err("long_only must be True or False"))
        })?;
        let stop_unit = word("stop_unit", &costs.stop_unit, "fraction")?;
        let units = [("fraction", Unit::Fraction), ("ticks", Unit::Ticks)];
        let fill = fill_rule(&word("fill", &costs.fill, "same")?)?;
        let rules = Rules {
            commission: or("commission", &costs.commission, 0.0)?,
            commission_per_unit: or("commission_per_unit", &costs.commission_per_unit, 0.0)?,
            slippage: or("slippage", &costs.slippage, 0.0)?,
            tick_size: maybe("tick_size", &costs.tick_size)?,
            multiplier: or("multiplier", &costs.multiplier, 1.0)?,
            delay: fill.delay() + latency(own("latency", &costs.latency)?.as_ref())?,
            long_only,
            stop_loss: maybe("stop_loss", &costs.stop_loss)?,
            take_profit: maybe("take_profit", &costs.take_profit)?,
            stop_unit: choice("stop_unit", &stop_unit, &units)?,
        };
        let quotes = touch(
            own("bids", &costs.bids)?.as_ref(),
            own("asks", &costs.asks)?.as_ref(),
        )?;
        let spread = rows("spread", &costs.spread, 0.0)?;
        if quotes.is_some() && !matches!(spread, Series::One(0.0)) {
            return Err(refuse(
                "spread is given beside bids and asks; give one or the other",
            ));
        }
        Ok(Self {
            prices: numbers("prices", prices)?,
            signals: signal_values("signals", signals)?,
            sizes: rows("sizes", &costs.sizes, 1.0)?,
            spread,
            quotes,
            rules,
        })
    }

    fn market(&self) -> PyResult<Market<'_>> {
        let quotes = match (&self.quotes, &self.spread) {
            (Some((bids, asks)), _) => Quotes::BidAsk {
                bids: bids.slice()?,
                asks: asks.slice()?,
            },
            (None, Series::One(spread)) => Quotes::Spread(*spread),
            (None, Series::Rows(spreads)) => Quotes::Spreads(spreads.slice()?),
        };
        let sizes = match &self.sizes {
            Series::One(size) => Sizes::Fixed(*size),
            Series::Rows(sizes) => Sizes::Rows(sizes.slice()?),
        };
        Ok(Market {
            prices: self.prices.slice()?,
            signals: self.signals.slice()?,
            sizes,
            quotes,
        })
    }
}

/// Rows between a signal and its fill.
pub(crate) fn latency(value: Option<&Bound<'_, PyAny>>) -> PyResult<usize> {
    let Some(value) = value else { return Ok(0) };
    let rows = value
        .extract::<i64>()
        .map_err(|_| PyTypeError::new_err("latency must be a whole number of rows"))?;
    u32::try_from(rows).map(|rows| rows as usize).map_err(|_| {
        refuse(format!(
            "latency is {rows}; it must be a number of rows, 0 or more"
        ))
    })
}

/// The option as it is, or what a mapping holds for this instrument. None is not given.
fn of_its_own<'py>(
    option: &str,
    given: Option<&Bound<'py, PyAny>>,
    name: &str,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let Some(given) = given.filter(|given| !given.is_none()) else {
        return Ok(None);
    };
    let Ok(mapping) = given.cast::<PyMapping>() else {
        return Ok(Some(given.clone()));
    };
    if name == ALONE {
        return Err(refuse(format!(
            "{option} is a mapping; that is for prices given as a mapping"
        )));
    }
    if !mapping.contains(name)? {
        return Err(refuse(format!(
            "{option} lacks the instrument \"{name}\" that prices names"
        )));
    }
    Ok(Some(mapping.get_item(name)?).filter(|value| !value.is_none()))
}

/// The same refusal with the instrument in front.
fn of_instrument(py: Python<'_>, name: &str, error: &PyErr) -> PyErr {
    let sentence = format!("{name}: {}", error.value(py));
    if error.is_instance_of::<PyTypeError>(py) {
        PyTypeError::new_err(sentence)
    } else {
        refuse(sentence)
    }
}
