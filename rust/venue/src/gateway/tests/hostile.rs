//! Requests as they must not be: refused with a reason, and every event that they lead to can be read again.

use messages::hostile::{Dice, spoil};
use proptest::prelude::*;
use prost::Message;

use super::*;
use crate::EventRecord;

fn requests() -> Vec<wire::VenueRequest> {
    let stop = wire::Order {
        r#type: wire::order::Type::StopLimit.into(),
        stop_price: 12.0,
        ..order("b", 2.0, 12.0)
    };
    let mass = wire::MassCancel {
        symbol: "ALFA".into(),
        block: true,
        reason: "kill".into(),
        kill_id: "k1".into(),
    };
    let block = wire::SessionBlock {
        blocked: false,
        symbol: String::new(),
        reason: "re-armed".into(),
        kill_ids: vec!["k1".into()],
    };
    let query = wire::OrderQuery {
        client_order_id: "a".into(),
    };
    let executions = wire::ExecutionsQuery {
        from_sequence: 1,
        limit: 10,
    };
    let history = wire::OrderHistoryQuery {
        from_sequence: 1,
        limit: 10,
    };
    let bodies = [
        logon(true, 1),
        Request::Submit(order("a", 7.0, 11.0)),
        Request::Submit(stop),
        Request::Cancel("a".into()),
        Request::MassCancel(mass),
        Request::Block(block),
        Request::Query(query),
        Request::OpenOrders(wire::OpenOrdersQuery {
            symbol: "ALFA".into(),
        }),
        Request::Executions(executions),
        Request::Positions(wire::PositionsQuery {}),
        Request::OrderHistory(history),
        Request::Heartbeat(wire::VenueHeartbeat {}),
    ];
    let request = |body| wire::VenueRequest {
        request_id: "r".into(),
        body: Some(body),
    };
    bodies.map(request).into()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn whatever_comes_the_venue_goes_on_and_its_journal_can_be_read(seed in any::<u64>()) {
        let (mut dice, requests) = (Dice::new(seed), requests());
        let mut desk = Desk::new();
        desk.ask(1, logon(false, 0));
        for number in 0..60 {
            let bytes = spoil(&requests[dice.below(requests.len())].encode_to_vec(), &mut dice);
            let Ok(mut request) = wire::VenueRequest::decode(bytes.as_slice()) else { continue };
            if let Some(Request::Submit(order)) = &mut request.body {
                order.client_order_id.push_str(&number.to_string());
            }
            desk.now_us += 1_000;
            let connection = 1 + dice.below(2) as u8;
            desk.gateway.heard(&connection, desk.now_us, desk.now_us);
            desk.gateway.handle(&connection, request, desk.now_us);
            for (_, reply) in desk.turn() {
                prop_assert!(reply.ok || !reply.reason.is_empty(), "refused without a reason: {reply:?}");
            }
            if number % 10 == 9 {
                desk.show(10, 5.0, 11, 5.0);
            }
        }
        let read: Vec<Event> = desk
            .journal
            .iter()
            .map(|event| {
                let record = EventRecord::from(event);
                Event::from_record(record.kind, &record.payload).unwrap()
            })
            .collect();
        prop_assert_eq!(&read, &desk.journal);
        desk.restart();
    }

    #[test]
    fn a_spoilt_record_is_refused_or_taken(seed in any::<u64>()) {
        let mut dice = Dice::new(seed);
        let mut desk = Desk::new();
        for body in [logon(true, 0), Request::Submit(order("a", 7.0, 11.0)), Request::Cancel("a".into())] {
            desk.ask(1, body);
        }
        let mut exchange = exchange(&[]);
        for event in &desk.journal {
            let record = EventRecord::from(event);
            let payload = spoil(&record.payload, &mut dice);
            match Event::from_record(record.kind, &payload) {
                Ok(read) => {
                    if let Err(error) = exchange.apply(&read) {
                        prop_assert!(!error.to_string().is_empty());
                    }
                }
                Err(error) => prop_assert!(!error.to_string().is_empty()),
            }
        }
    }
}

#[test]
fn every_combination_of_hostile_numbers_is_refused_with_a_reason_or_harmless() {
    use messages::hostile::DOUBLES;
    use wire::order::{Side, Type as Of};
    let mut desk = Desk::new();
    desk.ask(1, logon(false, 0));
    let mut number = 0;
    for quantity in DOUBLES {
        for price in DOUBLES {
            for (kind, side) in [
                (Of::Market, Side::Buy),
                (Of::Limit, Side::Sell),
                (Of::Stop, Side::Buy),
            ] {
                number += 1;
                let order = wire::Order {
                    price: if kind == Of::Limit { price } else { 0.0 },
                    stop_price: if kind == Of::Stop { price } else { 0.0 },
                    r#type: kind.into(),
                    side: side.into(),
                    valid_until_us: [0, i64::MAX, i64::MIN][number % 3],
                    ..order(&format!("h{number}"), quantity, price)
                };
                for (_, reply) in desk.ask(1, Request::Submit(order)) {
                    assert!(reply.ok || !reply.reason.is_empty(), "{reply:?}");
                }
            }
        }
    }
    desk.show(10, 5.0, 11, 5.0);
    desk.restart();
}
