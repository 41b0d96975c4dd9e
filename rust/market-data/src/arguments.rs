//! The flags of the service.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use settings::SourceKind;
use startup::Location;

use crate::pacer::Speed;

/// Publishes market data: simulated, replayed from a file, or plain test ticks.
#[derive(Debug, Clone, Parser)]
#[command(name = "market-data", version)]
#[expect(clippy::struct_excessive_bools, reason = "one per flag of the command line")]
pub struct Arguments {
    /// The desk it belongs to.
    #[command(flatten)]
    pub location: Location,
    /// Where rows come from [default: as configured]
    #[arg(long, value_enum)]
    pub source: Option<SourceArgument>,
    /// Recorded rows for --source replay: CSV, gzipped CSV (.gz) or Parquet (.parquet).
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// How fast event time passes: 1, 60, any number above nought, or max.
    #[arg(long, default_value = "1")]
    pub speed: Speed,
    /// Publish nothing until `quarterdeck start`.
    #[arg(long)]
    pub hold: bool,
    /// Count malformed rows instead of stopping at the first one.
    #[arg(long)]
    pub skip_bad_rows: bool,
    /// Seed of the simulator [default: as configured]
    #[arg(long)]
    pub seed: Option<u64>,
    /// Rate of the simulator [default: as configured]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub messages_per_second: Option<u32>,
    /// Go on behind the last row that was recorded in the home.
    #[arg(long)]
    pub resume: bool,
    /// Publish test ticks of the first symbol until stopped; the same as --source test.
    #[arg(long, conflicts_with_all = ["source", "file", "dump"])]
    pub test_mode: bool,
    /// Write simulated rows to FILE in the form the replay reads, and end.
    #[arg(long, value_name = "FILE", requires = "rows")]
    pub dump: Option<PathBuf>,
    /// How many rows to dump.
    #[arg(long, value_name = "N", requires = "dump")]
    pub rows: Option<u64>,
}

/// The names of the sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SourceArgument {
    /// The seeded simulator.
    Sim,
    /// A recorded file.
    Replay,
    /// Plain test ticks.
    Test,
}

impl Arguments {
    /// The source to use, given the one of the configuration; an error is wrong usage.
    pub fn source_kind(&self, configured: SourceKind) -> Result<SourceKind, String> {
        let kind = match self.source {
            _ if self.test_mode => SourceKind::Test,
            Some(SourceArgument::Sim) => SourceKind::Sim,
            Some(SourceArgument::Replay) => SourceKind::Replay,
            Some(SourceArgument::Test) => SourceKind::Test,
            None if self.file.is_some() => SourceKind::Replay,
            None => configured,
        };
        match (kind, &self.file) {
            (SourceKind::Replay, None) => {
                Err("a replay needs a file: add --file FILE, or choose --source sim".to_owned())
            }
            (SourceKind::Sim | SourceKind::Test, Some(_)) => {
                Err("--file is for --source replay; leave one of them out".to_owned())
            }
            _ => Ok(kind),
        }
    }
}
