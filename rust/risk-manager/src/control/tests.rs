//! Commands on a disk that takes no latch.

use std::path::{Path, PathBuf};

use bus::Context;
use settings::{Home, Settings};
use store::LatchFile;

use super::*;
use crate::service::monotonic_us;

/// A home of its own, gone with the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(bus::new_id());
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn service(folder: &Folder) -> Service {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/system.json");
    let home = Home::new(&folder.0);
    home.create().unwrap();
    Service::start(&Context::new(), &Settings::load(&shipped).unwrap(), &home, None).unwrap()
}

#[test]
fn a_kill_whose_latch_file_fails_is_in_force_and_says_so() {
    let folder = Folder::new();
    let mut service = service(&folder);
    // A folder in its place: nothing can be written there.
    service.latch = LatchFile::open(&folder.0, false, 1);
    let (symbol, _) = service.manager.book().iter().next().unwrap();
    let symbol = symbol.clone();
    let kill = wire::StrategyCommand {
        r#type: Type::KillSwitch.into(),
        symbol: symbol.to_string(),
        command_id: "k1".into(),
        operator: "ann".into(),
        ..Default::default()
    };
    let result = service.command(&kill).unwrap();
    assert_eq!(result.outcome(), Outcome::Done);
    assert!(
        result.reason.starts_with("in force in memory: the latch file"),
        "{}",
        result.reason
    );
    assert!(service.manager.latch().kills(&symbol));
    assert_eq!(service.stored("k1"), result, "a query tells the same");
    let gates = service.manager.own_gates();
    assert!(
        gates
            .iter()
            .any(|gate| gate.reason.contains("the risk manager's latch file")),
        "{gates:?}"
    );
    let file = folder.0.join("latch");
    service.latch = LatchFile::open(&file, true, 1);
    let deadline_us = monotonic_us() + 30_000_000;
    while LatchFile::open(&file, false, 1).state().is_armed() {
        assert!(monotonic_us() < deadline_us, "it is not written again");
        let actions = service.manager.on_tick(clock::now_us());
        service.carry_out_plainly(actions).unwrap();
    }
    let gates = service.manager.own_gates();
    assert!(!gates.iter().any(|gate| gate.reason.contains("latch file")));
}
