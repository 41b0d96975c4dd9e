//! Waiting for several sockets at once.

use std::os::fd::{AsRawFd, OwnedFd};

use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
};

use crate::error::BusError;

/// Whatever can be waited for.
pub trait AsSocket {
    /// The socket underneath.
    fn socket(&self) -> &zmq::Socket;
}

/// Returns when one of `sockets` has something to read, or after `timeout_ms`, or early on a signal.
pub fn wait(sockets: &[&dyn AsSocket], timeout_ms: i64) -> Result<(), BusError> {
    poll(&mut items(sockets), timeout_ms)
}

/// Waits to the microsecond, which [`wait`] can't: a loop that must act sooner than in a millisecond would have to
/// spin, and a spinning thread is the first to lose its processor when there is more to do than processors.
#[derive(Debug)]
pub struct Alarm {
    timer: OwnedFd,
}

impl Alarm {
    /// A timer of the system, unset. Policy of the error: the service can't start (no descriptors are left).
    pub fn new() -> Result<Self, BusError> {
        let timer = timerfd_create(
            TimerfdClockId::Monotonic,
            TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC,
        );
        Ok(Self {
            timer: timer.map_err(failed)?,
        })
    }

    /// Returns when one of `sockets` has something to read, or after `timeout_us`, or early on a signal.
    pub fn wait(&self, sockets: &[&dyn AsSocket], timeout_us: i64) -> Result<(), BusError> {
        let mut items = items(sockets);
        if timeout_us <= 0 {
            return poll(&mut items, 0);
        }
        let once = Itimerspec {
            it_interval: Timespec {
                tv_sec: 0,
                tv_nsec: 0,
            },
            it_value: Timespec {
                tv_sec: timeout_us / 1_000_000,
                tv_nsec: timeout_us % 1_000_000 * 1_000,
            },
        };
        // Setting it anew also takes back that it went off.
        timerfd_settime(&self.timer, TimerfdTimerFlags::empty(), &once).map_err(failed)?;
        items.push(zmq::PollItem::from_fd(self.timer.as_raw_fd(), zmq::POLLIN));
        poll(&mut items, -1)
    }
}

fn failed(error: rustix::io::Errno) -> BusError {
    BusError::transport("timer")(zmq::Error::from_raw(error.raw_os_error()))
}

fn items<'a>(sockets: &[&'a dyn AsSocket]) -> Vec<zmq::PollItem<'a>> {
    sockets
        .iter()
        .map(|socket| socket.socket().as_poll_item(zmq::POLLIN))
        .collect()
}

fn poll(items: &mut [zmq::PollItem<'_>], timeout_ms: i64) -> Result<(), BusError> {
    match zmq::poll(items, timeout_ms) {
        Ok(_) | Err(zmq::Error::EINTR) => Ok(()),
        Err(source) => Err(BusError::transport("poll")(source)),
    }
}

#[cfg(test)]
mod tests {
    use messages::wire;

    use super::*;
    use crate::clock::monotonic_us;
    use crate::{Dealer, Router};

    #[test]
    fn an_alarm_goes_off_every_time_it_is_set_and_not_before() {
        let alarm = Alarm::new().unwrap();
        for timeout_us in [300, 2_000, 300] {
            let before_us = monotonic_us();
            alarm.wait(&[], timeout_us).unwrap();
            assert!(monotonic_us() - before_us >= timeout_us as u64);
        }
    }

    #[test]
    fn a_message_comes_before_the_alarm() {
        let folder = tempfile::tempdir().unwrap();
        let address = format!("ipc://{}/a.ipc", folder.path().display());
        let context = zmq::Context::new();
        let router = Router::bind(&context, &address, 10).unwrap();
        let dealer = Dealer::connect(&context, &address, 10).unwrap();
        let alarm = Alarm::new().unwrap();
        while dealer.send(&wire::Ping {}).is_err() {
            alarm.wait(&[], 1_000).unwrap();
        }
        let an_hour_us = 3_600_000_000;
        alarm.wait(&[&router], an_hour_us).unwrap();
        assert!(router.try_receive().unwrap().is_some());
    }
}
