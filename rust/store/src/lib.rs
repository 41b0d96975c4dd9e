//! What is kept: the journals that are the truth, the latch that outlives a crash, and the projection.
//!
//! - [`journal`]: a service's own append-only log in SQLite, durable when `append` returns.
//! - [`latch`]: the kill latch in a preallocated file, so that a full disk still latches.
//! - [`projection`]: PostgreSQL, filled from a journal by a thread of its own; [`migrate`] makes its schema.
//!
//! No sockets of the bus in here, and no meaning: payloads are the caller's.

pub mod journal;
pub mod latch;
pub mod migrate;
pub mod projection;

pub use journal::{Entry, Journal, JournalError, JournalReader, Record};
pub use latch::{Latch, LatchEntry, LatchError, LatchFile};
pub use projection::{Bounds, Projector};
