//! ZeroMQ as this desk uses it: published streams that count their gaps, and commands that are answered.
//!
//! - [`Publisher`] stamps every message with epoch, sequence and publish time; [`Subscriber`] receives,
//!   [`GapCounter`] says what is missing.
//! - [`Router`] and [`Dealer`] carry request and answer; [`ControlServer`] and [`ControlClient`] are the
//!   control protocol on top, with deadlines, retries under one id and stored [`Answers`].
//! - [`Heartbeats`] asks every service whether its hot thread still turns.
//! - [`InstanceLock`], [`Shutdown`], [`check_address`], [`wait`], [`give_way`] and [`clock`] are what a service starts
//!   with.
//!
//! Nothing here knows what is traded. Every socket has LINGER and a high-water mark that its caller chose.
//! One OS thread owns a service's sockets; none of these types is shared between threads.

pub mod address;
pub mod clock;
pub mod control;
mod error;
mod gaps;
mod heartbeats;
mod lock;
mod priority;
mod publisher;
mod router;
mod shutdown;
mod subscriber;
mod wait;

pub use address::check_address;
pub use control::{Answers, ControlClient, ControlError, ControlServer};
pub use error::BusError;
pub use gaps::{GapCounter, Observation, StreamPosition};
pub use heartbeats::Heartbeats;
pub use lock::{InstanceLock, LockError};
pub use priority::give_way;
pub use publisher::{Publisher, Stamp, stamped};
pub use router::{Dealer, Delivery, Peer, Router};
pub use shutdown::Shutdown;
pub use subscriber::{Batch, Subscriber, symbol_topic};
pub use wait::{Alarm, AsSocket, wait};
pub use zmq::Context;

/// A new UUIDv7 in its text form: ids of requests and commands, ordered by time.
pub fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}
