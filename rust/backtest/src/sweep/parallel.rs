//! Numbered work over threads, its results in order.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// How long the caller's thread waits before it asks whether to go on.
const PATIENCE: Duration = Duration::from_millis(50);
/// After so many results it asks without waiting.
const OFTEN: usize = 64;

/// `0..count` through the closures that `worker` makes, one for each thread; `None` when interrupted.
///
/// A thread takes the next number when it is done with one, so uneven work spreads by itself.
pub(super) fn in_order<T, W>(
    count: usize,
    threads: usize,
    interrupted: &mut dyn FnMut() -> bool,
    worker: impl Fn() -> W + Sync,
) -> Option<Vec<T>>
where
    T: Send,
    W: FnMut(usize) -> T,
{
    let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let mut results: Vec<Option<T>> = Vec::new();
    results.resize_with(count, || None);
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..threads.clamp(1, count.max(1)) {
            let sender = sender.clone();
            let (next, stop, worker) = (&next, &stop, &worker);
            scope.spawn(move || {
                let mut work = worker();
                while !stop.load(Ordering::Relaxed) {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    if place >= count || sender.send((place, work(place))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        let mut taken = 0;
        loop {
            match receiver.recv_timeout(PATIENCE) {
                Ok((place, result)) => {
                    results[place] = Some(result);
                    taken += 1;
                    if taken % OFTEN != 0 {
                        continue;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if !stop.load(Ordering::Relaxed) && interrupted() {
                stop.store(true, Ordering::Relaxed);
            }
        }
    });
    // A number is missing only where the work was stopped before it.
    results.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_stand_at_their_numbers() {
        for threads in [0, 1, 3, 500] {
            let squares = in_order(200, threads, &mut || false, || |place| place * place);
            assert_eq!(squares, Some((0..200).map(|place| place * place).collect()));
        }
        assert_eq!(in_order(0, 2, &mut || false, || |place| place), Some(Vec::new()));
    }

    #[test]
    fn an_interruption_stops_between_two_pieces_of_work() {
        let done = AtomicUsize::new(0);
        let work = || {
            |_place| {
                done.fetch_add(1, Ordering::Relaxed);
                thread::yield_now();
            }
        };
        assert_eq!(in_order(10_000_000, 2, &mut || true, work), None);
        assert!(done.load(Ordering::Relaxed) < 10_000_000);
    }
}
