//! The conflating reader of market data: a native thread that keeps the newest of each symbol.
//!
//! - [`MarketFeed`]: connects, reads on a thread of its own, and is asked at any pace: what has changed since,
//!   the bars, the totals. However fast the market and however slow the asker, memory stays what it was.
//! - [`conflator`]: what is kept per symbol, gaps counted. Pure.
//! - [`series`]: the newest bars of one symbol. Pure.
//!
//! For screens, which show the present. Whoever decides on every row reads the stream itself.

pub mod conflator;
mod reader;
pub mod series;

pub use conflator::{Change, Totals};
pub use indicators::bars::Bar;
pub use reader::{FeedError, FeedOptions, MarketFeed};
