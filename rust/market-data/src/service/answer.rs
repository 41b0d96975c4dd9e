//! What a question gets.

use std::collections::BTreeMap;

use messages::wire::source_status::State;
use messages::wire::{Pong, Snapshot, SourceStatus, control_reply, control_request, pong};

use super::NAME;
use super::feeder::Feeder;
use crate::publisher::MarketPublisher;

/// What the loop knows beside its parts.
pub(super) struct Gauges<'a> {
    pub(super) started_us: i64,
    pub(super) per_second: f64,
    pub(super) malformed_requests: u64,
    pub(super) refused_requests: u64,
    pub(super) undelivered: u64,
    pub(super) home: &'a str,
}

pub(super) fn answer(
    body: &control_request::Body,
    publisher: &MarketPublisher,
    feeder: &Feeder,
    gauges: &Gauges<'_>,
    now_us: i64,
) -> control_reply::Body {
    match body {
        control_request::Body::Ping(_) | control_request::Body::Start(_) => {
            control_reply::Body::Pong(status(publisher, feeder, gauges, now_us))
        }
        control_request::Body::Snapshot(_) => control_reply::Body::Snapshot(Snapshot {
            epoch: publisher.epoch(),
            sequence: publisher.rows(),
            market: publisher.last_messages().cloned().collect(),
            at_us: now_us,
            ..Default::default()
        }),
        control_request::Body::Bars(asked) => {
            let limit = match asked.limit {
                0 => usize::MAX,
                limit => limit as usize,
            };
            match publisher.bars(&asked.symbol, limit) {
                Some(bars) => control_reply::Body::Bars(bars),
                None => refused(&format!("publishes no symbol {:?}", asked.symbol)),
            }
        }
        control_request::Body::Command(_) | control_request::Body::Query(_) => refused("takes no commands"),
        control_request::Body::Replay(_) => {
            refused("keeps no rows; its snapshot has the last of each symbol")
        }
    }
}

fn refused(reason: &str) -> control_reply::Body {
    control_reply::Body::Error(format!("{NAME} {reason}"))
}

fn status(publisher: &MarketPublisher, feeder: &Feeder, gauges: &Gauges<'_>, now_us: i64) -> Pong {
    let (state, detail) = match feeder.state() {
        State::Failed => (
            pong::State::Degraded,
            format!("the source failed: {}", feeder.reason()),
        ),
        _ if feeder.is_resuming() => (
            pong::State::Starting,
            format!("going on after row {}", feeder.position()),
        ),
        _ => (pong::State::Ready, String::new()),
    };
    Pong {
        service: NAME.to_owned(),
        pid: std::process::id(),
        state: state.into(),
        detail,
        epoch: publisher.epoch(),
        last_sequence: publisher.rows(),
        last_sequences: publisher
            .last_messages()
            .map(|last| (last.symbol.clone(), last.sequence))
            .collect(),
        started_us: gauges.started_us,
        now_us,
        counters: counters(publisher, feeder, gauges),
        source: Some(source_status(feeder)),
        home: gauges.home.to_owned(),
        ..Default::default()
    }
}

fn counters(publisher: &MarketPublisher, feeder: &Feeder, gauges: &Gauges<'_>) -> BTreeMap<String, f64> {
    [
        ("rows_published", publisher.rows() as f64),
        ("rows_read", feeder.position() as f64),
        ("messages_per_second", gauges.per_second),
        ("behind_us", feeder.pacer().behind_us() as f64),
        ("pace_slips", feeder.pacer().slips() as f64),
        ("last_values_sent", publisher.last_values_sent() as f64),
        ("subscriptions", publisher.subscriptions() as f64),
        ("malformed_requests", gauges.malformed_requests as f64),
        ("refused_requests", gauges.refused_requests as f64),
        ("undelivered", gauges.undelivered as f64),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

fn source_status(feeder: &Feeder) -> SourceStatus {
    let faults = feeder.source().faults();
    SourceStatus {
        kind: feeder.source().kind().to_owned(),
        state: feeder.state().into(),
        rows: feeder.rows(),
        faults: faults
            .iter()
            .map(|(kind, count)| ((*kind).to_owned(), *count))
            .collect(),
        reason: feeder.reason().to_owned(),
        speed: feeder.pacer().speed().as_number(),
        event_us: feeder.event_us(),
    }
}
