//! How long a delivery is tried.

/// When a failed delivery is tried again: the seconds to wait after its `attempts`-th attempt.
/// `None` once all are spent.
pub const fn retry_after(attempts: u32) -> Option<i64> {
    match attempts {
        0 | 1 => Some(0),
        2 => Some(60),
        3 => Some(5 * 60),
        _ => None,
    }
}

/// An event that could not be delivered for this long is delivered no more, in seconds.
pub const STALE_SECONDS: i64 = 2 * 60 * 60;
