//! The source `replay`: a recorded file, row by row, without reading it whole.
//!
//! - `text` reads CSV and `table` Parquet, each into the cells of a row, or says why a row has none. Such a
//!   *malformed* row stops the replay with file, place and reason, or is counted under `--skip-bad-rows`.
//! - `parse` makes the row of the cells, whatever file they come from.
//! - `faults`: what a well-formed row must not say. Such a *data fault* is counted by kind and the row is not
//!   passed on, however the replay runs: a wrong touch in silence would be worse than a missing one.
//!
//! What real feeds do is no fault: an empty side, a locked book, several rows in one microsecond, sizes of nought.

mod faults;
mod parse;
mod table;
mod text;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use messages::Instrument;

use crate::row::Row;
use crate::source::{Place, Source, SourceFailed};
use faults::Checks;
use parse::{Parser, Refused};
use table::Table;
use text::Text;

/// Under this name malformed rows are counted with the faults.
const MALFORMED: &str = "malformed";

/// A file's rows in their order.
trait Records: Send {
    /// The next row, or why it is none; `None` at the end. An outer error: the file can't be read on, so that there
    /// is no next row to skip to.
    fn next(&mut self, parser: &mut Parser) -> Result<Option<Result<Row, Refused>>, Unreadable>;

    /// Where the row lies that was given last.
    fn place(&self) -> Place;
}

/// A file that can't be opened or read on.
#[derive(Debug)]
struct Unreadable {
    place: Place,
    reason: String,
}

/// A recorded file being read.
pub struct Replay {
    file: PathBuf,
    records: Box<dyn Records>,
    parser: Parser,
    checks: Checks,
    skip_bad_rows: bool,
    rows: u64,
    faults: BTreeMap<&'static str, u64>,
}

impl Replay {
    /// Opens `file`, Parquet when its name ends in `.parquet`, else CSV, gzipped when it ends in `.gz`, and checks its
    /// columns. A row's symbol is its position in `instruments`.
    pub fn open(file: &Path, instruments: &[Instrument], skip_bad_rows: bool) -> Result<Self, SourceFailed> {
        let is_table = file.extension().is_some_and(|extension| extension == "parquet");
        let opened = if is_table {
            Table::open(file).map(|table| Box::new(table) as Box<dyn Records>)
        } else {
            Text::open(file).map(|text| Box::new(text) as Box<dyn Records>)
        };
        let records = opened.map_err(|error| failed(file, error))?;
        Ok(Self {
            file: file.to_owned(),
            records,
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

fn failed(file: &Path, Unreadable { place, reason }: Unreadable) -> SourceFailed {
    SourceFailed {
        file: file.to_owned(),
        place,
        reason,
    }
}

impl Source for Replay {
    fn kind(&self) -> &'static str {
        "replay"
    }

    fn next_row(&mut self) -> Result<Option<Row>, SourceFailed> {
        loop {
            let read = self.records.next(&mut self.parser);
            let Some(parsed) = read.map_err(|error| failed(&self.file, error))? else {
                return Ok(None);
            };
            self.rows += 1;
            let checked = parsed.and_then(|row| match self.checks.check(&row) {
                Some(fault) => Err(Refused::Fault(fault)),
                None => Ok(row),
            });
            match checked {
                Ok(row) => return Ok(Some(row)),
                Err(Refused::Fault(fault)) => self.count(fault.name()),
                Err(Refused::Malformed(_)) if self.skip_bad_rows => self.count(MALFORMED),
                Err(Refused::Malformed(reason)) => {
                    self.count(MALFORMED);
                    let place = self.records.place();
                    return Err(failed(&self.file, Unreadable { place, reason }));
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
