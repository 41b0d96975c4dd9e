//! The engine with a small venue, a journal and a latch file in memory.

mod breaks;
mod changes;
mod commands;
mod desk;
mod executions;
mod faults;
mod flattens;
mod hostile;
mod kills;
mod latching;
mod orders;
mod pains;
mod parked;
mod progress;
mod properties;
mod rearm;
mod storing;
mod strangers;
mod venue;
