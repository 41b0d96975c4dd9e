//! The one door to the clocks; everything below takes the time as an argument.

use std::sync::OnceLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Microseconds since 1970-01-01 UTC, as this machine's clock says.
#[expect(clippy::disallowed_methods, reason = "this is the door")]
pub fn now_us() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

/// Nanoseconds since this process first asked: for durations, never set back.
#[expect(clippy::disallowed_methods, reason = "this is the door")]
pub fn monotonic_ns() -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    let elapsed = START.get_or_init(Instant::now).elapsed();
    u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX)
}

/// Microseconds since this process first asked: for durations, never set back.
pub fn monotonic_us() -> u64 {
    monotonic_ns() / 1_000
}
