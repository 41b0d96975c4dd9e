use super::*;

const BOUNDS: Bounds = Bounds {
    lag_limit_ms: 2_000,
    backlog_limit: 10,
};

/// Five entries are stored.
fn stored() -> Progress {
    Progress {
        projected: 5,
        ..Progress::default()
    }
}

fn status(progress: &Progress, last: u64, now_us: i64) -> (State, i64, u64) {
    let status = progress.status(BOUNDS, last, now_us);
    (status.state(), status.lag_ms, status.backlog)
}

#[test]
fn with_all_entries_stored_there_is_no_lag_whatever_the_time() {
    assert_eq!(status(&stored(), 5, i64::MAX), (State::Ok, 0, 0));
}

#[test]
fn the_lag_is_the_age_of_the_oldest_entry_that_waits() {
    let mut progress = stored();
    progress.journalled(6, 1_000_000);
    progress.journalled(7, 2_500_000);
    assert_eq!(status(&progress, 7, 3_000_000), (State::Ok, 2_000, 2));
    assert_eq!(status(&progress, 7, 3_001_000), (State::Behind, 2_001, 2));
}

#[test]
fn a_backlog_over_its_bound_is_behind_without_any_lag() {
    let mut progress = stored();
    progress.journalled(16, 1_000_000);
    assert_eq!(status(&progress, 15, 1_000_000), (State::Ok, 0, 10));
    assert_eq!(status(&progress, 16, 1_000_000), (State::Behind, 0, 11));
}

#[test]
fn an_entry_that_was_stored_meanwhile_makes_no_lag() {
    let mut progress = stored();
    progress.journalled(5, 1_000_000);
    assert_eq!(progress.oldest_pending_us, None);
}

#[test]
fn a_clock_that_was_set_back_makes_no_negative_lag() {
    let mut progress = stored();
    progress.journalled(6, 1_000_000);
    assert_eq!(status(&progress, 6, 0), (State::Ok, 0, 1));
}

#[test]
fn a_database_that_is_away_is_said_before_anything_waits_and_closes_nothing_by_itself() {
    let mut progress = stored();
    progress.trouble = Some("connecting: refused".into());
    let status = progress.status(BOUNDS, 5, 0);
    assert_eq!(
        (status.state(), status.detail.as_str()),
        (State::Away, "connecting: refused")
    );
    assert_eq!(progress.fault(BOUNDS, 5, 0), None);
    assert_eq!(progress.fault(BOUNDS, 16, 0), Some("the database is away"));
    progress.trouble = None;
    assert_eq!(
        progress.fault(BOUNDS, 16, 0),
        Some("the database is behind its bound")
    );
}

#[test]
fn a_record_that_differs_is_neither_behind_nor_a_reason_to_stop() {
    let mut progress = stored();
    progress.differs = Some("the database holds other commands".into());
    let told = progress.status(BOUNDS, 5, i64::MAX);
    assert_eq!((told.state(), told.lag_ms, told.backlog), (State::Differs, 0, 0));
    assert_eq!(told.detail, "the database holds other commands");
    assert_eq!(progress.fault(BOUNDS, 5, i64::MAX), None);
    // What the desk waits for is said first.
    assert_eq!(status(&progress, 16, 0), (State::Behind, 0, 11));
}

#[test]
fn a_database_that_is_ahead_of_its_journal_stops_new_risk_with_nothing_waiting() {
    let mut progress = stored();
    progress.is_ahead = true;
    assert_eq!(
        progress.fault(BOUNDS, 4, 0),
        Some("the database is ahead of the journal")
    );
}
