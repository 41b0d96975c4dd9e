use serde_json::json;

use super::*;

fn rows() -> Rows {
    let order = |sequence: u64, status: &str, filled: &str| json!({"sequence": sequence, "symbol": "ALFA", "status": status, "quantity": "5", "filled_quantity": filled});
    let fill = |sequence: u64, side: &str, quantity: &str| {
        json!({"sequence": sequence, "symbol": "ALFA", "side": side, "quantity": quantity, "price": "10.5",
               "fee": "0.000000001"})
    };
    let position = |sequence: u64, quantity: &str| json!({"sequence": sequence, "symbol": "ALFA", "quantity": quantity, "realized_pnl": "-1.25"});
    Rows {
        trail: vec![
            order(1, "CREATED", "0"),
            order(2, "SUBMITTED", "0"),
            order(4, "FILLED", "5"),
        ],
        fills: vec![fill(3, "BUY", "5"), fill(6, "SELL", "2.5")],
        positions: vec![position(5, "5"), position(7, "2.5")],
        commands: vec![
            json!({"sequence": 8, "symbol": "", "at_us": 5, "command": "PAUSE_TRADING", "operator": "ann",
                              "reason": "lunch", "outcome": "DONE", "answer": ""}),
        ],
        signals: vec![
            json!({"sequence": 9, "symbol": "ALFA", "at_us": 6, "signal": "BUY", "model_hash": "ab",
                             "outcome": "APPROVED", "reason": "", "client_order_id": "q1-1"}),
        ],
        risk_state: vec![
            json!({"sequence": 10, "symbol": "ALFA", "at_us": 7, "event": "gate_closed", "kind": "STALE",
                                "closed_by": "risk-manager", "reason": "no data"}),
        ],
        ..Rows::default()
    }
}

fn books(rows: &Rows) -> Books {
    let mut books = Books::new();
    add(&mut books, rows);
    books
}

fn differing(change: impl FnOnce(&mut Rows)) -> Vec<Discrepancy> {
    let mut changed = rows();
    change(&mut changed);
    compare(&books(&rows()), &books(&changed))
}

#[test]
fn alike_is_no_difference_and_sums_are_exact() {
    assert_eq!(differing(|_| {}), []);
    let totals = books(&rows());
    let of = |ledger| totals[&(ledger, "ALFA".to_owned())];
    assert_eq!(
        (of(Ledger::Fills).rows, of(Ledger::Fills).quantity),
        (2, 2_500_000_000)
    );
    assert_eq!(of(Ledger::Fills).values, 2 * 10_500_000_000 + 2);
    assert_eq!(
        (of(Ledger::Positions).rows, of(Ledger::Positions).quantity),
        (1, 2_500_000_000),
        "the newest alone"
    );
}

#[test]
fn whatever_is_missing_too_many_or_changed_shows_in_its_table() {
    let found = differing(|rows| drop(rows.fills.pop()));
    assert_eq!((found.len(), found[0].ledger), (1, Ledger::Fills));
    assert!(
        found[0]
            .in_words()
            .starts_with("the database lacks 1 fills in ALFA (")
    );
    assert_eq!(
        found[0].database.quantity - found[0].journal.quantity,
        2_500_000_000
    );
    let found = differing(|rows| rows.fills[0]["quantity"] = json!("5.000000001"));
    assert!(
        found[0]
            .in_words()
            .starts_with("the database holds other fills in ALFA than the journal (")
    );
    let found = differing(|rows| rows.fills[0]["price"] = json!("10.4"));
    assert_eq!(found.len(), 1);
    let found = differing(|rows| rows.trail[2]["status"] = json!("CANCELLED"));
    assert_eq!((found.len(), found[0].ledger), (1, Ledger::Orders));
    let found = differing(|rows| rows.trail.push(rows.trail[0].clone()));
    assert!(
        found[0]
            .in_words()
            .contains("1 entries of orders in ALFA that are in no journal")
    );
    let found = differing(|rows| rows.positions[1]["quantity"] = json!("3"));
    assert_eq!((found.len(), found[0].ledger), (1, Ledger::Positions));
    let found = differing(|rows| {
        rows.fills[0]["symbol"] = json!("BRVO");
    });
    assert_eq!(
        found.len(),
        2,
        "one symbol has too few, the other too many: {found:?}"
    );
}

#[test]
fn the_record_of_decisions_is_held_against_the_journal_like_the_books() {
    type Change = fn(&mut Rows);
    let changes: [(Ledger, Change); 7] = [
        (Ledger::Commands, |rows| rows.commands.clear()),
        (Ledger::Commands, |rows| {
            rows.commands[0]["operator"] = json!("somebody");
        }),
        (Ledger::Commands, |rows| rows.commands[0]["at_us"] = json!(4)),
        (Ledger::Signals, |rows| {
            rows.signals[0]["outcome"] = json!("DENIED");
        }),
        (Ledger::Signals, |rows| rows.signals.push(rows.signals[0].clone())),
        (Ledger::RiskState, |rows| rows.risk_state[0]["reason"] = json!("")),
        (Ledger::RiskState, |rows| rows.risk_state.clear()),
    ];
    for (ledger, change) in changes {
        let found = differing(change);
        assert_eq!((found.len(), found[0].ledger), (1, ledger), "{found:?}");
        assert!(!ledger.is_of_trading());
    }
    let mut of_the_desk = differing(|rows| rows.commands.clear()).remove(0);
    of_the_desk.symbol.clear();
    let words = of_the_desk.in_words();
    assert!(words.starts_with("the database lacks 1 commands ("), "{words}");
    assert!(
        differing(|rows| rows.signals.clear())[0]
            .in_words()
            .contains("lacks 1 signals in ALFA")
    );
}

#[test]
fn what_was_compared_and_what_is_new_make_the_whole() {
    let (earlier, mut later) = (rows(), rows());
    later.positions.remove(0);
    for (nth, rows) in [&mut later.trail, &mut later.fills, &mut later.signals]
        .into_iter()
        .enumerate()
    {
        for row in rows {
            row["sequence"] = json!(20 + nth);
        }
    }
    let mut whole = Books::new();
    for rows in [&earlier, &later] {
        add(&mut whole, rows);
    }
    assert_eq!(since(&books(&earlier), books(&later)), whole);
    // A position that nobody holds any more in the database is gone, whatever it was compared with before.
    later.positions.clear();
    let gone = since(&books(&earlier), books(&later));
    assert!(gone.keys().all(|(ledger, _)| *ledger != Ledger::Positions));
}

#[test]
fn what_is_apart_keeps_its_words_while_both_go_on() {
    let (mut journal, mut database) = (rows(), rows());
    database.fills.remove(0);
    let before = compare(&books(&journal), &books(&database));
    for books in [&mut journal, &mut database] {
        let mut next = rows().fills.remove(0);
        next["sequence"] = json!(9);
        books.fills.push(next);
    }
    let after = compare(&books(&journal), &books(&database));
    assert_eq!(before[0].in_words(), after[0].in_words());
}

#[test]
fn another_difference_has_other_words_whichever_total_it_is_in() {
    let words: BTreeSet<_> = [
        differing(|rows| drop(rows.fills.remove(0))),
        differing(|rows| drop(rows.fills.remove(1))),
        differing(|rows| rows.fills[0]["sequence"] = json!(4)),
        differing(|rows| rows.fills[0]["quantity"] = json!("6")),
        differing(|rows| rows.fills[0]["quantity"] = json!("7")),
        differing(|rows| rows.fills[0]["price"] = json!("10.4")),
        differing(|rows| rows.fills[1]["fee"] = json!("0.2")),
    ]
    .map(|found| found[0].in_words())
    .into();
    assert_eq!(words.len(), 7, "an ignored difference is open again: {words:?}");
}

#[test]
fn only_what_is_missing_and_a_position_that_is_not_newer_is_mended_by_storing_again() {
    let can = |change: fn(&mut Rows)| differing(change)[0].can_be_stored_again();
    assert!(can(|rows| drop(rows.fills.pop())));
    assert!(can(|rows| drop(rows.trail.pop())));
    assert!(can(|rows| rows.positions.clear()));
    assert!(can(|rows| rows.positions[1]["quantity"] = json!("7")));
    assert!(!can(|rows| rows.positions[1]["sequence"] = json!(8)));
    assert!(!can(|rows| rows.fills[0]["price"] = json!("10.4")));
    assert!(!can(|rows| rows.trail.push(rows.trail[0].clone())));
}

#[test]
fn no_two_statuses_weigh_the_same() {
    let weights: BTreeSet<_> = [
        "STATUS_UNSPECIFIED",
        "CREATED",
        "SUBMITTED",
        "PARTIALLY_FILLED",
        "FILLED",
        "CANCELLED",
        "REJECTED",
        "UNKNOWN",
    ]
    .map(weight)
    .into();
    assert_eq!(weights.len(), 8);
}

#[test]
fn sums_of_the_database_are_read_exactly() {
    assert_eq!(parse_sum("-12.000000001"), Some(-12_000_000_001));
    assert_eq!(
        parse_sum("123456789012345678901"),
        Some(123_456_789_012_345_678_901_000_000_000)
    );
    assert_eq!(parse_sum("0"), Some(0));
    assert_eq!(parse_sum("NaN"), None);
}
