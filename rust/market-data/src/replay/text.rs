//! Lines of CSV, gzipped or plain.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use std::str::FromStr;

use csv::ByteRecord;
use flate2::bufread::MultiGzDecoder;
use messages::Inexact;

use super::parse::{Cells, NOT_DECIMAL, Parser, Refused, aggressor, malformed, utf8};
use super::{Records, Unreadable};
use crate::row::{HEADER, Row};
use crate::source::Place;

const BUFFER: usize = 1 << 17;

pub(super) struct Text {
    reader: csv::Reader<Box<dyn Read + Send>>,
    record: ByteRecord,
}

impl Text {
    pub(super) fn open(file: &Path) -> Result<Self, Unreadable> {
        let opened = File::open(file).map_err(|error| Unreadable {
            place: Place::Whole,
            reason: format!("cannot be opened ({error})"),
        })?;
        let buffered = BufReader::with_capacity(BUFFER, opened);
        let gzipped = file.extension().is_some_and(|extension| extension == "gz");
        let input: Box<dyn Read + Send> = if gzipped {
            Box::new(MultiGzDecoder::new(buffered))
        } else {
            Box::new(buffered)
        };
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .buffer_capacity(BUFFER)
            .from_reader(input);
        let at_header = |reason| Unreadable {
            place: Place::Line(1),
            reason,
        };
        let mut record = ByteRecord::new();
        reader
            .read_byte_record(&mut record)
            .map_err(|error| at_header(unreadable(&error)))?;
        let header: Vec<_> = record.iter().map(String::from_utf8_lossy).collect();
        if header.join(",") != HEADER {
            let reason = format!("the header is `{}` and has to be `{HEADER}`", header.join(","));
            return Err(at_header(reason));
        }
        Ok(Self { reader, record })
    }
}

impl Records for Text {
    fn next(&mut self, parser: &mut Parser) -> Result<Option<Result<Row, Refused>>, Unreadable> {
        match self.reader.read_byte_record(&mut self.record) {
            Ok(false) => Ok(None),
            Ok(true) => Ok(Some(cells(&self.record).and_then(|cells| parser.row(&cells)))),
            Err(error) if matches!(error.kind(), csv::ErrorKind::Io(_)) => Err(Unreadable {
                place: Place::Line(self.reader.position().line()),
                reason: unreadable(&error),
            }),
            Err(error) => Ok(Some(Err(Refused::Malformed(unreadable(&error))))),
        }
    }

    fn place(&self) -> Place {
        Place::Line(self.record.position().map_or(0, csv::Position::line))
    }
}

/// What the CSV reader says, without the position it repeats.
fn unreadable(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => {
            format!("the row has {len} columns instead of {expected_len}")
        }
        csv::ErrorKind::Io(error) => format!("the file cannot be read on ({error})"),
        _ => error.to_string(),
    }
}

/// The columns in the order of [`HEADER`].
fn cells(record: &ByteRecord) -> Result<Cells<'_>, Refused> {
    let time = utf8("timestamp_us", &record[0])?;
    Ok(Cells {
        event_us: time
            .parse()
            .map_err(|_| malformed("timestamp_us", time, "is no whole number"))?,
        symbol: &record[1],
        price: optional("price", &record[3])?,
        volume: required("volume", &record[4])?,
        aggressor: aggressor(&record[5])?,
        bid: optional("bid", &record[6])?,
        bid_size: required("bid_size", &record[7])?,
        ask: optional("ask", &record[8])?,
        ask_size: required("ask_size", &record[9])?,
        exchange: utf8("exchange", &record[2])?,
    })
}

fn required<T: FromStr<Err = Inexact>>(column: &str, cell: &[u8]) -> Result<T, Refused> {
    let number = utf8(column, cell)?;
    number.parse().map_err(|_| malformed(column, number, NOT_DECIMAL))
}

fn optional<T: FromStr<Err = Inexact>>(column: &str, cell: &[u8]) -> Result<Option<T>, Refused> {
    if cell.is_empty() {
        Ok(None)
    } else {
        required(column, cell).map(Some)
    }
}
