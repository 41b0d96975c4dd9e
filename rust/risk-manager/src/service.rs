//! The sockets and the loop. One thread owns them all and never waits for a single peer.

use std::collections::VecDeque;

use bus::{
    Answers, BusError, Context, ControlServer, Dealer, GapCounter, Heartbeats, Publisher, Shutdown,
    Subscriber, clock, new_id, symbol_topic, wait,
};
use feed::NewestQuotes;
use messages::wire;
use prost::Message;
use risk::RiskManager;
use settings::{Home, Settings};
use store::projection::{ProjectorError, Source};
use store::{Bounds, Journal, JournalError, LatchFile, Projector};

use crate::carry::Pending;
use crate::memory::Memory;
use crate::{NAME, configure};

/// Events and orders that may wait at a socket: minutes of both.
const HIGH_WATER_MARK: i32 = 100_000;
/// A turn waits no longer than this.
const LONGEST_WAIT_MS: i64 = 5;
/// The file KILL is looked for this often.
const KILL_FILE_US: i64 = 20_000;
const _: () = assert!(
    KILL_FILE_US + LONGEST_WAIT_MS * 1_000 <= 100_000,
    "a file KILL is seen within 100 ms"
);
/// Commands whose answers are kept in memory.
const ANSWERS: usize = 10_000;
/// Entries read at a time at the start.
const PAGE: usize = 10_000;

/// Why the service cannot start or go on. Policy: exit 1 with this sentence; the supervisor starts it anew.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// A socket failed.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// The journal cannot be opened or read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// An entry of the journal is no event of this service.
    #[error("entry {sequence} of the journal {path} cannot be taken back: {reason}; restore it from a copy")]
    Entry {
        /// Its sequence.
        sequence: u64,
        /// The journal.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The projection cannot be started.
    #[error(transparent)]
    Projector(#[from] ProjectorError),
    /// The configuration makes no risk manager.
    #[error("the configuration cannot be used: {0}")]
    Configuration(String),
}

/// The running service.
pub struct Service {
    pub(crate) manager: RiskManager,
    pub(crate) journal: Journal,
    pub(crate) latch: LatchFile,
    pub(crate) projector: Option<Projector>,
    pub(crate) publisher: Publisher,
    pub(crate) control: ControlServer,
    pub(crate) orders: Dealer,
    pub(crate) engine: Dealer,
    pub(crate) signals: Subscriber,
    pub(crate) market: NewestQuotes,
    pub(crate) execution: Subscriber,
    pub(crate) heartbeats: Heartbeats,
    pub(crate) signal_gaps: GapCounter,
    pub(crate) answers: Answers,
    pub(crate) memory: Memory,
    /// Records that the journal did not take yet.
    pub(crate) unwritten: VecDeque<Pending>,
    pub(crate) journal_is_faulty: bool,
    pub(crate) tried_us: i64,
    /// Limits that the engine hasn't acknowledged, and when they were sent last.
    pub(crate) owed_limits: Option<(wire::Limits, i64)>,
    pub(crate) was_following: bool,
    pub(crate) malformed: u64,
    pub(crate) started_us: i64,
    pub(crate) home: String,
    kill_file: std::path::PathBuf,
    looked_us: i64,
}

impl Service {
    /// Takes back what the journal and the latch file hold, and binds the sockets of `settings` in `home`,
    /// whose lock the caller holds.
    pub fn start(
        context: &Context,
        settings: &Settings,
        home: &Home,
        database_url: Option<String>,
    ) -> Result<Self, ServiceError> {
        let started_us = clock::now_us();
        let journal = Journal::open(&home.journal(NAME), &new_id())?;
        let latch = LatchFile::open(&home.latch(NAME), journal.last_sequence() == 0, started_us);
        let publisher = Publisher::bind(
            context,
            &home.address(&settings.risk.zmq_publish_address),
            HIGH_WATER_MARK,
        )?;
        let config =
            configure::config(settings, home, publisher.epoch()).map_err(ServiceError::Configuration)?;
        let limits = configure::limits(settings)
            .map_err(|error| ServiceError::Configuration(format!("risk.limits: {error}")))?;
        let state = configure::from_file(latch.state());
        let manager = RiskManager::new(config, limits.clone(), state, started_us);
        let connect = |address: &str, topics: &[Vec<u8>], high_water_mark| {
            Subscriber::connect(context, &home.address(address), topics, high_water_mark)
        };
        let topics: Vec<_> = settings
            .symbols()
            .iter()
            .map(|symbol| symbol_topic(symbol.as_str()))
            .collect();
        let everything = [Vec::new()];
        let mut service = Self {
            projector: projector(&journal, settings, database_url)?,
            control: ControlServer::bind(context, &home.address(&settings.risk.control_address), NAME)?,
            orders: Dealer::connect(
                context,
                &home.address(&settings.execution.orders_address),
                HIGH_WATER_MARK,
            )?,
            engine: Dealer::connect(context, &home.address(&settings.execution.control_address), 1_000)?,
            signals: connect(&settings.signal.zmq_publish_address, &everything, HIGH_WATER_MARK)?,
            market: NewestQuotes::new(connect(
                &settings.market_data.zmq_publish_address,
                &topics,
                settings.market_data.high_water_mark,
            )?),
            execution: connect(
                &settings.execution.zmq_publish_address,
                &everything,
                HIGH_WATER_MARK,
            )?,
            heartbeats: Heartbeats::new(context, &configure::services(settings, home), monotonic_us())?,
            manager,
            journal,
            latch,
            publisher,
            signal_gaps: GapCounter::default(),
            answers: Answers::new(ANSWERS),
            memory: Memory::default(),
            unwritten: VecDeque::new(),
            journal_is_faulty: false,
            tried_us: 0,
            owed_limits: None,
            was_following: false,
            malformed: 0,
            started_us,
            home: home.folder().display().to_string(),
            kill_file: home.kill_file(),
            looked_us: i64::MIN / 2,
        };
        service.restore(&home.journal(NAME).display().to_string())?;
        configure::warn_of_differences(&limits, service.manager.limits());
        let actions = service.manager.start(clock::now_us());
        service.carry_out_plainly(actions)?;
        Ok(service)
    }

    fn restore(&mut self, path: &str) -> Result<(), ServiceError> {
        let mut from = 1;
        loop {
            let entries = self.journal.read(from, PAGE)?;
            let Some(last) = entries.last() else { return Ok(()) };
            from = last.sequence + 1;
            for entry in entries {
                let failed = |reason: String| ServiceError::Entry {
                    sequence: entry.sequence,
                    path: path.to_owned(),
                    reason,
                };
                let event = wire::RiskEvent::decode(entry.payload.as_slice())
                    .map_err(|error| failed(error.to_string()))?;
                self.manager
                    .restore(&event)
                    .map_err(|error| failed(error.to_string()))?;
                if let Some(wire::risk_event::Event::Command(record)) = &event.event
                    && let Some(result) = &record.result
                {
                    self.answers.insert(result.clone());
                }
                self.memory.take(&event);
            }
        }
    }

    /// Turns until `shutdown` is asked for.
    pub fn run(&mut self, shutdown: &Shutdown) -> Result<(), ServiceError> {
        while !shutdown.requested() {
            self.turn()?;
            // Market data is no reason to wake up: it is read before every decision, and every turn.
            let sockets: [&dyn bus::AsSocket; 5] = [
                &self.control,
                &self.execution,
                &self.orders,
                &self.engine,
                &self.signals,
            ];
            wait(&sockets, LONGEST_WAIT_MS)?;
        }
        let actions = self.manager.stop(clock::now_us());
        self.carry_out_plainly(actions)?;
        Ok(())
    }

    /// One turn: commands first, then what the engine says, then the market, then signals.
    fn turn(&mut self) -> Result<(), ServiceError> {
        let actions = self.manager.on_clocks(clock::now_us(), monotonic_us());
        self.carry_out_plainly(actions)?;
        self.look_for_kill_file()?;
        self.read_control()?;
        self.read_execution()?;
        self.read_orders()?;
        self.read_engine()?;
        self.read_heartbeats()?;
        self.read_market()?;
        self.read_signals()?;
        let now_us = clock::now_us();
        self.watch_projection(now_us)?;
        let actions = self.manager.on_tick(now_us);
        self.carry_out_plainly(actions)?;
        self.send_owed_limits()?;
        self.was_following |= self.manager.is_following();
        Ok(())
    }

    fn look_for_kill_file(&mut self) -> Result<(), BusError> {
        let now_us = clock::now_us();
        if monotonic_us() - self.looked_us < KILL_FILE_US {
            return Ok(());
        }
        self.looked_us = monotonic_us();
        // A folder that can't be looked into may hold the file: only a plain "not there" lets trading go on.
        let present = self.kill_file.try_exists().unwrap_or(true);
        let actions = self.manager.on_kill_file(present, now_us);
        self.carry_out_plainly(actions)
    }

    fn watch_projection(&mut self, now_us: i64) -> Result<(), BusError> {
        let Some(projector) = &self.projector else {
            return Ok(());
        };
        let last = self.journal.last_sequence();
        let actions = self.manager.on_projection(projector.fault(last, now_us), now_us);
        self.carry_out_plainly(actions)
    }
}

/// Microseconds for durations: this clock is never set.
pub(crate) fn monotonic_us() -> i64 {
    i64::try_from(clock::monotonic_us()).unwrap_or(i64::MAX)
}

fn projector(
    journal: &Journal,
    settings: &Settings,
    database_url: Option<String>,
) -> Result<Option<Projector>, ServiceError> {
    let url = database_url.filter(|_| settings.database.kind != settings::DatabaseKind::Off);
    let Some(url) = url else { return Ok(None) };
    let bounds = Bounds {
        lag_limit_ms: i64::try_from(settings.database.lag_limit_ms).unwrap_or(i64::MAX),
        backlog_limit: settings.database.backlog_limit,
    };
    Ok(Some(Projector::start(
        journal.reader()?,
        Source::Risk,
        NAME,
        url,
        bounds,
    )?))
}
