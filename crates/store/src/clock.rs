//! The world's clock.

use guestlist_domain::Timestamp;
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use tokio::sync::{Notify, watch};

/// The wall clock, or a time that stands, moved as the store's world is, and by an offset of its own. Copies
/// share both.
#[derive(Clone, Debug, Default)]
pub struct Clock(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    offset: AtomicI64,
    /// By how much the world's time is moved: as the store has it.
    moved_by: AtomicI64,
    stands: bool,
    /// The machine's time stands, too.
    machine_stands: bool,
    woken: Notify,
    moved: watch::Sender<()>,
}

impl Clock {
    /// A clock that stands at `now` and goes on only when it is moved: for tests of what depends
    /// on the second.
    pub fn standing(now: Timestamp) -> Self {
        Self(Arc::new(Inner {
            offset: AtomicI64::new(now.0),
            stands: true,
            machine_stands: true,
            ..Inner::default()
        }))
    }

    /// A world's time that stands at `now` and goes on only when it is moved, while the machine's goes on.
    pub fn stopped(now: Timestamp) -> Self {
        Self(Arc::new(Inner {
            offset: AtomicI64::new(now.0),
            stands: true,
            ..Inner::default()
        }))
    }

    /// The world's time.
    pub fn now(&self) -> Timestamp {
        let offset = self.0.offset.load(Ordering::Relaxed) + self.moved_by();
        let start = if self.0.stands { 0 } else { wall().0 };
        Timestamp(start.saturating_add(offset))
    }

    /// The machine's time, however the world's is moved: for what others compare with clocks of their own.
    pub fn machine(&self) -> Timestamp {
        if self.0.machine_stands {
            return Timestamp(self.0.offset.load(Ordering::Relaxed));
        }
        wall()
    }

    /// Moves this clock alone by so many microseconds, back if negative: for tests, and of nodes whose
    /// clocks differ. Nothing keeps it; [`Store::move_clock`](crate::Store::move_clock) moves the world's.
    pub fn advance(&self, micros: i64) {
        self.0.offset.fetch_add(micros, Ordering::Relaxed);
        self.tell_moved();
    }

    /// Whether a move by so many microseconds leads to a time of the calendar: of 1970 to 5999.
    pub fn can_move(&self, micros: i64) -> bool {
        let then = self.now().0.checked_add(micros);
        then.is_some_and(|then| (0..=Timestamp::LATEST.0).contains(&then))
    }

    /// By how many microseconds the world's time is moved.
    pub(crate) fn moved_by(&self) -> i64 {
        self.0.moved_by.load(Ordering::Relaxed)
    }

    /// The world's time is moved by so many microseconds, all in all.
    pub(crate) fn set_moved_by(&self, micros: i64) {
        if self.0.moved_by.swap(micros, Ordering::Relaxed) != micros {
            self.tell_moved();
        }
    }

    fn tell_moved(&self) {
        self.0.moved.send_replace(());
        self.wake();
    }

    /// Waits until it is `time` in the world: because time goes by, or because the clock is moved.
    pub async fn sleep_until(&self, time: Timestamp) {
        let mut moved = self.0.moved.subscribe();
        loop {
            let left = time.0.saturating_sub(self.now().0);
            let Ok(left @ 1..) = u64::try_from(left) else {
                return;
            };
            let wait = async {
                if self.0.stands {
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

    /// Waits for so many microseconds: of the world's time or of the machine's, whichever go by first. What others
    /// are given time for does not stand with the world.
    pub fn pass(&self, micros: i64) -> impl Future<Output = ()> + Send + 'static {
        let clock = self.clone();
        let then = Timestamp(clock.now().0.saturating_add(micros));
        let micros = u64::try_from(micros).unwrap_or(0);
        async move {
            let machine = async {
                if clock.0.machine_stands {
                    std::future::pending().await
                } else {
                    tokio::time::sleep(Duration::from_micros(micros)).await;
                }
            };
            tokio::select! {
                () = clock.sleep_until(then) => {}
                () = machine => {}
            }
        }
    }

    /// Whether time goes on only when it is moved.
    pub fn stands(&self) -> bool {
        self.0.stands
    }

    /// Tells whoever waits for a time that another may be the next.
    pub(crate) fn wake(&self) {
        self.0.woken.notify_one();
    }

    /// Resolves when the clock was moved, or something new will be due.
    pub async fn woken(&self) {
        self.0.woken.notified().await;
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place where the wall clock is read"
)]
fn wall() -> Timestamp {
    let since = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
