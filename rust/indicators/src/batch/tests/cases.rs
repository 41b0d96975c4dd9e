//! Every indicator by arrays and by steps, and the markets they are compared on.

use super::super::*;
use crate::*;

/// Series that run side by side.
#[derive(Debug, Clone)]
pub(super) struct Market {
    pub(super) high: Vec<f64>,
    pub(super) low: Vec<f64>,
    pub(super) close: Vec<f64>,
    pub(super) volume: Vec<f64>,
}

/// An indicator over a market, by arrays and by steps: one vector for each output.
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) arrays: fn(&Market, usize) -> Vec<Vec<f64>>,
    pub(super) steps: fn(&Market, usize) -> Vec<Vec<f64>>,
    pub(super) agreement: Agreement,
}

/// How near arrays must be to steps.
#[derive(Debug, Clone, Copy)]
pub(super) enum Agreement {
    /// To the last bit.
    Bits,
    /// To 1e-12 of the step's own size: averages of values of one sign, in which nothing cancels.
    OwnSize,
    /// To 1e-12 of an average: bands, of which the lower one may be near zero.
    Average,
    /// To 1e-12 of a deviation: distances in deviations.
    Deviations,
    /// To 1e-12 of 100: indices from 0 to 100.
    Index,
    /// To 1e-12 of the slow average: a difference of two averages has their rounding.
    SlowAverage,
}

fn filled<const O: usize>(
    length: usize,
    work: impl FnOnce([&mut [f64]; O]) -> Result<(), IndicatorError>,
) -> Vec<Vec<f64>> {
    let mut outputs = vec![vec![7.0; length]; O];
    let mut slices = outputs.iter_mut();
    work(std::array::from_fn(|_| {
        slices.next().expect("one for each").as_mut_slice()
    }))
    .expect("equally long");
    outputs
}

pub(super) fn stepped<Input, I: Indicator<Input>, const O: usize>(
    mut indicator: I,
    inputs: impl Iterator<Item = Input>,
    parts: impl Fn(I::Output) -> [f64; O],
) -> Vec<Vec<f64>> {
    let mut outputs = vec![Vec::new(); O];
    for input in inputs {
        for (output, part) in outputs.iter_mut().zip(parts(indicator.update(input))) {
            output.push(part);
        }
    }
    outputs
}

impl Market {
    pub(super) fn prices(&self) -> impl Iterator<Item = f64> {
        self.close.iter().copied()
    }

    fn bars(&self) -> impl Iterator<Item = HighLowClose> {
        let sides = self.high.iter().zip(&self.low).zip(&self.close);
        sides.map(|((&high, &low), &close)| HighLowClose { high, low, close })
    }

    fn trades(&self) -> impl Iterator<Item = PriceVolume> {
        let sides = self.close.iter().zip(&self.volume);
        sides.map(|(&price, &volume)| PriceVolume { price, volume })
    }
}

pub(super) fn p(period: usize) -> Period {
    Period::fixed(period)
}

/// A case of one price series, one period and one output.
macro_rules! simple {
    ($function:ident, $indicator:ident, $agreement:expr) => {
        Case {
            name: stringify!($function),
            arrays: |market, period| {
                filled(market.close.len(), |[out]| {
                    $function(&market.close, p(period), out)
                })
            },
            steps: |market, period| stepped($indicator::new(p(period)), market.prices(), |value| [value]),
            agreement: $agreement,
        }
    };
}

/// A case of bars, one period and one output.
macro_rules! of_bars {
    ($function:ident, $indicator:ident, $agreement:expr) => {
        Case {
            name: stringify!($function),
            arrays: |market, period| {
                let Market { high, low, close, .. } = market;
                filled(close.len(), |[out]| $function(high, low, close, p(period), out))
            },
            steps: |market, period| stepped($indicator::new(p(period)), market.bars(), |value| [value]),
            agreement: $agreement,
        }
    };
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![
        simple!(sma, Sma, Agreement::OwnSize),
        simple!(ema, Ema, Agreement::OwnSize),
        simple!(wma, Wma, Agreement::OwnSize),
        simple!(rsi, Rsi, Agreement::Index),
        simple!(momentum, Momentum, Agreement::Bits),
        simple!(rate_of_change, RateOfChange, Agreement::Bits),
        simple!(rolling_std, RollingStd, Agreement::OwnSize),
        simple!(z_score, ZScore, Agreement::Deviations),
        of_bars!(atr, Atr, Agreement::OwnSize),
        of_bars!(adx, Adx, Agreement::Index),
    ];
    cases.extend(cases_of_more_outputs());
    cases.extend(cases_of_volume());
    cases
}

fn cases_of_more_outputs() -> [Case; 5] {
    [
        Case {
            name: "macd",
            arrays: |market, period| {
                filled(market.close.len(), |[line, signal]| {
                    macd(
                        &market.close,
                        p(period),
                        p(2 * period),
                        p(period + 1),
                        line,
                        signal,
                    )
                })
            },
            steps: |market, period| {
                let indicator = Macd::new(p(period), p(2 * period), p(period + 1)).expect("in order");
                stepped(indicator, market.prices(), |value| [value.macd, value.signal])
            },
            agreement: Agreement::SlowAverage,
        },
        Case {
            name: "bollinger",
            arrays: |market, period| {
                filled(market.close.len(), |[upper, middle, lower]| {
                    bollinger(&market.close, p(period), 2.5, upper, middle, lower)
                })
            },
            steps: |market, period| {
                let indicator = Bollinger::new(p(period), 2.5).expect("a width");
                stepped(indicator, market.prices(), |bands| {
                    [bands.upper, bands.middle, bands.lower]
                })
            },
            agreement: Agreement::Average,
        },
        Case {
            name: "true_range",
            arrays: |market, _| {
                filled(market.close.len(), |[out]| {
                    true_range(&market.high, &market.low, &market.close, out)
                })
            },
            steps: |market, _| stepped(TrueRange::new(), market.bars(), |value| [value]),
            agreement: Agreement::Bits,
        },
        Case {
            name: "fast_stochastic",
            arrays: |market, period| {
                filled(market.close.len(), |[k, d]| {
                    fast_stochastic(&market.high, &market.low, &market.close, p(period), p(3), k, d)
                })
            },
            steps: |market, period| {
                stepped(FastStochastic::new(p(period), p(3)), market.bars(), |value| {
                    [value.k, value.d]
                })
            },
            agreement: Agreement::Bits,
        },
        Case {
            name: "stochastic",
            arrays: |market, period| {
                filled(market.close.len(), |[k, d]| {
                    stochastic(
                        &market.high,
                        &market.low,
                        &market.close,
                        p(period),
                        p(3),
                        p(4),
                        k,
                        d,
                    )
                })
            },
            steps: |market, period| {
                stepped(Stochastic::new(p(period), p(3), p(4)), market.bars(), |value| {
                    [value.k, value.d]
                })
            },
            agreement: Agreement::Bits,
        },
    ]
}

fn cases_of_volume() -> [Case; 3] {
    [
        Case {
            name: "obv",
            arrays: |market, _| {
                filled(market.close.len(), |[out]| {
                    obv(&market.close, &market.volume, out)
                })
            },
            steps: |market, _| stepped(Obv::new(), market.trades(), |value| [value]),
            agreement: Agreement::Bits,
        },
        Case {
            name: "rolling_vwap",
            arrays: |market, period| {
                filled(market.close.len(), |[out]| {
                    rolling_vwap(&market.close, &market.volume, p(period), out)
                })
            },
            steps: |market, period| stepped(RollingVwap::new(p(period)), market.trades(), |value| [value]),
            agreement: Agreement::OwnSize,
        },
        Case {
            name: "session_vwap",
            arrays: |market, period| {
                let sessions: Vec<i64> = (0..market.close.len())
                    .map(|index| (index / (9 * period)) as i64)
                    .collect();
                filled(market.close.len(), |[out]| {
                    session_vwap(&market.close, &market.volume, Some(&sessions), out)
                })
            },
            steps: |market, period| {
                let trades = market.trades().enumerate().map(|(index, trade)| SessionTrade {
                    price: trade.price,
                    volume: trade.volume,
                    session: (index / (9 * period)) as i64,
                });
                stepped(SessionVwap::new(), trades, |value| [value])
            },
            agreement: Agreement::OwnSize,
        },
    ]
}

/// A walk of ticks at a price, with flat stretches, jumps by a factor, and holes where `hole` says so.
pub(super) fn market(steps: &[(i8, u8)], level: f64, hole: impl Fn(usize) -> bool) -> Market {
    let mut ticks = 0_i32;
    let mut market = Market {
        high: Vec::new(),
        low: Vec::new(),
        close: Vec::new(),
        volume: Vec::new(),
    };
    for (index, (step, volume)) in steps.iter().enumerate() {
        ticks += if index / 60 % 4 == 3 { 0 } else { i32::from(*step) };
        let jump = if index / 500 % 2 == 1 { 7.0 } else { 1.0 };
        let close = level * jump + f64::from(ticks) * 0.01;
        let half = f64::from(*volume % 5) * 0.01;
        market.high.push(close + half);
        market.low.push(close - half);
        market.close.push(if hole(index) { f64::NAN } else { close });
        market.volume.push(f64::from(*volume));
    }
    market
}
