//! How the calling thread stands against the others of its process.

/// Of `nice`: where both want one processor, a thread with it gets a tenth of what one without it gets.
const NICE: i32 = 10;

/// From now on the calling thread lets the others of its process go first. No other thread is changed, and only a
/// privileged process could take it back.
///
/// For work beside the hot thread. Where the system refuses, the thread stays as it is: nothing depends on it.
pub fn give_way() {
    if let Err(error) = rustix::process::nice(NICE) {
        tracing::warn!(%error, "a thread could not be put behind the others");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nice() -> i32 {
        rustix::process::getpriority_process(None).expect("every thread may ask for its own")
    }

    #[test]
    fn the_thread_that_gives_way_goes_behind_and_no_other_does() {
        let before = nice();
        let behind = std::thread::spawn(|| {
            give_way();
            nice()
        });
        assert_eq!(behind.join().expect("it ends"), (before + NICE).min(19));
        assert_eq!(nice(), before);
    }
}
