//! The rolling deviation as running sums.

use super::average_scan::sum_from;
use super::deviation::Deviations;
use super::instructions::Arithmetic;
use super::scan::{Scan, TILE, Tile, copy, greatest, least};
use super::sliding::Sums;
use crate::Period;

/// Within this factor between the sums of squares of a tile, rounding stays below 1e-12 of the least of them.
const ALIKE: f64 = 1.0 / 256.0;

/// Mean and sum of squared deviations of the window in Welford's form, from an anchor.
pub(super) struct DeviationSums<F, const O: usize> {
    steps: Deviations<F>,
    shape: F,
    period: usize,
    scan: Scan,
    anchor: f64,
    mean: f64,
    squares: f64,
    /// Largest sum of squares since the sums were taken anew.
    greatest: f64,
    // What a tile needs, kept because filling it with zeros for each tile would take as long as the sums.
    means: Tile,
    squares_of_tile: Tile,
    columns: [Tile; O],
}

impl<F: Copy, const O: usize> DeviationSums<F, O> {
    /// Outputs computed from the mean, the distance to it and the deviation of each window.
    pub(super) fn new(period: Period, shape: F) -> Self {
        Self {
            steps: Deviations::new(period, shape),
            shape,
            period: period.get(),
            scan: Scan::new(1.0),
            anchor: 0.0,
            mean: 0.0,
            squares: 0.0,
            greatest: 0.0,
            means: [0.0; TILE],
            squares_of_tile: [0.0; TILE],
            columns: [[0.0; TILE]; O],
        }
    }
}

impl<F, const O: usize> Sums<1, O> for DeviationSums<F, O>
where
    F: Fn(f64, f64, f64) -> [f64; O] + Copy,
{
    type Steps = Deviations<F>;

    fn steps(&self) -> &Deviations<F> {
        &self.steps
    }

    #[inline(always)]
    fn take_anew(&mut self, [window]: [&[f64]; 1]) {
        let size = self.period as f64;
        self.anchor = window[0];
        self.mean = sum_from(self.anchor, window) / size;
        let (mut rests, mut squares) = ([0.0; 8], [0.0; 8]);
        let (groups, rest) = window.as_chunks::<8>();
        for group in groups {
            for ((first, second), value) in rests.iter_mut().zip(&mut squares).zip(group) {
                let deviation = value - self.anchor - self.mean;
                *first += deviation;
                *second += deviation * deviation;
            }
        }
        let deviations = rest.iter().map(|value| value - self.anchor - self.mean);
        let first: f64 = deviations.clone().chain(rests).sum();
        let second: f64 = deviations
            .map(|deviation| deviation * deviation)
            .chain(squares)
            .sum();
        self.mean += first / size;
        self.squares = (second - first * first / size).max(0.0);
        self.greatest = self.squares;
    }

    #[inline(always)]
    fn tile<A: Arithmetic>(
        &mut self,
        [values]: [&Tile; 1],
        [left]: [&Tile; 1],
        outputs: [&mut Tile; O],
    ) -> bool {
        let (weight, anchor) = (1.0 / self.period as f64, self.anchor);
        let (means, squares) = (&mut self.means, &mut self.squares_of_tile);
        for ((mean, value), left) in means.iter_mut().zip(values).zip(left) {
            *mean = (value - left) * weight;
        }
        self.scan.run::<A>(&mut self.mean, means);
        for (((square, mean), value), left) in squares.iter_mut().zip(&*means).zip(values).zip(left) {
            let change = value - left;
            // The distance of the one from the mean with it, and of the other from the mean before.
            let distances = (value - anchor - mean) + (left - anchor - (mean - change * weight));
            *square = change * distances;
        }
        self.scan.run::<A>(&mut self.squares, squares);
        self.greatest = self.greatest.max(greatest(&*squares));
        let are_alike = least(&*squares) > ALIKE * self.greatest;
        for square in &mut *squares {
            *square = (*square * weight).sqrt();
        }
        // In memory of its own, so that the compiler sees that nothing written is read again.
        let (columns, shape) = (&mut self.columns, self.shape);
        for index in 0..TILE {
            let distance = values[index] - anchor - means[index];
            let shaped = shape(anchor + means[index], distance, squares[index]);
            for (column, number) in columns.iter_mut().zip(shaped) {
                column[index] = number;
            }
        }
        for (output, column) in outputs.into_iter().zip(&*columns) {
            copy(column, output);
        }
        self.squares.is_finite() && self.mean.is_finite() && are_alike
    }
}
