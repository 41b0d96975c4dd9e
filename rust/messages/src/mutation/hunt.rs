//! The named tests, run again with their protection taken out: each must fail.

use std::process::Command;

use super::Mutant;
use super::switch::VARIABLE;

/// Runs the tests of the crate `of` that answer for a protection, each in a process of its own from this very binary
/// (it is called in a test of that crate) and without the protection. Gives a sentence for each that did not fail.
pub fn unnoticed(of: &str) -> Vec<String> {
    let binary = match std::env::current_exe() {
        Ok(binary) => binary,
        Err(error) => return vec![format!("this binary can't be found: {error}")],
    };
    let mut sentences = Vec::new();
    let mut asked = 0;
    for mutant in Mutant::ALL {
        let own = |name: &&&str| name.split("::").next() == Some(of);
        for name in mutant.tests().iter().filter(own) {
            asked += 1;
            let test = name.trim_start_matches(of).trim_start_matches("::");
            let done = Command::new(&binary)
                .args(["--exact", test, "--test-threads", "1"])
                .env(VARIABLE, format!("{mutant:?}"))
                .output();
            match done {
                Ok(done) if String::from_utf8_lossy(&done.stdout).contains("1 failed") => {}
                Ok(done) if done.status.success() => {
                    sentences.push(format!(
                        "{mutant:?} is not noticed by {name}, or there is no such test"
                    ));
                }
                Ok(done) => sentences.push(format!("{name} without {mutant:?} ended with {}", done.status)),
                Err(error) => sentences.push(format!("{name} can't be run: {error}")),
            }
        }
    }
    if asked == 0 {
        sentences.push(format!("no test of {of} answers for any protection"));
    }
    sentences
}
