//! A journal under a bad disk: what was committed comes back as it was written, or is refused with path and place.

use std::fs;
use std::path::PathBuf;

use messages::hostile::Dice;
use proptest::prelude::*;

use super::*;

/// Appends, one transaction each.
const APPENDS: u64 = 12;

fn record(number: u64) -> Record {
    Record {
        kind: "fill",
        key: Some(format!("X{number}")),
        payload: vec![number as u8; 300],
        at_us: number as i64,
    }
}

/// The files of a journal as a process that was killed leaves them: the log was never copied into the file.
/// `copied` also has some of it in the file itself.
fn killed(copied: bool) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let living = folder.path().join("living.sqlite");
    let mut journal = Journal::open(&living, "id").unwrap();
    for number in 1..=APPENDS {
        journal.append(&[record(number)]).unwrap();
        if copied && number == APPENDS / 2 {
            checkpoints::run(&journal.connection, "PASSIVE").unwrap();
        }
    }
    let dead = folder.path().join("dead.sqlite");
    for end in ["", "-wal"] {
        let name = |path: &Path| format!("{}{end}", path.display());
        fs::copy(name(&living), name(&dead)).unwrap();
    }
    (folder, dead)
}

/// What a start reads of it: as many entries as there are, each as it was written; or why it can't, with the path.
fn started(path: &Path) -> Result<u64, String> {
    let named = |error: JournalError| {
        let sentence = error.to_string();
        assert!(sentence.contains(&path.display().to_string()), "{sentence}");
        sentence
    };
    let mut journal = Journal::open(path, "id").map_err(named)?;
    let entries = journal.read(1, 1_000).map_err(named)?;
    for (entry, number) in entries.iter().zip(1..) {
        let written = record(number);
        assert_eq!(
            (entry.sequence, &entry.key, &entry.payload, entry.at_us),
            (number, &written.key, &written.payload, written.at_us)
        );
    }
    let last = journal.last_sequence();
    assert_eq!(entries.len() as u64, last);
    // It goes on where it ended.
    assert_eq!(journal.append(&[record(last + 1)]).map_err(named)?, last + 1);
    Ok(last)
}

#[test]
fn a_killed_process_leaves_everything_it_committed() {
    for copied in [false, true] {
        let (_folder, path) = killed(copied);
        assert_eq!(started(&path), Ok(APPENDS));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn a_torn_log_ends_before_the_tear(seed in any::<u64>()) {
        let (_folder, path) = killed(false);
        let log = PathBuf::from(format!("{}-wal", path.display()));
        let mut bytes = fs::read(&log).unwrap();
        let mut dice = Dice::new(seed);
        // The log is longer than what is in it: most of it is prepared for what comes.
        let end = bytes.len().min(200_000);
        let place = dice.below(end);
        if dice.below(2) == 0 {
            bytes.truncate(place);
        } else {
            bytes[place] ^= 1 << dice.below(8);
        }
        fs::write(&log, bytes).unwrap();
        match started(&path) {
            Ok(last) => prop_assert!(last <= APPENDS),
            // A header that can't be read, or a table that was only in the log.
            Err(sentence) => prop_assert!(sentence.contains("restore") || sentence.contains("cannot be used")),
        }
    }

    #[test]
    fn a_flipped_bit_in_the_file_is_refused_or_harms_nothing(seed in any::<u64>()) {
        let (folder, path) = killed(true);
        // Everything into the file, as after a clean stop.
        drop(Journal::open(&path, "id").unwrap());
        let mut bytes = fs::read(&path).unwrap();
        let mut dice = Dice::new(seed);
        let place = dice.below(bytes.len().min(60_000));
        bytes[place] ^= 1 << dice.below(8);
        fs::write(&path, bytes).unwrap();
        let _refused_or_whole = started(&path);
        drop(folder);
    }
}

#[test]
fn an_entry_that_was_changed_is_refused_by_its_sequence() {
    let changes = [
        "payload = x'00'",
        "at_us = at_us + 1",
        "key = 'Y'",
        "kind = 'order'",
    ];
    for change in changes {
        let (_folder, path) = killed(false);
        let journal = Journal::open(&path, "id").unwrap();
        let sql = format!("UPDATE entries SET {change} WHERE sequence = 3");
        journal.connection.execute(&sql, []).unwrap();
        assert_eq!(journal.read(1, 2).unwrap().len(), 2);
        let refused = journal.read(1, 10).unwrap_err();
        assert!(
            matches!(refused, JournalError::Changed { sequence: 3, .. }),
            "{change}: {refused}"
        );
        let reader = journal.reader().unwrap();
        assert!(reader.read(3, 1).is_err());
    }
}

#[test]
fn a_journal_of_an_earlier_release_is_taken_and_goes_on_with_checksums() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("old.sqlite");
    let old = Connection::open(&path).unwrap();
    old.execute_batch(
        "CREATE TABLE entries (sequence INTEGER PRIMARY KEY, kind TEXT NOT NULL, key TEXT, payload BLOB NOT NULL,
             at_us INTEGER NOT NULL) STRICT;
         CREATE TABLE journal (identity TEXT NOT NULL) STRICT;
         INSERT INTO journal VALUES ('old');
         INSERT INTO entries VALUES (1, 'fill', 'X1', x'01', 5);",
    )
    .unwrap();
    drop(old);
    let mut journal = Journal::open(&path, "new").unwrap();
    assert_eq!((journal.identity(), journal.last_sequence()), ("old", 1));
    journal.append(&[record(2)]).unwrap();
    assert_eq!(journal.read(1, 10).unwrap().len(), 2);
    let written: Option<u32> = journal
        .connection
        .query_row("SELECT checksum FROM entries WHERE sequence = 2", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert!(written.is_some());
}

#[test]
fn a_checksum_that_was_taken_away_is_no_entry_of_an_earlier_release() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.sqlite");
    let mut journal = Journal::open(&path, "id").unwrap();
    journal.append(&[record(1), record(2), record(3)]).unwrap();
    let reader = journal.reader().unwrap();
    // The first as an earlier release left it, the last as somebody changed it.
    journal
        .connection
        .execute("UPDATE entries SET checksum = NULL WHERE sequence <> 2", [])
        .unwrap();
    journal
        .connection
        .execute("UPDATE entries SET payload = x'00' WHERE sequence = 3", [])
        .unwrap();
    assert!(
        reader.read(3, 1).is_err(),
        "nor while it is open, whatever it was opened with"
    );
    drop(journal);
    let journal = Journal::open(&path, "id").unwrap();
    assert_eq!(journal.read(1, 2).unwrap().len(), 2);
    for refused in [journal.read(3, 1), journal.reader().unwrap().read(3, 1)] {
        let refused = refused.unwrap_err();
        assert!(
            matches!(refused, JournalError::Changed { sequence: 3, .. }),
            "{refused}"
        );
    }
}

#[test]
fn a_file_that_is_no_journal_is_refused_with_its_path() {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in [
        ("noise", vec![0x5a; 40_000]),
        ("text", b"{\"state\":\"armed\"}".to_vec()),
    ] {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        assert!(started(&path).is_err());
    }
    assert!(Journal::open(folder.path(), "id").is_err(), "a folder is none");
}
