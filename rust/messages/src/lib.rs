//! The contract of the desk, and the exact types its Rust side works with.
//!
//! - [`wire`]: the protobuf types of `proto/messages.proto`, as they travel. Prices and quantities are doubles.
//! - [`exact`]: [`Price`], [`Quantity`] and [`Money`] as integers: what every calculation uses.
//! - [`quote`], [`order`], [`fill`], [`gate`]: the domain types, converted from and to [`wire`] once, at the rim.
//!
//! - [`mutation`]: protections that the simulation's tests can take out; nothing of it is in what ships.
//! - `hostile`: spoils messages for the tests of what reads them; likewise.
//!
//! A message becomes a domain type by `TryFrom`, which refuses what must not pass ([`Malformed`] names the
//! field and the reason), and goes back by `From`. No sockets and no clocks in here.

pub mod exact;
pub mod fill;
pub mod gate;
#[cfg(feature = "hostile")]
pub mod hostile;
mod malformed;
pub mod mutation;
pub mod order;
pub mod quote;
pub mod symbol;

/// The protobuf types, generated at build from `proto/messages.proto`, which documents them.
#[expect(missing_docs, reason = "documented in the contract itself")]
#[expect(clippy::all, clippy::pedantic, reason = "generated code")]
pub mod wire {
    include!(concat!(env!("OUT_DIR"), "/trading.rs"));
}

pub use exact::{Inexact, Money, Price, Quantity};
pub use fill::Fill;
pub use gate::{Gate, GateKind};
pub use malformed::Malformed;
pub use order::{Order, OrderStatus, OrderType, Origin, Side};
pub use quote::{Quote, Trade};
pub use symbol::{Instrument, Symbol};
