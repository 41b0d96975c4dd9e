//! Marks need the touch of now, not every touch there was: the newest frame of each symbol since the last look.

use std::collections::HashMap;

use bus::{BusError, Subscriber};
use messages::{Quote, wire};
use prost::Message;

/// Frames taken in one turn, so that a burst keeps no command waiting.
const BATCH: usize = 20_000;

/// The reader of market data.
pub(crate) struct Market {
    subscriber: Subscriber,
    newest: HashMap<Vec<u8>, Vec<u8>>,
    pub(crate) malformed: u64,
}

impl Market {
    pub(crate) fn new(subscriber: Subscriber) -> Self {
        Self {
            subscriber,
            newest: HashMap::new(),
            malformed: 0,
        }
    }

    /// Gives the newest row of each symbol that had one.
    pub(crate) fn drain(&mut self, mut take: impl FnMut(&Quote)) -> Result<(), BusError> {
        for _ in 0..BATCH {
            let Some(frame) = self.subscriber.try_receive()? else {
                break;
            };
            // Field 1 as bytes: 0x0a, its length, the symbol.
            let length = frame.get(1).map_or(0, |length| usize::from(*length) + 2);
            match frame.get(..length) {
                Some(symbol) if frame[0] == 0x0a => {
                    let symbol = symbol.to_vec();
                    self.newest.insert(symbol, frame);
                }
                _ => self.malformed += 1,
            }
        }
        for (_, frame) in self.newest.drain() {
            let row = wire::MarketData::decode(frame.as_slice()).ok();
            match row.and_then(|row| Quote::try_from(&row).ok()) {
                Some(quote) => take(&quote),
                None => self.malformed += 1,
            }
        }
        Ok(())
    }
}
