use super::*;

fn entry(payload: Vec<u8>) -> Entry {
    Entry {
        sequence: 4,
        kind: "fill".into(),
        key: None,
        payload,
        at_us: 9,
    }
}

#[test]
fn a_fill_becomes_one_row_with_exact_decimals() {
    let fill = Fill {
        execution_id: "X1".into(),
        side: order::Side::Sell.into(),
        quantity: 2.0,
        price: 4800.25,
        fee: 0.1,
        ..Default::default()
    };
    let event = ExecutionEvent {
        event: Some(execution_event::Event::Fill(fill)),
        ..Default::default()
    };
    let mut rows = Rows::default();
    rows.add(
        Source::Execution,
        "j",
        "execution-engine",
        &entry(event.encode_to_vec()),
    )
    .unwrap();
    let row = &rows.fills[0];
    assert_eq!(row["price"], "4800.25");
    assert_eq!(row["fee"], "0.1");
    assert_eq!(row["side"], "SELL");
    assert_eq!(row["sequence"], 4);
    assert_eq!(row["decision_price"], Value::Null);
}

#[test]
fn a_denied_order_is_in_the_trail_and_its_signal_in_signals() {
    let decision = RiskDecision {
        outcome: risk_decision::Outcome::Denied.into(),
        order: Some(Order {
            client_order_id: "q1-1".into(),
            quantity: 1.0,
            ..Default::default()
        }),
        signal: Some(wire::TradingSignal {
            model_hash: "ab".into(),
            ..Default::default()
        }),
        denial: Some(wire::Denial {
            reason: "too large".into(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let event = RiskEvent {
        event: Some(risk_event::Event::Decision(decision)),
        ..Default::default()
    };
    let mut rows = Rows::default();
    rows.add(Source::Risk, "j", "risk-manager", &entry(event.encode_to_vec()))
        .unwrap();
    assert_eq!(rows.trail[0]["status"], "DENIED");
    assert_eq!(rows.trail[0]["reason"], "too large");
    assert_eq!(rows.signals[0]["client_order_id"], "");
    assert_eq!(rows.models[0]["model_hash"], "ab");
}

#[test]
fn what_cannot_be_read_stops_the_projection_with_its_sequence() {
    let mut rows = Rows::default();
    for payload in [vec![0xff, 0xff], vec![]] {
        let refused = rows
            .add(Source::Execution, "j", "s", &entry(payload))
            .unwrap_err();
        assert_eq!(refused.sequence, 4);
    }
    let fill = Fill {
        quantity: f64::NAN,
        ..Default::default()
    };
    let event = ExecutionEvent {
        event: Some(execution_event::Event::Fill(fill)),
        ..Default::default()
    };
    assert!(
        rows.add(Source::Execution, "j", "s", &entry(event.encode_to_vec()))
            .is_err()
    );
    assert_eq!(rows, Rows::default());
}

#[test]
fn a_zero_in_a_text_does_not_stop_what_follows() {
    let record = CommandRecord {
        command: Some(wire::StrategyCommand {
            reason: "why\0not".into(),
            parameters: [("max\0".to_owned(), 1.0)].into(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let event = RiskEvent {
        event: Some(risk_event::Event::Command(record)),
        ..Default::default()
    };
    let mut rows = Rows::default();
    rows.add(Source::Risk, "j", "risk-manager", &entry(event.encode_to_vec()))
        .unwrap();
    assert_eq!(rows.commands[0]["reason"], "why\u{fffd}not");
    assert_eq!(rows.commands[0]["parameters"]["max\u{fffd}"], 1.0);
}

#[test]
fn a_decision_about_a_break_says_which_break_and_what_was_decided() {
    let record = CommandRecord {
        command: Some(wire::StrategyCommand {
            command_id: "c1".into(),
            r#type: wire::strategy_command::Type::ResolveBreak.into(),
            break_id: "position:ALFA".into(),
            break_action: wire::r#break::Action::Ignore.into(),
            reason: "mended tomorrow".into(),
            ..Default::default()
        }),
        result: Some(wire::CommandResult {
            before: "OPEN".into(),
            after: "IGNORED".into(),
            ..Default::default()
        }),
    };
    let event = ExecutionEvent {
        event: Some(execution_event::Event::Command(record)),
        ..Default::default()
    };
    let mut rows = Rows::default();
    let written = entry(event.encode_to_vec());
    rows.add(Source::Execution, "j", "execution-engine", &written)
        .unwrap();
    let row = &rows.commands[0];
    assert_eq!(
        row["parameters"],
        json!({"break_id": "position:ALFA", "break_action": "IGNORE"})
    );
    assert_eq!(
        (&row["state_before"], &row["state_after"]),
        (&json!("OPEN"), &json!("IGNORED"))
    );
    assert_eq!(row["reason"], "mended tomorrow");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(500))]

    #[test]
    fn a_spoilt_entry_makes_rows_or_stops_the_projection_with_its_sequence(seed in proptest::prelude::any::<u64>()) {
        use messages::hostile::{Dice, spoil};
        let mut dice = Dice::new(seed);
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/messages");
        let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
        let mut events: Vec<_> = files
            .filter(|path| {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                name.contains("_event_") && path.extension().is_some_and(|extension| extension == "bin")
            })
            .collect();
        events.sort();
        let whole = std::fs::read(&events[dice.below(events.len())]).unwrap();
        for source in [Source::Execution, Source::Risk] {
            let mut rows = Rows::default();
            if let Err(unreadable) = rows.add(source, "j", "s", &entry(spoil(&whole, &mut dice))) {
                proptest::prop_assert!(unreadable.sequence > 0 && !unreadable.reason.is_empty());
            }
        }
    }
}
