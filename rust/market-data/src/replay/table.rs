//! Rows of Parquet: the columns of the CSV by their names, in any order, a missing value being null.
//!
//! Numbers are doubles, floats or integers, and converted once, to the nearest billionth, as where a message enters.
//! The time is a whole number of microseconds or a timestamp of any unit. Other columns are passed over.

mod column;

use std::fs::File;
use std::path::Path;

use messages::{Inexact, Price, Quantity};
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};

use super::parse::{Cells, NOT_DECIMAL, Parser, Refused, aggressor, malformed, utf8};
use super::{Records, Unreadable};
use crate::row::{HEADER, Row};
use crate::source::Place;
use column::{Column, Unit, check, unit_of};

const COLUMNS: usize = 10;

pub(super) struct Table {
    file: SerializedFileReader<File>,
    /// Where the columns of [`HEADER`] lie in the file.
    places: [usize; COLUMNS],
    unit: Unit,
    next_group: usize,
    /// Those of the row group that is being read; none before the first.
    columns: Option<[Column; COLUMNS]>,
    /// Of the batch, and how many of them were given.
    rows: usize,
    given: usize,
    row: u64,
}

impl Table {
    pub(super) fn open(file: &Path) -> Result<Self, Unreadable> {
        let whole = |reason| Unreadable {
            place: Place::Whole,
            reason,
        };
        let opened = File::open(file).map_err(|error| whole(format!("cannot be opened ({error})")))?;
        let reader = SerializedFileReader::new(opened)
            .map_err(|error| whole(format!("it is no Parquet file that can be read ({error})")))?;
        let schema = reader.metadata().file_metadata().schema_descr();
        let mut places = [0; COLUMNS];
        let mut unit = Unit::MICROSECONDS;
        for (place, name) in places.iter_mut().zip(HEADER.split(',')) {
            let mut columns = schema.columns().iter();
            *place = columns
                .position(|column| column.path().string() == name)
                .ok_or_else(|| {
                    whole(format!(
                        "the column {name} is missing; the columns have to be `{HEADER}`"
                    ))
                })?;
            let column = schema.column(*place);
            if name == "timestamp_us" {
                unit = unit_of(&column).map_err(whole)?;
            } else {
                check(name, &column).map_err(whole)?;
            }
        }
        for group in reader.metadata().row_groups() {
            for place in places {
                check_codec(group.column(place).compression()).map_err(whole)?;
            }
        }
        Ok(Self {
            file: reader,
            places,
            unit,
            next_group: 0,
            columns: None,
            rows: 0,
            given: 0,
            row: 0,
        })
    }

    /// Decodes the next batch; false at the end of the file.
    fn read_on(&mut self) -> Result<bool, ParquetError> {
        self.given = 0;
        self.rows = 0;
        loop {
            if let Some([first, others @ ..]) = &mut self.columns {
                self.rows = first.read()?;
                for column in others {
                    if column.read()? != self.rows {
                        return Err(ParquetError::General("its columns differ in length".to_owned()));
                    }
                }
            }
            if self.rows > 0 {
                return Ok(true);
            }
            if self.next_group == self.file.num_row_groups() {
                return Ok(false);
            }
            let group = self.file.get_row_group(self.next_group)?;
            let mut columns = Vec::with_capacity(COLUMNS);
            for place in self.places {
                columns.push(Column::of(group.get_column_reader(place)?)?);
            }
            self.columns = columns.try_into().ok();
            self.next_group += 1;
        }
    }

    /// The cells of the row of the batch that is given now.
    fn cells(&self) -> Result<Cells<'_>, Refused> {
        let Some(
            [
                time,
                symbol,
                exchange,
                price,
                volume,
                letter,
                bid,
                bid_size,
                ask,
                ask_size,
            ],
        ) = &self.columns
        else {
            return Err(Refused::Malformed("the row has no columns".to_owned()));
        };
        let at = self.given - 1;
        let ticks = time.whole(at).ok_or_else(|| missing("timestamp_us"))?;
        Ok(Cells {
            event_us: self
                .unit
                .microseconds(ticks)
                .ok_or_else(|| malformed("timestamp_us", ticks, "is no whole number of microseconds"))?,
            symbol: symbol.bytes(at),
            price: optional("price", price.number(at), Price::from_f64)?,
            volume: required("volume", volume.number(at), Quantity::from_f64)?,
            aggressor: aggressor(letter.bytes(at))?,
            bid: optional("bid", bid.number(at), Price::from_f64)?,
            bid_size: required("bid_size", bid_size.number(at), Quantity::from_f64)?,
            ask: optional("ask", ask.number(at), Price::from_f64)?,
            ask_size: required("ask_size", ask_size.number(at), Quantity::from_f64)?,
            exchange: utf8("exchange", exchange.bytes(at))?,
        })
    }
}

impl Records for Table {
    fn next(&mut self, parser: &mut Parser) -> Result<Option<Result<Row, Refused>>, Unreadable> {
        if self.given == self.rows {
            let read_on = self.read_on().map_err(|error| Unreadable {
                place: Place::Row(self.row + 1),
                reason: format!("the file cannot be read on ({error})"),
            })?;
            if !read_on {
                return Ok(None);
            }
        }
        self.given += 1;
        self.row += 1;
        Ok(Some(self.cells().and_then(|cells| parser.row(&cells))))
    }

    fn place(&self) -> Place {
        Place::Row(self.row)
    }
}

/// Those that are compiled in.
pub(super) fn check_codec(codec: Compression) -> Result<(), String> {
    match codec {
        Compression::UNCOMPRESSED | Compression::SNAPPY | Compression::GZIP(_) => Ok(()),
        other => Err(format!(
            "it is compressed by {other}; write it with snappy, gzip or no compression"
        )),
    }
}

fn missing(column: &str) -> Refused {
    Refused::Malformed(format!("{column} is missing"))
}

fn required<T>(
    column: &str,
    value: Option<f64>,
    exact: impl Fn(f64) -> Result<T, Inexact>,
) -> Result<T, Refused> {
    let number = value.ok_or_else(|| missing(column))?;
    exact(number).map_err(|_| malformed(column, number, NOT_DECIMAL))
}

fn optional<T>(
    column: &str,
    value: Option<f64>,
    exact: impl Fn(f64) -> Result<T, Inexact>,
) -> Result<Option<T>, Refused> {
    value
        .map(|number| required(column, Some(number), exact))
        .transpose()
}
