//! Calling no more often than the method's tier always lets through.

use crate::waits::Waits;
use guestlist_methods::{Tier, find};
use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

const MINUTE: Duration = Duration::from_secs(60);
/// Waiting longer than this is told louder.
pub(crate) const LONG: Duration = Duration::from_secs(5);

/// Calls a minute that are always let through; methods nobody knows are taken for the middle tier.
pub(crate) fn per_minute(method: &str) -> u32 {
    find(method)
        .map_or(Tier::Three, |entry| entry.spec.tier)
        .per_minute()
        .max(1)
}

/// When the last calls of one method were made.
///
/// ```
/// use guestlist_client::Pace;
/// use std::time::Duration;
/// let mut pace = Pace::new(2);
/// let now = tokio::time::Instant::now();
/// assert_eq!(pace.turn(now), Duration::ZERO);
/// assert_eq!(pace.turn(now), Duration::ZERO);
/// assert_eq!(pace.turn(now), Duration::from_secs(60));
/// ```
#[derive(Clone, Debug)]
pub struct Pace {
    per_minute: usize,
    turns: VecDeque<Instant>,
}

impl Pace {
    /// So many calls in any minute, at least one.
    pub fn new(per_minute: u32) -> Self {
        Self {
            per_minute: per_minute.max(1) as usize,
            turns: VecDeque::new(),
        }
    }

    /// How long to wait before the next call; it counts as made then.
    pub fn turn(&mut self, now: Instant) -> Duration {
        let mut at = now;
        if self.turns.len() >= self.per_minute
            && let Some(oldest) = self.turns.pop_front()
        {
            at = at.max(oldest + MINUTE);
        }
        self.turns.push_back(at);
        at - now
    }
}

/// The paces of all methods.
#[derive(Debug, Default)]
pub(crate) struct Paces(Mutex<HashMap<String, Pace>>);

impl Paces {
    pub(crate) async fn turn(&self, method: &str, waits: &dyn Waits) {
        let wait = {
            let mut paces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let pace = paces
                .entry(method.to_owned())
                .or_insert_with(|| Pace::new(per_minute(method)));
            pace.turn(waits.now())
        };
        if !wait.is_zero() {
            let seconds = wait.as_secs_f64();
            // So long that whoever looks on believes it dead.
            if wait > LONG {
                tracing::warn!("{method}: waits {seconds:.0} s to stay within its rate limit");
            } else {
                tracing::info!("{method}: waits {seconds:.1} s to stay within its rate limit");
            }
            waits.wait(wait).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_minute_has_more_calls_than_the_tier() {
        let mut pace = Pace::new(3);
        let begin = Instant::now();
        let mut now = begin;
        let mut made = Vec::new();
        for step in [0, 1, 30, 0, 0, 5, 100, 0, 0, 0] {
            now += Duration::from_secs(step);
            now += pace.turn(now);
            made.push(now);
        }
        for window in made.windows(4) {
            assert!(window[3] - window[0] >= MINUTE, "{made:?}");
        }
        // Nobody waits who need not.
        assert_eq!(
            made[..3],
            [0, 1, 31].map(|s| begin + Duration::from_secs(s))
        );
        assert_eq!(made[3], begin + MINUTE);
    }

    #[test]
    fn tiers_come_from_the_pages() {
        assert_eq!(per_minute("conversations.invite"), 50);
        assert_eq!(per_minute("users.list"), 20);
        assert_eq!(per_minute("no.such"), 50);
    }
}
