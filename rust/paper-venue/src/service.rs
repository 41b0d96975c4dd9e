//! Sockets, clock and journal around the gateway.

use bus::{Alarm, BusError, ControlServer, Delivery, Peer, Router, clock};
use messages::wire;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use settings::{Home, Settings};
use startup::Location;
use store::Journal;
use venue::gateway::Turn;
use venue::{Arrivals, Gateway, Moment};
use wire::control_reply::Body as Reply;
use wire::control_request::Body as Request;

use crate::rows::{Row, Rows};
use crate::{book, models};

const SERVICE: &str = "paper-venue";
/// Replies that may wait for one peer: a thousand cancels with their reports, several times over.
const HIGH_WATER_MARK: i32 = 20_000;
/// Requests taken in one turn: they share one commit.
const REQUESTS: usize = 2_000;
/// The longest rest of the loop: how late a signal to stop or a silent session is noticed.
const REST_US: i64 = 10_000;

/// Why the venue ends. Policy: the sentence goes to the log, the exit code is 1, the supervisor starts it anew.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServiceError {
    #[error(transparent)]
    Start(#[from] startup::StartError),
    #[error("execution.venue.fee_rate: {0}")]
    Fees(messages::Inexact),
    #[error(transparent)]
    Book(#[from] book::BookError),
    #[error(transparent)]
    Journal(#[from] store::JournalError),
    #[error(transparent)]
    Bus(#[from] BusError),
}

/// Runs until a signal asks it to stop.
pub(crate) fn run(location: Location) -> Result<(), ServiceError> {
    let desk = location.desk()?;
    let instance = desk.hold(SERVICE)?;
    let mut service = Service::open(&desk.settings, &desk.home)?;
    tracing::info!(
        open_orders = service.gateway.exchange().open_count(),
        executions = service.gateway.exchange().execution_count(),
        "the venue is open"
    );
    while !instance.shutdown.requested() {
        service.turn()?;
    }
    tracing::info!("stopped; open orders stay in the book");
    Ok(())
}

fn moment() -> Moment {
    Moment {
        steady_us: clock::monotonic_us() as i64,
        wall_us: clock::now_us(),
    }
}

struct Service {
    alarm: Alarm,
    router: Router,
    control: ControlServer,
    rows: Rows,
    gateway: Gateway<Peer>,
    journal: Journal,
    on_the_way: Arrivals<Peer>,
    random: ChaCha8Rng,
    undelivered: u64,
    started_us: i64,
    home: String,
}

impl Service {
    fn open(settings: &Settings, home: &Home) -> Result<Self, ServiceError> {
        let started_us = clock::now_us();
        let execution = &settings.execution;
        let fees = models::fees(&execution.venue).map_err(ServiceError::Fees)?;
        let instruments = settings.instruments().into_values();
        let (journal, exchange) = book::open(&home.journal(SERVICE), instruments, fees, started_us)?;
        let context = bus::Context::new();
        let market_data = home.address(&settings.market_data.zmq_publish_address);
        let high_water_mark = settings.market_data.high_water_mark;
        Ok(Self {
            alarm: Alarm::new()?,
            rows: Rows::connect(&context, &market_data, high_water_mark)?,
            router: Router::bind(&context, &home.address(&execution.venue_address), HIGH_WATER_MARK)?,
            control: ControlServer::bind(&context, &home.address(&execution.venue_control_address), SERVICE)?,
            gateway: Gateway::open(exchange, moment().steady_us),
            journal,
            on_the_way: Arrivals::new(models::latency(&execution.venue)),
            random: ChaCha8Rng::seed_from_u64(execution.venue.seed),
            undelivered: 0,
            started_us,
            home: home.folder().display().to_string(),
        })
    }

    fn turn(&mut self) -> Result<(), ServiceError> {
        let rest_us = self.on_the_way.rest_us(moment(), REST_US);
        self.alarm
            .wait(&[&self.router, &self.control, self.rows.subscriber()], rest_us)?;
        let gateway = &mut self.gateway;
        self.rows.drain(|row| {
            let quote = match row {
                Row::Quote(quote) => quote,
                Row::Restarted(quote) => {
                    gateway.feed_restarted();
                    quote
                }
            };
            gateway.on_quote(&quote, clock::now_us());
        })?;
        self.take_requests()?;
        self.on_the_way.deliver(&mut self.gateway, moment());
        self.flush()?;
        self.answer_control()?;
        Ok(())
    }

    fn take_requests(&mut self) -> Result<(), BusError> {
        for _ in 0..REQUESTS {
            let Some((peer, frame)) = self.router.try_receive()? else {
                break;
            };
            let (gateway, random) = (&mut self.gateway, &mut self.random);
            self.on_the_way.take(gateway, peer, &frame, moment(), random);
        }
        Ok(())
    }

    /// Durable first, sent second. A journal that fails ends the venue: what it decided was told to nobody, and
    /// the restart goes on from what is durable.
    fn flush(&mut self) -> Result<(), ServiceError> {
        let Turn { events, replies } = self.gateway.turn();
        book::commit(&mut self.journal, &events)?;
        for (peer, reply) in &replies {
            match self.router.send(peer, reply)? {
                Delivery::Sent => {}
                Delivery::PeerGone => {
                    self.undelivered += 1;
                    self.gateway.gone(peer);
                }
                // Executions are found again by their sequence.
                Delivery::PeerFull => self.undelivered += 1,
            }
        }
        Ok(())
    }

    fn answer_control(&mut self) -> Result<(), BusError> {
        for (peer, request) in self.control.receive()? {
            let body = match request.body {
                Some(Request::Ping(_)) => Reply::Pong(self.pong()),
                _ => Reply::Error(
                    "the venue takes orders and cancels at its order entry; here it answers pings".into(),
                ),
            };
            self.control.reply(&peer, &request.request_id, body)?;
        }
        Ok(())
    }

    fn pong(&self) -> wire::Pong {
        let exchange = self.gateway.exchange();
        let counted = self.gateway.counters();
        let counters = [
            ("open_orders", exchange.open_count() as u64),
            ("orders", exchange.order_count() as u64),
            ("executions", exchange.execution_count()),
            ("connections", self.gateway.connection_count() as u64),
            ("requests", counted.requests),
            ("malformed_requests", counted.malformed + self.control.malformed()),
            ("refused_requests", self.control.refused()),
            ("refused_orders", counted.refused),
            ("duplicate_orders", counted.duplicates),
            ("silent_sessions", counted.silences),
            (
                "undelivered_replies",
                self.undelivered + self.control.undelivered(),
            ),
            ("rows", self.rows.received),
            ("malformed_rows", self.rows.malformed),
            ("missing_rows", self.rows.missing()),
            ("journal_sequence", self.journal.last_sequence()),
        ];
        wire::Pong {
            service: SERVICE.to_owned(),
            pid: std::process::id(),
            state: wire::pong::State::Ready.into(),
            epoch: self.started_us.unsigned_abs(),
            last_sequence: exchange.execution_count(),
            started_us: self.started_us,
            now_us: clock::now_us(),
            counters: counters
                .into_iter()
                .map(|(name, count)| (name.to_owned(), count as f64))
                .collect(),
            venue: "PAPER".to_owned(),
            home: self.home.clone(),
            ..wire::Pong::default()
        }
    }
}
