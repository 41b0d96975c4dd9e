//! Reads a `MarketData` frame in place: the fields a conflating reader needs, nothing copied, nothing allocated.
//!
//! It accepts what the generated decoder accepts and gives the same values (a property test holds it to that),
//! fields of later versions included, which are passed over. Groups, which proto3 has no way to write, are refused.

/// What a row tells. `symbol` borrows from the frame.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Row<'a> {
    /// The instrument, UTF-8.
    pub symbol: &'a [u8],
    /// Price of a trade; `None` when the row is none.
    pub price: Option<f64>,
    /// Quantity traded.
    pub volume: f64,
    /// Event time.
    pub timestamp_us: i64,
    /// Best bid; `None` when that side is empty.
    pub bid: Option<f64>,
    /// Best ask; `None` when that side is empty.
    pub ask: Option<f64>,
    /// Size shown at the bid.
    pub bid_size: f64,
    /// Size shown at the ask.
    pub ask_size: f64,
    /// Start of the publisher.
    pub epoch: u64,
    /// Number within the symbol.
    pub sequence: u64,
    /// When it was published.
    pub published_us: i64,
}

impl Row<'_> {
    /// What was traded: nought unless the row is a trade.
    pub fn traded(&self) -> f64 {
        if self.price.is_some() { self.volume } else { 0.0 }
    }
}

/// The frame is no `MarketData`. Policy: it is counted, and changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the frame is no MarketData message: {0}")]
pub struct Malformed(&'static str);

const VARINT: u64 = 0;
const FIXED64: u64 = 1;
const BYTES: u64 = 2;
const FIXED32: u64 = 5;

/// Reads one frame.
#[inline]
pub fn decode(frame: &[u8]) -> Result<Row<'_>, Malformed> {
    let mut row = Row::default();
    let mut cursor = Cursor { rest: frame };
    while !cursor.rest.is_empty() {
        let key = cursor.varint()?;
        if key > u64::from(u32::MAX) {
            return Err(Malformed("a key is out of range"));
        }
        let kind = key & 7;
        match key >> 3 {
            0 => return Err(Malformed("a field has the number nought")),
            1 => row.symbol = cursor.text(kind)?,
            2 => row.price = Some(cursor.double(kind)?),
            3 => row.volume = cursor.double(kind)?,
            4 => row.timestamp_us = cursor.number(kind)? as i64,
            5 => {
                cursor.text(kind)?;
            }
            6 => row.bid = Some(cursor.double(kind)?),
            7 => row.ask = Some(cursor.double(kind)?),
            8 => row.bid_size = cursor.double(kind)?,
            9 => row.ask_size = cursor.double(kind)?,
            10 => {
                cursor.number(kind)?;
            }
            13 => row.epoch = cursor.number(kind)?,
            14 => row.sequence = cursor.number(kind)?,
            15 => row.published_us = cursor.number(kind)? as i64,
            _ => cursor.pass_over(kind)?,
        }
    }
    Ok(row)
}

/// The symbol in front of a frame, as bytes, where the publisher writes it: field 1 first. `None` for any other
/// beginning. What sorts by symbol needs no more of a frame.
pub fn leading_symbol(frame: &[u8]) -> Option<&[u8]> {
    match frame {
        [0x0a, length, rest @ ..] if *length < 0x80 => rest.get(..usize::from(*length)),
        _ => None,
    }
}

struct Cursor<'a> {
    rest: &'a [u8],
}

const WRONG_TYPE: Malformed = Malformed("a field has another type than the contract's");
const CUT: Malformed = Malformed("it ends within a field");

impl<'a> Cursor<'a> {
    #[inline]
    fn varint(&mut self) -> Result<u64, Malformed> {
        let (&first, rest) = self.rest.split_first().ok_or(CUT)?;
        if first < 0x80 {
            self.rest = rest;
            return Ok(u64::from(first));
        }
        let mut value = u64::from(first & 0x7f);
        for at in 1..10 {
            let byte = *self.rest.get(at).ok_or(CUT)?;
            // Sixty-three bits came before the tenth byte.
            if at == 9 && byte > 1 {
                break;
            }
            value |= u64::from(byte & 0x7f) << (7 * at);
            if byte < 0x80 {
                self.rest = &self.rest[at + 1..];
                return Ok(value);
            }
        }
        Err(Malformed("a number has more than 64 bits"))
    }

    #[inline]
    fn number(&mut self, kind: u64) -> Result<u64, Malformed> {
        if kind == VARINT {
            self.varint()
        } else {
            Err(WRONG_TYPE)
        }
    }

    #[inline]
    fn double(&mut self, kind: u64) -> Result<f64, Malformed> {
        if kind != FIXED64 {
            return Err(WRONG_TYPE);
        }
        let (bytes, rest) = self.rest.split_first_chunk().ok_or(CUT)?;
        self.rest = rest;
        Ok(f64::from_le_bytes(*bytes))
    }

    #[inline]
    fn bytes(&mut self) -> Result<&'a [u8], Malformed> {
        let length = usize::try_from(self.varint()?).map_err(|_| CUT)?;
        let (bytes, rest) = self.rest.split_at_checked(length).ok_or(CUT)?;
        self.rest = rest;
        Ok(bytes)
    }

    #[inline]
    fn text(&mut self, kind: u64) -> Result<&'a [u8], Malformed> {
        if kind != BYTES {
            return Err(WRONG_TYPE);
        }
        let bytes = self.bytes()?;
        // Nearly always ASCII, and short: that is told sooner than that it is UTF-8.
        if bytes.is_ascii() || std::str::from_utf8(bytes).is_ok() {
            return Ok(bytes);
        }
        Err(Malformed("a text is not UTF-8"))
    }

    fn pass_over(&mut self, kind: u64) -> Result<(), Malformed> {
        let length = match kind {
            VARINT => return self.varint().map(|_| ()),
            BYTES => return self.bytes().map(|_| ()),
            FIXED64 => 8,
            FIXED32 => 4,
            _ => return Err(Malformed("a field is a group, or of no known type")),
        };
        self.rest = self.rest.get(length..).ok_or(CUT)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use messages::wire::MarketData;
    use proptest::prelude::*;
    use prost::Message;

    use super::*;

    /// What the generated decoder makes of a frame, in the form of a row.
    fn by_prost(message: &MarketData) -> Row<'_> {
        Row {
            symbol: message.symbol.as_bytes(),
            price: message.price,
            volume: message.volume,
            timestamp_us: message.timestamp_us,
            bid: message.bid,
            ask: message.ask,
            bid_size: message.bid_size,
            ask_size: message.ask_size,
            epoch: message.epoch,
            sequence: message.sequence,
            published_us: message.published_us,
        }
    }

    /// By their text, in which NaN equals itself.
    fn assert_same(frame: &[u8]) -> Result<(), TestCaseError> {
        match (decode(frame), MarketData::decode(frame)) {
            (Ok(row), Ok(message)) => {
                prop_assert_eq!(format!("{row:?}"), format!("{:?}", by_prost(&message)));
            }
            (Err(_), Err(_)) => {}
            // The one difference: groups, in which the generated decoder looks for their end.
            (Err(Malformed(reason)), Ok(_)) => prop_assert!(reason.contains("group"), "{}", reason),
            (Ok(row), Err(error)) => prop_assert!(false, "{row:?} against {error}"),
        }
        Ok(())
    }

    fn message() -> impl Strategy<Value = MarketData> {
        let touch = (
            any::<Option<f64>>(),
            any::<Option<f64>>(),
            any::<f64>(),
            any::<f64>(),
        );
        let stamps = (any::<u64>(), any::<u64>(), any::<i64>(), any::<i64>());
        let rest = (any::<Option<f64>>(), any::<f64>(), any::<i32>());
        (".{0,20}", ".{0,20}", touch, stamps, rest).prop_map(|(symbol, exchange, touch, stamps, rest)| {
            MarketData {
                symbol,
                exchange,
                bid: touch.0,
                ask: touch.1,
                bid_size: touch.2,
                ask_size: touch.3,
                epoch: stamps.0,
                sequence: stamps.1,
                published_us: stamps.2,
                timestamp_us: stamps.3,
                price: rest.0,
                volume: rest.1,
                aggressor: rest.2,
            }
        })
    }

    #[test]
    fn a_field_of_a_later_version_is_passed_over_and_a_group_is_refused() {
        let mut frame = MarketData {
            symbol: "ALFA".into(),
            sequence: 3,
            ..Default::default()
        }
        .encode_to_vec();
        // Field 100 as number, text, eight and four bytes.
        frame.extend([0xa0, 0x06, 5, 0xa2, 0x06, 1, b'x']);
        frame.extend([0xa1, 0x06, 1, 2, 3, 4, 5, 6, 7, 8, 0xa5, 0x06, 1, 2, 3, 4]);
        let row = decode(&frame).unwrap();
        assert_eq!((row.symbol, row.sequence), (&b"ALFA"[..], 3));
        frame.extend([0xa3, 0x06, 0xa4, 0x06]);
        assert!(decode(&frame).is_err());
    }

    #[test]
    fn the_symbol_in_front_is_found_without_reading_on() {
        assert_eq!(leading_symbol(b"\x0a\x02AB\xff"), Some(&b"AB"[..]));
        for frame in [&b""[..], b"\x0a", b"\x0a\x03AB", b"\x12\x01A", b"\x0a\x80\x01A"] {
            assert_eq!(leading_symbol(frame), None);
        }
    }

    proptest! {
        #[test]
        fn a_message_is_read_as_the_generated_decoder_reads_it(message in message()) {
            let frame = message.encode_to_vec();
            let read = MarketData::decode(frame.as_slice()).unwrap();
            let row = decode(&frame).unwrap();
            prop_assert_eq!(format!("{row:?}"), format!("{:?}", by_prost(&read)));
        }

        #[test]
        fn a_damaged_one_is_refused_where_the_generated_decoder_refuses_it(
            message in message(), cut in any::<prop::sample::Index>(),
            flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        ) {
            let mut frame = message.encode_to_vec();
            frame.push(0x18);
            for (at, bits) in flips {
                let at = at.index(frame.len());
                frame[at] ^= bits;
            }
            assert_same(&frame)?;
            frame.truncate(cut.index(frame.len() + 1));
            assert_same(&frame)?;
        }

        #[test]
        fn so_is_any_noise(frame in prop::collection::vec(any::<u8>(), 0..64)) {
            assert_same(&frame)?;
        }
    }
}
