//! The feed as the venue reads it: rows in order, each once.

use bus::{BusError, GapCounter, Observation, Subscriber};
use messages::{Quote, wire};
use prost::Message;

/// Rows taken in one turn, so that a flood of them can't keep requests waiting for long.
const ROWS: usize = 5_000;

/// What to do with the next row.
pub(crate) enum Row {
    /// The usual.
    Quote(Quote),
    /// The publisher started anew, and this is its first row here.
    Restarted(Quote),
}

/// Subscribed to every symbol.
pub(crate) struct Rows {
    subscriber: Subscriber,
    gaps: GapCounter,
    epoch: u64,
    pub(crate) received: u64,
    pub(crate) malformed: u64,
}

impl Rows {
    pub(crate) fn connect(
        context: &bus::Context,
        address: &str,
        high_water_mark: i32,
    ) -> Result<Self, BusError> {
        let subscriber = Subscriber::connect(context, address, &[Vec::new()], high_water_mark)?;
        Ok(Self {
            subscriber,
            gaps: GapCounter::default(),
            epoch: 0,
            received: 0,
            malformed: 0,
        })
    }

    pub(crate) fn subscriber(&self) -> &Subscriber {
        &self.subscriber
    }

    /// Rows that were published and never came.
    pub(crate) fn missing(&self) -> u64 {
        self.gaps.missing()
    }

    /// Feeds what is waiting to `take`, at most [`ROWS`] frames; true when that many came.
    pub(crate) fn drain(&mut self, mut take: impl FnMut(Row)) -> Result<bool, BusError> {
        for _ in 0..ROWS {
            let Some(frame) = self.subscriber.try_receive()? else {
                return Ok(false);
            };
            if let Some(row) = self.read(&frame) {
                take(row);
            }
        }
        Ok(true)
    }

    fn read(&mut self, frame: &[u8]) -> Option<Row> {
        self.received += 1;
        let message = wire::MarketData::decode(frame).map_err(|error| error.to_string());
        let quote = message.and_then(|message| Quote::try_from(&message).map_err(|error| error.to_string()));
        let quote = match quote {
            Ok(quote) => quote,
            Err(reason) => {
                // The first one is told; a flood of them is counted.
                if self.malformed == 0 {
                    tracing::warn!("a row of market data can't be used: {reason}");
                }
                self.malformed += 1;
                return None;
            }
        };
        if self
            .gaps
            .observe(quote.symbol.as_str(), quote.epoch, quote.sequence)
            == Observation::Duplicate
        {
            return None;
        }
        let restarted = quote.epoch > self.epoch && self.epoch != 0;
        self.epoch = self.epoch.max(quote.epoch);
        Some(if restarted {
            Row::Restarted(quote)
        } else {
            Row::Quote(quote)
        })
    }
}
