use std::path::PathBuf;

use settings::{Home, Settings};

use crate::{Desk, Location, StartError};

fn shipped() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../config/system.json")
}

fn desk(home: PathBuf) -> Desk {
    let located = Location {
        home: Some(home),
        config: Some(shipped()),
    };
    located.desk().expect("the shipped configuration is in order")
}

#[test]
fn a_place_is_held_by_one_instance_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let desk = desk(folder.path().join("home"));
    let first = desk.hold("market-data").expect("nobody is there");
    assert!(matches!(desk.hold("market-data"), Err(StartError::Lock(_))));
    desk.hold("risk-manager")
        .expect("another service has a place of its own");
    drop(first);
    desk.hold("market-data").expect("the first one is gone");
}

#[test]
fn a_home_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let occupied = folder.path().join("a-file");
    std::fs::write(&occupied, "").unwrap();
    let Err(error) = desk(occupied.clone()).hold("market-data") else {
        panic!("a file is no folder");
    };
    assert!(
        error.to_string().contains(&occupied.display().to_string()),
        "{error}"
    );
    assert!(error.to_string().contains("QUARTERDECK_HOME"), "{error}");
}

#[test]
fn a_missing_configuration_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("none.json");
    let located = Location {
        home: Some(folder.path().to_owned()),
        config: Some(missing.clone()),
    };
    let error = located.desk().expect_err("there is no such file");
    assert!(
        error.to_string().contains(&missing.display().to_string()),
        "{error}"
    );
}

#[test]
fn the_configuration_in_force_comes_before_the_shipped_one() {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::new(folder.path().to_owned());
    home.create().unwrap();
    let in_force = home.state().join("system.json");
    std::fs::copy(shipped(), &in_force).unwrap();
    let located = Location {
        home: Some(folder.path().to_owned()),
        config: None,
    };
    let desk = located.desk().unwrap();
    assert_eq!(desk.file, in_force);
    assert_eq!(
        desk.settings.symbols(),
        Settings::load(&in_force).unwrap().symbols()
    );
}
