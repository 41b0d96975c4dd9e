//! Indicators of price and volume over arrays.

use super::average_blocks::stream_from;
use super::blocks::{Lanes, Row, Steps, Window, first, lanes, second};
use super::fold_blocks::{Heads, Tails};
use super::instructions::{self, Arithmetic};
use super::runs::for_each_run;
use super::sliding::Sliding;
use super::vwap_scan::{Session, VwapSums, equal_at_start};
use super::{lengths, stream};
use crate::fold_window::Total;
use crate::vwap::{average_price, is_trade};
use crate::{Indicator, IndicatorError, Obv, Period, PriceVolume, RollingVwap};

fn trades(prices: &[f64], volumes: &[f64]) -> impl Iterator<Item = PriceVolume> {
    prices
        .iter()
        .zip(volumes)
        .map(|(&price, &volume)| PriceVolume { price, volume })
}

/// On-balance volume into `out`; see [`Obv`].
pub fn obv(prices: &[f64], volumes: &[f64], out: &mut [f64]) -> Result<(), IndicatorError> {
    lengths::check(
        ("prices", prices.len()),
        &[("volumes", volumes.len()), ("out", out.len())],
    )?;
    stream(&mut Obv::new(), trades(prices, volumes), |index, value| {
        out[index] = value;
    });
    Ok(())
}

/// Volume-weighted average price of the last `period` values into `out`; see [`RollingVwap`]. NaN for the first
/// `period − 1` values.
pub fn rolling_vwap(
    prices: &[f64],
    volumes: &[f64],
    period: Period,
    out: &mut [f64],
) -> Result<(), IndicatorError> {
    lengths::check(
        ("prices", prices.len()),
        &[("volumes", volumes.len()), ("out", out.len())],
    )?;
    let is_sound = |[price, volume]: [f64; 2]| is_trade(price, volume);
    for_each_run([prices, volumes], [out], is_sound, |inputs, outputs| {
        let sums = VwapSums::new(period);
        instructions::run(Sliding {
            sums,
            inputs,
            outputs,
        })
    });
    Ok(())
}

/// The rounds of [`RollingVwap`].
pub(super) struct VwapWindow {
    period: Period,
    turnover: Tails<Total>,
    volume: Tails<Total>,
}

impl VwapWindow {
    pub(super) fn new(period: Period) -> Self {
        Self {
            period,
            turnover: Tails::new(),
            volume: Tails::new(),
        }
    }
}

impl Window<2, 1> for VwapWindow {
    #[inline(always)]
    fn rounds<A: Arithmetic>(&mut self, [prices, volumes]: [&[Row]; 2], [out]: [&mut [Lanes]; 1]) -> bool {
        let product = |price: Lanes, volume: Lanes| lanes(|lane| price[lane] * volume[lane]);
        let average =
            |turnover: Lanes, volume: Lanes| lanes(|lane| average_price(turnover[lane], volume[lane]));
        let firsts = prices.iter().zip(volumes);
        let turnovers = firsts.map(|(price, volume)| product(first(price), first(volume)));
        let (turnover, turnover_tails) = self.turnover.take(turnovers);
        let (volume, volume_tails) = self.volume.take(volumes.iter().map(first));
        let Some((whole, rest)) = out.split_first_mut() else {
            return false;
        };
        *whole = average(turnover, volume);
        let (mut turnover, mut total) = (Heads::<Total>::new(), Heads::<Total>::new());
        let tails = turnover_tails.iter().zip(volume_tails);
        for (((price, volume), (turnover_tail, volume_tail)), out) in
            prices.iter().zip(volumes).zip(tails).zip(rest)
        {
            let turnover = turnover.slide(turnover_tail, product(second(price), second(volume)));
            *out = average(turnover, total.slide(volume_tail, second(volume)));
        }
        true
    }
}

impl Steps<2, 1> for VwapWindow {
    fn period(&self) -> usize {
        self.period.get()
    }

    fn stream(&self, [prices, volumes]: [&[f64]; 2], [out]: &mut [&mut [f64]; 1], start: usize, end: usize) {
        let mut vwap = RollingVwap::new(self.period);
        let step = |index: usize| {
            vwap.update(PriceVolume {
                price: prices[index],
                volume: volumes[index],
            })
        };
        stream_from(self.period.get(), (start, end), step, out);
    }
}

/// Volume-weighted average price since the session began into `out`; see [`SessionVwap`].
///
/// `sessions` says which session each value belongs to; without it all belong to one.
pub fn session_vwap(
    prices: &[f64],
    volumes: &[f64],
    sessions: Option<&[i64]>,
    out: &mut [f64],
) -> Result<(), IndicatorError> {
    lengths::check(
        ("prices", prices.len()),
        &[
            ("volumes", volumes.len()),
            ("sessions", sessions.map_or(prices.len(), <[i64]>::len)),
            ("out", out.len()),
        ],
    )?;
    let mut start = 0;
    while start < prices.len() {
        let end = sessions.map_or(prices.len(), |sessions| {
            start + equal_at_start(&sessions[start..])
        });
        let inputs = [&prices[start..end], &volumes[start..end]];
        let is_sound = |[price, volume]: [f64; 2]| is_trade(price, volume);
        for_each_run(
            inputs,
            [&mut out[start..end]],
            is_sound,
            |[prices, volumes], [out]| instructions::run(Session { prices, volumes, out }),
        );
        start = end;
    }
    Ok(())
}
