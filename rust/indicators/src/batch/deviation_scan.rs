//! The rolling deviation as running sums.

use super::average_scan::sum_from;
use super::deviation::Deviations;
use super::deviation_short;
use super::instructions::Arithmetic;
use super::runs::all_finite;
use super::scan::{Scan, TILE, Tile, copy, greatest, greatest_magnitude, least};
use super::sliding::Sums;
use crate::Period;
use crate::rolling::CANCELLED;

/// Within this factor between the sums of squares of a tile, rounding stays below 1e-12 of the least of them.
const ALIKE: f64 = 1.0 / 256.0;
/// … if no mean lies further from the anchor than a hundred deviations: this is its square.
const FAR: f64 = 1e4;
/// So many steps, one after the other, leave no more rounding than that.
const RENEWED: usize = 64;

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
    /// Whether a window of the tile before was of equal values: then one of the next is likely to be.
    stood_still: bool,
    // What a tile needs, kept because filling it with zeros for each tile would take as long as the sums.
    means: Tile,
    distances: Tile,
    squares_of_tile: Tile,
    columns: [Tile; O],
}

/// The latest value, and how often in a row it has come, as far back as was looked.
#[derive(Debug, Clone, Copy, Default)]
struct EqualRun {
    latest: f64,
    length: usize,
}

impl EqualRun {
    #[inline(always)]
    fn next(&mut self, value: f64) -> usize {
        self.length = if value.to_bits() == self.latest.to_bits() {
            self.length + 1
        } else {
            1
        };
        self.latest = value;
        self.length
    }

    /// How often in a row each of the next values has come with it.
    #[inline(always)]
    fn runs(mut self, values: &[f64]) -> impl Iterator<Item = usize> {
        values.iter().map(move |value| self.next(*value))
    }

    /// Passes by the next values, of which there is one or more.
    #[inline(always)]
    fn pass(&mut self, values: &[f64]) {
        let last = values[values.len() - 1].to_bits();
        let change = values.iter().rposition(|value| value.to_bits() != last);
        for value in &values[change.unwrap_or(0)..] {
            self.next(*value);
        }
    }
}

impl<F: Copy, const O: usize> DeviationSums<F, O> {
    /// Outputs computed from the mean, the distance to it and the deviation of each window.
    pub(super) fn new(period: Period, shape: F) -> Self {
        Self {
            steps: Deviations::new(period, CANCELLED, shape),
            shape,
            period: period.get(),
            scan: Scan::new(1.0),
            anchor: 0.0,
            mean: 0.0,
            squares: 0.0,
            greatest: 0.0,
            stood_still: false,
            means: [0.0; TILE],
            distances: [0.0; TILE],
            squares_of_tile: [0.0; TILE],
            columns: [[0.0; TILE]; O],
        }
    }
}

impl<F, const O: usize> DeviationSums<F, O> {
    /// Means from the anchor and sums of squares of a tile, eight steps at a time. Gives whether they are right.
    #[inline(always)]
    fn at_once<A: Arithmetic>(&mut self, values: &Tile, left: &Tile) -> bool {
        let (weight, anchor, before) = (1.0 / self.period as f64, self.anchor, (self.mean, self.squares));
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
        let highest = self.greatest.max(greatest(&*squares));
        let (lowest, farthest) = (least(&*squares), greatest_magnitude(&*means));
        let are_right = self.squares.is_finite()
            && self.mean.is_finite()
            && lowest > ALIKE * highest
            && farthest * farthest <= FAR * (lowest * weight);
        if are_right {
            self.greatest = highest;
        } else {
            (self.mean, self.squares) = before;
        }
        are_right
    }

    /// The same step by step, where prices stand still, jump or run away: sums are taken anew from the window of a step as soon as
    /// they have lost digits, and of a window of equal values they are known. Not right only where a window is longer than a tile.
    #[inline(always)]
    fn one_by_one<A: Arithmetic>(&mut self, values: &Tile, left: &Tile) -> bool {
        let (weight, is_short) = (1.0 / self.period as f64, self.period <= TILE);
        let (mut since, mut are_alike) = (0, true);
        self.stood_still = false;
        let mut equal = EqualRun::default();
        if is_short {
            equal.pass(&left[..self.period]);
        }
        for (index, run) in equal.runs(values).enumerate() {
            let value = values[index];
            if run >= self.period {
                (self.anchor, self.mean, self.squares, self.greatest) = (value, 0.0, 0.0, 0.0);
                self.stood_still = true;
                since = 0;
            } else {
                let change = value - left[index];
                let mean = A::multiply_add(change, weight, self.mean);
                let distances = (value - self.anchor - mean) + (left[index] - self.anchor - self.mean);
                self.squares = A::multiply_add(change, distances, self.squares);
                self.mean = mean;
                self.greatest = self.greatest.max(self.squares);
                since += 1;
                let is_alike = self.squares > ALIKE * self.greatest;
                are_alike &= is_alike;
                if is_short && (since == RENEWED || !is_alike) {
                    let (old, new) = (
                        &left[(index + 1).min(self.period)..self.period],
                        &values[..=index],
                    );
                    self.measure(old, &new[new.len() - (self.period - old.len())..]);
                    since = 0;
                }
            }
            self.means[index] = self.anchor + self.mean;
            self.distances[index] = value - self.anchor - self.mean;
            self.squares_of_tile[index] = self.squares;
        }
        is_short || are_alike
    }

    /// Takes the sums of a window, which comes in two parts, in two passes.
    #[inline(always)]
    fn measure(&mut self, old: &[f64], new: &[f64]) {
        let size = self.period as f64;
        self.anchor = old.first().or(new.first()).copied().unwrap_or_default();
        self.mean = (sum_from(self.anchor, old) + sum_from(self.anchor, new)) / size;
        let (mut rests, mut squares) = ([0.0; 8], [0.0; 8]);
        let (mut first, mut second) = (0.0, 0.0);
        for part in [old, new] {
            let (groups, rest) = part.as_chunks::<8>();
            for group in groups {
                for ((first, second), value) in rests.iter_mut().zip(&mut squares).zip(group) {
                    let deviation = value - self.anchor - self.mean;
                    *first += deviation;
                    *second += deviation * deviation;
                }
            }
            for value in rest {
                let deviation = value - self.anchor - self.mean;
                first += deviation;
                second += deviation * deviation;
            }
        }
        let first = first + rests.iter().sum::<f64>();
        let second = second + squares.iter().sum::<f64>();
        self.mean += first / size;
        self.squares = (second - first * first / size).max(0.0);
        self.greatest = self.squares;
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
        self.measure(&[], window);
    }

    #[inline(always)]
    fn tile<A: Arithmetic>(
        &mut self,
        [values]: [&Tile; 1],
        [left]: [&Tile; 1],
        outputs: [&mut Tile; O],
    ) -> bool {
        let anchor = self.anchor;
        let is_short = self.period <= deviation_short::LONGEST;
        let at_once = !is_short && !self.stood_still && self.at_once::<A>(values, left);
        let are_right = at_once
            || all_finite(values)
                && if is_short {
                    let columns = [&mut self.means, &mut self.distances, &mut self.squares_of_tile];
                    deviation_short::compute(self.period, [values, left], columns);
                    true
                } else {
                    self.one_by_one::<A>(values, left)
                };
        let weight = 1.0 / self.period as f64;
        for square in &mut self.squares_of_tile {
            *square = (*square * weight).sqrt();
        }
        // Into memory of its own, so that the compiler sees that nothing written is read again.
        let (columns, shape) = (&mut self.columns, self.shape);
        let (means, deviations) = (&self.means, &self.squares_of_tile);
        if at_once {
            for index in 0..TILE {
                let distance = values[index] - anchor - means[index];
                let shaped = shape(anchor + means[index], distance, deviations[index]);
                for (column, number) in columns.iter_mut().zip(shaped) {
                    column[index] = number;
                }
            }
        } else {
            for index in 0..TILE {
                let shaped = shape(means[index], self.distances[index], deviations[index]);
                for (column, number) in columns.iter_mut().zip(shaped) {
                    column[index] = number;
                }
            }
        }
        for (output, column) in outputs.into_iter().zip(&*columns) {
            copy(column, output);
        }
        are_right
    }
}
