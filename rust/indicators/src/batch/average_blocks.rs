//! Simple and weighted averages, eight rounds at a time.

use super::blocks::{LANES, Lanes, Rows, RowsMut, Window, lanes};
use super::instructions::{Arithmetic, Divisor};
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
    fn period(&self) -> usize {
        self.period.get()
    }

    #[inline(always)]
    fn rounds<A: Arithmetic>(
        &mut self,
        [prices]: [&[f64]; 1],
        [out]: &mut [&mut [f64]; 1],
        start: usize,
    ) -> bool {
        let period = self.period.get();
        let size = period as f64;
        let old = Rows::new(prices, start, period);
        let new = Rows::new(prices, start + period - 1, period);
        let mut out = RowsMut::new(out, start + period - 1, period);
        let (mut sum, mut run, mut before) = ([0.0; LANES], [0.0; LANES], [f64::NAN; LANES]);
        for index in 0..period {
            let values = old.at(index);
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
        out.put(0, average(&sum, &run, &before));
        for index in 1..period {
            let (values, left) = (new.at(index), old.at(index - 1));
            sum = lanes(|lane| sum[lane] + (values[lane] - left[lane]));
            count_equal(&mut run, values, before);
            before = values;
            out.put(index, average(&sum, &run, &values));
        }
        true
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
    fn period(&self) -> usize {
        self.period.get()
    }

    #[inline(always)]
    fn rounds<A: Arithmetic>(
        &mut self,
        [prices]: [&[f64]; 1],
        [out]: &mut [&mut [f64]; 1],
        start: usize,
    ) -> bool {
        let period = self.period.get();
        self.tails.resize(period, [0.0; LANES]);
        let tails = self.tails.as_mut_slice();
        let old = Rows::new(prices, start, period);
        let (mut sum, mut weighted) = ([0.0; LANES], [0.0; LANES]);
        for index in (0..period).rev() {
            let values = old.at(index);
            sum = lanes(|lane| sum[lane] + values[lane]);
            weighted = lanes(|lane| weighted[lane] + sum[lane]);
            tails[index] = weighted;
        }
        let new = Rows::new(prices, start + period - 1, period);
        let mut out = RowsMut::new(out, start + period - 1, period);
        let (mut head, mut weighted) = ([0.0; LANES], [0.0; LANES]);
        // The whole block: only its own weighted sum.
        for index in 0..period {
            let values = old.at(index);
            let weight = (index + 1) as f64;
            weighted = lanes(|lane| weighted[lane] + weight * values[lane]);
        }
        out.put(0, lanes(|lane| A::divide(weighted[lane], self.weights)));
        weighted = [0.0; LANES];
        for (index, tails) in tails.iter().enumerate().skip(1) {
            let values = new.at(index);
            let (weight, older) = (index as f64, (period - index) as f64);
            head = lanes(|lane| head[lane] + values[lane]);
            weighted = lanes(|lane| weighted[lane] + weight * values[lane]);
            let sum = lanes(|lane| tails[lane] + (older * head[lane] + weighted[lane]));
            out.put(index, lanes(|lane| A::divide(sum[lane], self.weights)));
        }
        true
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
