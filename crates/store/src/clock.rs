//! The world's clock.

use guestlist_domain::Timestamp;
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

/// The wall clock, moved by an offset that tests and operators set. Copies share the offset.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    offset: Arc<AtomicI64>,
    stands: bool,
}

impl Clock {
    /// A clock that stands at `now` and goes on only when it is moved: for tests of what depends
    /// on the second.
    pub fn standing(now: Timestamp) -> Self {
        Self {
            offset: Arc::new(AtomicI64::new(now.0)),
            stands: true,
        }
    }

    /// The world's time.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the wall clock is read"
    )]
    pub fn now(&self) -> Timestamp {
        let offset = self.offset.load(Ordering::Relaxed);
        if self.stands {
            return Timestamp(offset);
        }
        let since = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp(
            i64::try_from(since.as_micros())
                .unwrap_or(i64::MAX)
                .saturating_add(offset),
        )
    }

    /// Moves the clock by so many microseconds, back if negative.
    pub fn advance(&self, micros: i64) {
        self.offset.fetch_add(micros, Ordering::Relaxed);
    }
}
