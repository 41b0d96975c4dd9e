//! The kill latch on disk.
//!
//! A file of fixed size, written in place and synced, so that latching needs no new block: a full disk still
//! latches. JSON padded with spaces: `{"state":"armed"}`, or `{"state":"killed","desk":{…},"symbols":{…}}`.
//! Whatever else is in it, or its absence after the first start, means the whole desk is killed.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Bytes of the file. What a long list of symbols would need beyond it latches the whole desk instead.
pub const SIZE: usize = 4096;
/// Reasons are cut to this many characters in the file; the journal has them whole.
const LONGEST_REASON: usize = 120;

/// One closed latch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LatchEntry {
    /// The command behind it, or a name of the other way it came.
    pub command_id: String,
    /// When, in microseconds.
    pub at_us: i64,
    /// Who.
    pub operator: String,
    /// Why.
    pub reason: String,
}

/// The latches of a desk.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Latch {
    /// The whole desk.
    pub desk: Option<LatchEntry>,
    /// Single symbols.
    pub symbols: BTreeMap<String, LatchEntry>,
}

impl Latch {
    /// True when nothing is latched.
    pub fn is_armed(&self) -> bool {
        self.desk.is_none() && self.symbols.is_empty()
    }
    /// The latch that stops `symbol`, the desk's first.
    pub fn stops(&self, symbol: &str) -> Option<&LatchEntry> {
        self.desk.as_ref().or_else(|| self.symbols.get(symbol))
    }
}

/// Policy: the latch holds in memory whatever the file does; the failure is logged and shown.
#[derive(Debug, thiserror::Error)]
#[error(
    "the latch file {path} cannot be written: {source}; the latch holds in memory, a restart comes back killed"
)]
pub struct LatchError {
    path: PathBuf,
    source: std::io::Error,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "lowercase", deny_unknown_fields)]
enum Content {
    Armed,
    Killed {
        desk: Option<LatchEntry>,
        symbols: BTreeMap<String, LatchEntry>,
    },
}

/// The file and what it says.
#[derive(Debug)]
pub struct LatchFile {
    path: PathBuf,
    file: Option<File>,
    latch: Latch,
}

impl LatchFile {
    /// Opens the latch. Only at the `first_start` of a home (its journal is empty) a missing file is made, armed.
    /// Never fails: what cannot be read is a desk killed at `now_us`, with the reason.
    pub fn open(path: &Path, first_start: bool, now_us: i64) -> Self {
        let killed = |reason: String| Latch {
            desk: Some(LatchEntry {
                command_id: format!("latch-{now_us}"),
                at_us: now_us,
                operator: "latch".into(),
                reason,
            }),
            symbols: BTreeMap::new(),
        };
        let mut latch_file = Self {
            path: path.to_owned(),
            file: None,
            latch: Latch::default(),
        };
        let opened = OpenOptions::new().read(true).write(true).open(path);
        match opened {
            Ok(mut file) => {
                latch_file.latch = read(&mut file).unwrap_or_else(|why| {
                    killed(format!("the latch file {} is unreadable: {why}", path.display()))
                });
                latch_file.file = Some(file);
            }
            Err(missing) if missing.kind() == std::io::ErrorKind::NotFound => {
                if !first_start {
                    latch_file.latch = killed(format!("the latch file {} is gone", path.display()));
                }
                let latch = latch_file.latch.clone();
                if let Err(error) = latch_file.write(&latch) {
                    latch_file.latch = killed(error.to_string());
                }
            }
            Err(error) => {
                latch_file.latch = killed(format!(
                    "the latch file {} cannot be opened: {error}",
                    path.display()
                ));
            }
        }
        latch_file
    }

    /// What is latched.
    pub const fn state(&self) -> &Latch {
        &self.latch
    }

    /// Latches or arms: in memory at once, then in the file, synced on return.
    pub fn write(&mut self, latch: &Latch) -> Result<(), LatchError> {
        self.latch = latch.clone();
        let path = self.path.clone();
        let failed = move |source| LatchError {
            path: path.clone(),
            source,
        };
        let bytes = encode(latch);
        let file = match &mut self.file {
            Some(file) => file,
            none => {
                let mut options = OpenOptions::new();
                let file = options
                    .read(true)
                    .write(true)
                    .create(true)
                    .truncate(false)
                    .open(&self.path);
                none.insert(file.map_err(&failed)?)
            }
        };
        file.seek(SeekFrom::Start(0)).map_err(&failed)?;
        // Overwritten in place: its data are all that must be durable, and a kill waits for no other file's.
        file.write_all(&bytes)
            .and_then(|()| file.sync_data())
            .map_err(&failed)
    }
}

fn read(file: &mut File) -> Result<Latch, String> {
    let mut text = String::new();
    file.seek(SeekFrom::Start(0)).map_err(|error| error.to_string())?;
    file.read_to_string(&mut text)
        .map_err(|error| error.to_string())?;
    if text.len() != SIZE {
        return Err(format!("it has {} bytes, not {SIZE}", text.len()));
    }
    match serde_json::from_str(text.trim_end()).map_err(|error| error.to_string())? {
        Content::Armed => Ok(Latch::default()),
        Content::Killed { desk, symbols } => Ok(Latch { desk, symbols }),
    }
}

fn encode(latch: &Latch) -> Vec<u8> {
    let short = |entry: &LatchEntry| LatchEntry {
        command_id: cut(&entry.command_id),
        at_us: entry.at_us,
        operator: cut(&entry.operator),
        reason: cut(&entry.reason),
    };
    let content = if latch.is_armed() {
        Content::Armed
    } else {
        Content::Killed {
            desk: latch.desk.as_ref().map(short),
            symbols: latch
                .symbols
                .iter()
                .map(|(symbol, entry)| (symbol.clone(), short(entry)))
                .collect(),
        }
    };
    let fits = |content: &Content| {
        serde_json::to_vec(content)
            .ok()
            .filter(|bytes| bytes.len() < SIZE)
    };
    let mut bytes = fits(&content).unwrap_or_else(|| {
        // Too many symbols for the file: the larger scope is the safe one.
        let entry = latch
            .desk
            .as_ref()
            .or_else(|| latch.symbols.values().next())
            .map(short);
        fits(&Content::Killed {
            desk: entry,
            symbols: BTreeMap::new(),
        })
        .unwrap_or_default()
    });
    bytes.resize(SIZE - 1, b' ');
    bytes.push(b'\n');
    bytes
}

fn cut(text: &str) -> String {
    text.chars()
        .filter(|character| !character.is_control())
        .take(LONGEST_REASON)
        .collect()
}

#[cfg(test)]
mod tests;
