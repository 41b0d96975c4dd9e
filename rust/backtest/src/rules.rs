//! The options of a backtest: costs, delay, exits.

use crate::BacktestError;

const FRACTION: &str = "a fraction of 0 or more";
const POSITIVE: &str = "a finite number above 0";
const NOT_NEGATIVE: &str = "a finite number, 0 or more";

/// In what a distance from the entry is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unit {
    /// A fraction of the entry's price.
    #[default]
    Fraction,
    /// Ticks.
    Ticks,
}

/// How fills are priced and positions limited. The default costs nothing, waits for nothing and exits on signals alone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rules {
    /// Fraction of the traded notional.
    pub commission: f64,
    /// Money for each unit traded.
    pub commission_per_unit: f64,
    /// Ticks by which each fill is worse.
    pub slippage: f64,
    /// Price of a tick; needed where something is counted in ticks.
    pub tick_size: Option<f64>,
    /// Money that one unit gains when the price rises by one.
    pub multiplier: f64,
    /// Rows between a signal and its fill.
    pub delay: usize,
    /// A signal of −1 closes and never sells short.
    pub long_only: bool,
    /// Adverse distance of the price from that of the entry's rows at which the position is closed.
    pub stop_loss: Option<f64>,
    /// Favourable distance of the price from that of the entry's rows at which the position is closed.
    pub take_profit: Option<f64>,
    /// What the two distances are counted in.
    pub stop_unit: Unit,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            commission: 0.0,
            commission_per_unit: 0.0,
            slippage: 0.0,
            tick_size: None,
            multiplier: 1.0,
            delay: 0,
            long_only: false,
            stop_loss: None,
            take_profit: None,
            stop_unit: Unit::Fraction,
        }
    }
}

/// A number that has to satisfy `sound`, or the refusal that names it.
pub(crate) fn check(
    name: &'static str,
    value: f64,
    sound: bool,
    wanted: &'static str,
) -> Result<(), BacktestError> {
    if sound && value.is_finite() {
        return Ok(());
    }
    Err(BacktestError::Option { name, value, wanted })
}

impl Rules {
    /// Refuses what has no meaning.
    pub fn validate(&self) -> Result<(), BacktestError> {
        check(
            "commission",
            self.commission,
            self.commission >= 0.0,
            "a fraction of the notional, 0 or more",
        )?;
        let per_unit = self.commission_per_unit;
        check("commission_per_unit", per_unit, per_unit >= 0.0, NOT_NEGATIVE)?;
        check("slippage", self.slippage, self.slippage >= 0.0, NOT_NEGATIVE)?;
        check("multiplier", self.multiplier, self.multiplier > 0.0, POSITIVE)?;
        if let Some(tick) = self.tick_size {
            check("tick_size", tick, tick > 0.0, POSITIVE)?;
        }
        let wanted = match self.stop_unit {
            Unit::Fraction => FRACTION,
            Unit::Ticks => NOT_NEGATIVE,
        };
        for (name, distance) in [("stop_loss", self.stop_loss), ("take_profit", self.take_profit)] {
            let Some(distance) = distance else { continue };
            check(name, distance, distance >= 0.0, wanted)?;
            if self.stop_unit == Unit::Ticks {
                self.tick(name)?;
            }
        }
        if self.slippage > 0.0 {
            self.tick("slippage")?;
        }
        Ok(())
    }

    /// The price of a tick, which `name` is counted in.
    pub(crate) fn tick(&self, name: &'static str) -> Result<f64, BacktestError> {
        self.tick_size.ok_or(BacktestError::TickSize { name })
    }

    /// The price that `ticks` ticks make; 0 ticks need no size.
    pub(crate) fn ticks(&self, ticks: f64) -> f64 {
        self.tick_size.map_or(0.0, |tick| ticks * tick)
    }

    /// The distance in units of the price at an entry at `entry`; infinite where there is none.
    pub(crate) fn distance(&self, distance: Option<f64>, entry: f64) -> f64 {
        match (distance, self.stop_unit) {
            (None, _) => f64::INFINITY,
            (Some(fraction), Unit::Fraction) => fraction * entry.abs(),
            (Some(ticks), Unit::Ticks) => self.ticks(ticks),
        }
    }

    /// Whether anything but a signal closes a position.
    pub(crate) fn has_exits(&self) -> bool {
        self.stop_loss.is_some() || self.take_profit.is_some()
    }
}
