//! The sockets and the loop. One thread owns them all and never waits for a single peer.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bus::{
    AsSocket, BusError, Context, ControlServer, Dealer, Heartbeats, Peer, Publisher, Router, Shutdown,
    Subscriber, clock, new_id, symbol_topic, wait,
};
use feed::NewestQuotes;
use messages::Malformed;
use orders::engine::SERVICE;
use orders::{Engine, Recorded, State, Token};
use settings::{DatabaseKind, Home, Settings};
use store::projection::{ProjectorError, Source};
use store::{Bounds, Journal, JournalError, LatchFile, Projector};

use crate::journal::{Unreadable, replay};
use crate::{configure, journal, storing};

pub(crate) const RISK_MANAGER: &str = "risk-manager";
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
/// A journal that failed is tried again after this long.
const JOURNAL_AGAIN_US: i64 = 100_000;
/// The longest content of a file KILL that is read: it is a reason.
const LONGEST_KILL_REASON: usize = 500;

/// Why the service cannot start or go on. Policy: exit 1 with this sentence; the supervisor starts it anew.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServiceError {
    #[error(transparent)]
    Bus(#[from] BusError),
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Entry(#[from] Unreadable),
    #[error(
        "entry {sequence} of the journal {path} is no event of this service: {source}; restore it from a copy"
    )]
    Event {
        sequence: u64,
        path: PathBuf,
        source: Malformed,
    },
    #[error(transparent)]
    Projector(#[from] ProjectorError),
}

/// Who waits for an answer.
pub(crate) struct Asker {
    pub(crate) peer: Peer,
    pub(crate) request_id: String,
}

/// The running service.
pub(crate) struct Service {
    pub(crate) engine: Engine,
    pub(crate) journal: Journal,
    pub(crate) journal_path: PathBuf,
    pub(crate) latch: LatchFile,
    pub(crate) projector: Option<Projector>,
    pub(crate) publisher: Publisher,
    pub(crate) control: ControlServer,
    pub(crate) orders: Router,
    pub(crate) venue: Dealer,
    pub(crate) market: NewestQuotes,
    pub(crate) heartbeats: Heartbeats,
    pub(crate) askers: BTreeMap<Token, Asker>,
    pub(crate) next_token: Token,
    /// When the journal failed, while it does.
    pub(crate) failed_us: Option<i64>,
    pub(crate) malformed: u64,
    pub(crate) undelivered: u64,
    pub(crate) started_us: i64,
    pub(crate) home: String,
    kill_file: PathBuf,
    looked_us: Option<i64>,
    /// Comparisons of journal and database that the engine was told of.
    audited: u64,
}

impl Service {
    /// Takes back what journal and latch file hold, and binds the sockets of `settings` in `home`, whose lock
    /// the caller holds.
    pub(crate) fn start(
        context: &Context,
        settings: &Settings,
        home: &Home,
        database_url: Option<String>,
    ) -> Result<Self, ServiceError> {
        let started_us = clock::now_us();
        let execution = &settings.execution;
        let journal_path = home.journal(SERVICE);
        let journal = Journal::open(&journal_path, &new_id())?;
        let latch = LatchFile::open(&home.latch(SERVICE), journal.last_sequence() == 0, started_us);
        let publisher = Publisher::bind(
            context,
            &home.address(&execution.zmq_publish_address),
            HIGH_WATER_MARK,
        )?;
        let config = configure::config(settings, publisher.epoch());
        let mut state = State::new(config.instruments.clone());
        replay(&journal, |entry| -> Result<(), ServiceError> {
            let event = journal::event(entry, &journal_path)?;
            let recorded = Recorded::try_from(&event).map_err(|source| ServiceError::Event {
                sequence: entry.sequence,
                path: journal_path.clone(),
                source,
            })?;
            state.apply(&recorded.event, recorded.at_us);
            Ok(())
        })?;
        let engine = Engine::new(config, state, configure::from_file(latch.state()), started_us);
        let topics: Vec<_> = settings
            .symbols()
            .iter()
            .map(|symbol| symbol_topic(symbol.as_str()))
            .collect();
        let rows = Subscriber::connect(
            context,
            &home.address(&settings.market_data.zmq_publish_address),
            &topics,
            settings.market_data.high_water_mark,
        )?;
        let watched = [(
            RISK_MANAGER.to_owned(),
            home.address(&settings.risk.control_address),
        )];
        let mut service = Self {
            projector: projector(&journal, settings, database_url)?,
            control: ControlServer::bind(context, &home.address(&execution.control_address), SERVICE)?,
            orders: Router::bind(context, &home.address(&execution.orders_address), HIGH_WATER_MARK)?,
            venue: Dealer::connect(context, &home.address(&execution.venue_address), HIGH_WATER_MARK)?,
            market: NewestQuotes::new(rows),
            heartbeats: Heartbeats::new(context, &watched, monotonic_us())?,
            engine,
            journal,
            journal_path,
            latch,
            publisher,
            askers: BTreeMap::new(),
            next_token: 0,
            failed_us: None,
            malformed: 0,
            undelivered: 0,
            started_us,
            home: home.folder().display().to_string(),
            kill_file: home.kill_file(),
            looked_us: None,
            audited: 0,
        };
        if service.projector.is_none() {
            // Nothing holds the database against the journal any more: what it found then stands for nothing now.
            let actions = service.engine.on_store_compared(&[], started_us);
            service.perform(actions)?;
        }
        service.settle()?;
        Ok(service)
    }

    /// Turns until `shutdown` is asked for.
    pub(crate) fn run(&mut self, shutdown: &Shutdown) -> Result<(), ServiceError> {
        while !shutdown.requested() {
            // Market data is no reason to wake up: it is read every turn.
            let sockets: [&dyn AsSocket; 3] = [&self.control, &self.venue, &self.orders];
            wait(&sockets, LONGEST_WAIT_MS)?;
            self.turn()?;
        }
        Ok(())
    }

    /// One turn: kills and commands first, then what the venue says, the market, and new orders last.
    fn turn(&mut self) -> Result<(), ServiceError> {
        self.engine.on_steady_clock(monotonic_us());
        self.look_for_kill_file()?;
        self.read_control()?;
        self.read_venue()?;
        self.read_market()?;
        self.read_heartbeats()?;
        self.read_orders()?;
        self.watch_projection()?;
        let actions = self.engine.on_tick(clock::now_us());
        self.perform(actions)?;
        self.settle()?;
        Ok(())
    }

    fn look_for_kill_file(&mut self) -> Result<(), BusError> {
        let now_us = clock::now_us();
        if self
            .looked_us
            .is_some_and(|looked| now_us >= looked && now_us - looked < KILL_FILE_US)
        {
            return Ok(());
        }
        self.looked_us = Some(now_us);
        let content = kill_file(&self.kill_file);
        let actions = self.engine.on_kill_file(content.as_deref(), now_us);
        self.perform(actions)
    }

    fn watch_projection(&mut self) -> Result<(), BusError> {
        let Some(projector) = &self.projector else {
            return Ok(());
        };
        let (last, now_us) = (self.journal.last_sequence(), clock::now_us());
        let actions = self.engine.on_store(projector.fault(last, now_us), now_us);
        let audit = projector.audit_since(self.audited);
        self.perform(actions)?;
        if let Some(audit) = audit {
            self.audited = audit.number;
            let actions = self
                .engine
                .on_store_compared(&storing::differences(&audit), now_us);
            self.perform(actions)?;
        }
        Ok(())
    }

    /// Appends what happened in one commit, and does what waited for it; until nothing is left or the journal
    /// fails.
    fn settle(&mut self) -> Result<(), BusError> {
        let now_us = clock::now_us();
        if self
            .failed_us
            .is_some_and(|at| now_us >= at && now_us - at < JOURNAL_AGAIN_US)
        {
            // Nothing is durable while it fails; what came meanwhile is refused, not kept waiting.
            let actions = self.engine.refuse_held(now_us);
            return self.perform(actions);
        }
        while !self.engine.unwritten().is_empty() {
            let records: Vec<_> = self.engine.unwritten().iter().map(journal::record).collect();
            match self.journal.append(&records) {
                Ok(last) => {
                    if self.failed_us.take().is_some() {
                        tracing::info!("the journal takes entries again");
                    }
                    let now_us = clock::now_us();
                    if let Some(projector) = &self.projector {
                        projector.journalled(last, now_us);
                    }
                    let actions = self.engine.on_written(records.len(), last, now_us);
                    self.perform(actions)?;
                }
                Err(error) => {
                    // A key that is there already is no fault of the disk, and trying again never helps.
                    if let JournalError::Duplicate { kind, key, .. } = &error {
                        let (dropped, actions) = self.engine.on_duplicate(kind, key, clock::now_us());
                        if dropped {
                            tracing::error!("{error}; the second record was dropped");
                            self.perform(actions)?;
                            continue;
                        }
                    }
                    if self.failed_us.is_none() {
                        tracing::error!("{error}");
                    }
                    self.failed_us = Some(clock::now_us());
                    let actions = self.engine.on_write_failed(&error.to_string(), clock::now_us());
                    self.perform(actions)?;
                    break;
                }
            }
        }
        Ok(())
    }

    /// Remembers who asked, until the answer goes.
    pub(crate) fn asked_by(&mut self, peer: Peer, request_id: &str) -> Token {
        self.next_token += 1;
        let request_id = request_id.to_owned();
        self.askers.insert(self.next_token, Asker { peer, request_id });
        self.next_token
    }
}

/// What is written in the file KILL; `None` when there is none. A folder that can't be looked into may hold it:
/// only a plain "not there" lets trading go on.
fn kill_file(path: &Path) -> Option<String> {
    match path.try_exists() {
        Ok(false) => None,
        Ok(true) => {
            let content = std::fs::read(path).unwrap_or_default();
            let content = &content[..content.len().min(LONGEST_KILL_REASON)];
            Some(String::from_utf8_lossy(content).into_owned())
        }
        Err(error) => Some(format!("{} can't be looked for: {error}", path.display())),
    }
}

/// The one place where the projection starts: a thread of its own, with a reading connection of its own.
fn projector(
    journal: &Journal,
    settings: &Settings,
    database_url: Option<String>,
) -> Result<Option<Projector>, ServiceError> {
    let url = database_url.filter(|_| settings.database.kind != DatabaseKind::Off);
    let Some(url) = url else { return Ok(None) };
    let bounds = Bounds {
        lag_limit_ms: i64::try_from(settings.database.lag_limit_ms).unwrap_or(i64::MAX),
        backlog_limit: settings.database.backlog_limit,
    };
    let reader = journal.reader()?;
    Ok(Some(Projector::start(
        reader,
        Source::Execution,
        SERVICE,
        url,
        bounds,
    )?))
}

/// Microseconds for durations: this clock is never set, so a ping is never put off by one that was.
pub(crate) fn monotonic_us() -> i64 {
    i64::try_from(clock::monotonic_us()).unwrap_or(i64::MAX)
}
