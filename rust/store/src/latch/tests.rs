use super::*;

fn entry(reason: &str) -> LatchEntry {
    LatchEntry {
        command_id: "c".into(),
        at_us: 7,
        operator: "ann".into(),
        reason: reason.into(),
    }
}

fn path(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("engine.latch")
}

#[test]
fn a_new_home_is_armed_and_a_kill_outlives_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let mut file = LatchFile::open(&path(&folder), true, 1);
    assert!(file.state().is_armed());
    file.write(&Latch {
        desk: Some(entry("drill")),
        symbols: BTreeMap::new(),
    })
    .unwrap();
    drop(file);
    let mut file = LatchFile::open(&path(&folder), false, 2);
    assert_eq!(file.state().stops("ES").unwrap().reason, "drill");
    file.write(&Latch::default()).unwrap();
    assert!(LatchFile::open(&path(&folder), false, 3).state().is_armed());
    assert_eq!(std::fs::metadata(path(&folder)).unwrap().len(), SIZE as u64);
}

#[test]
fn whatever_cannot_be_read_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    assert!(
        LatchFile::open(&path(&folder), false, 1).state().desk.is_some(),
        "gone after the first start"
    );
    let named = LatchFile::open(&path(&folder), false, 2);
    assert_eq!(named.state().desk.as_ref().unwrap().command_id, "latch-1");
    let padded = |text: &str| format!("{text:<width$}\n", width = SIZE - 1);
    let contents = [
        String::new(),
        "{}".into(),
        padded("{}"),
        padded("{\"state\":\"ARMED\"}"),
        "x".repeat(SIZE),
    ];
    for content in contents {
        std::fs::write(path(&folder), &content).unwrap();
        let opened = LatchFile::open(&path(&folder), true, 1);
        let desk = opened.state().desk.as_ref();
        let id = desk.map(|entry| entry.command_id.as_str());
        assert_eq!(id, Some("latch-1"), "{:?}", content.trim());
    }
    std::fs::write(path(&folder), padded("{\"state\":\"armed\"}")).unwrap();
    assert!(LatchFile::open(&path(&folder), true, 1).state().is_armed());
}

#[test]
fn symbols_latch_apart_until_there_are_too_many() {
    let folder = tempfile::tempdir().unwrap();
    let mut file = LatchFile::open(&path(&folder), true, 1);
    let mut latch = Latch::default();
    latch.symbols.insert("ES".into(), entry("x"));
    file.write(&latch).unwrap();
    let again = LatchFile::open(&path(&folder), false, 2);
    assert!(again.state().stops("ES").is_some() && again.state().stops("NQ").is_none());
    for number in 0..200 {
        latch
            .symbols
            .insert(format!("S{number}"), entry(&"long ".repeat(100)));
    }
    file.write(&latch).unwrap();
    assert!(
        LatchFile::open(&path(&folder), false, 3)
            .state()
            .stops("NQ")
            .is_some(),
        "the desk is latched"
    );
}

#[test]
fn the_memory_latches_even_when_the_file_cannot() {
    let mut file = LatchFile::open(Path::new("/nowhere/engine.latch"), true, 1);
    assert!(file.state().desk.is_some());
    let latch = Latch {
        desk: Some(entry("drill")),
        symbols: BTreeMap::new(),
    };
    assert!(
        file.write(&latch)
            .unwrap_err()
            .to_string()
            .contains("/nowhere/engine.latch")
    );
    assert_eq!(file.state(), &latch);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(400))]

    #[test]
    fn whatever_becomes_of_the_file_a_kill_never_reads_as_armed(
        cut in 0_usize..SIZE + 200, place in 0..SIZE, bit in 0_u32..8, symbols in 0_usize..4, spoils in 0_usize..3,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut latch = Latch {
            desk: (symbols == 0).then(|| entry("drill")),
            symbols: BTreeMap::new(),
        };
        for number in 0..symbols {
            latch.symbols.insert(format!("S{number}"), entry("drill"));
        }
        LatchFile::open(&path(&folder), true, 1).write(&latch).unwrap();
        let mut bytes = std::fs::read(path(&folder)).unwrap();
        match spoils {
            0 => bytes.resize(cut, b' '),
            1 => bytes[place] ^= 1 << bit,
            _ => bytes[place.min(cut)..].reverse(),
        }
        std::fs::write(path(&folder), &bytes).unwrap();
        let read = LatchFile::open(&path(&folder), false, 2);
        proptest::prop_assert!(!read.state().is_armed(), "{:?}", String::from_utf8_lossy(&bytes));
    }
}
