//! The state of an indicator as bytes, so that a series can go on where it stopped.
//!
//! Layout: the four letters `QDIS`, a version, the indicator's name with its length before it, the parameters, the
//! state, and the FNV-1a hash (64 bits) of all that. Numbers are little-endian, so the bytes travel between machines.
//! Each type lists its fields once, in [`State::visit`], for writing and for reading alike.

use crate::IndicatorError;
use crate::features::fnv1a;

const MAGIC: [u8; 4] = *b"QDIS";
/// Goes up when the fields of any indicator change.
const VERSION: u8 = 2;
const HASH_BYTES: usize = 8;

/// An indicator whose state can be kept as bytes and taken up again.
pub trait Snapshot {
    /// The whole state. What [`Self::restore`] takes up from it goes on bit for bit.
    fn snapshot(&self) -> Vec<u8>;

    /// Takes up the state of a snapshot made by an indicator of the same kind and the same parameters.
    ///
    /// Refused, and nothing changed, if the bytes are damaged, of another version, of another indicator or of
    /// other parameters.
    fn restore(&mut self, bytes: &[u8]) -> Result<(), IndicatorError>;
}

/// What stands in a snapshot, in a fixed order.
pub(crate) trait State: Clone {
    /// The name that tells this indicator's snapshots from all others.
    const NAME: &'static str;

    /// Shows every parameter and every field of the state to `archive`.
    fn visit(&mut self, archive: &mut Archive<'_>) -> Result<(), String>;
}

impl<T: State> Snapshot for T {
    fn snapshot(&self) -> Vec<u8> {
        let mut bytes = Vec::from(MAGIC);
        bytes.push(VERSION);
        bytes.push(T::NAME.len() as u8);
        bytes.extend_from_slice(T::NAME.as_bytes());
        let mut archive = Archive::Writer(bytes);
        let written = self.clone().visit(&mut archive);
        debug_assert_eq!(written, Ok(()), "writing refuses nothing");
        let Archive::Writer(mut bytes) = archive else {
            unreachable!("a writer stays one")
        };
        let hash = fnv1a(&bytes);
        bytes.extend_from_slice(&hash.to_le_bytes());
        bytes
    }

    fn restore(&mut self, bytes: &[u8]) -> Result<(), IndicatorError> {
        let refuse = |reason: String| IndicatorError::Snapshot {
            indicator: T::NAME,
            reason,
        };
        let state = body(bytes, T::NAME).map_err(refuse)?;
        let mut restored = self.clone();
        let mut archive = Archive::Reader(state);
        restored.visit(&mut archive).map_err(refuse)?;
        match archive {
            Archive::Reader([]) => {
                *self = restored;
                Ok(())
            }
            _ => Err(refuse("it has more bytes than the state".to_owned())),
        }
    }
}

/// The bytes of parameters and state, once the frame around them is found sound and of this indicator.
fn body<'a>(bytes: &'a [u8], name: &str) -> Result<&'a [u8], String> {
    let (content, hash) = bytes
        .split_last_chunk::<HASH_BYTES>()
        .ok_or("it is too short to be a snapshot")?;
    if !content.starts_with(&MAGIC) {
        return Err("it doesn't begin as a snapshot does".to_owned());
    }
    if u64::from_le_bytes(*hash) != fnv1a(content) {
        return Err("its bytes are damaged".to_owned());
    }
    let mut rest = &content[MAGIC.len()..];
    let version = take::<1>(&mut rest)?[0];
    if version != VERSION {
        return Err(format!("it is of version {version}, this is version {VERSION}"));
    }
    let length = usize::from(take::<1>(&mut rest)?[0]);
    let (found, state) = rest.split_at_checked(length).ok_or("it ends too early")?;
    if found != name.as_bytes() {
        return Err(format!("it is of {}", String::from_utf8_lossy(found)));
    }
    Ok(state)
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Result<[u8; N], String> {
    let (taken, rest) = bytes.split_first_chunk::<N>().ok_or("it ends too early")?;
    *bytes = rest;
    Ok(*taken)
}

/// Writes the fields it is shown, or reads them back in the same order.
pub(crate) enum Archive<'a> {
    /// Collects bytes.
    Writer(Vec<u8>),
    /// What is left to read.
    Reader(&'a [u8]),
}

impl Archive<'_> {
    fn word(&mut self, word: &mut u64) -> Result<(), String> {
        match self {
            Self::Writer(bytes) => bytes.extend_from_slice(&word.to_le_bytes()),
            Self::Reader(bytes) => *word = u64::from_le_bytes(take(bytes)?),
        }
        Ok(())
    }

    /// A number, bit for bit.
    pub(crate) fn number(&mut self, number: &mut f64) -> Result<(), String> {
        let mut word = number.to_bits();
        self.word(&mut word)?;
        *number = f64::from_bits(word);
        Ok(())
    }

    /// Numbers whose count both sides know.
    pub(crate) fn numbers(&mut self, numbers: &mut [f64]) -> Result<(), String> {
        numbers.iter_mut().try_for_each(|number| self.number(number))
    }

    /// A signed integer.
    pub(crate) fn integer(&mut self, integer: &mut i64) -> Result<(), String> {
        let mut word = integer.cast_unsigned();
        self.word(&mut word)?;
        *integer = word.cast_signed();
        Ok(())
    }

    /// A truth value.
    pub(crate) fn flag(&mut self, flag: &mut bool) -> Result<(), String> {
        let mut count = usize::from(*flag);
        self.count(&mut count, 1)?;
        *flag = count == 1;
        Ok(())
    }

    /// A count that can't be larger than `most`.
    pub(crate) fn count(&mut self, count: &mut usize, most: usize) -> Result<(), String> {
        let mut word = *count as u64;
        self.word(&mut word)?;
        *count = usize::try_from(word)
            .ok()
            .filter(|count| *count <= most)
            .ok_or_else(|| format!("it counts to {word}, but no further than {most} is possible"))?;
        Ok(())
    }

    /// A parameter: written, and compared when read.
    pub(crate) fn parameter(&mut self, name: &str, own: f64) -> Result<(), String> {
        let mut found = own;
        self.number(&mut found)?;
        if found.to_bits() == own.to_bits() {
            Ok(())
        } else {
            Err(format!("its {name} is {found}, here it is {own}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Ema, Indicator, Period, Sma};

    fn warm(period: usize) -> Sma {
        let mut sma = Sma::new(Period::fixed(period));
        for step in 0..20 {
            sma.update(f64::from(step * step % 7));
        }
        sma
    }

    #[test]
    fn what_does_not_fit_is_refused_with_the_reason_and_changes_nothing() {
        let snapshot = warm(5).snapshot();
        let mut other = warm(6);
        let before = other.snapshot();
        let refusal = other.restore(&snapshot).expect_err("another period");
        assert_eq!(
            refusal.to_string(),
            "this snapshot doesn't fit Sma: its period is 5, here it is 6"
        );
        assert_eq!(other.snapshot(), before);
        let refusal = Ema::new(Period::fixed(5))
            .restore(&snapshot)
            .expect_err("another kind");
        assert_eq!(refusal.to_string(), "this snapshot doesn't fit Ema: it is of Sma");
        assert!(other.restore(b"").is_err() && other.restore(&[7; 64]).is_err());
    }

    #[test]
    fn every_damaged_byte_and_every_lost_tail_is_found() {
        let snapshot = warm(5).snapshot();
        let mut sma = warm(5);
        for index in 0..snapshot.len() {
            let mut damaged = snapshot.clone();
            damaged[index] ^= 0x10;
            assert!(sma.restore(&damaged).is_err(), "byte {index}");
            assert!(sma.restore(&snapshot[..index]).is_err(), "length {index}");
        }
        assert_eq!(sma.restore(&snapshot), Ok(()));
    }

    #[test]
    fn a_count_out_of_its_bounds_is_refused_although_the_hash_is_right() {
        let mut archive = Archive::Reader(&[9, 0, 0, 0, 0, 0, 0, 0]);
        assert!(archive.count(&mut 0, 8).is_err());
    }
}
