//! A series that is interrupted, kept as bytes and taken up again goes on bit for bit.

use crate::*;
use proptest::prelude::*;

/// Runs `indicator` over `inputs`, and beside it one that is replaced by a restored copy at `cut`.
fn goes_on<Input: Copy, I>(fresh: &I, inputs: &[Input], cut: usize)
where
    I: Indicator<Input, Output: PartialEq + std::fmt::Debug> + Snapshot + Clone + std::fmt::Debug,
{
    let mut whole = fresh.clone();
    for input in &inputs[..cut] {
        whole.update(*input);
    }
    let kept = whole.snapshot();
    let mut restored = fresh.clone();
    assert_eq!(restored.restore(&kept), Ok(()));
    for input in &inputs[cut..] {
        // As text, so that NaN equals NaN; the text of a double names it exactly.
        let (left, right) = (whole.update(*input), restored.update(*input));
        assert_eq!(format!("{left:?}"), format!("{right:?}"));
    }
    assert_eq!(whole.snapshot(), restored.snapshot());
    let mut flipped = kept.clone();
    flipped[kept.len() / 2] ^= 1;
    assert!(restored.restore(&flipped).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn every_indicator_goes_on_from_its_snapshot(
        ticks in proptest::collection::vec((-50_i16..=50, 0_u8..9), 1..150),
        at in 0.0_f64..1.0,
        period in 1_usize..9,
    ) {
        let cut = (at * ticks.len() as f64) as usize;
        let prices: Vec<f64> = ticks.iter().map(|(tick, _)| 60_000.0 + f64::from(*tick) * 0.01).collect();
        let bars: Vec<HighLowClose> = ticks
            .iter()
            .zip(&prices)
            .map(|((_, half), close)| HighLowClose {
                high: close + f64::from(*half),
                low: close - f64::from(*half),
                close: *close,
            })
            .collect();
        let trades: Vec<PriceVolume> = ticks
            .iter()
            .zip(&prices)
            .map(|((_, volume), price)| PriceVolume { price: *price, volume: f64::from(*volume) })
            .collect();
        let sessions: Vec<SessionTrade> = trades
            .iter()
            .enumerate()
            .map(|(index, trade)| SessionTrade {
                price: trade.price,
                volume: trade.volume,
                session: (index / 20) as i64,
            })
            .collect();
        let p = Period::fixed(period);
        goes_on(&Sma::new(p), &prices, cut);
        goes_on(&Ema::new(p), &prices, cut);
        goes_on(&Wma::new(p), &prices, cut);
        goes_on(&Rsi::new(p), &prices, cut);
        goes_on(&Macd::new(p, Period::fixed(period + 3), p).expect("in order"), &prices, cut);
        goes_on(&Bollinger::new(p, 2.0).expect("a width"), &prices, cut);
        goes_on(&RollingStd::new(p), &prices, cut);
        goes_on(&ZScore::new(p), &prices, cut);
        goes_on(&Momentum::new(p), &prices, cut);
        goes_on(&RateOfChange::new(p), &prices, cut);
        goes_on(&TrueRange::new(), &bars, cut);
        goes_on(&Atr::new(p), &bars, cut);
        goes_on(&Adx::new(p), &bars, cut);
        goes_on(&FastStochastic::new(p, Period::fixed(3)), &bars, cut);
        goes_on(&Stochastic::new(p, Period::fixed(3), Period::fixed(2)), &bars, cut);
        goes_on(&Obv::new(), &trades, cut);
        goes_on(&RollingVwap::new(p), &trades, cut);
        goes_on(&SessionVwap::new(), &sessions, cut);
    }
}
