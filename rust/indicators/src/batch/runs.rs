//! Series cut at the values that are not finite.

use std::ops::Range;

/// Whether all `values` are finite.
#[inline(always)]
pub(super) fn all_finite(values: &[f64]) -> bool {
    /// The exponent, which is all ones in infinities and NaN only …
    const EXPONENT: u64 = 0x7ff0_0000_0000_0000;
    /// … so that one more carries into the sign.
    const ONE_MORE: u64 = 0x0010_0000_0000_0000;
    const SIGN: u64 = 1 << 63;
    // No early exit and no comparison: three cheap instructions for four values.
    let carried = |found: u64, value: &f64| found | (value.to_bits() & EXPONENT).wrapping_add(ONE_MORE);
    values.iter().fold(0, carried) & SIGN == 0
}

/// Calls `run` for each longest stretch of sound rows, with the outputs cut to it; outside, the outputs are NaN.
///
/// All series are equally long. `run` is first tried on everything after the unsound rows at the start; it says whether
/// it found only sound rows. If not, what it wrote is written again, stretch by stretch.
pub(super) fn for_each_run<const I: usize, const O: usize>(
    inputs: [&[f64]; I],
    mut outputs: [&mut [f64]; O],
    is_sound: impl Fn([f64; I]) -> bool,
    mut run: impl FnMut([&[f64]; I], [&mut [f64]; O]) -> bool,
) {
    let length = inputs[0].len();
    let sound_at = |index: usize| is_sound(inputs.map(|input| input[index]));
    let mut run = |rows: Range<usize>, outputs: &mut [&mut [f64]; O]| {
        run(
            inputs.map(|input| &input[rows.clone()]),
            outputs.each_mut().map(|output| &mut output[rows.clone()]),
        )
    };
    let mut start = 0;
    let mut is_first = true;
    while start < length {
        if !sound_at(start) {
            for output in &mut outputs {
                output[start] = f64::NAN;
            }
            start += 1;
            continue;
        }
        if std::mem::take(&mut is_first) && run(start..length, &mut outputs) {
            return;
        }
        let end = (start..length).find(|index| !sound_at(*index)).unwrap_or(length);
        let was_sound = run(start..end, &mut outputs);
        debug_assert!(was_sound, "rows {start} to {end} were found sound");
        start = end;
    }
}

/// Whether every number of a row is finite.
#[inline(always)]
pub(super) fn is_finite<const I: usize>(row: [f64; I]) -> bool {
    row.iter().all(|number| number.is_finite())
}

/// Feeds the first `steps` rows to a streaming indicator. Gives whether they were sound.
pub(super) fn warm_up<const I: usize, const O: usize>(
    steps: usize,
    inputs: [&[f64]; I],
    outputs: &mut [&mut [f64]; O],
    mut step: impl FnMut([f64; I]) -> [f64; O],
) -> bool {
    for index in 0..steps {
        let row = inputs.map(|input| input[index]);
        if !is_finite(row) {
            return false;
        }
        for (output, value) in outputs.iter_mut().zip(step(row)) {
            output[index] = value;
        }
    }
    true
}
