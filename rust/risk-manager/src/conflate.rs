//! The newest frame of each symbol. Risk needs the touch of now, not every touch there was: frames in between
//! are dropped unread, so that a burst of market data costs no decision its time.

use std::collections::HashMap;

/// Field 1 of the message, as bytes: `0x0a`, its length, the symbol.
fn prefix(frame: &[u8]) -> Option<&[u8]> {
    match frame {
        [0x0a, length, ..] => frame.get(..2 + usize::from(*length)),
        _ => None,
    }
}

/// What came since the last look.
#[derive(Debug, Default)]
pub struct Conflated {
    newest: HashMap<Vec<u8>, Vec<u8>>,
    malformed: u64,
}

impl Conflated {
    /// Takes a frame in place of an older one of its symbol.
    pub fn put(&mut self, frame: Vec<u8>) {
        let Some(symbol) = prefix(&frame) else {
            self.malformed += 1;
            return;
        };
        if let Some(held) = self.newest.get_mut(symbol) {
            *held = frame;
        } else {
            self.newest.insert(symbol.to_owned(), frame);
        }
    }

    /// The newest frames, one per symbol; nothing is held afterwards.
    pub fn take(&mut self) -> impl Iterator<Item = Vec<u8>> {
        self.newest.drain().map(|(_, frame)| frame)
    }

    /// Frames without a symbol in front.
    pub const fn malformed(&self) -> u64 {
        self.malformed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use messages::wire::MarketData;
    use prost::Message;

    #[test]
    fn the_newest_of_each_symbol_stays() {
        let mut conflated = Conflated::default();
        for (symbol, sequence) in [("ALFA", 1), ("BRVO", 1), ("ALFA", 2), ("AL", 1)] {
            let row = MarketData {
                symbol: symbol.into(),
                sequence,
                ..Default::default()
            };
            conflated.put(row.encode_to_vec());
        }
        for frame in [&[][..], &[0x0a], &[0x0a, 9, b'A'], &[0x12, 0]] {
            conflated.put(frame.to_vec());
        }
        let mut rows: Vec<(String, u64)> = conflated
            .take()
            .map(|frame| MarketData::decode(frame.as_slice()).unwrap())
            .map(|row| (row.symbol, row.sequence))
            .collect();
        rows.sort();
        assert_eq!(rows, [("AL".into(), 1), ("ALFA".into(), 2), ("BRVO".into(), 1)]);
        assert_eq!(conflated.malformed(), 4);
        assert_eq!(conflated.take().count(), 0);
    }
}
