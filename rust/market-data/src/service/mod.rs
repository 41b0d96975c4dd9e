//! The loop: subscriptions, questions, rows that are due; on one thread.
//!
//! - [`feeder`]: held, running, ended or failed, and which row is due when. Pure.
//! - [`answer`]: what a question gets.
//!
//! A turn publishes at most [`BATCH`] rows before it looks at the sockets again, so that a question is answered
//! within milliseconds at any rate.

mod answer;
pub mod feeder;

use bus::{Context, ControlServer, Shutdown, clock, wait};
use messages::wire;
use settings::{Home, Settings};

use crate::progress::{Progress, ProgressFile};
use crate::publisher::MarketPublisher;
use feeder::{Feeder, Step};

/// Its name to the other services.
pub const NAME: &str = "market-data";
/// Rows published, or passed over, in one turn.
pub const BATCH: usize = 256;
/// A turn waits no longer than this, so that a wish to stop is seen soon.
const LONGEST_WAIT_MS: i64 = 10;
/// The rate in the status is measured over this long.
const RATE_WINDOW_US: i64 = 1_000_000;

/// Why the service ended by itself. Policy: exit 1 with this sentence; the supervisor starts it anew.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// A socket failed.
    #[error(transparent)]
    Bus(#[from] bus::BusError),
    /// The progress could not be written.
    #[error("the progress cannot be recorded in {file}: {source}; is the disk full?")]
    Progress {
        /// The file.
        file: String,
        /// What the system says.
        source: std::io::Error,
    },
}

/// Rows per second over the last window.
#[derive(Debug, Default)]
struct Rate {
    since_us: i64,
    rows: u64,
    per_second: f64,
}

impl Rate {
    fn update(&mut self, rows: u64, now_us: i64) {
        let elapsed = now_us - self.since_us;
        if elapsed >= RATE_WINDOW_US {
            self.per_second = (rows - self.rows) as f64 * 1e6 / elapsed as f64;
            (self.since_us, self.rows) = (now_us, rows);
        }
    }
}

/// The running service.
pub struct Service {
    publisher: MarketPublisher,
    control: ControlServer,
    feeder: Feeder,
    progress: ProgressFile,
    progress_name: String,
    rate: Rate,
    started_us: i64,
    home: String,
}

impl Service {
    /// Binds the sockets of `settings` in `home`, whose lock the caller holds.
    pub fn bind(
        context: &Context,
        settings: &Settings,
        home: &Home,
        feeder: Feeder,
        progress: ProgressFile,
    ) -> Result<Self, ServiceError> {
        let data = &settings.market_data;
        let started_us = clock::now_us();
        let publisher = MarketPublisher::bind(
            context,
            &home.address(&data.zmq_publish_address),
            data.high_water_mark,
            &settings.symbols(),
            started_us.unsigned_abs(),
        )?;
        let control = ControlServer::bind(context, &home.address(&data.control_address), NAME)?;
        Ok(Self {
            publisher,
            control,
            feeder,
            progress,
            progress_name: home.progress(NAME).display().to_string(),
            rate: Rate {
                since_us: monotonic_us(),
                ..Rate::default()
            },
            started_us,
            home: home.folder().display().to_string(),
        })
    }

    /// Turns until `shutdown` is asked for.
    pub fn run(&mut self, shutdown: &Shutdown) -> Result<(), ServiceError> {
        self.record_progress()?;
        while !shutdown.requested() {
            self.publisher.serve_subscriptions()?;
            self.answer_all()?;
            let pause_us = self.publish_due()?;
            self.record_progress()?;
            self.rate.update(self.publisher.rows(), monotonic_us());
            if pause_us > 0 {
                // Rounded up: better a millisecond late than a turn for nothing.
                let wait_ms = ((pause_us + 999) / 1_000).min(LONGEST_WAIT_MS);
                wait(&[&self.publisher, &self.control], wait_ms)?;
            }
        }
        Ok(())
    }

    /// Publishes what is due, up to a batch, and gives the microseconds until the next row.
    fn publish_due(&mut self) -> Result<i64, ServiceError> {
        for _ in 0..BATCH {
            match self.feeder.step(monotonic_us()) {
                Step::Publish(row) => self.publisher.publish(&row, clock::now_us())?,
                Step::Wait(wait_us) => return Ok(wait_us),
                Step::PassedOver(row) => self.publisher.pass_over(&row),
                Step::Stopped(reason) => {
                    tracing::error!("the source failed: {reason}");
                    return Ok(0);
                }
                Step::Ended => {
                    tracing::info!("the source has ended after {} rows", self.feeder.rows());
                    return Ok(0);
                }
            }
        }
        Ok(0)
    }

    fn answer_all(&mut self) -> Result<(), ServiceError> {
        for (peer, request) in self.control.receive()? {
            let reply = self.answer(request.body.as_ref());
            self.control.reply(&peer, &request.request_id, reply)?;
        }
        Ok(())
    }

    fn answer(&mut self, body: Option<&wire::control_request::Body>) -> wire::control_reply::Body {
        let Some(body) = body else {
            return wire::control_reply::Body::Error("the request asks for nothing".to_owned());
        };
        if matches!(body, wire::control_request::Body::Start(_)) && self.feeder.start() {
            tracing::info!("the source begins");
        }
        let now_us = clock::now_us();
        let gauges = answer::Gauges {
            started_us: self.started_us,
            per_second: self.rate.per_second,
            malformed_requests: self.control.malformed(),
            refused_requests: self.control.refused(),
            undelivered: self.control.undelivered(),
            home: &self.home,
        };
        answer::answer(body, &self.publisher, &self.feeder, &gauges, now_us)
    }

    fn record_progress(&mut self) -> Result<(), ServiceError> {
        let progress = Progress {
            identity: self.feeder.identity().to_owned(),
            started: self.feeder.has_started(),
            rows: self.feeder.position(),
        };
        let recorded = self.progress.record(&progress);
        recorded.map_err(|source| ServiceError::Progress {
            file: self.progress_name.clone(),
            source,
        })
    }
}

fn monotonic_us() -> i64 {
    clock::monotonic_us() as i64
}
