//! Volume-weighted averages as running sums.

use super::average_scan::sum_from;
use super::instructions::{Arithmetic, Kernel};
use super::runs::all_finite;
use super::scan::{Scan, TILE, Tile, greatest, greatest_magnitude, least, least_magnitude};
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
            if !(all_finite(prices) && all_finite(volumes) && least(volumes) >= 0.0) {
                return false;
            }
            let (mut turnovers, mut sums) = ([0.0; SHORT], [0.0; SHORT]);
            sums[..volumes.len()].copy_from_slice(volumes);
            for ((product, price), volume) in turnovers.iter_mut().zip(prices).zip(volumes) {
                *product = price * volume;
            }
            let (mut of_turnover, mut of_volume) = (0.0, 0.0);
            scan.run::<A>(&mut of_turnover, &mut turnovers);
            scan.run::<A>(&mut of_volume, &mut sums);
            let before = [turnover, volume].map(|sum| sum.parts());
            for ((out, turnover), volume) in out.iter_mut().zip(&turnovers).zip(&sums) {
                let [turnover, volume] = [(before[0], turnover), (before[1], volume)]
                    .map(|((sum, rest), more)| sum + (more + rest));
                *out = average_price(turnover, volume);
            }
            turnover.add(of_turnover);
            volume.add(of_volume);
        }
        true
    }
}
