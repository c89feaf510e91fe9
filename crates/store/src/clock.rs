//! The world's clock.

use guestlist_domain::Timestamp;
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

/// The wall clock, moved by an offset that tests and operators set. Copies share the offset.
#[derive(Clone, Debug, Default)]
pub struct Clock(Arc<AtomicI64>);

impl Clock {
    /// The world's time.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the wall clock is read"
    )]
    pub fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp(
            i64::try_from(since.as_micros())
                .unwrap_or(i64::MAX)
                .saturating_add(self.0.load(Ordering::Relaxed)),
        )
    }

    /// Moves the clock by so many microseconds, back if negative.
    pub fn advance(&self, micros: i64) {
        self.0.fetch_add(micros, Ordering::Relaxed);
    }
}
