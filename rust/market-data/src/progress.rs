//! How far the source got, so that a restarted service goes on behind the last recorded row.
//!
//! One small file, overwritten in place with a single write of fixed length after each batch: a killed process
//! leaves the last complete state. It is written behind the rows it counts, so after a kill the rows of one
//! batch at most are published again, under a new epoch; none is left out.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// Beyond every identity: a path of 4,096 bytes and the numbers.
const LENGTH: usize = 8_192;

/// What is recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Progress {
    /// Which rows these were.
    pub identity: String,
    /// Whether the source was let go, or is still held.
    pub started: bool,
    /// Rows taken from the source, those with faults included.
    pub rows: u64,
}

/// The file.
#[derive(Debug)]
pub struct ProgressFile {
    file: File,
    written: Option<Progress>,
}

impl ProgressFile {
    /// Opens or creates it; what it holds is given back where it can be read.
    pub fn open(path: &Path) -> io::Result<(Self, Option<Progress>)> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        let bytes = std::fs::read(path)?;
        let found = serde_json::from_slice(bytes.trim_ascii_end()).ok();
        Ok((Self { file, written: None }, found))
    }

    /// Records `progress`, unless it is what was recorded last.
    pub fn record(&mut self, progress: &Progress) -> io::Result<()> {
        if self.written.as_ref() == Some(progress) {
            return Ok(());
        }
        let mut text = serde_json::to_vec(progress)?;
        text.resize(LENGTH.max(text.len() + 1) - 1, b' ');
        text.push(b'\n');
        self.file.write_all_at(&text, 0)?;
        self.written = Some(progress.clone());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_record_is_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("market-data.progress");
        let (mut file, found) = ProgressFile::open(&path).unwrap();
        assert_eq!(found, None);
        let at = |rows| Progress {
            identity: "replay of x".into(),
            started: true,
            rows,
        };
        for rows in [1_000_000, 5] {
            file.record(&at(rows)).unwrap();
            assert_eq!(ProgressFile::open(&path).unwrap().1, Some(at(rows)));
        }
        std::fs::write(&path, "{\"identity\":").unwrap();
        assert_eq!(
            ProgressFile::open(&path).unwrap().1,
            None,
            "half a record is none"
        );
    }
}
