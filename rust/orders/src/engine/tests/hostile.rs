//! Messages as they must not be, to a trading engine: refused with a reason, and nothing gets on the record that a
//! restart can't read.

use messages::hostile::{DOUBLES, Dice, spoil};
use messages::{OrderStatus, Quote, Side, wire};
use proptest::prelude::*;
use prost::Message;
use wire::order_request::Body;
use wire::strategy_command::Type;

use super::desk::{Desk, SECOND, limits};
use crate::testing::limit_order;
use crate::{Engine, Recorded};

/// Messages per desk.
const MESSAGES: usize = 40;

/// A desk that has traded, with an order at work, a position and a break; and all the venue ever said.
fn seasoned() -> (Desk, Vec<wire::VenueReply>) {
    let mut desk = Desk::trading();
    let mut told = Vec::new();
    for (id, side) in [("q1-1", Side::Buy), ("q1-2", Side::Sell)] {
        desk.submit(&limit_order(id, side, 5, "10"));
        desk.exchange();
    }
    told.extend(desk.venue.fill("q1-1", 3, "10"));
    desk.venue.enter("x1", Side::Buy, 2, OrderStatus::Submitted);
    for reply in told.clone() {
        desk.from_venue.push_back(reply);
    }
    let until = desk.now_us + 7 * SECOND;
    while desk.now_us < until {
        desk.now_us += 50_000;
        desk.tick();
        while !desk.to_venue.is_empty() || !desk.from_venue.is_empty() {
            desk.deliver_to_venue();
            told.extend(desk.from_venue.front().cloned());
            desk.deliver_to_engine();
        }
    }
    desk.hear();
    told.dedup();
    (desk, told)
}

fn commands() -> Vec<wire::StrategyCommand> {
    let kinds = [
        Type::PauseTrading,
        Type::ResumeTrading,
        Type::Cancel,
        Type::Flatten,
        Type::ResolveBreak,
        Type::Rearm,
        Type::KillSwitch,
    ];
    let of = |kind: Type| wire::StrategyCommand {
        r#type: kind.into(),
        symbol: "ALFA".into(),
        command_id: format!("c-{}", kind as i32),
        operator: "ann".into(),
        host: "desk".into(),
        reason: "because".into(),
        order_id: "q1-2".into(),
        valid_until_us: i64::MAX,
        break_id: "order:x1".into(),
        break_action: wire::r#break::Action::Adopt.into(),
        ..wire::StrategyCommand::default()
    };
    kinds.map(of).into()
}

fn requests() -> Vec<wire::OrderRequest> {
    let order = wire::Order {
        valid_until_us: i64::MAX,
        decision_price: 10.0,
        ..wire::Order::from(&limit_order("q2-1", Side::Buy, 2, "9.99"))
    };
    let bodies = [
        Body::Submit(order),
        Body::Cancel("q1-2".into()),
        Body::Limits(limits(2)),
    ];
    let request = |body| wire::OrderRequest {
        request_id: "r".into(),
        body: Some(body),
    };
    bodies.map(request).into()
}

/// What could be read of a spoilt message.
fn spoilt<M: Message + Default>(whole: &[M], dice: &mut Dice) -> Option<M> {
    let bytes = whole[dice.below(whole.len())].encode_to_vec();
    M::decode(spoil(&bytes, dice).as_slice()).ok()
}

fn rebuilds(desk: &mut Desk) {
    desk.journal_fails = false;
    desk.settle();
    for event in &desk.journal {
        Recorded::try_from(event).unwrap();
    }
    let config = super::desk::config(9);
    let again = Engine::rebuild(config, &desk.journal, desk.latch_file.clone(), desk.now_us).unwrap();
    assert_eq!(again.state(), desk.engine.state());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whatever_comes_the_engine_goes_on_and_its_journal_can_be_read(seed in any::<u64>()) {
        let mut dice = Dice::new(seed);
        let (mut desk, told) = seasoned();
        for number in 0..MESSAGES {
            match dice.below(4) {
                0 => {
                    if let Some(reply) = spoilt(&told, &mut dice) {
                        let actions = desk.engine.on_venue_reply(&reply, desk.now_us);
                        desk.act(actions);
                    }
                }
                1 => {
                    if let Some(mut command) = spoilt(&commands(), &mut dice) {
                        command.command_id.push_str(&number.to_string());
                        let actions = desk.engine.on_command(1, &command, desk.now_us);
                        desk.act(actions);
                    }
                }
                2 => {
                    if let Some(request) = spoilt(&requests(), &mut dice) {
                        let before = desk.order_replies.len();
                        let actions = desk.engine.on_order_request(1, &request, desk.now_us);
                        desk.act(actions);
                        let reply = &desk.order_replies[before];
                        prop_assert!(reply.accepted || !reply.reason.is_empty(), "refused without a reason");
                    }
                }
                _ => {
                    let row = wire::MarketData {
                        symbol: "ALFA".into(),
                        price: Some(dice.pick(&DOUBLES)),
                        bid: Some(dice.pick(&DOUBLES)),
                        ask: Some(10.01),
                        timestamp_us: dice.next() as i64,
                        sequence: dice.next(),
                        ..wire::MarketData::default()
                    };
                    let row = spoilt(&[row], &mut dice).map(|row| Quote::try_from(&row));
                    let Some(Ok(quote)) = row else { continue };
                    desk.engine.on_quote(&quote, desk.now_us);
                }
            }
            desk.run(20_000);
        }
        rebuilds(&mut desk);
        // And a kill is obeyed as ever.
        let kill = wire::StrategyCommand {
            r#type: Type::KillSwitch.into(),
            command_id: "the end".into(),
            ..wire::StrategyCommand::default()
        };
        desk.send_command(&kill);
        prop_assert!(desk.engine.trading_state().desk_killed);
    }

    #[test]
    fn a_spoilt_entry_of_the_journal_is_refused_by_field_or_taken(seed in any::<u64>()) {
        let mut dice = Dice::new(seed);
        let (desk, _) = seasoned();
        let mut state = crate::State::new(super::desk::config(2).instruments);
        for event in &desk.journal {
            let bytes = spoil(&event.encode_to_vec(), &mut dice);
            let Ok(read) = wire::ExecutionEvent::decode(bytes.as_slice()) else { continue };
            match Recorded::try_from(&read) {
                Ok(recorded) => state.apply(&recorded.event, recorded.at_us),
                Err(malformed) => prop_assert!(!malformed.field.is_empty() && !malformed.reason.is_empty()),
            }
        }
    }
}

#[test]
fn every_combination_of_hostile_numbers_is_refused_with_a_reason_or_harmless() {
    use wire::order::{Side, Type as Of};
    let (mut desk, _) = seasoned();
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
                    client_order_id: format!("h-{number}"),
                    quantity,
                    price: if kind == Of::Limit { price } else { 0.0 },
                    stop_price: if kind == Of::Stop { price } else { 0.0 },
                    r#type: kind.into(),
                    side: side.into(),
                    valid_until_us: dice_time(number),
                    ..wire::Order::from(&limit_order("h", messages::Side::Buy, 1, "10"))
                };
                let reply = desk.request(Body::Submit(order)).unwrap();
                assert!(reply.accepted || !reply.reason.is_empty());
            }
        }
    }
    rebuilds(&mut desk);
}

/// Times as hostile as the numbers.
fn dice_time(number: u64) -> i64 {
    [0, i64::MAX, i64::MIN, -1, 1][(number % 5) as usize]
}
