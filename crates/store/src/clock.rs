//! The world's clock.

use guestlist_domain::Timestamp;
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use tokio::sync::watch;

/// The wall clock, moved by an offset that tests and operators set. Copies share the offset.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    offset: Arc<AtomicI64>,
    stands: bool,
    moved: Arc<watch::Sender<()>>,
}

impl Clock {
    /// A clock that stands at `now` and goes on only when it is moved: for tests of what depends
    /// on the second.
    pub fn standing(now: Timestamp) -> Self {
        Self {
            offset: Arc::new(AtomicI64::new(now.0)),
            stands: true,
            moved: Arc::default(),
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
        self.moved.send_replace(());
    }

    /// Waits until it is `time` in the world: because time goes by, or because the clock is moved.
    pub async fn sleep_until(&self, time: Timestamp) {
        let mut moved = self.moved.subscribe();
        loop {
            let left = time.0.saturating_sub(self.now().0);
            let Ok(left @ 1..) = u64::try_from(left) else {
                return;
            };
            let wait = async {
                if self.stands {
                    std::future::pending().await
                } else {
                    tokio::time::sleep(Duration::from_micros(left)).await;
                }
            };
            tokio::select! {
                () = wait => {}
                _ = moved.changed() => {}
            }
        }
    }
}
