//! The feature vector: the one definition of what a model sees, for training and for the live signal alike.
//!
//! Let `c` be a bar's close (a mid), `v` its traded volume, `r = c / c₋₁ − 1` and `σ` the population standard
//! deviation of the last 50 `r`. All but the volume are free of the price level *and* of the instrument's volatility,
//! so one model fits every instrument:
//!
//! | feature | formula | range |
//! |---|---|---|
//! | `rsi` | `RSI(14) / 50 − 1`, 0 in a flat market | −1 … 1 |
//! | `macd` | `(EMA(12) − EMA(26)) / (c σ)` | ±10 |
//! | `bollinger_bands` | `(c − SMA(20)) / (2 SD(20))`, ±1 on a band, 0 if the bands have no width | ±√19 / 2 |
//! | `moving_average_20` | `(c / SMA(20) − 1) / (σ √20)` | ±10 |
//! | `moving_average_50` | `(c / SMA(50) − 1) / (σ √50)` | ±10 |
//! | `volume_ratio` | `v / SMA(20) of v`, 1 if nothing was traded | 0 … 20 |
//! | `price_momentum` | `(c / c₋₁₀ − 1) / (σ √10)` | ±10 |
//!
//! Where `σ` is 0 the quotient is 0; what leaves ±10 is clipped. Averages and deviations are seeded as in TA-Lib.
//! The first vector comes with the 51st bar ([`WARM_UP_BARS`]). A bar after a break starts a new warm-up.

use crate::bars::Bar;
use crate::indicator::Indicator;
use crate::rolling::CANCELLED_IN_FEATURES;
use crate::snapshot::{Archive, State};
use crate::{Bollinger, Ema, Momentum, Period, RollingStd, Rsi, Sma};
use crate::{bollinger, rsi};

pub use crate::batch::features as batch_features;

/// How many features there are.
pub const FEATURE_COUNT: usize = 7;

/// The names of the features, in the order of a model's input.
pub const FEATURE_NAMES: [&str; FEATURE_COUNT] = [
    "rsi",
    "macd",
    "bollinger_bands",
    "moving_average_20",
    "moving_average_50",
    "volume_ratio",
    "price_momentum",
];

/// Goes up with every change of a formula, a parameter, the order or the warm-up.
pub const SCHEMA_VERSION: u32 = 1;

/// The definition in one line per feature; its hash travels with every model.
const SCHEMA: &str = "quarterdeck features 1\n\
    bars: close of the mid, traded volume; r = c / c[-1] - 1; s = population deviation of r over 50\n\
    rsi = rsi(14) / 50 - 1; 0 if flat\n\
    macd = clip((ema(12) - ema(26)) / (c * s), 10)\n\
    bollinger_bands = (c - sma(20)) / (2 * deviation(20)); 0 if no width\n\
    moving_average_20 = clip((c / sma(20) - 1) / (s * sqrt(20)), 10)\n\
    moving_average_50 = clip((c / sma(50) - 1) / (s * sqrt(50)), 10)\n\
    volume_ratio = v / sma(v, 20); 1 if nothing traded\n\
    price_momentum = clip((c / c[-10] - 1) / (s * sqrt(10)), 10)\n\
    quotients by s are 0 where s is 0; first vector at bar 51\n";

/// Bars needed before the first vector.
pub const WARM_UP_BARS: usize = 51;

/// The largest magnitude of a feature that is a quotient by `σ`.
const CLIP: f64 = 10.0;
/// Of the bands, in deviations.
const BAND_WIDTH: f64 = 2.0;

/// The hash of the definition: FNV-1a, 64 bits, as 16 hexadecimal digits.
///
/// A model carries the hash it was trained under, and is refused under another one.
pub fn schema_hash() -> String {
    const HASH: u64 = fnv1a(SCHEMA.as_bytes());
    format!("{HASH:016x}")
}

/// The definition whose hash is [`schema_hash`].
pub const fn schema() -> &'static str {
    SCHEMA
}

/// FNV-1a, 64 bits.
pub(crate) const fn fnv1a(bytes: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut index = 0;
    while index < bytes.len() {
        hash = (hash ^ bytes[index] as u64).wrapping_mul(0x0000_0100_0000_01b3);
        index += 1;
    }
    hash
}

/// The features of one series of bars, one bar at a time.
#[derive(Debug, Clone)]
pub struct FeatureVector {
    rsi: Rsi,
    fast: Ema,
    slow: Ema,
    lead: usize,
    bollinger: Bollinger,
    average_20: Sma,
    average_50: Sma,
    volume_20: Sma,
    momentum: Momentum,
    volatility: RollingStd,
    previous: f64,
    bars: usize,
}

impl Default for FeatureVector {
    fn default() -> Self {
        Self::new()
    }
}

impl FeatureVector {
    /// The bars by which the fast average of the MACD waits, so that both start at the same one.
    const LEAD: usize = 26 - 12;

    /// A vector before its first bar.
    pub fn new() -> Self {
        let deviation = |period| RollingStd::renewed_at(CANCELLED_IN_FEATURES, Period::fixed(period));
        let bollinger =
            Bollinger::over(deviation(20), BAND_WIDTH).unwrap_or_else(|_| unreachable!("2 is a width"));
        Self {
            rsi: Rsi::new(Period::fixed(14)),
            fast: Ema::new(Period::fixed(12)),
            slow: Ema::new(Period::fixed(26)),
            lead: Self::LEAD,
            bollinger,
            average_20: Sma::new(Period::fixed(20)),
            average_50: Sma::new(Period::fixed(50)),
            volume_20: Sma::new(Period::fixed(20)),
            momentum: Momentum::new(Period::fixed(10)),
            volatility: deviation(50),
            previous: f64::NAN,
            bars: 0,
        }
    }

    /// Takes a closed bar and gives its features in the order of [`FEATURE_NAMES`]; `None` until warmed up.
    #[inline]
    pub fn update(&mut self, bar: &Bar) -> Option<[f64; FEATURE_COUNT]> {
        if bar.after_break {
            self.reset();
        }
        self.step(bar.close, bar.volume)
    }

    /// Bars taken since the warm-up began, at most [`WARM_UP_BARS`].
    pub const fn bars_seen(&self) -> usize {
        self.bars
    }

    /// Whether the latest bar gave a vector.
    pub const fn is_warm(&self) -> bool {
        self.bars >= WARM_UP_BARS
    }

    /// Forgets everything; the next bar is the first of a new warm-up.
    pub fn reset(&mut self) {
        *self = Self::new();
    }

    /// The vector of the latest bar; `None` until warmed up.
    #[inline]
    pub fn value(&self) -> Option<[f64; FEATURE_COUNT]> {
        if !self.is_warm() {
            return None;
        }
        let (_, gain, loss) = self.rsi.averages();
        Some(vector(&Parts {
            close: self.previous,
            volume: self.volume_20.latest(),
            gain,
            loss,
            fast: self.fast.value(),
            slow: self.slow.value(),
            middle: self.bollinger.value().middle,
            deviation: self.bollinger.deviation(),
            average_20: self.average_20.value(),
            average_50: self.average_50.value(),
            volume_20: self.volume_20.value(),
            change: self.momentum.rate_of_change(),
            sigma: self.volatility.value(),
        }))
    }

    /// The vector from a close and a volume. A close that is not a positive number starts a new warm-up.
    #[inline]
    pub(crate) fn step(&mut self, close: f64, volume: f64) -> Option<[f64; FEATURE_COUNT]> {
        if !is_sound(close, volume) {
            self.reset();
            return None;
        }
        self.rsi.update(close);
        self.slow.update(close);
        if self.lead > 0 {
            self.lead -= 1;
        } else {
            self.fast.update(close);
        }
        self.bollinger.update(close);
        self.average_20.update(close);
        self.average_50.update(close);
        self.volume_20.update(volume);
        self.momentum.update(close);
        if !self.previous.is_nan() {
            self.volatility.update(relative_change(close, self.previous));
        }
        self.previous = close;
        self.bars = (self.bars + 1).min(WARM_UP_BARS);
        self.value()
    }

    /// What the steps have in memory that no window of bars says.
    pub(crate) fn recursions(&self) -> (&Rsi, &Ema, &Ema) {
        (&self.rsi, &self.fast, &self.slow)
    }
}

/// Whether a bar can be computed with.
#[inline(always)]
pub(crate) fn is_sound(close: f64, volume: f64) -> bool {
    close > 0.0 && close < f64::INFINITY && (0.0..f64::INFINITY).contains(&volume)
}

/// `close / before − 1`.
#[inline(always)]
pub(crate) fn relative_change(close: f64, before: f64) -> f64 {
    close / before - 1.0
}

/// The numbers a vector is computed from, at one bar.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parts {
    pub(crate) close: f64,
    pub(crate) volume: f64,
    /// Wilder's averages of 14 gains and losses.
    pub(crate) gain: f64,
    pub(crate) loss: f64,
    /// Exponential averages over 12 and 26 closes.
    pub(crate) fast: f64,
    pub(crate) slow: f64,
    /// Mean and deviation of the bands.
    pub(crate) middle: f64,
    pub(crate) deviation: f64,
    pub(crate) average_20: f64,
    pub(crate) average_50: f64,
    pub(crate) volume_20: f64,
    /// Relative, over ten bars.
    pub(crate) change: f64,
    /// Deviation of 50 returns.
    pub(crate) sigma: f64,
}

/// The formulas. Selections and no branches, so that arrays can be computed by many at once.
#[inline(always)]
pub(crate) fn vector(parts: &Parts) -> [f64; FEATURE_COUNT] {
    let Parts { close, sigma, .. } = *parts;
    let in_sigmas = |relative: f64, steps: f64| {
        let quotient = (relative / (sigma * steps.sqrt())).clamp(-CLIP, CLIP);
        if sigma > 0.0 { quotient } else { 0.0 }
    };
    let ratio = parts.volume / parts.volume_20;
    [
        rsi::strength(parts.gain, parts.loss, close),
        in_sigmas((parts.fast - parts.slow) / close, 1.0),
        bollinger::position(close, parts.middle, BAND_WIDTH * parts.deviation),
        in_sigmas(relative_change(close, parts.average_20), 20.0),
        in_sigmas(relative_change(close, parts.average_50), 50.0),
        if parts.volume_20 > 0.0 { ratio } else { 1.0 },
        in_sigmas(parts.change, 10.0),
    ]
}

impl State for FeatureVector {
    const NAME: &'static str = "FeatureVector";

    fn visit(&mut self, archive: &mut Archive<'_>) -> Result<(), String> {
        archive.parameter("schema version", f64::from(SCHEMA_VERSION))?;
        self.rsi.visit(archive)?;
        self.fast.visit(archive)?;
        self.slow.visit(archive)?;
        archive.count(&mut self.lead, Self::LEAD)?;
        self.bollinger.visit(archive)?;
        self.average_20.visit(archive)?;
        self.average_50.visit(archive)?;
        self.volume_20.visit(archive)?;
        self.momentum.visit(archive)?;
        self.volatility.visit(archive)?;
        archive.number(&mut self.previous)?;
        archive.count(&mut self.bars, WARM_UP_BARS)
    }
}

#[cfg(test)]
#[path = "features_tests.rs"]
mod tests;
