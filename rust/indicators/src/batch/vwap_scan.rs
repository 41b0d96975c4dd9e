//! Volume-weighted averages as running sums.

use super::average_scan::sum_from;
use super::instructions::{Arithmetic, Kernel};
use super::runs::all_finite;
use super::scan::{STEPS, Scan, TILE, Tile, greatest, greatest_magnitude, least, least_magnitude};
use super::sliding::Sums;
use super::volume::VwapWindow;
use crate::Period;
use crate::exact_sum::ExactSum;
use crate::vwap::average_price;

/// Turnover, at prices measured from an anchor, and volume of the window.
pub(super) struct VwapSums {
    steps: VwapWindow,
    scan: Scan,
    anchor: f64,
    turnover: f64,
    volume: f64,
    /// Largest volume of a window, and magnitude of the prices, since the sums were taken anew.
    greatest_volume: f64,
    greatest_price: f64,
}

impl VwapSums {
    /// Within this factor between the volumes of a tile's windows, rounding stays below 1e-12 of the least of them …
    const ALIKE: f64 = 1.0 / 256.0;
    /// … if no price is so many times as large as an average.
    const UNLIKE: f64 = 8.0;

    pub(super) fn new(period: Period) -> Self {
        Self {
            steps: VwapWindow::new(period),
            scan: Scan::new(1.0),
            anchor: 0.0,
            turnover: 0.0,
            volume: 0.0,
            greatest_volume: 0.0,
            greatest_price: 0.0,
        }
    }
}

impl Sums<2, 1> for VwapSums {
    type Steps = VwapWindow;

    fn steps(&self) -> &VwapWindow {
        &self.steps
    }

    #[inline(always)]
    fn take_anew(&mut self, [prices, volumes]: [&[f64]; 2]) {
        self.anchor = prices[0];
        let turnovers = prices.iter().zip(volumes);
        self.turnover = turnovers
            .map(|(price, volume)| (price - self.anchor) * volume)
            .sum();
        self.volume = sum_from(0.0, volumes);
        self.greatest_volume = self.volume;
        self.greatest_price = greatest_magnitude(prices);
    }

    #[inline(always)]
    fn tile<A: Arithmetic>(
        &mut self,
        [prices, volumes]: [&Tile; 2],
        [prices_left, volumes_left]: [&Tile; 2],
        [out]: [&mut Tile; 1],
    ) -> bool {
        let anchor = self.anchor;
        let (mut turnovers, mut sums) = ([0.0; TILE], [0.0; TILE]);
        for index in 0..TILE {
            let entered = (prices[index] - anchor) * volumes[index];
            turnovers[index] = entered - (prices_left[index] - anchor) * volumes_left[index];
            sums[index] = volumes[index] - volumes_left[index];
        }
        self.scan.run::<A>(&mut self.turnover, &mut turnovers);
        self.scan.run::<A>(&mut self.volume, &mut sums);
        for ((out, turnover), volume) in out.iter_mut().zip(&turnovers).zip(&sums) {
            *out = turnover / volume + anchor;
        }
        self.greatest_volume = self.greatest_volume.max(greatest(&sums));
        self.greatest_price = self.greatest_price.max(greatest_magnitude(prices));
        self.turnover.is_finite()
            && self.volume.is_finite()
            && least(volumes) >= 0.0
            && least(&sums) > Self::ALIKE * self.greatest_volume
            && self.greatest_price <= Self::UNLIKE * least_magnitude(out).abs()
    }

    fn are_sound(&self, [prices, volumes]: [&[f64]; 2]) -> bool {
        all_finite(prices) && all_finite(volumes) && least(volumes) >= 0.0
    }
}

/// How many of the numbers at the start are equal.
pub(super) fn equal_at_start(numbers: &[i64]) -> usize {
    let first = numbers[0];
    // Without an exit from within a block its numbers are compared side by side.
    let blocks = numbers.chunks(TILE);
    let same = |block: &[i64]| block.iter().fold(0, |unlike, number| unlike | (number ^ first)) == 0;
    let start = blocks.take_while(|block| same(block)).map(<[i64]>::len).sum();
    let rest = numbers[start..].iter().take_while(|number| **number == first);
    start + rest.count()
}

/// The trades of one session. Gives whether all were sound; if not, the output is worth nothing.
///
/// The sums up to a tile are exact; those within it are small beside them.
pub(super) struct Session<'a> {
    pub(super) prices: &'a [f64],
    pub(super) volumes: &'a [f64],
    pub(super) out: &'a mut [f64],
}

/// Trades whose sums are taken together.
const SHORT: usize = 64;

impl Kernel for Session<'_> {
    type Output = bool;

    #[inline(always)]
    fn run<A: Arithmetic>(self) -> bool {
        let scan = Scan::new(1.0);
        let (mut turnover, mut volume) = (ExactSum::default(), ExactSum::default());
        let trades = self.prices.chunks(SHORT).zip(self.volumes.chunks(SHORT));
        for ((prices, volumes), out) in trades.zip(self.out.chunks_mut(SHORT)) {
            let before = [turnover, volume].map(|sum| sum.parts());
            let whole = (prices.try_into(), volumes.try_into(), out.try_into());
            let [of_turnover, of_volume] = if let (Ok(prices), Ok(volumes), Ok(out)) = whole {
                averages::<A>(&scan, before, prices, volumes, out)
            } else {
                // What is missing traded nothing.
                let (mut padded, mut written) = ([[0.0; SHORT]; 2], [0.0; SHORT]);
                padded[0][..prices.len()].copy_from_slice(prices);
                padded[1][..volumes.len()].copy_from_slice(volumes);
                let sums = averages::<A>(&scan, before, &padded[0], &padded[1], &mut written);
                out.copy_from_slice(&written[..out.len()]);
                sums
            };
            let is_sound = of_turnover.is_finite() && of_volume >= 0.0;
            if !(is_sound || all_finite(prices) && all_finite(volumes) && least(volumes) >= 0.0) {
                return false;
            }
            turnover.add(of_turnover);
            volume.add(of_volume);
        }
        true
    }
}

/// The averages after each of some trades that follow on the sums `before` of turnover and volume, each with what it has rounded off.
/// Gives their own sums, which say whether all were sound: of an unsound trade the turnover is not finite, or the volume is NaN.
#[inline(always)]
fn averages<A: Arithmetic>(
    scan: &Scan,
    before: [(f64, f64); 2],
    prices: &[f64; SHORT],
    volumes: &[f64; SHORT],
    out: &mut [f64; SHORT],
) -> [f64; 2] {
    let (mut of_turnover, mut of_volume) = (0.0, 0.0);
    let mut lowest = [f64::INFINITY; STEPS];
    let trades = prices
        .as_chunks::<STEPS>()
        .0
        .iter()
        .zip(volumes.as_chunks::<STEPS>().0);
    for ((prices, volumes), out) in trades.zip(out.as_chunks_mut::<STEPS>().0) {
        let mut turnovers = [0.0; STEPS];
        for step in 0..STEPS {
            turnovers[step] = prices[step] * volumes[step];
            lowest[step] = if volumes[step] < lowest[step] {
                volumes[step]
            } else {
                lowest[step]
            };
        }
        let turnovers = scan.next::<A>(&mut of_turnover, turnovers);
        let sums = scan.next::<A>(&mut of_volume, *volumes);
        for step in 0..STEPS {
            let turnover = before[0].0 + (turnovers[step] + before[0].1);
            out[step] = average_price(turnover, before[1].0 + (sums[step] + before[1].1));
        }
    }
    let lowest = lowest.into_iter().fold(f64::INFINITY, f64::min);
    [of_turnover, if lowest >= 0.0 { of_volume } else { f64::NAN }]
}
