//! What rests on the rolling deviation, over arrays.

use super::average_blocks::count_equal;
use super::blocks::{LANES, Lanes, Row, Steps, Window, first, lanes, second};
use super::deviation_scan::DeviationSums;
use super::instructions::{self, Arithmetic, Divisor};
use super::lengths;
use super::runs::{for_each_run, is_finite};
use super::sliding::Sliding;
use crate::z_score::score;
use crate::{Bollinger, Indicator, IndicatorError, Period, RollingStd};

/// Rolling population standard deviation of `prices` into `out`; see [`RollingStd`]. NaN for the first `period − 1`.
pub fn rolling_std(prices: &[f64], period: Period, out: &mut [f64]) -> Result<(), IndicatorError> {
    lengths::check(("prices", prices.len()), &[("out", out.len())])?;
    shaped(prices, period, [out], |_, _, deviation| [deviation]);
    Ok(())
}

/// z-score of `prices` into `out`; see [`ZScore`](crate::ZScore). NaN for the first `period − 1` values.
pub fn z_score(prices: &[f64], period: Period, out: &mut [f64]) -> Result<(), IndicatorError> {
    lengths::check(("prices", prices.len()), &[("out", out.len())])?;
    shaped(prices, period, [out], |_, distance, deviation| {
        [score(distance, deviation)]
    });
    Ok(())
}

/// Bollinger bands of `prices`, `deviations` wide on each side; see [`Bollinger`]. NaN for the first `period − 1` values.
pub fn bollinger(
    prices: &[f64],
    period: Period,
    deviations: f64,
    upper_out: &mut [f64],
    middle_out: &mut [f64],
    lower_out: &mut [f64],
) -> Result<(), IndicatorError> {
    lengths::check(
        ("prices", prices.len()),
        &[
            ("upper_out", upper_out.len()),
            ("middle_out", middle_out.len()),
            ("lower_out", lower_out.len()),
        ],
    )?;
    Bollinger::new(period, deviations)?;
    shaped(
        prices,
        period,
        [upper_out, middle_out, lower_out],
        move |middle, _, deviation| {
            let half = deviations * deviation;
            [middle + half, middle, middle - half]
        },
    );
    Ok(())
}

/// Outputs computed from the mean, the distance to it and the deviation of each window.
fn shaped<const O: usize>(
    prices: &[f64],
    period: Period,
    outputs: [&mut [f64]; O],
    shape: impl Fn(f64, f64, f64) -> [f64; O] + Copy,
) {
    for_each_run([prices], outputs, is_finite, |inputs, outputs| {
        let sums = DeviationSums::new(period, shape);
        instructions::run(Sliding {
            sums,
            inputs,
            outputs,
        })
    });
}

/// The rounds of [`RollingStd`].
pub(super) struct Deviations<F> {
    period: Period,
    size: Divisor,
    cancelled: f64,
    shape: F,
}

impl<F> Deviations<F> {
    /// Outputs computed from the mean, the distance to it and the deviation of each window, whose sum of squares is taken anew at
    /// this fraction of its peak.
    pub(super) fn new(period: Period, cancelled: f64, shape: F) -> Self {
        Self {
            period,
            size: Divisor::new(period.get() as f64),
            cancelled,
            shape,
        }
    }
}

impl<F, const O: usize> Window<1, O> for Deviations<F>
where
    F: Fn(f64, f64, f64) -> [f64; O],
{
    /// Not plain where a window has no deviation or cancellation has eaten the digits.
    #[inline(always)]
    fn rounds<A: Arithmetic>(&mut self, [rows]: [&[Row]; 1], mut outputs: [&mut [Lanes]; O]) -> bool {
        let divide = |dividend: f64| A::divide(dividend, self.size);
        let anchor = rows.first().map_or([0.0; LANES], first);
        let (mut sum, mut run, mut before) = ([0.0; LANES], [0.0; LANES], [f64::NAN; LANES]);
        for row in rows {
            let values = first(row);
            sum = lanes(|lane| sum[lane] + (values[lane] - anchor[lane]));
            count_equal(&mut run, values, before);
            before = values;
        }
        let mut mean = lanes(|lane| divide(sum[lane]));
        let (mut rest, mut squares) = ([0.0; LANES], [0.0; LANES]);
        for row in rows {
            let values = first(row);
            let deviation = lanes(|lane| values[lane] - anchor[lane] - mean[lane]);
            rest = lanes(|lane| rest[lane] + deviation[lane]);
            squares = lanes(|lane| squares[lane] + deviation[lane] * deviation[lane]);
        }
        mean = lanes(|lane| mean[lane] + divide(rest[lane]));
        squares = lanes(|lane| {
            let squares = squares[lane] - divide(rest[lane] * rest[lane]);
            if squares > 0.0 { squares } else { 0.0 }
        });
        let (mut peak, mut longest, mut margin) = (squares, run, [f64::INFINITY; LANES]);
        let mut put = |index: usize, values: &Lanes, mean: &Lanes, squares: &Lanes| {
            let mut columns = [[0.0; LANES]; O];
            for lane in 0..LANES {
                let deviation = divide(squares[lane]).sqrt();
                let distance = values[lane] - anchor[lane] - mean[lane];
                let shaped = (self.shape)(anchor[lane] + mean[lane], distance, deviation);
                for (column, number) in columns.iter_mut().zip(shaped) {
                    column[lane] = number;
                }
            }
            for (out, column) in outputs.iter_mut().zip(columns) {
                out[index] = column;
            }
        };
        put(0, &before, &mean, &squares);
        for (index, row) in (1..rows.len()).zip(rows) {
            let (values, left) = (second(row), first(row));
            let change = lanes(|lane| values[lane] - left[lane]);
            let next = lanes(|lane| mean[lane] + divide(change[lane]));
            squares = lanes(|lane| {
                let distances =
                    (values[lane] - anchor[lane] - next[lane]) + (left[lane] - anchor[lane] - mean[lane]);
                squares[lane] + change[lane] * distances
            });
            mean = next;
            peak = lanes(|lane| {
                if squares[lane] > peak[lane] {
                    squares[lane]
                } else {
                    peak[lane]
                }
            });
            margin = lanes(|lane| {
                let above = squares[lane] - peak[lane] * self.cancelled;
                if above < margin[lane] { above } else { margin[lane] }
            });
            count_equal(&mut run, values, before);
            longest = lanes(|lane| {
                if run[lane] > longest[lane] {
                    run[lane]
                } else {
                    longest[lane]
                }
            });
            before = values;
            put(index, &values, &mean, &squares);
        }
        margin.iter().all(|margin| *margin > 0.0) && longest.iter().all(|run| *run < rows.len() as f64)
    }
}

impl<F, const O: usize> Steps<1, O> for Deviations<F>
where
    F: Fn(f64, f64, f64) -> [f64; O],
{
    fn period(&self) -> usize {
        self.period.get()
    }

    fn stream(&self, [prices]: [&[f64]; 1], outputs: &mut [&mut [f64]; O], start: usize, end: usize) {
        let mut rolling = RollingStd::renewed_at(self.cancelled, self.period);
        for (index, &price) in prices.iter().enumerate().take(end).skip(start) {
            let deviation = rolling.update(price);
            if index + 1 >= start + self.period.get() {
                let shaped = (self.shape)(rolling.mean(), rolling.distance(price), deviation);
                for (out, number) in outputs.iter_mut().zip(shaped) {
                    out[index] = number;
                }
            }
        }
    }
}
