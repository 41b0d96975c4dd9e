//! One column of a row group, a batch at a time.

use parquet::basic::{LogicalType, TimeUnit, Type};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, DataType};
use parquet::errors::ParquetError;
use parquet::schema::types::ColumnDescriptor;

/// Rows that are decoded at a time.
const BATCH: usize = 4_096;

/// The values of the batch, `None` where there is none.
enum Values {
    Whole(Vec<Option<i64>>),
    Number(Vec<Option<f64>>),
    Bytes(Vec<Option<ByteArray>>),
}

pub(super) struct Column {
    reader: ColumnReader,
    values: Values,
}

impl Column {
    pub(super) fn of(reader: ColumnReader) -> Result<Self, ParquetError> {
        use ColumnReader as Reader;
        let values = match &reader {
            Reader::Int32ColumnReader(_) | Reader::Int64ColumnReader(_) => Values::Whole(Vec::new()),
            Reader::FloatColumnReader(_) | Reader::DoubleColumnReader(_) => Values::Number(Vec::new()),
            Reader::ByteArrayColumnReader(_) => Values::Bytes(Vec::new()),
            _ => return Err(changed()),
        };
        Ok(Self { reader, values })
    }

    /// Takes the next batch; how many rows it has.
    pub(super) fn read(&mut self) -> Result<usize, ParquetError> {
        use ColumnReader as Reader;
        match (&mut self.reader, &mut self.values) {
            (Reader::Int32ColumnReader(reader), Values::Whole(out)) => fill(reader, out, i64::from),
            (Reader::Int64ColumnReader(reader), Values::Whole(out)) => fill(reader, out, |value| value),
            (Reader::FloatColumnReader(reader), Values::Number(out)) => fill(reader, out, f64::from),
            (Reader::DoubleColumnReader(reader), Values::Number(out)) => fill(reader, out, |value| value),
            (Reader::ByteArrayColumnReader(reader), Values::Bytes(out)) => fill(reader, out, |value| value),
            _ => Err(changed()),
        }
    }

    pub(super) fn whole(&self, at: usize) -> Option<i64> {
        match &self.values {
            Values::Whole(values) => values[at],
            _ => None,
        }
    }

    pub(super) fn number(&self, at: usize) -> Option<f64> {
        match &self.values {
            Values::Number(values) => values[at],
            Values::Whole(values) => values[at].map(|value| value as f64),
            Values::Bytes(_) => None,
        }
    }

    /// Empty where there is none, as in CSV.
    pub(super) fn bytes(&self, at: usize) -> &[u8] {
        match &self.values {
            Values::Bytes(values) => values[at].as_ref().map_or(b"", ByteArray::data),
            _ => b"",
        }
    }
}

fn changed() -> ParquetError {
    ParquetError::General("a column is not of the type its schema tells".to_owned())
}

fn fill<T: DataType, V>(
    reader: &mut ColumnReaderImpl<T>,
    out: &mut Vec<Option<V>>,
    convert: impl Fn(T::T) -> V,
) -> Result<usize, ParquetError> {
    let mut levels = Vec::with_capacity(BATCH);
    let mut values = Vec::with_capacity(BATCH);
    let (rows, ..) = reader.read_records(BATCH, Some(&mut levels), None, &mut values)?;
    let mut values = values.into_iter().map(convert);
    out.clear();
    if levels.is_empty() {
        // The column is required: each row has its value.
        out.extend(values.map(Some));
    } else {
        // Level one is a value, nought is none.
        out.extend(
            levels
                .iter()
                .map(|level| if *level > 0 { values.next() } else { None }),
        );
    }
    Ok(rows)
}

/// How a number of the time becomes microseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unit {
    factor: i64,
    divisor: i64,
}

impl Unit {
    pub(super) const MICROSECONDS: Self = Self {
        factor: 1,
        divisor: 1,
    };

    /// `None` when it is no whole number of them.
    pub(super) fn microseconds(self, ticks: i64) -> Option<i64> {
        let parts = ticks.checked_mul(self.factor)?;
        (parts % self.divisor == 0).then_some(parts / self.divisor)
    }
}

/// The unit of the column `timestamp_us`, or why it can't be that column.
pub(super) fn unit_of(column: &ColumnDescriptor) -> Result<Unit, String> {
    let unit = match (column.physical_type(), column.logical_type_ref()) {
        (Type::INT64, None | Some(LogicalType::Integer(_))) => Some(Unit::MICROSECONDS),
        (Type::INT64, Some(LogicalType::Timestamp(timestamp))) => Some(match timestamp.unit {
            TimeUnit::MILLIS => Unit {
                factor: 1_000,
                divisor: 1,
            },
            TimeUnit::MICROS => Unit::MICROSECONDS,
            TimeUnit::NANOS => Unit {
                factor: 1,
                divisor: 1_000,
            },
        }),
        _ => None,
    };
    unit.filter(|_| is_flat(column))
        .ok_or_else(|| "the column timestamp_us has to hold whole microseconds, or timestamps".to_owned())
}

/// Whether the column `name` has a type that can be read as what its name asks for.
pub(super) fn check(name: &str, column: &ColumnDescriptor) -> Result<(), String> {
    let is_text = matches!(name, "symbol" | "exchange" | "aggressor");
    // A decimal, a date or a time would be read as its bare number.
    let fits = match (column.physical_type(), column.logical_type_ref()) {
        (Type::BYTE_ARRAY, None | Some(LogicalType::String | LogicalType::Enum)) => is_text,
        (Type::FLOAT | Type::DOUBLE, None)
        | (Type::INT32 | Type::INT64, None | Some(LogicalType::Integer(_))) => !is_text,
        // A column of nothing but nulls, whose writer could not know what they would be.
        (Type::INT32, Some(LogicalType::Unknown)) => true,
        _ => false,
    };
    if fits && is_flat(column) {
        return Ok(());
    }
    let wanted = if is_text { "text" } else { "doubles or integers" };
    Err(format!("the column {name} has to hold {wanted}"))
}

/// One value a row at most, and in no group.
fn is_flat(column: &ColumnDescriptor) -> bool {
    column.max_rep_level() == 0 && column.max_def_level() <= 1
}
