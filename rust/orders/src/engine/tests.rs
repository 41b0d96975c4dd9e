//! The engine with a small venue, a journal and a latch file in memory.

mod breaks;
mod desk;
mod faults;
mod kills;
mod orders;
mod pains;
mod properties;
mod strangers;
mod venue;
