//! The state machine against a small engine that acknowledges, fills and cancels as it is told.

mod commands;
mod conduct;
mod desk;
mod engine;
mod exposure;
mod gates;
mod hostile;
mod properties;
mod signals;
