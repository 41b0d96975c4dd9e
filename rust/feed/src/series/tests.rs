use proptest::prelude::*;

use super::*;

const SECOND: i64 = 1_000_000;

fn series(intervals: &[i64], capacity: usize) -> Series {
    Series::new(&Intervals::new(intervals).unwrap(), capacity)
}

fn starts(series: &Series, interval_us: i64) -> Vec<i64> {
    let bars = series.bars(interval_us, usize::MAX).unwrap();
    bars.iter().map(|bar| bar.start_us).collect()
}

#[test]
fn the_newest_bars_are_kept_and_the_open_one_is_the_last() {
    let mut series = series(&[100], 3);
    for time in [10, 110, 220, 330, 450] {
        series.update(time, Some(1.0), 2.0);
    }
    assert_eq!(starts(&series, 100), [200, 300, 400]);
    let newest = series.bars(100, 2).unwrap();
    assert_eq!((newest.len(), newest[1].start_us), (2, 400));
    assert_eq!(series.bars(50, 3), None, "an interval that is not kept");
}

#[test]
fn a_longer_bar_grows_with_the_shorter_one_that_is_still_open() {
    let mut series = series(&[100, 500, 1_000], 10);
    for (time, mid) in [(10, 5.0), (110, 9.0), (450, 3.0), (520, 4.0), (530, 20.0)] {
        series.update(time, Some(mid), 1.0);
    }
    let bar = series.bars(1_000, 10).unwrap()[0];
    assert_eq!(
        (bar.open, bar.high, bar.low, bar.close, bar.volume),
        (5.0, 20.0, 3.0, 20.0, 5.0)
    );
    let halves = series.bars(500, 10).unwrap();
    assert_eq!((halves[0].high, halves[1].high), (9.0, 20.0));
}

#[test]
fn another_recording_begins_anew_and_a_short_repeat_does_not() {
    let mut series = series(&[SECOND, 5 * SECOND], 10);
    series.update(100 * SECOND, Some(1.0), 0.0);
    series.update(101 * SECOND, Some(1.0), 0.0);
    series.restarted(100_900_000);
    assert_eq!(starts(&series, SECOND), [100 * SECOND, 101 * SECOND]);
    series.restarted(5 * SECOND);
    series.update(5 * SECOND, Some(1.0), 0.0);
    assert_eq!(starts(&series, SECOND), [5 * SECOND]);
    assert_eq!(starts(&series, 5 * SECOND), [5 * SECOND]);
}

#[test]
fn rings_grow_with_what_they_hold_and_not_past_their_bound() {
    let mut series = series(&[10, 20, 40], 100);
    assert_eq!(series.bytes(), 0);
    for time in 0..10_000 {
        series.update(time * 10, Some(1.0), 0.0);
    }
    assert_eq!(series.bytes(), 3 * 100 * size_of::<Bar>());
}

/// Gaps in microseconds below a break, mids, volumes.
fn rows() -> impl Strategy<Value = Vec<(i64, f64, f64)>> {
    let gap = prop_oneof![4 => 0_i64..90, 2 => 90_i64..900, 1 => 900_i64..40_000];
    let row = (gap, 1_u32..1_000, 0_u32..50);
    prop::collection::vec(row, 1..120).prop_map(|rows| {
        let mut time = 0;
        let timed = rows.into_iter().map(|(gap, mid, volume)| {
            time += gap;
            (time, f64::from(mid), f64::from(volume))
        });
        timed.collect()
    })
}

proptest! {
    #[test]
    fn a_longer_bar_is_the_one_that_all_its_rows_would_make(rows in rows()) {
        let mut folded = series(&[100, 500, 3_000], 1_000_000);
        for &(time, mid, volume) in &rows {
            folded.update(time, Some(mid), volume);
        }
        for interval in [100, 500, 3_000] {
            let mut direct = series(&[interval], 1_000_000);
            for &(time, mid, volume) in &rows {
                direct.update(time, Some(mid), volume);
            }
            let plain = |bars: Vec<Bar>| -> Vec<Bar> {
                bars.into_iter().map(|bar| Bar { rows: u32::from(!bar.is_carried()), ..bar }).collect()
            };
            let (folded, direct) = (folded.bars(interval, usize::MAX), direct.bars(interval, usize::MAX));
            prop_assert_eq!(plain(folded.unwrap()), plain(direct.unwrap()));
        }
    }

    #[test]
    fn a_restored_series_goes_on_as_the_one_it_came_from(rows in rows(), at in any::<prop::sample::Index>()) {
        let at = at.index(rows.len());
        let mut whole = series(&[100, 500, 3_000], 50);
        let mut restored = series(&[100, 500, 3_000], 50);
        for (position, &(time, mid, volume)) in rows.iter().enumerate() {
            if position == at {
                restored.restore(&whole.kept(usize::MAX).collect::<Vec<_>>());
            }
            for each in [&mut whole, &mut restored] {
                each.update(time, Some(mid), volume);
            }
        }
        for interval in [100, 500, 3_000] {
            let prices = |series: &Series| -> Vec<_> {
                let bars = series.bars(interval, usize::MAX).unwrap();
                bars.iter().map(|bar| (bar.start_us, bar.open, bar.high, bar.low, bar.close, bar.volume)).collect()
            };
            prop_assert_eq!(prices(&restored), prices(&whole));
        }
    }
}
