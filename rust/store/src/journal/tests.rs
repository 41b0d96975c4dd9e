use super::*;

fn record(key: Option<&str>, payload: &str) -> Record {
    Record {
        kind: "fill",
        key: key.map(str::to_owned),
        payload: payload.into(),
        at_us: 5,
    }
}

fn open(folder: &tempfile::TempDir) -> Journal {
    Journal::open(&folder.path().join("journal.sqlite"), "first").unwrap()
}

#[test]
fn what_was_appended_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = open(&folder);
    assert_eq!(
        journal
            .append(&[record(Some("X1"), "a"), record(None, "b")])
            .unwrap(),
        2
    );
    drop(journal);
    let mut journal = Journal::open(&folder.path().join("journal.sqlite"), "second").unwrap();
    assert_eq!((journal.last_sequence(), journal.identity()), (2, "first"));
    assert_eq!(journal.append(&[record(None, "c")]).unwrap(), 3);
    let entries = journal.read(2, 10).unwrap();
    assert_eq!(
        entries.iter().map(|entry| entry.sequence).collect::<Vec<_>>(),
        [2, 3]
    );
    assert_eq!(entries[0].payload, b"b");
    assert_eq!(journal.read(1, 1).unwrap().len(), 1);
}

#[test]
fn a_key_is_there_once_and_its_batch_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = open(&folder);
    journal.append(&[record(Some("X1"), "a")]).unwrap();
    let refused = journal
        .append(&[record(None, "b"), record(Some("X1"), "again")])
        .unwrap_err();
    assert!(matches!(refused, JournalError::Duplicate { key, .. } if key == "X1"));
    assert_eq!(
        (journal.last_sequence(), journal.read(1, 10).unwrap().len()),
        (1, 1)
    );
    assert_eq!(
        journal.append(&[record(Some("X2"), "c")]).unwrap(),
        2,
        "the sequence has no gap"
    );
}

#[test]
fn an_entry_is_found_by_its_key() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = open(&folder);
    journal
        .append(&[
            record(None, "a"),
            record(Some("X1"), "b"),
            record(Some("X2"), "c"),
        ])
        .unwrap();
    let found = journal.find("fill", "X1").unwrap().unwrap();
    assert_eq!((found.sequence, found.payload.as_slice()), (2, b"b".as_slice()));
    assert_eq!(journal.find("fill", "X3").unwrap(), None);
    assert_eq!(journal.find("command", "X1").unwrap(), None);
}

#[test]
fn a_reader_sees_what_is_committed() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = open(&folder);
    let reader = journal.reader().unwrap();
    assert_eq!(reader.last_sequence().unwrap(), 0);
    journal.append(&[record(None, "a")]).unwrap();
    assert_eq!(reader.read(1, 10).unwrap(), journal.read(1, 10).unwrap());
}

#[test]
fn a_hole_in_the_sequence_is_damage() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = open(&folder);
    journal.append(&[record(None, "a"), record(None, "b")]).unwrap();
    journal
        .connection
        .execute("DELETE FROM entries WHERE sequence = 1", [])
        .unwrap();
    drop(journal);
    let damaged = Journal::open(&folder.path().join("journal.sqlite"), "x").unwrap_err();
    assert!(
        matches!(
            damaged,
            JournalError::Damaged {
                entries: 1,
                last: 2,
                ..
            }
        ),
        "{damaged}"
    );
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let error = Journal::open(Path::new("/nowhere/journal.sqlite"), "x")
        .unwrap_err()
        .to_string();
    assert!(error.contains("/nowhere/journal.sqlite"), "{error}");
}

fn log_size(folder: &tempfile::TempDir) -> u64 {
    std::fs::metadata(folder.path().join("journal.sqlite-wal"))
        .unwrap()
        .len()
}

#[test]
fn the_log_is_as_long_at_the_first_append_as_after_thousands() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = open(&folder);
    let prepared = log_size(&folder);
    assert!(prepared >= u64::from(PREPARED), "{prepared}");
    let payload = "x".repeat(1_000);
    for _ in 0..3_000 {
        journal.append(&[record(None, &payload)]).unwrap();
    }
    assert!(
        log_size(&folder) <= 3 * prepared,
        "it is copied into the file and begun anew: {}",
        log_size(&folder)
    );
    drop(journal);
    assert_eq!(open(&folder).last_sequence(), 3_000);
}

#[test]
fn a_stranger_with_a_lock_holds_the_writer_up_for_no_time_to_speak_of() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = open(&folder);
    let stranger = Connection::open(folder.path().join("journal.sqlite")).unwrap();
    stranger.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = journal.append(&[record(None, "a")]).unwrap_err();
    assert!(matches!(refused, JournalError::Storage { .. }));
    stranger.execute_batch("ROLLBACK").unwrap();
    assert_eq!(journal.append(&[record(None, "a")]).unwrap(), 1);
}

#[test]
fn entries_that_differ_in_anything_have_different_checksums() {
    let entry = Entry {
        sequence: 7,
        kind: "fill".to_owned(),
        key: Some("X1".to_owned()),
        payload: b"a".to_vec(),
        at_us: 5,
    };
    let others = [
        Entry {
            sequence: 8,
            ..entry.clone()
        },
        Entry {
            kind: "order".to_owned(),
            ..entry.clone()
        },
        Entry {
            key: Some("X2".to_owned()),
            ..entry.clone()
        },
        Entry {
            payload: b"b".to_vec(),
            ..entry.clone()
        },
        Entry {
            at_us: 6,
            ..entry.clone()
        },
        // The same letters, parted elsewhere.
        Entry {
            kind: "fillX".to_owned(),
            key: Some("1".to_owned()),
            ..entry.clone()
        },
    ];
    let mut sums: Vec<u32> = others.iter().chain([&entry]).map(Entry::checksum).collect();
    sums.sort_unstable();
    sums.dedup();
    assert_eq!(sums.len(), others.len() + 1);
    assert_eq!(entry.checksum(), entry.clone().checksum());
}
