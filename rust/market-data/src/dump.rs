//! Writes simulated rows as a file that the replay reads, for training and for tests.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use messages::Symbol;

use crate::row::HEADER;
use crate::sim::Simulator;

/// Writes the next `rows` of `simulator` to `file`, gzipped when its name ends in `.gz`.
pub fn dump(simulator: &mut Simulator, symbols: &[Symbol], rows: u64, file: &Path) -> io::Result<()> {
    let out = BufWriter::with_capacity(1 << 16, File::create(file)?);
    if file.extension().is_some_and(|extension| extension == "gz") {
        let mut encoder = GzEncoder::new(out, Compression::default());
        write_rows(simulator, symbols, rows, &mut encoder)?;
        encoder.finish()?.flush()
    } else {
        let mut out = out;
        write_rows(simulator, symbols, rows, &mut out)?;
        out.flush()
    }
}

fn write_rows(
    simulator: &mut Simulator,
    symbols: &[Symbol],
    rows: u64,
    out: &mut impl Write,
) -> io::Result<()> {
    writeln!(out, "{HEADER}")?;
    for _ in 0..rows {
        let row = simulator.next_event();
        row.write_csv(symbols[row.symbol].as_str(), out)?;
    }
    Ok(())
}
