//! The simple and the weighted average as running sums.

use super::average_blocks::{SmaWindow, WmaWindow};
use super::instructions::Arithmetic;
use super::scan::{STEPS, Scan, TILE, Tile, greatest_magnitude, least_magnitude};
use super::sliding::Sums;
use crate::moving_average::DWARFS;
use crate::{Period, Wma};

/// The mean of the window, from an anchor.
pub(super) struct SmaSums {
    steps: SmaWindow,
    period: usize,
    scan: Scan,
    anchor: f64,
    mean: f64,
    /// Magnitude of the values since the sums were taken anew.
    greatest: f64,
}

impl SmaSums {
    pub(super) fn new(period: Period) -> Self {
        Self {
            steps: SmaWindow::new(period),
            period: period.get(),
            scan: Scan::new(1.0),
            anchor: 0.0,
            mean: 0.0,
            greatest: 0.0,
        }
    }
}

impl Sums<1, 1> for SmaSums {
    type Steps = SmaWindow;

    fn steps(&self) -> &SmaWindow {
        &self.steps
    }

    #[inline(always)]
    fn take_anew(&mut self, [window]: [&[f64]; 1]) {
        self.anchor = window[0];
        self.mean = sum_from(self.anchor, window) / self.period as f64;
        self.greatest = greatest_magnitude(window);
    }

    #[inline(always)]
    fn tile<A: Arithmetic>(
        &mut self,
        [values]: [&Tile; 1],
        [left]: [&Tile; 1],
        [out]: [&mut Tile; 1],
    ) -> bool {
        let (weight, anchor) = (1.0 / self.period as f64, self.anchor);
        // In one pass: each costs as much as the sums.
        let (mut greatest, mut least) = ([self.greatest; STEPS], [f64::INFINITY; STEPS]);
        let eights = values
            .as_chunks::<STEPS>()
            .0
            .iter()
            .zip(left.as_chunks::<STEPS>().0);
        for ((values, left), out) in eights.zip(out.as_chunks_mut::<STEPS>().0) {
            let mut changes = [0.0; STEPS];
            for step in 0..STEPS {
                changes[step] = (values[step] - left[step]) * weight;
            }
            let means = self.scan.next::<A>(&mut self.mean, changes);
            for step in 0..STEPS {
                out[step] = means[step] + anchor;
                let (value, mean) = (values[step].abs(), out[step].abs());
                greatest[step] = if value > greatest[step] {
                    value
                } else {
                    greatest[step]
                };
                least[step] = if mean < least[step] { mean } else { least[step] };
            }
        }
        self.greatest = greatest.into_iter().fold(0.0, f64::max);
        let least = least.into_iter().fold(f64::INFINITY, f64::min);
        self.mean.is_finite() && self.greatest <= DWARFS * least
    }

    #[inline(always)]
    fn finish(&self, [prices]: [&[f64]; 1], [out]: [&mut [f64]; 1]) {
        keep_equal_windows(prices, self.period, out);
    }
}

/// The sum of the distances of the values from `anchor`.
#[inline(always)]
pub(super) fn sum_from(anchor: f64, values: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let (groups, rest) = values.as_chunks::<8>();
    for group in groups {
        for (sum, value) in sums.iter_mut().zip(group) {
            *sum += value - anchor;
        }
    }
    let rest = rest.iter().map(|value| value - anchor);
    rest.chain(sums).sum()
}

/// A window of equal values has exactly that value as its average. `prices` begin with the first window.
#[expect(clippy::float_cmp, reason = "equal is meant")]
#[inline(always)]
fn keep_equal_windows(prices: &[f64], period: usize, out: &mut [f64]) {
    // Wherever so many equal values begin, they cover one of these blocks.
    let mut blocks = prices.chunks_exact(period.div_ceil(2));
    if !blocks.any(|block| block.iter().all(|price| *price == block[0])) {
        return;
    }
    // From the end of a window backwards: the first change met says where the next window can begin.
    let mut start = 0;
    while let Some(window) = prices.get(start..start + period) {
        let change = window.windows(2).rposition(|pair| pair[0] != pair[1]);
        if let Some(before) = change {
            start += before + 1;
            continue;
        }
        let more = prices[start + period..]
            .iter()
            .take_while(|price| **price == window[0]);
        let run = period + more.count();
        out[start..=start + run - period].fill(window[0]);
        start += run;
    }
}

/// The plain and the weighted sum of the window, from an anchor.
pub(super) struct WmaSums {
    steps: WmaWindow,
    period: usize,
    scan: Scan,
    anchor: f64,
    sum: f64,
    weighted: f64,
    /// Magnitude of the values since the sums were taken anew.
    greatest: f64,
}

impl WmaSums {
    /// Below this period the rounding of a sum of sums is worth more than the division by the weights takes away.
    pub(super) const LEAST_PERIOD: usize = 8;
    /// Within this factor a tile's rounding stays below 1e-12 of the averages.
    const UNLIKE: f64 = 8.0;

    pub(super) fn new(period: Period) -> Self {
        Self {
            steps: WmaWindow::new(period),
            period: period.get(),
            scan: Scan::new(1.0),
            anchor: 0.0,
            sum: 0.0,
            weighted: 0.0,
            greatest: 0.0,
        }
    }
}

impl Sums<1, 1> for WmaSums {
    type Steps = WmaWindow;

    fn steps(&self) -> &WmaWindow {
        &self.steps
    }

    #[inline(always)]
    fn take_anew(&mut self, [window]: [&[f64]; 1]) {
        self.anchor = window[window.len() / 2];
        self.greatest = greatest_magnitude(window);
        (self.sum, self.weighted) = (0.0, 0.0);
        // Each value is in as many sums of tails as its weight says.
        for value in window.iter().rev() {
            self.sum += value - self.anchor;
            self.weighted += self.sum;
        }
    }

    #[inline(always)]
    fn tile<A: Arithmetic>(
        &mut self,
        [values]: [&Tile; 1],
        [left]: [&Tile; 1],
        [out]: [&mut Tile; 1],
    ) -> bool {
        let (size, share) = (self.period as f64, 1.0 / Wma::weights(self.period));
        let anchor = self.anchor;
        let mut sums = [0.0; TILE];
        for ((sum, value), left) in sums.iter_mut().zip(values).zip(left) {
            *sum = value - left;
        }
        let before = self.sum;
        self.scan.run::<A>(&mut self.sum, &mut sums);
        // Each value in the window comes to weigh one less, the new one weighs the period.
        out[0] = (values[0] - anchor) * size - before;
        for ((out, value), sum) in out[1..].iter_mut().zip(&values[1..]).zip(&sums) {
            *out = (value - anchor) * size - sum;
        }
        self.scan.run::<A>(&mut self.weighted, out);
        for out in &mut *out {
            *out = *out * share + anchor;
        }
        self.greatest = self.greatest.max(greatest_magnitude(values));
        self.weighted.is_finite() && self.greatest <= Self::UNLIKE * least_magnitude(out).abs()
    }
}
