//! The control protocol: one request, one answer, on `<service>-control.ipc`.

mod answers;
mod client;
mod server;

pub use answers::Answers;
pub use client::{ControlClient, ControlError};
pub use server::ControlServer;

#[cfg(test)]
mod tests;
