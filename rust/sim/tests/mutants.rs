//! Each protection, taken out, is noticed by one of the seeds that run at every build.
#![cfg(feature = "mutants")]

use messages::mutation::Mutant;
use sim::mutants::Hunt;

/// Most are noticed by the first seeds of `tests/seeds.rs`; what takes an unlucky order of events needs more.
const SEEDS: u64 = 600;
const STEPS: u64 = 2_000;

#[test]
fn every_protection_that_is_taken_out_is_noticed() {
    let unnoticed: Vec<String> = Mutant::ALL
        .iter()
        .map(|mutant| Hunt::start(*mutant, SEEDS, STEPS))
        .filter(|hunt| hunt.caught.is_none())
        .map(|hunt| hunt.to_string())
        .collect();
    assert!(unnoticed.is_empty(), "{}", unnoticed.join("\n"));
}
