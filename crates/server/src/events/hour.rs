//! Counting over the last sixty minutes: how much an app was sent, and how much of it failed.

use guestlist_domain::Timestamp;
use std::collections::VecDeque;

/// Deliveries that an app may get in a workspace within an hour.
pub(super) const QUOTA: f64 = 30_000.0;
/// An app with fewer attempts than this within an hour is never cut off.
const FEW: u64 = 1000;

/// Counts of the last hour, by minute.
#[derive(Debug, Default)]
pub(super) struct Hour {
    minutes: VecDeque<Minute>,
    total: u64,
    failed: u64,
}

#[derive(Debug)]
struct Minute {
    /// Minutes since the epoch.
    number: i64,
    total: u64,
    failed: u64,
}

/// The minute that a time is in.
pub(super) fn minute(now: Timestamp) -> i64 {
    now.seconds().div_euclid(60)
}

impl Hour {
    fn forget(&mut self, now: Timestamp) {
        let now = minute(now);
        // A clock that was set back leaves minutes that are yet to come: they count no more, too.
        while let Some(first) = self.minutes.front()
            && !(now - 59..=now).contains(&first.number)
        {
            self.total -= first.total;
            self.failed -= first.failed;
            self.minutes.pop_front();
        }
    }

    /// Counts one more.
    pub(super) fn count(&mut self, now: Timestamp, failed: bool) {
        self.forget(now);
        let number = minute(now);
        let failures = u64::from(failed);
        self.total += 1;
        self.failed += failures;
        match self.minutes.back_mut() {
            Some(last) if last.number == number => {
                last.total += 1;
                last.failed += failures;
            }
            _ => self.minutes.push_back(Minute {
                number,
                total: 1,
                failed: failures,
            }),
        }
    }

    /// How many were counted within the hour.
    pub(super) fn total(&mut self, now: Timestamp) -> u64 {
        self.forget(now);
        self.total
    }

    /// Whether more than 95 of a hundred failed, of many.
    pub(super) fn is_hopeless(&mut self, now: Timestamp) -> bool {
        self.forget(now);
        self.total >= FEW && self.failed * 100 > self.total * 95
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_seconds(minute * 60 + 7)
    }

    #[test]
    fn an_hour_is_sixty_minutes() {
        let mut hour = Hour::default();
        for n in 0..120 {
            hour.count(at(n), false);
        }
        assert_eq!(hour.total(at(119)), 60);
        assert_eq!(hour.total(at(150)), 29);
        assert_eq!(hour.total(at(500)), 0);
    }

    #[test]
    fn many_failures_are_hopeless_and_few_are_not() {
        for (failed, good, hopeless) in [
            (999, 0, false),
            (1000, 0, true),
            (951, 49, true),
            (950, 50, false),
            (0, 2000, false),
        ] {
            let mut hour = Hour::default();
            for _ in 0..failed {
                hour.count(at(0), true);
            }
            for _ in 0..good {
                hour.count(at(1), false);
            }
            assert_eq!(
                hour.is_hopeless(at(2)),
                hopeless,
                "{failed} of {}",
                failed + good
            );
            assert!(!hour.is_hopeless(at(200)));
        }
    }
}
