//! The sockets of the service, and the loop of the one thread that owns them.

use std::collections::BTreeMap;

use bus::{
    BusError, Context, ControlServer, Peer, Publisher, Shutdown, Stamp, Subscriber, clock, stamped,
    symbol_topic,
};
use indicators::FEATURE_COUNT;
use messages::wire::{ControlRequest, Snapshot, TradingSignal, control_reply, control_request};
use settings::{Home, Settings};

use crate::SERVICE;
use crate::bridge::Bridge;
use crate::decision::{Probabilities, decide};
use crate::recorder::{Compared, Recorder};
use crate::rehearsal::{Rehearsal, rest_ns};
use crate::slot::ModelSlot;
use crate::status::{Facts, pong};

/// Signals kept for one slow reader: some minutes of a busy desk.
const SIGNALS_HIGH_WATER_MARK: i32 = 100_000;
/// Rows taken in one turn, before pings are answered again.
const ROWS_PER_TURN: usize = 5_000;
/// Longest sleep of the loop.
const TURN_MS: i64 = 20;
/// In the desk's state: what a candidate decided.
const SHADOW_FILE: &str = "shadow.csv";

/// Why the service could not start. Policy: it ends with this sentence.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A socket.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// The bars.
    #[error("signal.bar_interval_ms: {0}")]
    Bars(#[from] indicators::IndicatorError),
    /// The thread that records a candidate.
    #[error("a thread could not be started: {0}")]
    Thread(#[from] std::io::Error),
}

/// The running service.
pub struct Service {
    market: Subscriber,
    control: ControlServer,
    signals: SignalStream,
    bridge: Bridge,
    slot: ModelSlot,
    rehearsal: Rehearsal,
    /// How long to wait for the next rehearsal after a decision that was made or rehearsed, and when that was.
    rest_ns: u64,
    warm_ns: u64,
    recorder: Recorder,
    threshold: f64,
    started_us: i64,
    home: String,
}

/// The published stream and what was last said on it.
struct SignalStream {
    publisher: Publisher,
    sequences: BTreeMap<String, u64>,
    latest: BTreeMap<String, TradingSignal>,
}

impl Service {
    /// Binds and connects. The caller holds the instance lock.
    pub fn start(
        context: &Context,
        settings: &Settings,
        home: &Home,
        slot: ModelSlot,
    ) -> Result<Self, StartError> {
        let symbols = settings.symbols();
        let signal = &settings.signal;
        let bridge = Bridge::new(
            &symbols,
            i64::from(signal.bar_interval_ms) * 1_000,
            signal.threshold,
        )?;
        let address = home.address(&signal.zmq_publish_address);
        let publisher = Publisher::bind(context, &address, SIGNALS_HIGH_WATER_MARK)?;
        let control = ControlServer::bind(context, &home.address(&signal.control_address), SERVICE)?;
        let topics: Vec<Vec<u8>> = symbols
            .iter()
            .map(|symbol| symbol_topic(symbol.as_str()))
            .collect();
        let market = Subscriber::connect(
            context,
            &home.address(&signal.zmq_subscribe_address),
            &topics,
            settings.market_data.high_water_mark,
        )?;
        let signals = SignalStream {
            publisher,
            sequences: BTreeMap::new(),
            latest: BTreeMap::new(),
        };
        let recorder = Recorder::start(home.state().join(SHADOW_FILE))?;
        let home = home.folder().display().to_string();
        Ok(Self {
            market,
            control,
            signals,
            bridge,
            slot,
            rehearsal: Rehearsal::new(signal.threshold)?,
            rest_ns: 0,
            warm_ns: 0,
            recorder,
            threshold: signal.threshold,
            started_us: clock::now_us(),
            home,
        })
    }

    /// Turns until `shutdown` is asked for.
    pub fn run(&mut self, shutdown: &Shutdown) -> Result<(), BusError> {
        while !shutdown.requested() {
            bus::wait(&[&self.market, &self.control], TURN_MS)?;
            self.take_market_data()?;
            for (peer, request) in self.control.receive()? {
                self.answer(&peer, &request)?;
            }
            self.slot.look_again(clock::now_us());
        }
        Ok(())
    }

    fn take_market_data(&mut self) -> Result<(), BusError> {
        for _ in 0..ROWS_PER_TURN {
            let Some(frame) = self.market.try_receive()? else {
                self.rehearse();
                break;
            };
            let received_ns = clock::monotonic_ns();
            let mut decided = Vec::new();
            let mut asked = Vec::new();
            let slot = &mut self.slot;
            self.bridge.on_frame(
                &frame,
                |features| {
                    let probabilities = slot.ask(features, clock::now_us())?;
                    if slot.has_shadow() {
                        asked.push((*features, probabilities));
                    }
                    Some(probabilities)
                },
                |signal| decided.push(signal),
            );
            if !decided.is_empty() {
                self.warm_ns = received_ns;
            }
            // The candidate's turn comes when what is traded on is on its way.
            let compared = decided
                .iter()
                .map(|signal| (signal.symbol.clone(), signal.timestamp_us));
            let compared: Vec<_> = if asked.is_empty() {
                Vec::new()
            } else {
                compared.collect()
            };
            for mut signal in decided {
                if let Some(entry) = self.slot.entry() {
                    signal.model_version.clone_from(&entry.version);
                    signal.model_hash.clone_from(&entry.sha256);
                }
                self.signals.publish(signal, received_ns)?;
            }
            for ((symbol, timestamp_us), (features, probabilities)) in compared.into_iter().zip(asked) {
                self.ask_shadow(symbol, timestamp_us, &features, probabilities);
            }
        }
        Ok(())
    }

    /// When nothing waits, and the last decision, real or not, is a while ago.
    fn rehearse(&mut self) {
        // Without a model there is nothing to be quick for.
        if self.slot.entry().is_none() {
            return;
        }
        let now_ns = clock::monotonic_ns();
        if now_ns.saturating_sub(self.warm_ns) >= self.rest_ns {
            self.rehearsal.walk(|features| self.slot.rehearse(features));
            self.warm_ns = clock::monotonic_ns();
            self.rest_ns = rest_ns(self.warm_ns.saturating_sub(now_ns));
        }
    }

    fn ask_shadow(
        &mut self,
        symbol: String,
        timestamp_us: i64,
        features: &[f64; FEATURE_COUNT],
        live_probabilities: Probabilities,
    ) {
        let live = self.slot.entry().map(|entry| entry.version.clone());
        let Some((entry, shadow_probabilities)) = self.slot.ask_shadow(features) else {
            return;
        };
        let compared = Compared {
            timestamp_us,
            symbol,
            live: live.unwrap_or_default(),
            shadow: entry.version.clone(),
            live_probabilities,
            shadow_probabilities,
            threshold: self.threshold,
        };
        let decided = |probabilities| decide(probabilities, self.threshold).0;
        let agrees = decided(live_probabilities) == decided(shadow_probabilities);
        self.recorder.keep(compared);
        self.slot.count_shadow(agrees);
    }

    fn answer(&mut self, peer: &Peer, request: &ControlRequest) -> Result<(), BusError> {
        use control_request::Body;
        let body = match &request.body {
            Some(Body::Ping(_)) => {
                let unrecorded = self.recorder.unrecorded();
                control_reply::Body::Pong(pong(self.facts(), &self.bridge, &self.slot, unrecorded))
            }
            Some(Body::Snapshot(_)) => control_reply::Body::Snapshot(self.snapshot()),
            _ => control_reply::Body::Error(format!(
                "{SERVICE} answers pings and snapshots; commands go to the execution engine or the risk manager"
            )),
        };
        self.control.reply(peer, &request.request_id, body)
    }

    fn facts(&self) -> Facts {
        Facts {
            epoch: self.signals.publisher.epoch(),
            sequences: self.signals.sequences.clone(),
            started_us: self.started_us,
            now_us: clock::now_us(),
            home: self.home.clone(),
            requests: [
                ("malformed_requests", self.control.malformed()),
                ("refused_requests", self.control.refused()),
                ("undelivered", self.control.undelivered()),
            ],
        }
    }

    /// The latest signal of every symbol: a signal is a picture that the next one replaces.
    fn snapshot(&self) -> Snapshot {
        Snapshot {
            epoch: self.signals.publisher.epoch(),
            signals: self.signals.latest.values().cloned().collect(),
            at_us: clock::now_us(),
            ..Snapshot::default()
        }
    }
}

impl SignalStream {
    fn publish(&mut self, mut signal: TradingSignal, received_ns: u64) -> Result<(), BusError> {
        let sequence = self.sequences.entry(signal.symbol.clone()).or_default();
        *sequence += 1;
        signal.latency_ns = clock::monotonic_ns().saturating_sub(received_ns) as i64;
        let stamp = Stamp {
            epoch: self.publisher.epoch(),
            sequence: *sequence,
            published_us: clock::now_us(),
        };
        self.publisher.send_frame(&stamped(&signal, &stamp))?;
        signal.epoch = stamp.epoch;
        signal.sequence = stamp.sequence;
        signal.published_us = stamp.published_us;
        self.latest.insert(signal.symbol.clone(), signal);
        Ok(())
    }
}
