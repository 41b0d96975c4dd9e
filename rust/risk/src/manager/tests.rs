//! The state machine against a small engine that acknowledges, fills and cancels as it is told.

mod desk;
mod properties;
mod scenarios;
