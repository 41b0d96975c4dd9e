//! The whole desk in one thread, with faults: the very types the services run, driven by one seeded scheduler.
//!
//! - `network`, `clockwork`: what happens next. Messages come late, twice, out of order or never.
//! - `engine`, `risk_manager`, `paper_venue`: the actors. Each has an in-memory journal that survives its crashes.
//! - `market`, `operator`, `intruder`: what the desk trades on, and who interferes.
//! - `faults`, `projection`, `latch_file`: processes, disks, clocks, the database and latch files fail and come back.
//! - `witness`: what must hold after every step. `agreement`: what must hold when all is quiet again.
//!
//! A run is its seed: the same seed and number of steps repeat it exactly.

mod agreement;
mod clockwork;
mod engine;
mod faults;
mod intruder;
mod latch_file;
mod limits;
mod market;
#[cfg(feature = "mutants")]
pub mod mutants;
mod network;
mod operator;
mod paper_venue;
mod pending;
mod projection;
mod report;
mod risk_manager;
mod shared;
mod witness;
mod world;

pub use report::Report;
use world::World;

/// How long the desk has to come to rest after the last fault, in microseconds.
const REST_US: i64 = 40_000_000;
/// How often it is looked at meanwhile.
const LOOK_US: i64 = 500_000;

/// Something that must never happen did.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("seed {seed}, step {step}, {at_ms} ms after the start: {what}")]
pub struct Violation {
    /// The seed that repeats it.
    pub seed: u64,
    /// How many things had happened.
    pub step: u64,
    /// When, in the run's own time.
    pub at_ms: i64,
    /// What was wrong.
    pub what: String,
}

/// Runs one seed for `steps` steps with faults, then until the desk is at rest, and looks whether all agree.
/// `trace` is shown every step.
pub fn run(
    seed: u64,
    steps: u64,
    mut trace: impl FnMut(i64, &dyn std::fmt::Debug),
) -> Result<Report, Violation> {
    let violation = |step, at_us: i64, what| Violation {
        seed,
        step,
        at_ms: at_us / 1_000,
        what,
    };
    let mut world = World::new(seed).map_err(|what| violation(0, 0, what))?;
    let start_us = world.shared.now_us;
    let mut advance = |world: &mut World| {
        let happened = world.step();
        let (at_us, step) = (world.shared.now_us - start_us, world.report().steps);
        trace(at_us, &happened);
        match world.shared.witness.violation.take() {
            Some(what) => Err(violation(step, at_us, what)),
            None => Ok(()),
        }
    };
    for _ in 0..steps {
        advance(&mut world)?;
    }
    world.end();
    let end_us = world.shared.now_us + REST_US;
    let mut look_us = world.shared.now_us;
    let mut standing = None;
    while world.shared.now_us < end_us {
        advance(&mut world)?;
        if world.shared.now_us >= look_us {
            look_us += LOOK_US;
            standing = world.disagreement();
            if standing.is_none() {
                return Ok(world.report());
            }
        }
    }
    let what = standing.unwrap_or_else(|| "the run ended before it was looked at".to_owned());
    Err(violation(
        world.report().steps,
        world.shared.now_us - start_us,
        format!("no rest: {what}"),
    ))
}
