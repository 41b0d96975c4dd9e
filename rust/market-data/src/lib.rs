//! The service market-data: rows from a source, checked, paced and published.
//!
//! - [`row`]: one row, and its form as CSV ([`dump`] writes files that [`replay`] reads).
//! - [`source`]: where rows come from: [`sim`] makes them, [`replay`] reads them, [`test_source`] counts.
//! - [`pacer`]: when a row is due. Pure, like the sources: time is an argument.
//! - [`publisher`]: one frame per row, and the last value of each symbol for whoever comes late.
//! - [`progress`]: how far the source got, for `--resume`.
//! - [`service`]: the loop that joins them on one thread, and the answers it gives.

pub mod arguments;
pub mod dump;
pub mod pacer;
pub mod progress;
pub mod publisher;
pub mod replay;
pub mod row;
pub mod service;
pub mod sim;
pub mod source;
pub mod test_source;
