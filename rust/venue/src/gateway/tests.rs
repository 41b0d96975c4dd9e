//! The protocol, with numbers for connections.

use messages::{Instrument, Price, Quantity, Quote, Symbol, wire};
use wire::venue_reply::Body as Reply;
use wire::venue_request::Body as Request;

use super::*;
use crate::FeeModel;

mod hostile;

struct Desk {
    gateway: Gateway<u8>,
    now_us: i64,
    journal: Vec<Event>,
}

fn exchange(journal: &[Event]) -> Exchange {
    let instrument = Instrument {
        symbol: Symbol::new("ALFA").unwrap(),
        tick: Price::ONE,
        lot: Quantity::ONE,
        multiplier: Quantity::ONE,
        currency: "USD".into(),
    };
    Exchange::rebuild("g", [instrument], FeeModel::Free, journal).unwrap()
}

fn order(id: &str, quantity: f64, price: f64) -> wire::Order {
    wire::Order {
        client_order_id: id.into(),
        symbol: "ALFA".into(),
        side: wire::order::Side::Buy.into(),
        quantity,
        price,
        r#type: wire::order::Type::Limit.into(),
        status: wire::order::Status::Created.into(),
        origin: wire::order::Origin::Strategy.into(),
        ..wire::Order::default()
    }
}

fn logon(cancel_on_disconnect: bool, executions_from: u64) -> Request {
    Request::Logon(wire::Logon {
        session: "desk".into(),
        cancel_on_disconnect,
        executions_from,
    })
}

impl Desk {
    fn new() -> Self {
        let mut desk = Self {
            gateway: Gateway::open(exchange(&[]), 0),
            now_us: 0,
            journal: Vec::new(),
        };
        desk.show(10, 5.0, 11, 5.0);
        desk
    }

    fn show(&mut self, bid: i64, bid_size: f64, ask: i64, ask_size: f64) -> Vec<(u8, wire::VenueReply)> {
        let quote = Quote {
            symbol: Symbol::new("ALFA").unwrap(),
            bid: Some(Price::from_units(bid)),
            ask: Some(Price::from_units(ask)),
            bid_size: Quantity::from_f64(bid_size).unwrap(),
            ask_size: Quantity::from_f64(ask_size).unwrap(),
            trade: None,
            event_us: 0,
            epoch: 1,
            sequence: 1,
            published_us: 0,
        };
        self.gateway.on_quote(&quote, self.now_us);
        self.turn()
    }

    fn turn(&mut self) -> Vec<(u8, wire::VenueReply)> {
        let turn = self.gateway.turn();
        self.journal.extend(turn.events);
        turn.replies
    }

    fn ask(&mut self, connection: u8, body: Request) -> Vec<(u8, wire::VenueReply)> {
        self.now_us += 1;
        let request = wire::VenueRequest {
            request_id: "r".into(),
            body: Some(body),
        };
        self.gateway.heard(&connection, self.now_us, self.now_us);
        self.gateway.handle(&connection, request, self.now_us);
        self.turn()
    }

    fn restart(&mut self) {
        self.gateway = Gateway::open(exchange(&self.journal), self.now_us);
    }

    fn open(&self) -> usize {
        self.gateway.exchange().open_count()
    }
}

/// Who got what: `r` for the answer, `-` for a report, then the kind of body.
fn told(replies: &[(u8, wire::VenueReply)]) -> Vec<String> {
    let body = |reply: &wire::VenueReply| match &reply.body {
        Some(Reply::Order(venue)) => venue.order.as_ref().map_or("unknown".into(), |order| {
            format!("{} {}", order.client_order_id, order.status().as_str_name())
        }),
        Some(Reply::Fill(fill)) => format!("fill {}", fill.venue_sequence),
        Some(Reply::Logon(logon)) => format!("logon {}", logon.last_execution),
        Some(Reply::MassCancel(mass)) => format!("cancelled {}", mass.cancelled),
        other => format!("{other:?}"),
    };
    replies
        .iter()
        .map(|(to, reply)| {
            let id = if reply.request_id.is_empty() {
                "-"
            } else {
                &reply.request_id
            };
            format!("{to} {id} {}", body(reply))
        })
        .collect()
}

#[test]
fn nothing_is_answered_before_a_logon() {
    let mut desk = Desk::new();
    let replies = desk.ask(1, Request::Submit(order("a", 1.0, 10.0)));
    assert!(
        !replies[0].1.ok && replies[0].1.reason.contains("Logon"),
        "{replies:?}"
    );
    let nameless = Request::Logon(wire::Logon {
        session: "no name".into(),
        ..wire::Logon::default()
    });
    assert!(!desk.ask(1, nameless)[0].1.ok);
    assert_eq!(
        (desk.gateway.connection_count(), desk.gateway.counters().malformed),
        (0, 2)
    );
}

#[test]
fn an_acknowledgement_comes_before_its_executions_and_others_hear_of_both() {
    let mut desk = Desk::new();
    assert_eq!(told(&desk.ask(1, logon(false, 0))), ["1 r logon 0"]);
    desk.ask(2, logon(false, 0));
    let told_all = told(&desk.ask(1, Request::Submit(order("a", 7.0, 11.0))));
    assert_eq!(
        told_all,
        ["1 r a SUBMITTED", "2 - a SUBMITTED", "1 - fill 1", "2 - fill 1"]
    );
    let again = desk.ask(1, Request::Submit(order("a", 7.0, 11.0)));
    assert_eq!(told(&again), ["1 r a PARTIALLY_FILLED"]);
    assert!(again[0].1.ok && again[0].1.execution_sequence == 1);
    assert_eq!(
        told(&desk.ask(2, Request::Cancel("a".into()))),
        ["2 r a CANCELLED", "1 - a CANCELLED"]
    );
}

#[test]
fn refusals_say_why_and_carry_the_order() {
    let mut desk = Desk::new();
    desk.ask(1, logon(false, 0));
    let empty = desk.ask(
        1,
        Request::Submit(wire::Order {
            side: 0,
            ..order("a", 1.0, 10.0)
        }),
    );
    assert_eq!(told(&empty), ["1 r a REJECTED"]);
    assert_eq!(empty[0].1.reason, "Order.side: is not specified");
    let half = desk.ask(1, Request::Submit(order("b", 1.5, 10.0)));
    assert!(!half[0].1.ok && half[0].1.reason.contains("lots"), "{half:?}");
    let cancel = desk.ask(1, Request::Cancel("z".into()));
    assert_eq!(told(&cancel), ["1 r unknown"]);
    assert!(!cancel[0].1.ok);
    let query = desk.ask(
        1,
        Request::Query(wire::OrderQuery {
            client_order_id: "z".into(),
        }),
    );
    assert!(
        query[0].1.ok && told(&query) == ["1 r unknown"],
        "not known is an answer"
    );
}

#[test]
fn a_mass_cancel_with_a_block_leaves_no_way_in() {
    let mut desk = Desk::new();
    desk.ask(1, logon(false, 0));
    for id in ["a", "b"] {
        desk.ask(1, Request::Submit(order(id, 1.0, 9.0)));
    }
    desk.ask(2, logon(false, 0));
    let kill = wire::MassCancel {
        symbol: String::new(),
        block: true,
        reason: "kill 7".into(),
        kill_id: "k7".into(),
    };
    let replies = told(&desk.ask(2, Request::MassCancel(kill)));
    let expected = [
        "1 - a CANCELLED",
        "2 - a CANCELLED",
        "1 - b CANCELLED",
        "2 - b CANCELLED",
        "2 r cancelled 2",
    ];
    assert_eq!(replies, expected);
    let late = desk.ask(1, Request::Submit(order("c", 1.0, 9.0)));
    assert_eq!(late[0].1.reason, "the session is blocked: kill 7");
    desk.restart();
    let Some(Reply::Logon(standing)) = desk.ask(1, logon(false, 0))[0].1.body.clone() else {
        panic!()
    };
    assert!(standing.blocked, "a block outlives the venue's process");
    let lift = |kill_ids: &[&str]| {
        Request::Block(wire::SessionBlock {
            kill_ids: kill_ids.iter().map(|id| (*id).to_owned()).collect(),
            ..wire::SessionBlock::default()
        })
    };
    let unnamed = desk.ask(1, lift(&[]));
    assert!(!unnamed[0].1.ok && unnamed[0].1.reason.contains("no kill is named"));
    desk.ask(1, lift(&["k6"]));
    assert_eq!(
        told(&desk.ask(1, Request::Submit(order("e", 1.0, 9.0)))),
        ["1 r e REJECTED"]
    );
    desk.ask(1, lift(&["k6", "k7"]));
    assert_eq!(
        told(&desk.ask(1, Request::Submit(order("c", 1.0, 9.0)))),
        ["1 r c REJECTED"],
        "refused stays refused"
    );
    assert_eq!(
        told(&desk.ask(1, Request::Submit(order("d", 1.0, 9.0)))),
        ["1 r d SUBMITTED"]
    );
}

#[test]
fn a_logon_brings_what_was_missed() {
    let mut desk = Desk::new();
    desk.ask(1, logon(false, 0));
    desk.ask(1, Request::Submit(order("a", 9.0, 10.0)));
    desk.gateway.gone(&1);
    assert!(desk.show(9, 1.0, 10, 2.0).is_empty(), "nobody is there to hear");
    desk.show(9, 1.0, 10, 5.0);
    assert_eq!(told(&desk.ask(3, logon(false, 2))), ["3 r logon 2", "3 - fill 2"]);
    let page = desk.ask(
        3,
        Request::Executions(wire::ExecutionsQuery {
            from_sequence: 1,
            limit: 1,
        }),
    );
    let Some(Reply::Executions(page)) = &page[0].1.body else {
        panic!()
    };
    assert_eq!((page.fills.len(), page.last_sequence), (1, 2));
}

#[test]
fn silence_cancels_for_who_asked_for_it() {
    let mut desk = Desk::new();
    desk.ask(1, logon(true, 0));
    desk.ask(1, Request::Submit(order("a", 1.0, 9.0)));
    // A look from elsewhere neither takes the guard over nor keeps it awake.
    desk.ask(2, logon(false, 0));
    let heard = desk.now_us - 1;
    desk.gateway.tick(heard + SILENCE_US - 1, desk.now_us);
    assert_eq!(desk.open(), 1);
    desk.gateway.tick(heard + SILENCE_US, desk.now_us);
    let replies = desk.turn();
    assert_eq!(told(&replies), ["1 - a CANCELLED", "2 - a CANCELLED"]);
    desk.gateway.tick(heard + 9 * SILENCE_US, desk.now_us);
    assert_eq!(desk.gateway.counters().silences, 1, "once is enough");
    // The connection was only stopped: it is guarded again as soon as it is heard.
    desk.now_us = heard + 9 * SILENCE_US;
    desk.ask(1, Request::Submit(order("b", 1.0, 9.0)));
    desk.gateway.tick(desk.now_us + SILENCE_US, desk.now_us);
    assert_eq!(desk.open(), 0);
}

#[test]
fn a_guarded_session_is_awaited_after_a_restart() {
    let mut desk = Desk::new();
    desk.ask(1, logon(true, 0));
    desk.ask(1, Request::Submit(order("a", 1.0, 9.0)));
    desk.restart();
    desk.gateway.tick(desk.now_us + SILENCE_US - 1, desk.now_us);
    assert_eq!(desk.open(), 1);
    desk.gateway.tick(desk.now_us + SILENCE_US, desk.now_us);
    assert_eq!(desk.open(), 0);
}

#[test]
fn who_asked_for_nothing_keeps_the_orders() {
    let mut desk = Desk::new();
    desk.ask(1, logon(false, 0));
    desk.ask(1, Request::Submit(order("a", 1.0, 9.0)));
    desk.gateway.gone(&1);
    desk.restart();
    desk.gateway.tick(i64::MAX, desk.now_us);
    assert_eq!(desk.open(), 1);
}

#[test]
fn no_number_of_those_who_look_in_pushes_out_the_one_that_trades() {
    let heartbeat = || Request::Heartbeat(wire::VenueHeartbeat {});
    let firsts: [(&str, Vec<Request>); 4] = [
        ("asks for what it missed", vec![logon(false, 1)]),
        ("is guarded", vec![logon(true, 0)]),
        ("sends heartbeats", vec![logon(false, 0), heartbeat()]),
        (
            "submits",
            vec![logon(false, 0), Request::Submit(order("first", 1.0, 5.0))],
        ),
    ];
    for (who, first) in firsts {
        let mut desk = Desk::new();
        for request in first {
            desk.ask(1, request);
        }
        for command_line in 2..30 {
            // It is silent for a while, as one that stalls; the others come anew all the time.
            desk.now_us += 200_000;
            let answers = desk.ask(command_line, logon(false, 0));
            assert!(answers.iter().all(|(_, answer)| answer.ok));
            let open = Request::OpenOrders(wire::OpenOrdersQuery::default());
            assert!(desk.ask(command_line, open).iter().all(|(_, answer)| answer.ok));
        }
        assert!(desk.gateway.connection_count() <= 8);
        assert!(
            desk.ask(1, heartbeat()).iter().all(|(_, answer)| answer.ok),
            "{who}"
        );
        desk.ask(29, Request::Submit(order("o", 1.0, 9.0)));
        let reports = desk.ask(29, Request::Cancel("o".into()));
        assert!(
            reports.iter().any(|(connection, _)| *connection == 1),
            "{who} and hears"
        );
    }
}

#[test]
fn a_new_engine_takes_the_place_of_the_one_that_fell_silent_first() {
    let mut desk = Desk::new();
    for engine in 1..=9 {
        desk.now_us += SILENCE_US;
        assert!(
            desk.ask(engine, logon(false, 1))
                .iter()
                .all(|(_, answer)| answer.ok)
        );
    }
    let beat = |desk: &mut Desk, connection| {
        let answers = desk.ask(connection, Request::Heartbeat(wire::VenueHeartbeat {}));
        answers.iter().all(|(_, answer)| answer.ok)
    };
    assert!(!beat(&mut desk, 1), "the first is gone");
    assert!((2..=9).all(|engine| beat(&mut desk, engine)));
    let refused = desk.ask(10, logon(false, 0));
    assert!(refused.iter().all(|(_, answer)| !answer.ok), "all of them trade");
    assert!((2..=9).all(|engine| beat(&mut desk, engine)));
}
