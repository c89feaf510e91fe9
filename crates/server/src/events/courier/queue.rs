//! Who is next. Apps that answered last, and those of which nobody knows whether they will, stand in lines of their
//! own, and the second never have all places: however many apps hang, those that answer are told at once.

use guestlist_domain::{AppId, Timestamp};
use std::collections::{BTreeSet, HashSet};

/// Attempts under way: each needs a connection.
pub(super) const MOST_AT_ONCE: usize = 512;
/// Of these, at apps that have acknowledged nothing yet, or not the last time. The rest is kept for the others.
pub(super) const MOST_PROBES: usize = MOST_AT_ONCE / 4 * 3;

/// Apps to which something can be sent, by when; and what is under way.
#[derive(Debug, Default)]
pub(super) struct Queue {
    /// Apps that acknowledged the last attempt.
    proven: BTreeSet<(Timestamp, AppId)>,
    /// All others.
    others: BTreeSet<(Timestamp, AppId)>,
    under_way: usize,
    /// Deliveries among them whose apps were not proven when they began.
    probes: HashSet<i64>,
}

impl Queue {
    pub(super) fn put(&mut self, app: AppId, due: Timestamp, proven: bool) {
        let line = match proven {
            true => &mut self.proven,
            false => &mut self.others,
        };
        line.insert((due, app));
    }

    pub(super) fn remove(&mut self, app: AppId, due: Timestamp) {
        self.proven.remove(&(due, app));
        self.others.remove(&(due, app));
    }

    /// Of those for whom there is a place, the one that is due first.
    pub(super) fn first(&self) -> Option<(Timestamp, AppId)> {
        let proven = self.proven.first().filter(|_| self.places(true) > 0);
        let others = self.others.first().filter(|_| self.places(false) > 0);
        proven.into_iter().chain(others).min().copied()
    }

    /// How many more attempts may begin.
    pub(super) fn places(&self, proven: bool) -> usize {
        let places = MOST_AT_ONCE.saturating_sub(self.under_way);
        match proven {
            true => places,
            false => places.min(MOST_PROBES.saturating_sub(self.probes.len())),
        }
    }

    pub(super) fn under_way(&self) -> usize {
        self.under_way
    }

    pub(super) fn begin(&mut self, delivery: i64, proven: bool) {
        self.under_way += 1;
        if !proven {
            self.probes.insert(delivery);
        }
    }

    pub(super) fn end(&mut self, delivery: i64) {
        self.under_way = self.under_way.saturating_sub(1);
        self.probes.remove(&delivery);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_never_answer_leave_places_for_those_who_do() {
        let mut queue = Queue::default();
        let app = |number: i64| AppId::from_key(number);
        let mut begun = 0;
        for number in 1..=1000 {
            queue.put(app(number), Timestamp(number), false);
        }
        while let Some((due, next)) = queue.first() {
            queue.remove(next, due);
            begun += 1;
            queue.begin(begun, false);
        }
        assert_eq!((queue.under_way(), queue.places(false)), (MOST_PROBES, 0));
        // It is due last, and is next all the same.
        queue.put(app(2000), Timestamp(5000), true);
        assert_eq!(queue.first(), Some((Timestamp(5000), app(2000))));
        queue.remove(app(2000), Timestamp(5000));
        for delivery in 10_000.. {
            if queue.places(true) == 0 {
                break;
            }
            queue.begin(delivery, true);
        }
        assert_eq!(queue.under_way(), MOST_AT_ONCE);
        queue.end(1);
        // Of both lines whoever is due first.
        queue.put(app(2000), Timestamp(5000), true);
        let first = queue.first().unwrap();
        assert!(first.0 < Timestamp(5000), "{first:?}");
    }
}
