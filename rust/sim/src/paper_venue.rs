//! The venue: the very gateway and exchange the service runs, around them a journal.

use messages::{Instrument, Symbol, wire};
use venue::gateway::Turn;
use venue::{Event, EventRecord, Exchange, FeeModel, Gateway};
use wire::venue_reply::Body as Answer;
use wire::venue_request::Body;

use crate::engine::SESSION;
use crate::intruder;
use crate::network::Parcel;
use crate::shared::Shared;

/// What survives a crash, and the process while it lives.
#[derive(Debug)]
pub(crate) struct VenueActor {
    pub(crate) gateway: Option<Gateway<u64>>,
    pub(crate) disk_fails: bool,
    /// It refuses to cancel one order of every mass cancel.
    pub(crate) refuses: bool,
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
            disk_fails: false,
            refuses: false,
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

    /// One input; its events are durable before its replies leave. `engine` is the engine's connection now. True when
    /// a mass cancel was carried out, and not refused to a connection that is not logged on.
    pub(crate) fn act(
        &mut self,
        shared: &mut Shared,
        engine: u64,
        input: impl FnOnce(&mut Gateway<u64>, i64),
    ) -> bool {
        let Some(gateway) = &mut self.gateway else {
            return false;
        };
        input(gateway, shared.now_us);
        let Turn { events, replies } = gateway.turn();
        let emptied =
            |reply: &wire::VenueReply| reply.ok && matches!(reply.body, Some(Answer::MassCancel(_)));
        let emptied = replies.iter().any(|(_, reply)| emptied(reply));
        // A journal that fails ends the venue: what it decided was told to nobody.
        if !events.is_empty() && (self.disk_fails || shared.dies_here()) {
            self.gateway = None;
            shared.witness.report.crashes += 1;
            return false;
        }
        for event in &events {
            self.journal.push(event.into());
            shared.witness.happened(event);
        }
        if !events.is_empty() {
            shared.witness.exposed(gateway.exchange());
        }
        for (connection, reply) in replies {
            if shared.dies_here() {
                self.crash(shared);
                return false;
            }
            if connection == engine {
                let reply = Box::new(reply);
                shared.send(Parcel::FromVenue { connection, reply });
            } else if connection != intruder::CONNECTION
                && let Some(gateway) = &mut self.gateway
            {
                gateway.gone(&connection);
            }
        }
        emptied
    }

    pub(crate) fn request(
        &mut self,
        shared: &mut Shared,
        engine: u64,
        connection: u64,
        request: wire::VenueRequest,
    ) {
        if let Some(Body::MassCancel(cancel)) = &request.body
            && self.refuses
        {
            return self.cancel_most(shared, engine, connection, &request.request_id, cancel);
        }
        let scope = match &request.body {
            Some(Body::MassCancel(cancel)) => Symbol::scope(&cancel.symbol).ok(),
            _ => None,
        };
        let emptied = self.act(shared, engine, |gateway, now_us| {
            gateway.heard(&connection, now_us, now_us);
            gateway.handle(&connection, request, now_us);
        });
        if let (true, Some(scope), Some(exchange)) = (emptied, scope, self.exchange()) {
            let open = exchange.open_orders(&SESSION.into(), scope.as_ref()).count();
            shared
                .witness
                .expect(open == 0, || format!("a mass cancel left {open} orders open"));
        }
    }

    fn blocking(&self, scope: Option<&Symbol>) -> Vec<String> {
        let exchange = self.exchange().into_iter();
        let named = exchange.flat_map(|exchange| exchange.blocking(&SESSION.into(), scope));
        named.map(str::to_owned).collect()
    }

    /// A venue that refuses to cancel one of them, as a real one may.
    fn cancel_most(
        &mut self,
        shared: &mut Shared,
        engine: u64,
        connection: u64,
        request_id: &str,
        cancel: &wire::MassCancel,
    ) {
        let Some(exchange) = self.exchange() else { return };
        let session = SESSION.into();
        let scope = Symbol::scope(&cancel.symbol).unwrap_or(None);
        let mut open: Vec<String> = exchange
            .open_orders(&session, scope.as_ref())
            .map(|order| order.client_order_id.clone())
            .collect();
        let refused = open.pop().map(|client_order_id| wire::kill_stage::Unresolved {
            client_order_id,
            reason: "too late to cancel".to_owned(),
        });
        let block = cancel.block.then(|| {
            Body::Block(wire::SessionBlock {
                blocked: true,
                symbol: cancel.symbol.clone(),
                reason: cancel.reason.clone(),
                kill_ids: vec![cancel.kill_id.clone()],
            })
        });
        let bodies = block.into_iter().chain(open.iter().cloned().map(Body::Cancel));
        for body in bodies.collect::<Vec<_>>() {
            let part = wire::VenueRequest {
                body: Some(body),
                ..wire::VenueRequest::default()
            };
            self.act(shared, engine, |gateway, now_us| {
                gateway.handle(&connection, part, now_us);
            });
        }
        let answer = wire::MassCancelReply {
            cancelled: u32::try_from(open.len()).unwrap_or(u32::MAX),
            client_order_ids: open,
            refused: refused.into_iter().collect(),
            blocking: self.blocking(scope.as_ref()),
        };
        if self.gateway.is_some() && connection == engine {
            let reply = wire::VenueReply {
                request_id: request_id.to_owned(),
                ok: true,
                body: Some(Answer::MassCancel(answer)),
                ..wire::VenueReply::default()
            };
            let reply = Box::new(reply);
            shared.send(Parcel::FromVenue { connection, reply });
        }
    }
}

/// Everything a journal must bring back.
fn picture(exchange: &Exchange) -> String {
    let session = SESSION.into();
    let open: Vec<_> = exchange.open_orders(&session, None).collect();
    let positions: Vec<_> = exchange.positions(&session).collect();
    let executions = exchange.executions(&session, 1, usize::MAX);
    let scopes = exchange.blocked_symbols(&session).map(Some).chain([None]);
    let blocks: Vec<_> = scopes
        .map(|scope| exchange.blocking(&session, scope).collect::<Vec<_>>())
        .collect();
    format!("{open:?} {positions:?} {executions:?} {blocks:?}")
}
