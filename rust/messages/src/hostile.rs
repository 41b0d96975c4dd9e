//! Messages as they must not be, for the tests of everything that reads them.
//!
//! [`spoil`] takes the bytes of a whole message and does to them what a broken peer, a broken disk or somebody who
//! means ill does: cut, flip, lengthen, repeat; and, since such bytes seldom pass a decoder, put a hostile number
//! or text into one field, however deep, so that what comes out *can* be read and must be refused by its meaning.

/// Numbers that have broken somebody before.
pub const DOUBLES: [f64; 15] = [
    f64::NAN,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::MAX,
    f64::MIN_POSITIVE,
    5e-324,
    -0.0,
    0.0,
    -1.0,
    0.5,
    1e-10,
    9.3e18,
    -9.3e18,
    9_223_372_036.854_776,
    9_223_372_036.0,
];

/// The same for integers, as they travel: `u64::MAX` is a −1, and the one before the last the smallest of all.
const INTEGERS: [u64; 10] = [
    0,
    1,
    2,
    9,
    127,
    u32::MAX as u64,
    u64::MAX,
    i64::MAX as u64,
    i64::MIN as u64,
    i32::MIN as u64,
];

const TEXTS: [&str; 10] = [
    "",
    "ALFA",
    "A LFA",
    "\0",
    "é\u{202e}x",
    "q1-1",
    "position:ALFA",
    "../../etc/passwd",
    "%s%n'; DROP TABLE fills; --",
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
];

/// Numbers at random from one seed: the same seed, the same numbers.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// Dice for this seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number, by `SplitMix64` (Steele, Lea and Flood, 2014).
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; 0 when that is 0.
    pub const fn below(&mut self, end: usize) -> usize {
        if end == 0 {
            0
        } else {
            (self.next() % end as u64) as usize
        }
    }

    /// One of `choices`.
    pub fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }
}

/// A field of a message as it travels.
#[derive(Debug, Clone)]
enum Value {
    Varint(u64),
    Double([u8; 8]),
    Bytes(Vec<u8>),
    Single([u8; 4]),
}

/// `message`, spoilt in one to four ways.
pub fn spoil(message: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = message.to_vec();
    for _ in 0..=dice.below(4) {
        bytes = match dice.below(12) {
            0 => bytes[..dice.below(bytes.len() + 1)].to_vec(),
            1 => flipped(bytes, dice),
            2 => lengthened(bytes, dice),
            3 => [bytes.clone(), bytes].concat(),
            _ => refilled(&bytes, dice, 4),
        };
    }
    bytes
}

fn flipped(mut bytes: Vec<u8>, dice: &mut Dice) -> Vec<u8> {
    let place = dice.below(bytes.len());
    if let Some(byte) = bytes.get_mut(place) {
        *byte ^= 1 << dice.below(8);
    }
    bytes
}

fn lengthened(mut bytes: Vec<u8>, dice: &mut Dice) -> Vec<u8> {
    let place = dice.below(bytes.len() + 1);
    let more: Vec<u8> = (0..dice.below(40)).map(|_| dice.next() as u8).collect();
    bytes.splice(place..place, more);
    bytes
}

/// The message with one field, up to `depth` messages deep, filled with something hostile.
fn refilled(bytes: &[u8], dice: &mut Dice, depth: usize) -> Vec<u8> {
    let Some(mut fields) = fields(bytes).filter(|fields| !fields.is_empty()) else {
        return flipped(bytes.to_vec(), dice);
    };
    let place = dice.below(fields.len());
    if dice.below(8) == 0 {
        // A field that is missing stands for its default: nought, nobody, unspecified.
        fields.remove(place);
        return written(&fields);
    }
    let (_, value) = &mut fields[place];
    *value = match value {
        Value::Varint(_) => Value::Varint(dice.pick(&INTEGERS)),
        Value::Double(_) => Value::Double(dice.pick(&DOUBLES).to_le_bytes()),
        Value::Single(_) => Value::Single((dice.next() as u32).to_le_bytes()),
        Value::Bytes(inner) if depth > 0 && dice.below(3) > 0 => {
            Value::Bytes(refilled(inner, dice, depth - 1))
        }
        Value::Bytes(_) => Value::Bytes(dice.pick(&TEXTS).as_bytes().to_vec()),
    };
    written(&fields)
}

/// The fields of a message, with their tags; `None` when the bytes are none.
fn fields(bytes: &[u8]) -> Option<Vec<(u64, Value)>> {
    let mut rest = bytes;
    let mut found = Vec::new();
    while !rest.is_empty() {
        let tag = varint(&mut rest)?;
        let value = match tag & 7 {
            0 => Value::Varint(varint(&mut rest)?),
            1 => Value::Double(taken(&mut rest, 8)?.try_into().ok()?),
            2 => {
                let length = usize::try_from(varint(&mut rest)?).ok()?;
                Value::Bytes(taken(&mut rest, length)?.to_vec())
            }
            5 => Value::Single(taken(&mut rest, 4)?.try_into().ok()?),
            _ => return None,
        };
        found.push((tag, value));
    }
    Some(found)
}

fn written(fields: &[(u64, Value)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (tag, value) in fields {
        prost::encoding::encode_varint(*tag, &mut bytes);
        match value {
            Value::Varint(number) => prost::encoding::encode_varint(*number, &mut bytes),
            Value::Double(number) => bytes.extend(number),
            Value::Single(number) => bytes.extend(number),
            Value::Bytes(inner) => {
                prost::encoding::encode_varint(inner.len() as u64, &mut bytes);
                bytes.extend(inner);
            }
        }
    }
    bytes
}

fn varint(rest: &mut &[u8]) -> Option<u64> {
    prost::encoding::decode_varint(rest).ok()
}

fn taken<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (first, behind) = rest.split_at_checked(length)?;
    *rest = behind;
    Some(first)
}

#[cfg(test)]
mod tests {
    use prost::Message;

    use super::*;
    use crate::wire;

    #[test]
    fn most_of_what_is_spoilt_can_still_be_read_and_is_another_message() {
        let order = wire::Order {
            client_order_id: "q1-1".into(),
            symbol: "ALFA".into(),
            quantity: 3.0,
            price: 9.5,
            side: 1,
            timestamp_us: 7,
            ..wire::Order::default()
        };
        let request = wire::VenueRequest {
            request_id: "r".into(),
            body: Some(wire::venue_request::Body::Submit(order)),
        };
        let whole = request.encode_to_vec();
        let mut dice = Dice::new(1);
        let (mut read, mut changed) = (0, 0);
        for _ in 0..1_000 {
            if let Ok(spoilt) = wire::VenueRequest::decode(spoil(&whole, &mut dice).as_slice()) {
                read += 1;
                changed += u32::from(spoilt != request);
            }
        }
        assert!(read > 300 && changed > 300, "{read} read, {changed} changed");
    }

    #[test]
    fn the_same_seed_spoils_alike() {
        let bytes = [8, 1, 18, 2, 65, 66];
        let spoilt = |seed| spoil(&bytes, &mut Dice::new(seed));
        assert_eq!(spoilt(5), spoilt(5));
        assert!((0..50).any(|seed| spoilt(seed) != spoilt(5)));
    }
}
