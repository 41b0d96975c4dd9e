//! The signal bridge: market data in, one decision per closed bar out.
//!
//! In reading order:
//! - [`decision`]: probabilities to BUY, SELL or HOLD
//! - [`bridge`]: frames of market data to bars, features and signals, without a socket
//! - [`registry`], [`refusal`]: which model is wanted, and every reason for which it is not traded on
//! - [`library`], [`predictor`]: ONNX Runtime, and a model behind the trait [`predictor::Predictor`]
//! - [`loader`]: finds and warms models on a thread of its own, and checks them by `fitness`; [`drift`]: live features
//!   against training
//! - [`slot`]: the model in use and the candidate beside it, swapped between two ticks
//! - [`recorder`]: what the candidate decided, kept and never traded
//! - [`rehearsal`]: the way of a decision, kept warm while there is none to make
//! - [`service`], [`status`]: the sockets, and what a ping is answered
//! - [`test_inference`]: one row through any model file, for scripts
//!
//! A model that is missing closes a gate; one that is refused leaves the one before in its place. Neither takes the
//! service down.

pub mod bridge;
pub mod decision;
pub mod drift;
mod fitness;
pub mod library;
pub mod loader;
pub mod predictor;
pub mod recorder;
pub mod refusal;
pub mod registry;
pub mod rehearsal;
pub mod service;
pub mod slot;
pub mod status;
pub mod test_inference;

/// The name of this service on the bus, in locks and in logs.
pub const SERVICE: &str = "signal-bridge";
