//! Some seeds at every build; `sim --seeds N` runs as many as wanted.

use sim::Report;

const SEEDS: u64 = 200;
const STEPS: u64 = 2_000;

#[test]
fn no_seed_breaks_a_promise() {
    let mut total = Report::default();
    for seed in 1..=SEEDS {
        match sim::run(seed, STEPS, |_, _| {}) {
            Ok(report) => total += report,
            Err(violation) => {
                panic!("{violation}\n  repeat it with: sim --seed {seed} --steps {STEPS} --trace")
            }
        }
    }
    // What never happens proves nothing.
    let Report {
        orders,
        fills,
        denials,
        kills_verified,
        rearms,
        crashes,
        strangers,
        resolved,
        ..
    } = total;
    assert!(
        [
            orders,
            fills,
            denials,
            kills_verified,
            rearms,
            crashes,
            strangers,
            resolved
        ]
        .iter()
        .all(|count| *count > 50),
        "{total}"
    );
}

#[test]
fn a_seed_repeats_its_run() {
    let mut first = Vec::new();
    let report = sim::run(3, 500, |at_us, happened| {
        first.push(format!("{at_us} {happened:?}"));
    })
    .unwrap();
    let mut second = Vec::new();
    assert_eq!(
        sim::run(3, 500, |at_us, happened| second
            .push(format!("{at_us} {happened:?}"))),
        Ok(report)
    );
    assert!(first == second);
}
