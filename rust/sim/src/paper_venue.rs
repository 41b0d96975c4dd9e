//! The venue: the very gateway and exchange the service runs, around them a journal.

use messages::{Instrument, wire};
use venue::gateway::Turn;
use venue::{Event, EventRecord, Exchange, FeeModel, Gateway};

use crate::engine::SESSION;
use crate::network::Parcel;
use crate::shared::Shared;
use crate::witness::MAX_POSITION;

/// What survives a crash, and the process while it lives.
#[derive(Debug)]
pub(crate) struct VenueActor {
    pub(crate) gateway: Option<Gateway<u64>>,
    journal: Vec<EventRecord>,
    instruments: Vec<Instrument>,
}

const FEES: FeeModel = FeeModel::MakerTaker {
    maker: messages::Price(-1_000_000),
    taker: messages::Price(3_000_000),
};

impl VenueActor {
    pub(crate) fn new(instruments: Vec<Instrument>) -> Self {
        Self {
            gateway: None,
            journal: Vec::new(),
            instruments,
        }
    }

    pub(crate) fn exchange(&self) -> Option<&Exchange> {
        self.gateway.as_ref().map(Gateway::exchange)
    }

    /// By way of the bytes of its journal.
    pub(crate) fn rebuilt(&self) -> Result<Exchange, String> {
        let mut exchange = Exchange::new("sim", self.instruments.iter().cloned(), FEES);
        for record in &self.journal {
            let event =
                Event::from_record(record.kind, &record.payload).map_err(|error| error.to_string())?;
            exchange.apply(&event).map_err(|error| error.to_string())?;
        }
        Ok(exchange)
    }

    pub(crate) fn start(&mut self, shared: &mut Shared) {
        match self.rebuilt() {
            Ok(exchange) => self.gateway = Some(Gateway::open(exchange, shared.now_us)),
            Err(error) => {
                shared
                    .witness
                    .expect(false, || format!("the venue can't read its journal: {error}"));
            }
        }
    }

    pub(crate) fn crash(&mut self, shared: &mut Shared) {
        let Some(gateway) = self.gateway.take() else {
            return;
        };
        shared.witness.report.crashes += 1;
        let same = self
            .rebuilt()
            .is_ok_and(|rebuilt| picture(&rebuilt) == picture(gateway.exchange()));
        shared
            .witness
            .expect(same, || "the venue's journal doesn't rebuild its book".to_owned());
    }

    /// One input; its events are durable before its replies leave. `engine` is the engine's connection now.
    pub(crate) fn act(
        &mut self,
        shared: &mut Shared,
        engine: u64,
        input: impl FnOnce(&mut Gateway<u64>, i64),
    ) {
        let Some(gateway) = &mut self.gateway else { return };
        input(gateway, shared.now_us);
        let Turn { events, replies } = gateway.turn();
        for event in &events {
            self.journal.push(event.into());
            shared.witness.happened(event);
        }
        let session = SESSION.into();
        for (symbol, position) in gateway.exchange().positions(&session) {
            let held = position.quantity;
            shared.witness.expect(held.abs() <= MAX_POSITION, || {
                format!("the position in {symbol} is {held}, over the limit of {MAX_POSITION}")
            });
        }
        for (connection, reply) in replies {
            if shared.dies_here() {
                return self.crash(shared);
            }
            if connection == engine {
                shared.send(Parcel::FromVenue { connection, reply });
            } else if let Some(gateway) = &mut self.gateway {
                gateway.gone(&connection);
            }
        }
    }

    pub(crate) fn request(
        &mut self,
        shared: &mut Shared,
        engine: u64,
        connection: u64,
        request: wire::VenueRequest,
    ) {
        self.act(shared, engine, |gateway, now_us| {
            gateway.heard(&connection, now_us, now_us);
            gateway.handle(&connection, request, now_us);
        });
    }
}

/// Everything a journal must bring back.
fn picture(exchange: &Exchange) -> String {
    let session = SESSION.into();
    let open: Vec<_> = exchange.open_orders(&session, None).collect();
    let positions: Vec<_> = exchange.positions(&session).collect();
    let executions = exchange.executions(&session, 1, usize::MAX);
    let blocks: Vec<_> = exchange.blocked_symbols(&session).collect();
    format!(
        "{open:?} {positions:?} {executions:?} {:?} {blocks:?}",
        exchange.blocked(&session)
    )
}
