//! Simple and weighted averages, eight rounds at a time.

use super::blocks::{LANES, Lanes, Row, Steps, Window, first, lanes, second};
use super::instructions::{Arithmetic, Divisor};
use crate::moving_average::dwarfs;
use crate::{Indicator, Period, Sma, Wma};

/// Counts how often in a row each lane has had the same value.
#[expect(clippy::float_cmp, reason = "equal is meant")]
#[inline(always)]
pub(super) fn count_equal(run: &mut Lanes, values: Lanes, before: Lanes) {
    *run = lanes(|lane| {
        if values[lane] == before[lane] {
            run[lane] + 1.0
        } else {
            1.0
        }
    });
}

/// Feeds a streaming indicator from `start` on; what it gives from `start + period − 1` on is written.
#[inline(always)]
pub(super) fn stream_from(
    period: usize,
    (start, end): (usize, usize),
    mut step: impl FnMut(usize) -> f64,
    out: &mut [f64],
) {
    for (index, out) in out.iter_mut().enumerate().take(end).skip(start) {
        let value = step(index);
        if index + 1 >= start + period {
            *out = value;
        }
    }
}

/// The rounds of [`Sma`].
pub(super) struct SmaWindow {
    period: Period,
    size: Divisor,
}

impl SmaWindow {
    pub(super) fn new(period: Period) -> Self {
        Self {
            period,
            size: Divisor::new(period.get() as f64),
        }
    }
}

impl Window<1, 1> for SmaWindow {
    #[inline(always)]
    fn rounds<A: Arithmetic>(&mut self, [rows]: [&[Row]; 1], [out]: [&mut [Lanes]; 1]) -> bool {
        let size = self.period.get() as f64;
        let (mut sum, mut run, mut before) = ([0.0; LANES], [0.0; LANES], [f64::NAN; LANES]);
        for row in rows {
            let values = first(row);
            sum = lanes(|lane| sum[lane] + values[lane]);
            count_equal(&mut run, values, before);
            before = values;
        }
        let average = |sum: &Lanes, run: &Lanes, values: &Lanes| {
            lanes(|lane| {
                let average = A::divide(sum[lane], self.size);
                if run[lane] >= size { values[lane] } else { average }
            })
        };
        let Some((whole, rest)) = out.split_first_mut() else {
            return false;
        };
        *whole = average(&sum, &run, &before);
        for (index, (row, out)) in rows.iter().zip(rest).enumerate() {
            let (values, left) = (second(row), first(row));
            sum = lanes(|lane| sum[lane] + (values[lane] - left[lane]));
            let mut is_dwarfed = false;
            for lane in 0..LANES {
                is_dwarfed |= dwarfs(left[lane], sum[lane], values[lane]);
            }
            if is_dwarfed {
                let anew = window_sum(rows, index + 1);
                sum = lanes(|lane| {
                    let is_dwarfed = dwarfs(left[lane], sum[lane], values[lane]);
                    if is_dwarfed { anew[lane] } else { sum[lane] }
                });
            }
            count_equal(&mut run, values, before);
            before = values;
            *out = average(&sum, &run, &values);
        }
        true
    }
}

impl Steps<1, 1> for SmaWindow {
    fn period(&self) -> usize {
        self.period.get()
    }

    fn stream(&self, [prices]: [&[f64]; 1], [out]: &mut [&mut [f64]; 1], start: usize, end: usize) {
        let mut sma = Sma::new(self.period);
        stream_from(
            self.period.get(),
            (start, end),
            |index| sma.update(prices[index]),
            out,
        );
    }
}

/// The sums of the windows of which so many values are of the second block, in the order of the steps' ring.
#[inline(always)]
fn window_sum(rows: &[Row], entered: usize) -> Lanes {
    let (new, old) = rows.split_at(entered);
    let values = new.iter().map(second).chain(old.iter().map(first));
    values.fold([0.0; LANES], |sum, values| lanes(|lane| sum[lane] + values[lane]))
}

/// The rounds of [`Wma`].
pub(super) struct WmaWindow {
    period: Period,
    weights: Divisor,
    /// Weighted sums of the tails of the blocks.
    tails: Vec<Lanes>,
}

impl WmaWindow {
    pub(super) fn new(period: Period) -> Self {
        Self {
            period,
            weights: Divisor::new(Wma::weights(period.get())),
            tails: Vec::new(),
        }
    }
}

impl Window<1, 1> for WmaWindow {
    #[inline(always)]
    fn rounds<A: Arithmetic>(&mut self, [rows]: [&[Row]; 1], [out]: [&mut [Lanes]; 1]) -> bool {
        let period = rows.len();
        self.tails.resize(period, [0.0; LANES]);
        let (mut sum, mut weighted) = ([0.0; LANES], [0.0; LANES]);
        for (row, tail) in rows.iter().zip(&mut self.tails).rev() {
            let values = first(row);
            sum = lanes(|lane| sum[lane] + values[lane]);
            weighted = lanes(|lane| weighted[lane] + sum[lane]);
            *tail = weighted;
        }
        // The whole block: only its own weighted sum.
        let mut weighted = [0.0; LANES];
        let mut weight = 0.0;
        for row in rows {
            let values = first(row);
            weight += 1.0;
            weighted = lanes(|lane| weighted[lane] + weight * values[lane]);
        }
        let Some((whole, rest)) = out.split_first_mut() else {
            return false;
        };
        *whole = lanes(|lane| A::divide(weighted[lane], self.weights));
        let (mut head, mut weighted) = ([0.0; LANES], [0.0; LANES]);
        let (mut weight, mut older) = (0.0, period as f64);
        for ((row, tail), out) in rows.iter().zip(self.tails.iter().skip(1)).zip(rest) {
            let values = second(row);
            weight += 1.0;
            older -= 1.0;
            head = lanes(|lane| head[lane] + values[lane]);
            weighted = lanes(|lane| weighted[lane] + weight * values[lane]);
            *out = lanes(|lane| {
                let sum = tail[lane] + (older * head[lane] + weighted[lane]);
                A::divide(sum, self.weights)
            });
        }
        true
    }
}

impl Steps<1, 1> for WmaWindow {
    fn period(&self) -> usize {
        self.period.get()
    }

    fn stream(&self, [prices]: [&[f64]; 1], [out]: &mut [&mut [f64]; 1], start: usize, end: usize) {
        let mut wma = Wma::new(self.period);
        stream_from(
            self.period.get(),
            (start, end),
            |index| wma.update(prices[index]),
            out,
        );
    }
}
