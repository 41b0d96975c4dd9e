//! What a candidate decided beside the live model, kept in a file of its own and never traded.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread::JoinHandle;

use crate::decision::{Probabilities, decide};

/// Decisions that may wait for the disk; more are counted and left out, so that the hot thread never waits.
const WAITING: usize = 20_000;
/// A file of this size is put aside as `.1`, in the place of the one before.
const LARGEST: u64 = 64 * 1024 * 1024;
/// More than any line of it has.
const LONGEST_LINE: u64 = 4 * 1024;
const HEADER: &str = "timestamp_us,symbol,live_version,shadow_version,live_signal,shadow_signal,\
    live_hold,live_buy,live_sell,shadow_hold,shadow_buy,shadow_sell";

/// One decision of both models on the same features.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// Event time at which the bar closed.
    pub timestamp_us: i64,
    /// Whose bar.
    pub symbol: String,
    /// The version that decided.
    pub live: String,
    /// The version beside it.
    pub shadow: String,
    /// What the live model gave.
    pub live_probabilities: Probabilities,
    /// What the candidate gave.
    pub shadow_probabilities: Probabilities,
    /// The threshold both decide by.
    pub threshold: f64,
}

impl Compared {
    fn line(&self) -> String {
        let word = |probabilities| decide(probabilities, self.threshold).0.as_str_name();
        let [live_hold, live_buy, live_sell] = self.live_probabilities;
        let [shadow_hold, shadow_buy, shadow_sell] = self.shadow_probabilities;
        format!(
            "{},{},{},{},{},{},{live_hold},{live_buy},{live_sell},{shadow_hold},{shadow_buy},{shadow_sell}",
            self.timestamp_us,
            self.symbol,
            self.live,
            self.shadow,
            word(self.live_probabilities),
            word(self.shadow_probabilities),
        )
    }
}

/// Hands decisions to a thread that writes them. Dropping it writes what waits.
pub struct Recorder {
    send: Option<SyncSender<Compared>>,
    thread: Option<JoinHandle<()>>,
    unrecorded: Arc<AtomicU64>,
}

impl Recorder {
    /// Appends to the file at `path`, which is made with the first decision.
    pub fn start(path: PathBuf) -> std::io::Result<Self> {
        let (send, receive) = mpsc::sync_channel(WAITING);
        let unrecorded = Arc::new(AtomicU64::new(0));
        let lost = Arc::clone(&unrecorded);
        let thread = std::thread::Builder::new()
            .name("shadow".to_owned())
            .spawn(move || write_all(&path, &receive, &lost))?;
        Ok(Self {
            send: Some(send),
            thread: Some(thread),
            unrecorded,
        })
    }

    /// Keeps one decision; never waits.
    pub fn keep(&self, compared: Compared) {
        let kept = self
            .send
            .as_ref()
            .is_some_and(|send| send.try_send(compared).is_ok());
        if !kept {
            self.unrecorded.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Decisions that are in no file.
    pub fn unrecorded(&self) -> u64 {
        self.unrecorded.load(Ordering::Relaxed)
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        drop(self.send.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that records the candidate ended in a panic");
        }
    }
}

fn write_all(path: &Path, receive: &Receiver<Compared>, lost: &AtomicU64) {
    while let Ok(first) = receive.recv() {
        let mut batch = vec![first];
        batch.extend(receive.try_iter());
        if let Err(error) = append(path, &batch) {
            tracing::error!(path = %path.display(), %error, "decisions of the candidate are not recorded");
            lost.fetch_add(batch.len() as u64, Ordering::Relaxed);
        }
    }
}

fn append(path: &Path, batch: &[Compared]) -> std::io::Result<()> {
    if std::fs::metadata(path).is_ok_and(|file| file.len() > LARGEST) {
        std::fs::rename(path, path.with_extension("csv.1"))?;
    }
    let mut file = OpenOptions::new()
        .create(true)
        .read(true)
        .append(true)
        .open(path)?;
    let is_new = cut_to_whole_lines(&mut file)? == 0;
    let mut out = BufWriter::new(file);
    if is_new {
        writeln!(out, "{HEADER}")?;
    }
    for compared in batch {
        writeln!(out, "{}", compared.line())?;
    }
    out.flush()
}

/// A line that a full disk or the end of the machine left half written is taken away; gives what is left, in bytes.
fn cut_to_whole_lines(file: &mut File) -> std::io::Result<u64> {
    let length = file.metadata()?.len();
    let from = length.saturating_sub(LONGEST_LINE);
    file.seek(SeekFrom::Start(from))?;
    let mut end = Vec::new();
    Read::by_ref(file).take(LONGEST_LINE).read_to_end(&mut end)?;
    let whole = match end.iter().rposition(|byte| *byte == b'\n') {
        Some(place) => from + place as u64 + 1,
        None => from,
    };
    if whole < length {
        tracing::warn!(
            bytes = length - whole,
            "the end of the candidate's record was half written"
        );
        file.set_len(whole)?;
    }
    Ok(whole)
}

#[cfg(test)]
mod tests {
    use messages::Symbol;

    use super::*;
    use crate::registry::LONGEST_VERSION;

    fn compared(timestamp_us: i64) -> Compared {
        Compared {
            timestamp_us,
            symbol: "ALFA".to_owned(),
            live: "a".to_owned(),
            shadow: "b".to_owned(),
            live_probabilities: [0.1, 0.8, 0.1],
            shadow_probabilities: [0.5, 0.25, 0.25],
            threshold: 0.6,
        }
    }

    #[test]
    fn every_decision_is_a_line_under_one_header() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("shadow.csv");
        for start in [0, 2] {
            let recorder = Recorder::start(path.clone()).expect("started");
            recorder.keep(compared(start));
            recorder.keep(compared(start + 1));
            drop(recorder);
        }
        let text = std::fs::read_to_string(path).expect("written");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 5);
        assert_eq!(lines[0], HEADER);
        assert_eq!(lines[4], "3,ALFA,a,b,BUY,HOLD,0.1,0.8,0.1,0.5,0.25,0.25");
    }

    #[test]
    fn a_half_written_end_is_taken_away_and_every_line_is_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("shadow.csv");
        let whole = format!("{HEADER}\n{}\n", compared(1).line());
        for kept in 0..=whole.len() {
            std::fs::write(&path, &whole[..kept]).expect("written");
            append(&path, &[compared(2)]).expect("appended");
            let text = std::fs::read_to_string(&path).expect("read");
            let mut lines = vec![HEADER.to_owned()];
            lines.extend((kept == whole.len()).then(|| compared(1).line()));
            lines.push(compared(2).line());
            assert_eq!(text, lines.join("\n") + "\n", "after {kept} bytes");
        }
    }

    #[test]
    fn the_longest_line_of_all_is_found_whole() {
        let version = "v".repeat(LONGEST_VERSION);
        let symbol = "S".repeat(64);
        assert!(Symbol::new(&symbol).is_ok() && Symbol::new(&format!("{symbol}S")).is_err());
        // The most digits that a probability in float32 has.
        let probabilities = [f64::from(f32::from_bits(1)) * 3.0; 3];
        let longest = Compared {
            timestamp_us: i64::MIN,
            symbol,
            live: version.clone(),
            shadow: version,
            live_probabilities: probabilities,
            shadow_probabilities: probabilities,
            threshold: 0.6,
        };
        assert!((longest.line().len() as u64) < LONGEST_LINE, "{}", longest.line());
    }

    #[test]
    fn what_can_not_be_written_is_counted() {
        let recorder = Recorder::start(PathBuf::from("/nonexistent/shadow.csv")).expect("started");
        let unrecorded = Arc::clone(&recorder.unrecorded);
        recorder.keep(compared(1));
        drop(recorder);
        assert_eq!(unrecorded.load(Ordering::Relaxed), 1);
    }
}
