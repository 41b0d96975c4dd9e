//! The golden messages of `tests/golden/messages`, as Rust reads, judges and writes them.
//!
//! The bytes were written by the other language. Each must come back byte by byte, carry the values of the
//! text beside it, and pass into the exact types or be refused for the field that the text names.

#![expect(
    clippy::unwrap_used,
    reason = "a golden file that can't be read fails the test"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use messages::{Fill, Gate, Malformed, Order, Quote, wire};
use prost::Message;
use serde_json::{Value, json};

struct Golden {
    name: String,
    message: String,
    refused: Option<String>,
    fields: Value,
    data: Vec<u8>,
}

fn goldens() -> Vec<Golden> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/messages");
    let mut found = Vec::new();
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let mut text: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        found.push(Golden {
            name: path.file_stem().unwrap().to_string_lossy().into_owned(),
            message: text["message"].as_str().unwrap().to_owned(),
            refused: text["refused"].as_str().map(str::to_owned),
            fields: text["fields"].take(),
            data: fs::read(path.with_extension("bin")).unwrap(),
        });
    }
    found
}

/// The message written anew after it was read.
fn round_trip(message: &str, data: &[u8]) -> Vec<u8> {
    fn of<M: Message + Default>(data: &[u8]) -> Vec<u8> {
        M::decode(data).unwrap().encode_to_vec()
    }
    match message {
        "MarketData" => of::<wire::MarketData>(data),
        "TradingSignal" => of::<wire::TradingSignal>(data),
        "Order" => of::<wire::Order>(data),
        "Fill" => of::<wire::Fill>(data),
        "Position" => of::<wire::Position>(data),
        "Gate" => of::<wire::Gate>(data),
        "KillStage" => of::<wire::KillStage>(data),
        "ExecutionEvent" => of::<wire::ExecutionEvent>(data),
        "RiskEvent" => of::<wire::RiskEvent>(data),
        "StrategyCommand" => of::<wire::StrategyCommand>(data),
        "CommandResult" => of::<wire::CommandResult>(data),
        "ControlRequest" => of::<wire::ControlRequest>(data),
        "ControlReply" => of::<wire::ControlReply>(data),
        "VenueRequest" => of::<wire::VenueRequest>(data),
        "VenueReply" => of::<wire::VenueReply>(data),
        other => panic!("{other} has no reader here: add it"),
    }
}

#[test]
fn every_golden_message_comes_back_byte_by_byte() {
    let mut kinds = BTreeSet::new();
    for golden in goldens() {
        assert_eq!(
            round_trip(&golden.message, &golden.data),
            golden.data,
            "{}",
            golden.name
        );
        kinds.insert(golden.message);
    }
    assert_eq!(
        kinds.len(),
        15,
        "a kind of message lost its golden file: {kinds:?}"
    );
}

/// What the exact types make of it; `None` for a message that has no exact type.
fn judge(message: &str, data: &[u8]) -> Option<Result<(), Malformed>> {
    use wire::execution_event::Event as Execution;
    use wire::risk_event::Event as Risk;
    Some(match message {
        "MarketData" => Quote::try_from(&wire::MarketData::decode(data).unwrap()).map(drop),
        "Order" => Order::try_from(&wire::Order::decode(data).unwrap()).map(drop),
        "Fill" => Fill::try_from(&wire::Fill::decode(data).unwrap()).map(drop),
        "Gate" => Gate::try_from(&wire::Gate::decode(data).unwrap()).map(drop),
        "ExecutionEvent" => match wire::ExecutionEvent::decode(data).unwrap().event.unwrap() {
            Execution::Order(order) => Order::try_from(&order).map(drop),
            Execution::Fill(fill) => Fill::try_from(&fill).map(drop),
            _ => return None,
        },
        "RiskEvent" => match wire::RiskEvent::decode(data).unwrap().event.unwrap() {
            Risk::Decision(decision) => Order::try_from(&decision.order.unwrap()).map(drop),
            Risk::GateClosed(gate) => Gate::try_from(&gate).map(drop),
            _ => return None,
        },
        _ => return None,
    })
}

#[test]
fn the_exact_types_take_what_is_whole_and_refuse_the_rest_by_field() {
    let mut refused = BTreeMap::new();
    let mut taken = BTreeSet::new();
    for golden in goldens() {
        match (judge(&golden.message, &golden.data), golden.refused) {
            (Some(Err(error)), Some(field)) => {
                assert_eq!(
                    format!("{}.{}", error.message, error.field),
                    field,
                    "{}",
                    golden.name
                );
                *refused.entry(golden.message).or_insert(0) += 1;
            }
            (Some(Ok(())), None) => {
                taken.insert(golden.message);
            }
            (None, None) => {}
            (verdict, field) => panic!("{}: {verdict:?}, but the text says {field:?}", golden.name),
        }
    }
    for kind in ["MarketData", "Order", "Fill", "Gate"] {
        assert!(taken.contains(kind), "no whole {kind} was read");
        assert!(refused.contains_key(kind), "no broken {kind} was read");
    }
}

/// Fails unless each of `expected` is what the text says; `null` is a field the text doesn't have.
fn check(golden: &Golden, expected: &[(&str, Value)]) {
    for (field, value) in expected {
        let written = golden.fields.get(field).unwrap_or(&Value::Null);
        // The text writes whole doubles as 3.0 and 64-bit integers as text; both compare as what they mean.
        let same = match (written.as_f64(), value.as_f64()) {
            (Some(left), Some(right)) => left.to_bits() == right.to_bits(),
            _ => written == value,
        };
        assert!(
            same,
            "{}: {field} is {value} here and {written} in the text",
            golden.name
        );
    }
}

/// A 64-bit integer, as the text writes it.
fn wide(value: impl Into<i128>) -> Value {
    json!(value.into().to_string())
}

fn only(name: &str) -> Golden {
    let found = goldens().into_iter().find(|golden| golden.name == name);
    found.unwrap_or_else(|| panic!("{name} is missing"))
}

#[test]
fn market_data_carries_the_values_of_the_text() {
    for name in ["market_data_trade", "market_data_ask_only"] {
        let golden = only(name);
        let row = wire::MarketData::decode(&golden.data[..]).unwrap();
        let expected = [
            ("symbol", json!(row.symbol)),
            ("price", json!(row.price)),
            ("bid", json!(row.bid)),
            ("ask", json!(row.ask)),
            ("ask_size", json!(row.ask_size)),
            ("timestamp_us", wide(row.timestamp_us)),
            ("epoch", wide(row.epoch)),
            ("sequence", wide(row.sequence)),
            ("published_us", wide(row.published_us)),
        ];
        check(&golden, &expected);
    }
    let quote = Quote::try_from(&wire::MarketData::decode(&only("market_data_ask_only").data[..]).unwrap());
    let quote = quote.unwrap();
    assert!(quote.bid.is_none() && quote.trade.is_none());
    assert_eq!(quote.ask.unwrap().0, 1);
    assert_eq!((quote.sequence, quote.published_us), (u64::MAX, i64::MAX));
}

#[test]
fn orders_carry_the_values_of_the_text() {
    for name in [
        "order_limit_working",
        "order_unknown",
        "order_stop",
        "order_stop_limit",
    ] {
        let golden = only(name);
        let order = wire::Order::decode(&golden.data[..]).unwrap();
        let expected = [
            ("client_order_id", json!(order.client_order_id)),
            ("symbol", json!(order.symbol)),
            ("side", json!(order.side().as_str_name())),
            ("type", json!(order.r#type().as_str_name())),
            ("status", json!(order.status().as_str_name())),
            ("origin", json!(order.origin().as_str_name())),
            ("quantity", json!(order.quantity)),
            ("timestamp_us", wide(order.timestamp_us)),
            ("sequence", wide(order.sequence)),
            ("published_us", wide(order.published_us)),
        ];
        check(&golden, &expected);
        // There and back through the exact type nothing changes but the stamp, which is the publisher's.
        let back = wire::Order {
            epoch: order.epoch,
            sequence: order.sequence,
            published_us: order.published_us,
            ..wire::Order::from(&Order::try_from(&order).unwrap())
        };
        assert_eq!(back, order, "{name}");
    }
    let unknown = only("order_unknown");
    let order = wire::Order::decode(&unknown.data[..]).unwrap();
    check(&unknown, &[("rejection_reason", json!(order.rejection_reason))]);
    assert!(!order.rejection_reason.is_ascii());
    assert_eq!(Order::try_from(&order).unwrap().quantity.0, 1);
}

#[test]
fn a_fill_keeps_nine_decimals_and_its_rebate() {
    let golden = only("fill_rebate");
    let message = wire::Fill::decode(&golden.data[..]).unwrap();
    let expected = [
        ("execution_id", json!(message.execution_id)),
        ("quantity", json!(message.quantity)),
        ("price", json!(message.price)),
        ("fee", json!(message.fee)),
        ("maker", json!(message.maker)),
        ("venue_sequence", wide(message.venue_sequence)),
    ];
    check(&golden, &expected);
    let fill = Fill::try_from(&message).unwrap();
    assert_eq!((fill.quantity.0, fill.price.0), (123_456_789, 1_000_000_001));
    assert_eq!(fill.fee.to_string(), "-0.250000001");
    assert_eq!(fill.venue_sequence, u64::MAX);
}

#[test]
fn maps_carry_the_values_of_the_text() {
    let golden = only("trading_signal");
    let signal = wire::TradingSignal::decode(&golden.data[..]).unwrap();
    let expected = [
        ("signal", json!(signal.signal().as_str_name())),
        ("confidence", json!(signal.confidence)),
        ("market_sequence", wide(signal.market_sequence)),
    ];
    check(&golden, &expected);
    let features = golden.fields["features"].as_object().unwrap();
    assert_eq!(features.len(), signal.features.len());
    for (name, value) in &signal.features {
        assert_eq!(features[name].as_f64(), Some(*value), "{name}");
    }
    let golden = only("strategy_command");
    let command = wire::StrategyCommand::decode(&golden.data[..]).unwrap();
    let parameters = golden.fields["parameters"].as_object().unwrap();
    assert_eq!(parameters.len(), command.parameters.len());
    for (name, value) in &command.parameters {
        assert_eq!(parameters[name].as_f64(), Some(*value), "{name}");
    }
    check(&golden, &[("reason", json!(command.reason))]);
}

#[test]
fn a_kill_names_what_is_unresolved() {
    let golden = only("kill_stage_unresolved");
    let kill = wire::KillStage::decode(&golden.data[..]).unwrap();
    let expected = [
        ("stage", json!(kill.stage().as_str_name())),
        ("open_before", json!(kill.open_before)),
        ("open_after", json!(kill.open_after)),
    ];
    check(&golden, &expected);
    let unresolved = &golden.fields["unresolved"];
    assert_eq!(kill.unresolved.len(), 1);
    assert_eq!(
        unresolved[0]["client_order_id"],
        json!(kill.unresolved[0].client_order_id)
    );
    assert_eq!(unresolved[0]["reason"], json!(kill.unresolved[0].reason));
}
