//! Indicators of price and volume over arrays.

use super::{lengths, stream};
use crate::{IndicatorError, Obv, Period, PriceVolume, RollingVwap, SessionTrade, SessionVwap};

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
    stream(
        &mut RollingVwap::new(period),
        trades(prices, volumes),
        |index, value| out[index] = value,
    );
    Ok(())
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
    let with_session = trades(prices, volumes)
        .enumerate()
        .map(|(index, trade)| SessionTrade {
            price: trade.price,
            volume: trade.volume,
            session: sessions.map_or(0, |sessions| sessions[index]),
        });
    stream(&mut SessionVwap::new(), with_session, |index, value| {
        out[index] = value;
    });
    Ok(())
}
