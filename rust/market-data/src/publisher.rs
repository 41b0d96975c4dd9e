//! One frame per row, numbered per symbol, and each symbol's last value for whoever comes late.
//!
//! The socket is an XPUB in manual mode: each subscription is read, accepted here, and answered with the last
//! values it covers. `XPUB_MANUAL_LAST_VALUE` makes the next message go to that subscriber alone, and it is
//! *one* message: for a prefix that covers several symbols the frames travel as parts of it, which a reader
//! receives one after the other like any others. The option is set around that one message only, since it
//! would otherwise send the next row to one subscriber alone.
//!
//! A subscriber that leaves in the microseconds between its subscription and the answer takes the socket's only
//! mark of it along: libzmq then gives that answer to all who read the symbol. It repeats what they have, under
//! the same sequence, by which every reader knows it.

use bus::{AsSocket, BusError};
use feed::Intervals;
use feed::history::to_wire;
use feed::series::{Series, bars_per_ring};
use indicators::mid;
use messages::{Symbol, wire};
use prost::Message as _;

use crate::row::Row;

const XPUB_MANUAL_LAST_VALUE: i32 = 98;
/// First byte of what a subscriber sends: it subscribes.
const SUBSCRIBES: u8 = 1;
/// Subscriptions taken in one turn: each may be answered with the last value of every symbol, and rows wait meanwhile.
const SUBSCRIPTIONS: usize = 256;
/// Bars kept of each interval for those who come late: twelve minutes of seconds, two years of days.
const BARS: usize = 720;

/// The publishing end of `market-data.ipc`.
pub struct MarketPublisher {
    socket: zmq::Socket,
    address: String,
    epoch: u64,
    symbols: Vec<Published>,
    rows: u64,
    last_values_sent: u64,
    subscriptions: u64,
}

/// What was published of one symbol. The message is kept to be filled anew: no row allocates.
struct Published {
    message: wire::MarketData,
    frame: Vec<u8>,
    bars: Series,
}

impl MarketPublisher {
    /// Binds `address` for `symbols`, under `epoch`. At most `high_water_mark` frames wait for one subscriber;
    /// what comes beyond is lost to it and shows as a gap.
    pub fn bind(
        context: &zmq::Context,
        address: &str,
        high_water_mark: i32,
        symbols: &[Symbol],
        epoch: u64,
    ) -> Result<Self, BusError> {
        let intervals = Intervals::default();
        let bars = bars_per_ring(BARS, symbols.len(), &intervals);
        bus::check_address(address)?;
        let failed = |source| BusError::Socket {
            address: address.to_owned(),
            source,
        };
        let mut socket = context.socket(zmq::XPUB).map_err(failed)?;
        socket.set_linger(200).map_err(failed)?;
        socket.set_sndhwm(high_water_mark).map_err(failed)?;
        // Subscriptions are as many as readers; they must not be lost behind a mark.
        socket.set_rcvhwm(0).map_err(failed)?;
        set_option(&mut socket, zmq_sys::ZMQ_XPUB_MANUAL as i32, &1_i32.to_ne_bytes()).map_err(failed)?;
        socket.bind(address).map_err(|source| BusError::Bind {
            address: address.to_owned(),
            source,
        })?;
        let symbols = symbols
            .iter()
            .map(|symbol| Published {
                message: wire::MarketData {
                    symbol: symbol.as_str().to_owned(),
                    epoch,
                    ..Default::default()
                },
                frame: Vec::with_capacity(160),
                bars: Series::new(&intervals, bars),
            })
            .collect();
        Ok(Self {
            socket,
            address: address.to_owned(),
            epoch,
            symbols,
            rows: 0,
            last_values_sent: 0,
            subscriptions: 0,
        })
    }

    /// Publishes `row` at `now_us`, without waiting.
    pub fn publish(&mut self, row: &Row, now_us: i64) -> Result<(), BusError> {
        let published = &mut self.symbols[row.symbol];
        published.fill(row);
        let message = &mut published.message;
        message.sequence += 1;
        message.published_us = now_us;
        published.frame.clear();
        message.encode_raw(&mut published.frame);
        let sent = send(&self.socket, &published.frame, 0);
        sent.map_err(|source| self.transport(source))?;
        self.rows += 1;
        Ok(())
    }

    /// Takes a row that an earlier process has published: it counts for the bars alone.
    pub fn pass_over(&mut self, row: &Row) {
        self.symbols[row.symbol].fill(row);
    }

    /// The bars of `symbol` at each interval, at most the newest `limit` closed ones, and what they are made of;
    /// `None` for a symbol that is not published here.
    pub fn bars(&self, symbol: &str, limit: usize) -> Option<wire::Bars> {
        let published = self.symbols.iter().find(|each| each.message.symbol == symbol)?;
        Some(wire::Bars {
            symbol: symbol.to_owned(),
            series: published.bars.kept(limit).map(|kept| to_wire(&kept)).collect(),
            epoch: self.epoch,
            sequence: published.message.sequence,
        })
    }

    /// Accepts waiting subscriptions, as many as one turn has room for, and answers each with the last values it
    /// covers. The rest waits for the next turn.
    pub fn serve_subscriptions(&mut self) -> Result<(), BusError> {
        for _ in 0..SUBSCRIPTIONS {
            let request = match self.socket.recv_bytes(zmq::DONTWAIT) {
                Ok(request) => request,
                Err(zmq::Error::EAGAIN) => return Ok(()),
                Err(zmq::Error::EINTR) => continue,
                Err(source) => return Err(self.transport(source)),
            };
            self.subscriptions += 1;
            match request.split_first() {
                Some((&SUBSCRIBES, topic)) => self.accept(topic).map_err(|source| self.transport(source))?,
                Some((_, topic)) => set_option(&mut self.socket, zmq_sys::ZMQ_UNSUBSCRIBE as i32, topic)
                    .map_err(|source| self.transport(source))?,
                None => {}
            }
        }
        Ok(())
    }

    fn accept(&mut self, topic: &[u8]) -> zmq::Result<()> {
        let Self { socket, symbols, .. } = self;
        set_option(socket, zmq_sys::ZMQ_SUBSCRIBE as i32, topic)?;
        let sent = symbols.iter().map(|each| each.frame.as_slice());
        let covered: Vec<&[u8]> = sent
            .filter(|frame| !frame.is_empty() && frame.starts_with(topic))
            .collect();
        if covered.is_empty() {
            return Ok(());
        }
        let on = 1_i32.to_ne_bytes();
        set_option(socket, XPUB_MANUAL_LAST_VALUE, &on)?;
        let answered = send_as_one(socket, &covered);
        // Off again, which also leaves the manual mode: back into it before a subscription can slip by.
        set_option(socket, XPUB_MANUAL_LAST_VALUE, &0_i32.to_ne_bytes())?;
        set_option(socket, zmq_sys::ZMQ_XPUB_MANUAL as i32, &on)?;
        answered?;
        self.last_values_sent += covered.len() as u64;
        Ok(())
    }

    fn transport(&self, source: zmq::Error) -> BusError {
        BusError::Transport {
            address: self.address.clone(),
            source,
        }
    }

    /// This start's number, larger at each later one.
    pub const fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Rows published since the start.
    pub const fn rows(&self) -> u64 {
        self.rows
    }

    /// Last values given to those who came late.
    pub const fn last_values_sent(&self) -> u64 {
        self.last_values_sent
    }

    /// Subscriptions and cancellations carried out.
    pub const fn subscriptions(&self) -> u64 {
        self.subscriptions
    }

    /// The last message of each symbol that had one.
    pub fn last_messages(&self) -> impl Iterator<Item = &wire::MarketData> {
        self.symbols
            .iter()
            .map(|each| &each.message)
            .filter(|message| message.sequence > 0)
    }
}

impl AsSocket for MarketPublisher {
    fn socket(&self) -> &zmq::Socket {
        &self.socket
    }
}

impl Published {
    fn fill(&mut self, row: &Row) {
        let message = &mut self.message;
        fill(message, row);
        let middle = message.bid.zip(message.ask).and_then(|(bid, ask)| mid(bid, ask));
        self.bars.update(message.timestamp_us, middle, message.volume);
    }
}

fn fill(message: &mut wire::MarketData, row: &Row) {
    if message.exchange != *row.exchange {
        row.exchange.as_ref().clone_into(&mut message.exchange);
    }
    message.timestamp_us = row.event_us;
    message.price = row.trade.map(|trade| trade.price.to_f64());
    message.volume = row.trade.map_or(0.0, |trade| trade.volume.to_f64());
    message.aggressor = row.trade.map_or(0, |trade| trade.aggressor as i32);
    message.bid = row.bid.map(messages::Price::to_f64);
    message.ask = row.ask.map(messages::Price::to_f64);
    message.bid_size = row.bid_size.to_f64();
    message.ask_size = row.ask_size.to_f64();
}

/// Sends `frames` as the parts of one message. It is routed by its first part.
fn send_as_one(socket: &zmq::Socket, frames: &[&[u8]]) -> zmq::Result<()> {
    for (at, frame) in frames.iter().enumerate() {
        send(
            socket,
            frame,
            if at + 1 < frames.len() { zmq::SNDMORE } else { 0 },
        )?;
    }
    Ok(())
}

/// Never waits: what a subscriber has no room for is dropped. Tried again when a signal interrupts.
fn send(socket: &zmq::Socket, frame: &[u8], flags: i32) -> zmq::Result<()> {
    loop {
        match socket.send(frame, zmq::DONTWAIT | flags) {
            Err(zmq::Error::EINTR) => {}
            result => return result,
        }
    }
}

/// Sets an option that the crate `zmq` has no method for.
#[expect(unsafe_code, reason = "the safe crate has no door to these options")]
fn set_option(socket: &mut zmq::Socket, option: i32, value: &[u8]) -> zmq::Result<()> {
    // SAFETY: the socket is alive and used by this thread alone, since it is borrowed mutably; libzmq copies
    // `value.len()` bytes from a slice that outlives the call.
    let status =
        unsafe { zmq_sys::zmq_setsockopt(socket.as_mut_ptr(), option, value.as_ptr().cast(), value.len()) };
    if status == 0 {
        return Ok(());
    }
    // SAFETY: reads a number of this thread.
    Err(zmq::Error::from_raw(unsafe { zmq_sys::zmq_errno() }))
}

#[cfg(test)]
mod tests;
