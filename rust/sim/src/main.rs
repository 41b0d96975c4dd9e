//! `sim`: runs the desk under faults, many seeds after another, and says which one breaks a promise.

use std::collections::VecDeque;
use std::process::ExitCode;

use clap::Parser;
use sim::Report;

/// The whole desk in one thread, with faults.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many seeds.
    #[arg(long, default_value_t = 200)]
    seeds: u64,
    /// Steps of each before it has to come to rest.
    #[arg(long, default_value_t = 20_000)]
    steps: u64,
    /// The only seed.
    #[arg(long)]
    seed: Option<u64>,
    /// Shows the last so many steps of a seed that breaks a promise.
    #[arg(long, num_args = 0..=1, default_value_t = 0, default_missing_value = "40", value_name = "STEPS")]
    trace: usize,
    /// Takes every protection out, one at a time, and shows which seed notices.
    #[cfg(feature = "mutants")]
    #[arg(long)]
    mutants: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    #[cfg(feature = "mutants")]
    if arguments.mutants {
        return hunt(&arguments);
    }
    let first = arguments.seed.unwrap_or(1);
    let count = if arguments.seed.is_some() {
        1
    } else {
        arguments.seeds
    };
    let mut total = Report::default();
    let mut failed = 0_u64;
    for seed in first..first + count {
        match sim::run(seed, arguments.steps, |_, _| {}) {
            Ok(report) => total += report,
            Err(violation) => {
                failed += 1;
                println!("VIOLATION {violation}");
                println!(
                    "  repeat it with: sim --seed {seed} --steps {} --trace",
                    arguments.steps
                );
                if arguments.trace > 0 {
                    show(seed, &arguments);
                }
            }
        }
    }
    println!(
        "{count} seeds of {} steps, {failed} with a violation: {total}",
        arguments.steps
    );
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// The table of mutants.
#[cfg(feature = "mutants")]
fn hunt(arguments: &Arguments) -> ExitCode {
    let mut all_caught = true;
    println!("| mutant | protection taken out | caught by seed | by |\n|---|---|---|---|");
    let all = messages::mutation::Mutant::ALL.iter();
    for mutant in all.filter(|mutant| mutant.is_simulated()) {
        let hunt = sim::mutants::Hunt::start(*mutant, arguments.seeds, arguments.steps);
        all_caught &= hunt.caught.is_some();
        println!("{hunt}");
    }
    if all_caught {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Repeats the run and shows its last steps.
fn show(seed: u64, arguments: &Arguments) {
    let mut last = VecDeque::new();
    let again = sim::run(seed, arguments.steps, |at_us, happened| {
        last.push_back(format!("{at_us:>12} µs  {happened:?}"));
        if last.len() > arguments.trace {
            last.pop_front();
        }
    });
    for line in &last {
        println!("{line}");
    }
    if again.is_ok() {
        println!("the second run found nothing: the run is not deterministic, which is a defect of its own");
    }
}
