//! Bars from before a reader began: how they travel, and who asks for them.

use std::collections::VecDeque;

use bus::{BusError, Context, Dealer, new_id};
use indicators::bars::Bar;
use messages::wire;
use messages::wire::{control_reply, control_request};
use prost::Message as _;

use crate::series::Kept;

/// An answer that takes longer is asked for again: the publisher may have been replaced.
const ANSWER_WITHIN_US: u64 = 2_000_000;
/// Between a question that led nowhere and the next one.
const AGAIN_AFTER_US: u64 = 200_000;

/// The wire form of what a series keeps.
pub fn to_wire(kept: &Kept) -> wire::BarSeries {
    let bars = || kept.closed.iter().chain(&kept.open);
    wire::BarSeries {
        interval_us: kept.interval_us,
        start_us: bars().map(|bar| bar.start_us).collect(),
        open: bars().map(|bar| bar.open).collect(),
        high: bars().map(|bar| bar.high).collect(),
        low: bars().map(|bar| bar.low).collect(),
        close: bars().map(|bar| bar.close).collect(),
        volume: bars().map(|bar| bar.volume).collect(),
        rows: bars().map(|bar| bar.rows).collect(),
        after_break: bars().map(|bar| bar.after_break).collect(),
        last_is_open: kept.open.is_some(),
    }
}

/// What a series keeps, from its wire form; `None` when its columns differ in length.
pub fn from_wire(series: &wire::BarSeries) -> Option<Kept> {
    let count = series.start_us.len();
    let prices = [
        &series.open,
        &series.high,
        &series.low,
        &series.close,
        &series.volume,
    ];
    let same = prices.iter().all(|column| column.len() == count);
    if !same || series.rows.len() != count || series.after_break.len() != count {
        return None;
    }
    let bar = |at: usize| Bar {
        start_us: series.start_us[at],
        open: series.open[at],
        high: series.high[at],
        low: series.low[at],
        close: series.close[at],
        volume: series.volume[at],
        rows: series.rows[at],
        after_break: series.after_break[at],
    };
    let mut closed: Vec<Bar> = (0..count).map(bar).collect();
    let open = if series.last_is_open { closed.pop() } else { None };
    Some(Kept {
        interval_us: series.interval_us,
        closed,
        open,
    })
}

/// An answer: bars of the symbol at a position, up to a sequence of an epoch.
pub(crate) struct Answer {
    pub(crate) index: u32,
    pub(crate) epoch: u64,
    pub(crate) sequence: u64,
    pub(crate) kept: Vec<Kept>,
}

/// The question under way.
struct Asked {
    index: u32,
    request_id: String,
    at_us: u64,
}

/// Asks for the bars of one symbol after the other, and never waits.
pub(crate) struct HistoryClient {
    dealer: Dealer,
    queue: VecDeque<u32>,
    asked: Option<Asked>,
    not_before_us: u64,
}

impl HistoryClient {
    pub(crate) fn connect(context: &Context, address: &str) -> Result<Self, BusError> {
        Ok(Self {
            dealer: Dealer::connect(context, address, 100)?,
            queue: VecDeque::new(),
            asked: None,
            not_before_us: 0,
        })
    }

    /// What an answer arrives at.
    pub(crate) const fn socket(&self) -> &Dealer {
        &self.dealer
    }

    /// Bars of the symbol at `index` are wanted.
    pub(crate) fn want(&mut self, index: u32) {
        if !self.queue.contains(&index) {
            self.queue.push_back(index);
        }
    }

    /// An answer could not be used: the symbol is asked about again, later.
    pub(crate) fn again(&mut self, index: u32, now_us: u64) {
        self.want(index);
        self.not_before_us = now_us + AGAIN_AFTER_US;
    }

    /// Symbols that have no answer yet.
    pub(crate) fn pending(&self) -> u64 {
        self.queue.len() as u64 + u64::from(self.asked.is_some())
    }

    /// The answer that came, if one did.
    pub(crate) fn receive(&mut self, now_us: u64) -> Result<Option<Answer>, BusError> {
        while let Some(frame) = self.dealer.try_receive()? {
            let Ok(reply) = wire::ControlReply::decode(frame.as_slice()) else {
                continue;
            };
            let Some(asked) = self.asked.take_if(|asked| asked.request_id == reply.request_id) else {
                continue;
            };
            // A publisher that keeps none, or not of this symbol, says so: then there is nothing to join.
            let Some(control_reply::Body::Bars(bars)) = reply.body else {
                continue;
            };
            if let Some(kept) = bars.series.iter().map(from_wire).collect() {
                return Ok(Some(Answer {
                    index: asked.index,
                    epoch: bars.epoch,
                    sequence: bars.sequence,
                    kept,
                }));
            }
        }
        if let Some(late) = self
            .asked
            .take_if(|asked| now_us > asked.at_us + ANSWER_WITHIN_US)
        {
            self.again(late.index, now_us);
        }
        Ok(None)
    }

    /// Asks the next question, if it is time; gives the position of the symbol it is about. `name` gives the symbol
    /// at a position, `limit` is how many bars of an interval are wanted.
    pub(crate) fn ask(
        &mut self,
        now_us: u64,
        limit: usize,
        name: impl FnOnce(u32) -> String,
    ) -> Result<Option<u32>, BusError> {
        let Some(&index) = self.queue.front() else {
            return Ok(None);
        };
        if self.asked.is_some() || now_us < self.not_before_us {
            return Ok(None);
        }
        let request = wire::ControlRequest {
            request_id: new_id(),
            body: Some(control_request::Body::Bars(wire::BarsRequest {
                symbol: name(index),
                limit: u32::try_from(limit).unwrap_or(u32::MAX),
            })),
        };
        match self.dealer.send(&request) {
            Ok(()) => {
                self.queue.pop_front();
                self.asked = Some(Asked {
                    index,
                    request_id: request.request_id,
                    at_us: now_us,
                });
                Ok(Some(index))
            }
            Err(BusError::NotConnected(_)) => {
                self.not_before_us = now_us + AGAIN_AFTER_US;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_comes_back_from_the_wire_as_it_was() {
        let bar = |start_us| Bar {
            start_us,
            open: 1.0,
            high: 4.0,
            low: 0.5,
            close: 2.0,
            volume: 3.0,
            rows: 7,
            after_break: start_us == 10,
        };
        for open in [None, Some(bar(20))] {
            let kept = Kept {
                interval_us: 10,
                closed: vec![bar(0), bar(10)],
                open,
            };
            assert_eq!(from_wire(&to_wire(&kept)), Some(kept));
        }
        let mut damaged = to_wire(&Kept {
            interval_us: 10,
            closed: vec![bar(0)],
            open: None,
        });
        damaged.low.clear();
        assert_eq!(from_wire(&damaged), None);
    }
}
