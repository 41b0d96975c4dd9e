//! Each protection, taken out, is noticed by one of the seeds that run at every build.
#![cfg(feature = "mutants")]

use messages::mutation::Mutant;
use sim::mutants::Hunt;

/// The seeds and steps of `tests/seeds.rs`.
const SEEDS: u64 = 200;
const STEPS: u64 = 2_000;

#[test]
fn every_protection_that_is_taken_out_is_noticed() {
    let unnoticed: Vec<String> = Mutant::ALL
        .iter()
        .filter(|mutant| mutant.is_simulated())
        .map(|mutant| Hunt::start(*mutant, SEEDS, STEPS))
        .filter(|hunt| hunt.caught.is_none())
        .map(|hunt| hunt.to_string())
        .collect();
    assert!(unnoticed.is_empty(), "{}", unnoticed.join("\n"));
}
