//! Sends prepared frames at a steady rate and does nothing else: what a reader is measured against, so that the
//! sender's own work doesn't count.
//!
//! `bare_publisher ADDRESS RATE SECONDS [SYMBOLS]` waits for a subscriber, then sends `RATE` frames a second for
//! `SECONDS` and prints how many it sent and how late it was at the end. A socket that drops nothing: a sender that
//! is too slow shows as being late.

use std::error::Error;

use bus::{Context, clock, wait};
use messages::wire::MarketData;
use prost::Message as _;

/// Frames sent before the clock is read again.
const BURST: u64 = 100;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, address, rate, seconds, rest @ ..] = arguments.as_slice() else {
        return Err("usage: bare_publisher ADDRESS RATE SECONDS [SYMBOLS]".into());
    };
    let (rate, seconds): (u64, u64) = (rate.parse()?, seconds.parse()?);
    let symbols: u64 = rest.first().map_or(Ok(8), |symbols| symbols.parse())?;
    let context = Context::new();
    let socket = context.socket(zmq::XPUB)?;
    socket.set_sndhwm(0)?;
    socket.bind(address)?;
    let mut frames: Vec<Frame> = (0..symbols).map(Frame::new).collect();
    // The first subscription.
    socket.recv_bytes(0)?;
    wait(&[], 200)?;

    let began_ns = clock::monotonic_ns();
    let total = rate * seconds;
    let mut sent = 0;
    while sent < total {
        let due = (clock::monotonic_ns() - began_ns).saturating_mul(rate) / 1_000_000_000;
        if due <= sent {
            wait(&[], 1)?;
            continue;
        }
        let published_us = clock::now_us();
        for _ in 0..BURST.min(total - sent) {
            let frame = &mut frames[(sent % symbols) as usize];
            socket.send(frame.next(published_us), zmq::DONTWAIT)?;
            sent += 1;
        }
    }
    let late_ns = (clock::monotonic_ns() - began_ns).saturating_sub(seconds * 1_000_000_000);
    println!("{{\"sent\": {sent}, \"late_ms\": {}}}", late_ns / 1_000_000);
    // Until what waits in the socket is out.
    wait(&[], 1_000)?;
    Ok(())
}

/// A frame as market-data makes it, of which only the stamp is written anew.
struct Frame {
    bytes: Vec<u8>,
    fixed: usize,
    sequence: u64,
}

impl Frame {
    fn new(number: u64) -> Self {
        let message = MarketData {
            symbol: format!("SY{number:02}"),
            volume: 0.0,
            timestamp_us: 1_704_205_800_000_000,
            exchange: "SIM".to_owned(),
            bid: Some(100.25),
            ask: Some(100.5),
            bid_size: 7.0,
            ask_size: 9.0,
            epoch: 1_704_205_800_000_000,
            ..Default::default()
        };
        let bytes = message.encode_to_vec();
        Self {
            fixed: bytes.len(),
            bytes,
            sequence: 0,
        }
    }

    fn next(&mut self, published_us: i64) -> &[u8] {
        self.sequence += 1;
        self.bytes.truncate(self.fixed);
        let stamp = bus::Stamp {
            epoch: 1_704_205_800_000_000,
            sequence: self.sequence,
            published_us,
        };
        stamp.encode_raw(&mut self.bytes);
        &self.bytes
    }
}
