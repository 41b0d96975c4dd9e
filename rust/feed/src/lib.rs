//! Reading market data for the present: what has changed, and the bars so far.
//!
//! - [`MarketFeed`]: connects, reads on a thread of its own, and is asked at any pace: what has changed since,
//!   the bars, the totals. However fast the market and however slow the asker, memory stays what it was.
//! - [`NewestQuotes`]: for a service's own loop: the newest quote of each symbol since the last look.
//! - [`decode()`]: a frame read in place. Pure.
//! - [`conflator`]: what is kept per symbol, gaps and ages counted. Pure.
//! - [`series`]: the newest bars of one symbol at several [`Intervals`]. Pure. market-data keeps the same, so that
//!   a reader that comes late gets what it missed ([`history`]) and puts its own rows behind it ([`holding`]).
//! - [`latency`]: how long messages were on their way. Pure.
//!
//! Whoever decides on every row reads the stream itself.

pub mod conflator;
pub mod decode;
pub mod history;
pub mod holding;
pub mod intervals;
pub mod latency;
pub mod newest;
mod reader;
pub mod series;

pub use conflator::{Change, Frame, MOST_SYMBOLS, Totals};
pub use decode::{Malformed, Row, decode};
pub use indicators::bars::Bar;
pub use intervals::{Intervals, UnfitIntervals};
pub use latency::LatencySummary;
pub use newest::{NewestFrames, NewestQuotes};
pub use reader::{FeedError, FeedOptions, MarketFeed};
