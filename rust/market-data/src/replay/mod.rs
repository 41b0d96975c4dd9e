//! The source `replay`: a recorded file, row by row, without reading it whole.
//!
//! - `parse`: a line of CSV, or the reason why it is none. Such a *malformed* row stops the replay with file,
//!   line and reason, or is counted under `--skip-bad-rows`.
//! - `faults`: what a well-formed row must not say. Such a *data fault* is counted by kind and the row is not
//!   passed on, however the replay runs: a wrong touch in silence would be worse than a missing one.
//!
//! What real feeds do is no fault: an empty side, a locked book, several rows in one microsecond, sizes of nought.

mod faults;
mod parse;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use csv::ByteRecord;
use flate2::bufread::MultiGzDecoder;
use messages::Instrument;

use crate::row::{HEADER, Row};
use crate::source::{Source, SourceFailed};
use faults::Checks;
use parse::Parser;

const BUFFER: usize = 1 << 17;
/// Under this name malformed rows are counted with the faults.
const MALFORMED: &str = "malformed";

/// A recorded file being read.
pub struct Replay {
    file: PathBuf,
    reader: csv::Reader<Box<dyn Read + Send>>,
    record: ByteRecord,
    parser: Parser,
    checks: Checks,
    skip_bad_rows: bool,
    rows: u64,
    faults: BTreeMap<&'static str, u64>,
}

impl Replay {
    /// Opens `file` (gzipped when its name ends in `.gz`) and checks its header. A row's symbol is its position
    /// in `instruments`.
    pub fn open(file: &Path, instruments: &[Instrument], skip_bad_rows: bool) -> Result<Self, SourceFailed> {
        let failed = |line, reason: String| SourceFailed {
            file: file.to_owned(),
            line,
            reason,
        };
        let opened = File::open(file).map_err(|error| failed(0, format!("cannot be opened ({error})")))?;
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
        let mut record = ByteRecord::new();
        reader
            .read_byte_record(&mut record)
            .map_err(|error| failed(1, unreadable(&error)))?;
        let header: Vec<_> = record.iter().map(String::from_utf8_lossy).collect();
        if header.join(",") != HEADER {
            let reason = format!("the header is `{}` and has to be `{HEADER}`", header.join(","));
            return Err(failed(1, reason));
        }
        Ok(Self {
            file: file.to_owned(),
            reader,
            record,
            parser: Parser::new(instruments),
            checks: Checks::new(instruments),
            skip_bad_rows,
            rows: 0,
            faults: BTreeMap::new(),
        })
    }

    fn count(&mut self, kind: &'static str) {
        *self.faults.entry(kind).or_default() += 1;
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

impl Source for Replay {
    fn kind(&self) -> &'static str {
        "replay"
    }

    fn next_row(&mut self) -> Result<Option<Row>, SourceFailed> {
        loop {
            let read = self.reader.read_byte_record(&mut self.record);
            let parsed = match read {
                Ok(false) => return Ok(None),
                Ok(true) => self.parser.parse(&self.record),
                Err(error) => {
                    let reason = unreadable(&error);
                    // A file that can't be read on has no next row to skip to.
                    if matches!(error.kind(), csv::ErrorKind::Io(_)) {
                        let line = self.reader.position().line();
                        return Err(SourceFailed {
                            file: self.file.clone(),
                            line,
                            reason,
                        });
                    }
                    Err(parse::Refused::Malformed(reason))
                }
            };
            self.rows += 1;
            let checked = parsed.and_then(|row| match self.checks.check(&row) {
                Some(fault) => Err(parse::Refused::Fault(fault)),
                None => Ok(row),
            });
            match checked {
                Ok(row) => return Ok(Some(row)),
                Err(parse::Refused::Fault(fault)) => self.count(fault.name()),
                Err(parse::Refused::Malformed(_)) if self.skip_bad_rows => self.count(MALFORMED),
                Err(parse::Refused::Malformed(reason)) => {
                    self.count(MALFORMED);
                    let line = self.record.position().map_or(0, csv::Position::line);
                    return Err(SourceFailed {
                        file: self.file.clone(),
                        line,
                        reason,
                    });
                }
            }
        }
    }

    fn position(&self) -> u64 {
        self.rows
    }

    fn faults(&self) -> &BTreeMap<&'static str, u64> {
        &self.faults
    }

    fn identity(&self) -> String {
        format!("replay of {}", self.file.display())
    }
}

#[cfg(test)]
mod tests;
