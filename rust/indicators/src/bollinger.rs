//! Bollinger bands.

use crate::indicator::Indicator;
use crate::rolling::RollingStd;
use crate::snapshot::{Archive, State};
use crate::{IndicatorError, Period};

/// The three bands at one value, in units of the price.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bands {
    /// Middle plus the width.
    pub upper: f64,
    /// Simple average.
    pub middle: f64,
    /// Middle minus the width.
    pub lower: f64,
}

/// Bollinger bands (Bollinger on Bollinger Bands, 2001): the simple average and `width` population standard
/// deviations on both sides. First output at the `period`-th value.
#[derive(Debug, Clone)]
pub struct Bollinger {
    deviation: RollingStd,
    width: f64,
    value: Bands,
}

impl Bollinger {
    const NAN: Bands = Bands {
        upper: f64::NAN,
        middle: f64::NAN,
        lower: f64::NAN,
    };

    /// Bands over `period` values, `width` standard deviations wide on each side.
    pub fn new(period: Period, width: f64) -> Result<Self, IndicatorError> {
        Self::over(RollingStd::new(period), width)
    }

    /// Bands of this deviation, which has seen nothing yet.
    pub(crate) fn over(deviation: RollingStd, width: f64) -> Result<Self, IndicatorError> {
        if !(width.is_finite() && width > 0.0) {
            return Err(IndicatorError::NotPositive {
                name: "deviations",
                value: width,
            });
        }
        Ok(Self {
            deviation,
            width,
            value: Self::NAN,
        })
    }

    /// Where `value` stands between the bands: 0 in the middle, 1 on the upper, −1 on the lower band.
    ///
    /// 0 when the bands have no width; `None` until warmed up.
    pub fn position(&self, value: f64) -> Option<f64> {
        let half = self.width * self.deviation.value();
        if half.is_nan() {
            return None;
        }
        Some(position(value, self.value.middle, half))
    }

    /// The deviation the bands are made of; NaN until warmed up.
    pub(crate) fn deviation(&self) -> f64 {
        self.deviation.value()
    }
}

/// Where a value stands between bands that are so far from the middle; 0 where they have no width.
#[inline(always)]
pub(crate) fn position(value: f64, middle: f64, half: f64) -> f64 {
    let position = (value - middle) / half;
    if half == 0.0 { 0.0 } else { position }
}

impl Indicator for Bollinger {
    type Output = Bands;

    #[inline]
    fn update(&mut self, value: f64) -> Bands {
        let half = self.width * self.deviation.update(value);
        let middle = self.deviation.mean();
        let bands = Bands {
            upper: middle + half,
            middle,
            lower: middle - half,
        };
        self.value = bands;
        bands
    }

    fn value(&self) -> Bands {
        self.value
    }

    fn reset(&mut self) {
        self.deviation.reset();
        self.value = Self::NAN;
    }
}

impl State for Bollinger {
    const NAME: &'static str = "Bollinger";

    fn visit(&mut self, archive: &mut Archive<'_>) -> Result<(), String> {
        archive.parameter("deviations", self.width)?;
        self.deviation.visit(archive)?;
        for number in [
            &mut self.value.upper,
            &mut self.value.middle,
            &mut self.value.lower,
        ] {
            archive.number(number)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bands_lie_two_deviations_from_the_mean() {
        let mut bollinger = Bollinger::new(Period::fixed(4), 2.0).expect("a width");
        assert!(bollinger.update(2.0).middle.is_nan());
        assert_eq!(bollinger.position(2.0), None);
        for value in [4.0, 4.0, 6.0] {
            bollinger.update(value);
        }
        let bands = bollinger.value();
        let width = 2.0 * 2.0_f64.sqrt();
        assert!((bands.middle - 4.0).abs() < 1e-15);
        assert!((bands.upper - 4.0 - width).abs() < 1e-14);
        assert!((bands.lower - 4.0 + width).abs() < 1e-14);
        assert!((bollinger.position(bands.upper).expect("warm") - 1.0).abs() < 1e-14);
    }

    #[test]
    fn a_flat_market_stands_in_the_middle() {
        let mut bollinger = Bollinger::new(Period::fixed(4), 2.0).expect("a width");
        for _ in 0..10 {
            bollinger.update(60_000.01);
        }
        assert_eq!(bollinger.position(60_000.01), Some(0.0));
    }

    #[test]
    fn a_width_that_is_not_positive_is_refused() {
        for width in [0.0, -1.0, f64::NAN] {
            assert!(Bollinger::new(Period::fixed(20), width).is_err());
        }
    }
}
