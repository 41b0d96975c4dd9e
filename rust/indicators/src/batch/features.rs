//! The features of whole series: windows side by side, with the very operations of the steps, and so the same bits.

use std::thread;

use super::average_blocks::SmaWindow;
use super::blocks::{Blocks, LANES, Window};
use super::deviation::Deviations;
use super::instructions::{self, Arithmetic, Kernel};
use super::lengths;
use crate::features::{FEATURE_COUNT, FeatureVector, Parts, WARM_UP_BARS, is_sound, relative_change, vector};
use crate::moving_average::next_average;
use crate::rolling::CANCELLED_IN_FEATURES;
use crate::rsi::{gain_and_loss, smoothed};
use crate::{Indicator, IndicatorError, Period};

/// The features of a whole series, bit for bit those of the steps: row `i` of `out` belongs to `closes[i]`.
///
/// `volumes` runs beside `closes`; `after_break`, if given, marks the bars before which nothing may be computed.
/// Rows are NaN where there is no vector yet. Long stretches are computed by up to `threads` threads at once; the bits
/// are those of one.
pub fn features(
    closes: &[f64],
    volumes: &[f64],
    after_break: Option<&[bool]>,
    threads: usize,
    out: &mut [[f64; FEATURE_COUNT]],
) -> Result<(), IndicatorError> {
    let length = closes.len();
    let breaks = after_break.map_or(length, <[bool]>::len);
    lengths::check(
        ("closes", length),
        &[
            ("volumes", volumes.len()),
            ("after_break", breaks),
            ("out", out.len()),
        ],
    )?;
    let mut start = 0;
    while start < length {
        let (end, is_plain) = stretch(closes, volumes, after_break, start);
        let (closes, volumes) = (&closes[start..end], &volumes[start..end]);
        let out = &mut out[start..end];
        if is_plain {
            in_parts(closes, volumes, threads, out);
        } else {
            let mut features = FeatureVector::new();
            for ((&close, &volume), out) in closes.iter().zip(volumes).zip(out) {
                *out = features.step(close, volume).unwrap_or([f64::NAN; FEATURE_COUNT]);
            }
        }
        start = end;
    }
    Ok(())
}

/// Bars looked at together.
const LOOK: usize = 64;

/// Whether a bar's numbers are of a size whose squares and quotients neither overflow nor underflow.
#[inline(always)]
fn is_plain(close: f64, volume: f64) -> bool {
    const SIZES: std::ops::RangeInclusive<f64> = 1e-30..=1e30;
    SIZES.contains(&close) & ((volume == 0.0) | SIZES.contains(&volume))
}

/// The end of the bars from `start` on that belong together: before the next break, with or after an unsound bar. And whether
/// all are plain.
fn stretch(closes: &[f64], volumes: &[f64], after_break: Option<&[bool]>, start: usize) -> (usize, bool) {
    let length = closes.len();
    let mut plain = true;
    let mut index = start;
    while index < length {
        let end = length.min(index + LOOK);
        let bars = closes[index..end].iter().zip(&volumes[index..end]);
        let all_plain = bars.fold(true, |all, (&close, &volume)| all & is_plain(close, volume));
        let from = index.max(start + 1);
        let breaks = after_break.is_some_and(|breaks| breaks[from..end.max(from)].contains(&true));
        if all_plain && !breaks {
            index = end;
            continue;
        }
        for bar in index..end {
            if bar > start && after_break.is_some_and(|breaks| breaks[bar]) {
                return (bar, plain);
            }
            plain &= is_plain(closes[bar], volumes[bar]);
            if !is_sound(closes[bar], volumes[bar]) {
                return (bar + 1, false);
            }
        }
        index = end;
    }
    (length, plain)
}

/// Rows computed while their columns are in fast memory: whole groups of rounds of both periods.
const CHUNK: usize = 4_000;
const SHORT: usize = 20;
const LONG: usize = 50;
/// Rows whose formulas are computed column by column.
const TILE: usize = 64;

/// Bars at the head of a stretch that have no vector.
const HEAD: usize = WARM_UP_BARS - 1;
/// Chunks that are worth a thread: more than half a millisecond.
const CHUNKS_PER_THREAD: usize = 4;

/// Plain bars without a break between them, by as many threads as are worth it.
fn in_parts(closes: &[f64], volumes: &[f64], threads: usize, out: &mut [[f64; FEATURE_COUNT]]) {
    let (head, out) = out.split_at_mut(HEAD.min(closes.len()));
    head.fill([f64::NAN; FEATURE_COUNT]);
    let chunks = out.len().div_ceil(CHUNK);
    let parts = threads.min(chunks / CHUNKS_PER_THREAD).max(1);
    let rows = chunks.div_ceil(parts).max(1) * CHUNK;
    let mut parts = out.chunks_mut(rows).enumerate().map(|(number, out)| Part {
        closes,
        volumes,
        start: number * rows,
        out,
    });
    let Some(first) = parts.next() else { return };
    let wanted = instructions::instructions();
    thread::scope(|scope| {
        for part in parts {
            scope.spawn(move || instructions::with_instructions(wanted, || instructions::run(part)));
        }
        instructions::run(first);
    });
}

/// Rows of a stretch, from a boundary of its chunks on. Windows begin anew at each chunk, and what remembers all bars is
/// computed from the first one on: where a part begins changes no bit.
struct Part<'a> {
    /// Of the whole stretch.
    closes: &'a [f64],
    volumes: &'a [f64],
    /// The first row of `out`, counted from the end of the head.
    start: usize,
    out: &'a mut [[f64; FEATURE_COUNT]],
}

impl Kernel for Part<'_> {
    type Output = ();

    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        let mut features = FeatureVector::new();
        for (&close, &volume) in self.closes.iter().zip(self.volumes).take(HEAD) {
            features.step(close, volume);
        }
        let mut recursions = Recursions::from(&features);
        let bars = |start: usize| start + HEAD..self.closes.len().min(start + HEAD + CHUNK);
        for start in (0..self.start).step_by(CHUNK) {
            let rows = bars(start);
            recursions.compute(&self.closes[rows.start - 1..rows.end]);
        }
        let mut windows = Windows::default();
        // Made once: to clear it for each tile would take a fourteenth of the time.
        let mut columns = [[0.0; TILE]; FEATURE_COUNT];
        for (number, out) in self.out.chunks_mut(CHUNK).enumerate() {
            let start = self.start + number * CHUNK;
            let rows = bars(start);
            windows.compute::<A>(self.closes, self.volumes, start);
            recursions.compute(&self.closes[rows.start - 1..rows.end]);
            for (first, out) in rows.step_by(TILE).zip(out.chunks_mut(TILE)) {
                let last = first + out.len();
                let inputs = (&self.closes[first - MOMENTUM..last], &self.volumes[first..last]);
                tile(inputs, &windows, &recursions, first - start, &mut columns, out);
            }
        }
    }
}

const MOMENTUM: usize = 10;

/// The rows of a tile; `offset` is that of its first bar from the first one of the windows.
#[inline(always)]
fn tile(
    (closes, volumes): (&[f64], &[f64]),
    windows: &Windows,
    recursions: &Recursions,
    offset: usize,
    columns: &mut [[f64; TILE]; FEATURE_COUNT],
    out: &mut [[f64; FEATURE_COUNT]],
) {
    let count = out.len().min(TILE);
    let before = &closes[..count];
    let closes = &closes[MOMENTUM..][..count];
    let volumes = &volumes[..count];
    let window = |column| -> &[f64] { slice(column, offset, count) };
    let recursion = |column| -> &[f64] { slice(column, offset + 1 - WARM_UP_BARS, count) };
    let (middle, deviation) = (window(&windows.middle), window(&windows.deviation));
    let (average_20, average_50) = (window(&windows.average_20), window(&windows.average_50));
    let (volume_20, sigma) = (
        window(&windows.volume_20),
        slice(&windows.sigma, offset - 1, count),
    );
    let (gain, loss) = (recursion(&recursions.gains), recursion(&recursions.losses));
    let (fast, slow) = (recursion(&recursions.fasts), recursion(&recursions.slows));
    for index in 0..count {
        let row = vector(&Parts {
            close: closes[index],
            volume: volumes[index],
            gain: gain[index],
            loss: loss[index],
            fast: fast[index],
            slow: slow[index],
            middle: middle[index],
            deviation: deviation[index],
            average_20: average_20[index],
            average_50: average_50[index],
            volume_20: volume_20[index],
            change: relative_change(closes[index], before[index]),
            sigma: sigma[index],
        });
        for (column, number) in columns.iter_mut().zip(row) {
            column[index] = number;
        }
    }
    for (index, row) in out.iter_mut().enumerate().take(count) {
        *row = columns.each_ref().map(|column| column[index]);
    }
}

#[inline(always)]
fn slice(column: &[f64], offset: usize, count: usize) -> &[f64] {
    &column[offset..][..count]
}

/// What depends on a window of bars only, from the first bar of a chunk on; the returns and their deviation from the second on.
#[derive(Default)]
struct Windows {
    returns: Vec<f64>,
    middle: Vec<f64>,
    deviation: Vec<f64>,
    average_20: Vec<f64>,
    average_50: Vec<f64>,
    volume_20: Vec<f64>,
    sigma: Vec<f64>,
}

impl Windows {
    /// The windows that the rows of the chunk from `start` on see.
    #[inline(always)]
    fn compute<A: Arithmetic>(&mut self, closes: &[f64], volumes: &[f64], start: usize) {
        // One group of rounds more than the chunk where its last rows lie beyond it, so that no group is cut.
        let end = |period: usize, first: usize, more: usize| {
            closes
                .len()
                .min(first + period - 1 + CHUNK + more * LANES * period)
        };
        let (short, long) = (Period::fixed(SHORT), Period::fixed(LONG));
        let (short_rows, long_rows) = (start..end(SHORT, start, 1), start..end(LONG, start, 1));
        let pairs = closes[start..end(LONG, start + 1, 0)].windows(2);
        self.returns.clear();
        self.returns
            .extend(pairs.map(|pair| relative_change(pair[1], pair[0])));
        let of_closes = &closes[short_rows.clone()];
        over::<A, _, 1, 2>(
            Deviations::new(short, CANCELLED_IN_FEATURES, |mean, _, deviation| {
                [mean, deviation]
            }),
            [of_closes],
            [&mut self.middle, &mut self.deviation],
        );
        over::<A, _, 1, 1>(SmaWindow::new(short), [of_closes], [&mut self.average_20]);
        over::<A, _, 1, 1>(
            SmaWindow::new(short),
            [&volumes[short_rows]],
            [&mut self.volume_20],
        );
        over::<A, _, 1, 1>(SmaWindow::new(long), [&closes[long_rows]], [&mut self.average_50]);
        over::<A, _, 1, 1>(
            Deviations::new(long, CANCELLED_IN_FEATURES, |_, _, deviation| [deviation]),
            [&self.returns],
            [&mut self.sigma],
        );
    }
}

#[inline(always)]
fn over<A: Arithmetic, W: Window<I, O>, const I: usize, const O: usize>(
    window: W,
    inputs: [&[f64]; I],
    outputs: [&mut Vec<f64>; O],
) {
    let length = inputs[0].len();
    let outputs = outputs.map(|output| {
        output.resize(length, 0.0);
        output.as_mut_slice()
    });
    let were_finite = Blocks {
        window,
        inputs,
        outputs,
    }
    .run::<A>();
    debug_assert!(were_finite, "plain bars have finite returns");
}

/// Averages of changes below this size are nothing beside the change of any plain close, and in a chunk decay no further than
/// where numbers lose their digits.
const FADED: f64 = 1e-150;

/// What remembers all bars: the averages of the steps, with the columns of a chunk.
struct Recursions {
    keep: f64,
    weight: f64,
    smoothings: [f64; 2],
    /// Gain, loss, fast and slow.
    state: [f64; 4],
    gains: Vec<f64>,
    losses: Vec<f64>,
    fasts: Vec<f64>,
    slows: Vec<f64>,
}

impl From<&FeatureVector> for Recursions {
    fn from(features: &FeatureVector) -> Self {
        let (rsi, fast, slow) = features.recursions();
        let (keep, weight) = rsi.shares();
        let (_, gain, loss) = rsi.averages();
        Self {
            keep,
            weight,
            smoothings: [fast.smoothing(), slow.smoothing()],
            state: [gain, loss, fast.value(), slow.value()],
            gains: Vec::new(),
            losses: Vec::new(),
            fasts: Vec::new(),
            slows: Vec::new(),
        }
    }
}

impl Recursions {
    /// The averages after each close but the first, which is that of the bar before.
    #[inline(always)]
    fn compute(&mut self, closes: &[f64]) {
        let count = closes.len() - 1;
        for column in [
            &mut self.gains,
            &mut self.losses,
            &mut self.fasts,
            &mut self.slows,
        ] {
            column.resize(count, 0.0);
        }
        // The strength is neutral long before, and what comes next is as if they had decayed on.
        if self.state[0] + self.state[1] < FADED {
            (self.state[0], self.state[1]) = (0.0, 0.0);
        }
        let (gains, losses) = (&mut self.gains[..count], &mut self.losses[..count]);
        let (fasts, slows) = (&mut self.fasts[..count], &mut self.slows[..count]);
        let (before, closes) = (&closes[..count], &closes[1..]);
        for index in 0..count {
            let (gain, loss) = gain_and_loss(closes[index] - before[index]);
            (gains[index], losses[index]) = (gain * self.weight, loss * self.weight);
        }
        let [mut gain, mut loss, mut fast, mut slow] = self.state;
        let ([of_fast, of_slow], keep) = (self.smoothings, self.keep);
        for index in 0..count {
            gain = smoothed(gain, keep, gains[index]);
            loss = smoothed(loss, keep, losses[index]);
            fast = next_average(fast, of_fast, closes[index]);
            slow = next_average(slow, of_slow, closes[index]);
            (gains[index], losses[index]) = (gain, loss);
            (fasts[index], slows[index]) = (fast, slow);
        }
        self.state = [gain, loss, fast, slow];
    }
}
