//! No look-ahead: whatever is changed behind a row, nothing up to that row changes.

mod common;

use backtest::Exit;
use common::{Drawn, drawn};
use proptest::prelude::*;

/// The same rows up to and with `keep`, and those of `other` behind it.
fn with_another_future(drawn: &Drawn, other: &Drawn, keep: usize) -> Drawn {
    fn join<T: Copy>(past: &[T], future: &[T], keep: usize) -> Vec<T> {
        past[..keep].iter().chain(future).copied().collect()
    }
    Drawn {
        prices: join(&drawn.prices, &other.prices, keep),
        signals: join(&drawn.signals, &other.signals, keep),
        sizes: join(&drawn.sizes, &other.sizes, keep),
        spreads: join(&drawn.spreads, &other.spreads, keep),
        rules: drawn.rules,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn another_future_leaves_the_past_as_it_was(past in drawn(400), future in drawn(400), share in 0.0..1.0) {
        let keep = (past.prices.len() as f64 * share) as usize;
        let changed = with_another_future(&past, &future, keep);
        let (before, equity, down) = past.run(10.0);
        let (after, changed_equity, changed_down) = changed.run(10.0);
        prop_assert_eq!(&equity[..keep], &changed_equity[..keep]);
        prop_assert_eq!(&down[..keep], &changed_down[..keep]);
        let closed = |outcome: &backtest::Outcome| {
            let done = outcome.trades.iter().filter(|trade| trade.exit < keep && trade.reason != Exit::Open);
            done.copied().collect::<Vec<_>>()
        };
        prop_assert_eq!(closed(&before), closed(&after));
    }

    #[test]
    fn a_signal_that_arrives_behind_the_last_row_changes_nothing(drawn in drawn(200)) {
        let mut changed = drawn.clone();
        let rows = drawn.prices.len();
        for row in rows.saturating_sub(drawn.rules.delay)..rows {
            changed.signals[row] = 1;
            changed.sizes[row] = 7.0;
        }
        let ((before, equity, _), (after, changed_equity, _)) = (drawn.run(0.0), changed.run(0.0));
        prop_assert_eq!((before.trades, before.totals), (after.trades, after.totals));
        prop_assert_eq!(equity, changed_equity);
    }
}
