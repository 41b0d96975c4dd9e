//! The whole desk: who hears what, when what breaks, and whether all agree in the end.

use messages::{Symbol, wire};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use risk::sizing::OrderStyle;

use crate::clockwork::Timer;
use crate::engine::{EngineActor, SESSION};
use crate::faults::Faults;
use crate::intruder::Intruder;
use crate::market::Walk;
use crate::network::{Network, Parcel, Weather};
use crate::operator::Operator;
use crate::paper_venue::VenueActor;
use crate::report::Report;
use crate::risk_manager::{OTHERS, RiskActor};
use crate::shared::Shared;
use crate::witness::{Scope, Witness};

/// When every run begins: 2026-01-05 09:00 UTC.
const START_US: i64 = 1_767_603_600_000_000;

pub(crate) struct World {
    pub(crate) shared: Shared,
    pub(crate) engine: EngineActor,
    pub(crate) risk: RiskActor,
    pub(crate) venue: VenueActor,
    walks: Vec<Walk>,
    operator: Operator,
    intruder: Intruder,
    /// Kills come at the worst moment.
    races: bool,
    pub(crate) faults: Faults,
    /// Nothing new is wanted and nothing breaks any more.
    pub(crate) is_ending: bool,
}

impl World {
    /// The desk of one seed; the error is a defect of this crate.
    pub(crate) fn new(seed: u64) -> Result<Self, String> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let walks = Walk::all().map_err(|error| error.to_string())?;
        let limits = crate::limits::limits().map_err(|error| error.to_string())?;
        let instruments: Vec<_> = walks.iter().map(|walk| walk.instrument.clone()).collect();
        let by_symbol = instruments
            .iter()
            .map(|instrument| (instrument.symbol.clone(), instrument.clone()));
        let styles = [
            OrderStyle::Passive,
            OrderStyle::PassiveThenCross,
            OrderStyle::Cross,
        ];
        let style = styles[random.random_range(0..styles.len())];
        let weather = Weather::draw(&mut random);
        let crash_rate = if weather.is_calm() { 0.0 } else { 0.000_3 };
        let intruder = Intruder::new(!weather.is_calm() && random.random_bool(0.3));
        let races = random.random_bool(0.3);
        let mut world = Self {
            races,
            engine: EngineActor::new(by_symbol.collect()),
            risk: RiskActor::new(instruments.clone(), limits, style),
            venue: VenueActor::new(instruments),
            walks,
            operator: Operator::default(),
            intruder,
            faults: Faults::default(),
            is_ending: false,
            shared: Shared {
                now_us: START_US,
                random,
                network: Network::new(weather),
                witness: Witness::default(),
                crash_rate,
            },
        };
        world.venue.start(&mut world.shared);
        world.engine.start(&mut world.shared);
        world.risk.start(&mut world.shared);
        for timer in Timer::all(world.walks.len()) {
            let first_us = world.shared.random.random_range(0..timer.period_us());
            world
                .shared
                .network
                .strike(START_US + first_us, Parcel::Timer(timer));
        }
        Ok(world)
    }

    pub(crate) fn report(&self) -> Report {
        self.shared.witness.report
    }

    /// The next thing that happens. Says what it was, for the trace.
    pub(crate) fn step(&mut self) -> Option<Parcel> {
        let (due_us, parcel) = self.shared.network.next()?;
        self.shared.now_us = self.shared.now_us.max(due_us);
        self.shared.witness.report.steps += 1;
        self.happen(parcel.clone());
        self.race(&parcel);
        self.prove_kills();
        self.hear_reductions();
        Some(parcel)
    }

    /// What the risk manager approved before it heard of a reduction counted on the other leg of it.
    fn hear_reductions(&mut self) {
        let (Some(manager), Some(exchange)) = (&self.risk.manager, self.venue.exchange()) else {
            return;
        };
        if !self.shared.witness.is_eased() {
            return;
        }
        let session = SESSION.into();
        let mut held = exchange.positions(&session);
        let mut books = manager.book().iter();
        let is_heard = held.all(|(symbol, position)| {
            let seen = manager.book().get(symbol).map(risk::book::SymbolBook::position);
            seen == Some(position.quantity)
        });
        let is_open = exchange.open_orders(&session, None).next().is_some()
            || books.any(|(_, book)| book.working().next().is_some());
        if is_heard && !is_open {
            self.shared.witness.all_is_heard();
        }
    }

    /// A kill at the worst moment: an order has just come to the engine and waits for its journal, or it has just
    /// come to rest at the venue, which may be about to refuse a cancel.
    fn race(&mut self, parcel: &Parcel) {
        if !self.races || self.is_ending {
            return;
        }
        let symbol = match parcel {
            Parcel::OrderRequest { request, .. } => match &request.body {
                Some(wire::order_request::Body::Submit(order)) => &order.symbol,
                _ => return,
            },
            Parcel::FromVenue { reply, .. } => match &reply.body {
                Some(wire::venue_reply::Body::Order(wire::VenueOrder {
                    order: Some(order), ..
                })) if order.status() == wire::order::Status::Submitted => &order.symbol,
                _ => return,
            },
            _ => return,
        };
        if !self.shared.chance(0.2) {
            return;
        }
        if self.shared.crash_rate > 0.0 && self.shared.chance(0.5) {
            self.refuse_a_cancel();
        }
        self.operator.kill(&mut self.shared, symbol);
    }

    fn happen(&mut self, parcel: Parcel) {
        let Self {
            shared,
            engine,
            risk,
            venue,
            ..
        } = self;
        match parcel {
            Parcel::Timer(timer) => {
                shared
                    .network
                    .strike(shared.now_us + timer.period_us(), Parcel::Timer(timer));
                self.strike(timer);
            }
            Parcel::RowToRisk(quote) => risk.act(shared, |manager, now_us| {
                manager.on_quote(&quote, now_us);
                Vec::new()
            }),
            Parcel::RowToEngine(quote) => engine.act(shared, |engine, now_us| {
                engine.on_quote(&quote, now_us);
                Vec::new()
            }),
            Parcel::RowToVenue(quote) => {
                venue.act(shared, engine.connection, |gateway, now_us| {
                    gateway.on_quote(&quote, now_us);
                });
            }
            Parcel::Signal(signal) => risk.signal(shared, &signal),
            Parcel::OrderRequest { risk_start, request } => engine.request(shared, risk_start, &request),
            Parcel::OrderReply { risk_start, reply } if risk_start == risk.starts => {
                risk.reply(shared, &reply);
            }
            Parcel::ToVenue { connection, request } => {
                venue.request(shared, engine.connection, connection, *request);
            }
            Parcel::FromVenue { connection, reply } if connection == engine.connection => {
                engine.act(shared, |engine, now_us| engine.on_venue_reply(&reply, now_us));
            }
            Parcel::Event(event) => risk.event(shared, &event),
            Parcel::AskSnapshot { risk_start } => {
                if let Some(snapshot) = engine.snapshot(shared.now_us).map(Box::new) {
                    shared.send(Parcel::Snapshot { risk_start, snapshot });
                }
            }
            Parcel::Snapshot { risk_start, snapshot } if risk_start == risk.starts => {
                risk.snapshot(shared, &snapshot);
            }
            Parcel::Pong(pong) => risk.act(shared, |manager, now_us| {
                manager.on_pong(&pong.service, &pong, now_us)
            }),
            Parcel::RiskPong { told_us, killed } => engine.act(shared, |engine, now_us| {
                engine.on_risk_manager(now_us, told_us, killed);
                Vec::new()
            }),
            Parcel::CommandToEngine(command) => engine.command(shared, &command),
            Parcel::CommandToRisk(command) => risk.command(shared, &command),
            // For a process or a connection that is no more.
            Parcel::OrderReply { .. } | Parcel::FromVenue { .. } | Parcel::Snapshot { .. } => {}
        }
    }

    fn strike(&mut self, timer: Timer) {
        let Self {
            shared,
            engine,
            risk,
            venue,
            walks,
            operator,
            intruder,
            is_ending,
            ..
        } = self;
        match timer {
            Timer::Row(nth) => {
                let quote = walks[nth].row(shared.now_us, &mut shared.random);
                shared.send(Parcel::RowToRisk(quote.clone()));
                shared.send(Parcel::RowToEngine(quote.clone()));
                shared.send(Parcel::RowToVenue(quote));
            }
            Timer::Signal(nth) => {
                if !*is_ending {
                    let signal = walks[nth].signal(shared.now_us, &mut shared.random);
                    shared.send(Parcel::Signal(signal));
                }
            }
            Timer::EngineTick => engine.tick(shared),
            Timer::RiskTick => risk.tick(shared),
            Timer::VenueTick => {
                venue.act(shared, engine.connection, |gateway, now_us| {
                    gateway.tick(now_us, now_us);
                });
            }
            Timer::Heartbeats => self.heartbeats(),
            Timer::Operator => {
                if !*is_ending {
                    operator.act(shared, &engine.breaks());
                }
            }
            Timer::Intruder => {
                if !*is_ending {
                    intruder.act(shared, venue, engine.connection);
                }
            }
            Timer::Faults => self.faults(),
        }
    }

    fn heartbeats(&mut self) {
        let now_us = self.shared.now_us;
        if let Some(pong) = self.engine.pong(now_us) {
            self.shared.send(Parcel::Pong(Box::new(pong)));
        }
        if let Some(manager) = &self.risk.manager {
            let killed = !manager.latch().is_armed();
            let told_us = now_us;
            self.shared.send(Parcel::RiskPong { told_us, killed });
        }
        for service in OTHERS {
            let is_up = service != "paper-venue" || self.venue.gateway.is_some();
            let is_source = service == risk::manager::MARKET_DATA;
            let source = is_source.then(|| wire::SourceStatus {
                state: wire::source_status::State::Running.into(),
                ..wire::SourceStatus::default()
            });
            if is_up {
                let pong = wire::Pong {
                    service: service.to_owned(),
                    epoch: 1,
                    now_us,
                    source,
                    ..wire::Pong::default()
                };
                self.shared.send(Parcel::Pong(Box::new(pong)));
            }
        }
    }

    /// A kill that was said to be VERIFIED: the venue itself is looked at, and holds its block for as long as it is.
    fn prove_kills(&mut self) {
        let Some(exchange) = self.venue.exchange() else {
            return;
        };
        let session = SESSION.into();
        let witness = &mut self.shared.witness;
        for scope in std::mem::take(&mut witness.to_prove) {
            let open = exchange.open_orders(&session, scope.as_ref()).count();
            witness.expect(open == 0, || {
                let name = scope.as_ref().map_or("the desk", Symbol::as_str);
                format!("the kill of {name} is VERIFIED, and the venue holds {open} open orders")
            });
        }
        let is_blocked = |scope: &&Scope| {
            exchange.blocked(&session).is_some()
                || exchange.blocking(&session, scope.as_ref()).next().is_some()
        };
        let bare = witness.verified.iter().find(|scope| !is_blocked(scope)).cloned();
        witness.expect(bare.is_none(), || {
            let name = bare
                .flatten()
                .map_or("the desk".to_owned(), |symbol| symbol.to_string());
            format!("the kill of {name} is VERIFIED, and the venue doesn't block the session")
        });
    }
}
