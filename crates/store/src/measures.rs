//! What the store counts about itself, for whoever watches it.
//!
//! Counting is a few atomic additions per commit; everything else is looked up when somebody asks.

use crate::{
    deliveries::{Owing, State},
    postgres::Counts,
};
use guestlist_domain::Timestamp;
use std::{
    sync::atomic::{AtomicBool, AtomicI64, AtomicU64, AtomicUsize, Ordering},
    time::Duration,
};

/// How often values of each size were met.
#[derive(Debug)]
pub struct Histogram {
    /// Upper bounds, included; what is larger has a place of its own.
    bounds: &'static [u64],
    counts: Box<[AtomicU64]>,
    sum: AtomicU64,
}

/// What a [`Histogram`] has counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Upper bounds, included.
    pub bounds: &'static [u64],
    /// How many values were at most as large as their bound and larger than the one before; one
    /// more than there are bounds.
    pub counts: Vec<u64>,
    /// All values together.
    pub sum: u64,
}

impl Histogram {
    /// Nothing counted yet; `bounds` go up.
    pub fn new(bounds: &'static [u64]) -> Self {
        Self {
            bounds,
            counts: (0..=bounds.len()).map(|_| AtomicU64::default()).collect(),
            sum: AtomicU64::default(),
        }
    }

    /// Counts a value.
    pub fn count(&self, value: u64) {
        let at = self.bounds.partition_point(|bound| *bound < value);
        self.counts[at].fetch_add(1, Ordering::Relaxed);
        self.sum.fetch_add(value, Ordering::Relaxed);
    }

    /// What was counted so far.
    pub fn counted(&self) -> Counted {
        let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Counted {
            bounds: self.bounds,
            counts: self.counts.iter().map(load).collect(),
            sum: load(&self.sum),
        }
    }
}

impl Counted {
    /// How many values.
    pub fn number(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Adds what another of the same bounds has counted.
    pub fn add(&mut self, other: &Self) {
        for (mine, theirs) in self.counts.iter_mut().zip(&other.counts) {
            *mine += theirs;
        }
        self.sum += other.sum;
    }
}

const MICRO: u64 = 1_000;
const MILLI: u64 = 1_000 * MICRO;
/// Nanoseconds. A fast disk syncs within a tenth of a millisecond, a slow one within a tenth of a
/// second.
const COMMIT_NANOS: &[u64] = &[
    100 * MICRO,
    250 * MICRO,
    500 * MICRO,
    MILLI,
    2_500 * MICRO,
    5 * MILLI,
    10 * MILLI,
    25 * MILLI,
    50 * MILLI,
    100 * MILLI,
    250 * MILLI,
    1_000 * MILLI,
    5_000 * MILLI,
];
/// Calls; the last is the most that share a commit.
const COMMIT_CALLS: &[u64] = &[1, 2, 4, 8, 16, 32, 64, 128, 256];

/// What the writer and the checkpointer count.
#[derive(Debug)]
pub(crate) struct Measures {
    commit_nanos: Histogram,
    commit_calls: Histogram,
    commit_failures: AtomicU64,
    fold_nanos: AtomicU64,
    checkpoint_failures: AtomicU64,
    broken: AtomicBool,
    aside: AtomicUsize,
    newest_tick: AtomicI64,
}

impl Default for Measures {
    fn default() -> Self {
        Self {
            commit_nanos: Histogram::new(COMMIT_NANOS),
            commit_calls: Histogram::new(COMMIT_CALLS),
            commit_failures: AtomicU64::default(),
            fold_nanos: AtomicU64::default(),
            checkpoint_failures: AtomicU64::default(),
            broken: AtomicBool::default(),
            aside: AtomicUsize::default(),
            newest_tick: AtomicI64::default(),
        }
    }
}

fn nanos(took: Duration) -> u64 {
    u64::try_from(took.as_nanos()).unwrap_or(u64::MAX)
}

impl Measures {
    /// A row of the journal is on disk; `calls` shared it.
    pub(crate) fn committed(&self, calls: usize, took: Duration) {
        self.commit_nanos.count(nanos(took));
        self.commit_calls.count(calls as u64);
    }

    pub(crate) fn commit_failed(&self) {
        self.commit_failures.fetch_add(1, Ordering::Relaxed);
    }

    /// A slice of a fold was written.
    pub(crate) fn folded(&self, took: Duration) {
        self.fold_nanos.fetch_add(nanos(took), Ordering::Relaxed);
    }

    pub(crate) fn checkpoint_failed(&self) {
        self.checkpoint_failures.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether the store cannot go on for now.
    pub(crate) fn broken(&self, broken: bool) {
        self.broken.store(broken, Ordering::Relaxed);
    }

    /// How many calls the writer has taken out of the queue, to decide each by itself later.
    pub(crate) fn aside(&self, calls: usize) {
        self.aside.store(calls, Ordering::Relaxed);
    }

    /// The newest tick that was given.
    pub(crate) fn newest_tick(&self, newest: Timestamp) {
        self.newest_tick.store(newest.0, Ordering::Relaxed);
    }

    /// What was counted; the rest is the store's to fill in.
    pub(crate) fn measured(&self) -> Measured {
        let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Measured {
            commit_nanos: self.commit_nanos.counted(),
            commit_calls: self.commit_calls.counted(),
            commit_failures: load(&self.commit_failures),
            fold_nanos: load(&self.fold_nanos),
            checkpoint_failures: load(&self.checkpoint_failures),
            waiting: self.aside.load(Ordering::Relaxed),
            available: !self.broken.load(Ordering::Relaxed),
            newest_tick: Timestamp(self.newest_tick.load(Ordering::Relaxed)),
            logged: 0,
            folded: 0,
            most_waiting: 0,
            idle_readers: 0,
            long_reads: 0,
            most_long_reads: 0,
            database_bytes: 0,
            wal_bytes: 0,
            deliveries: Vec::new(),
            owing: None,
            mail: Letters::default(),
            shared: None,
        }
    }
}

/// How the store does.
#[derive(Clone, Debug)]
pub struct Measured {
    /// How long commits took, each until its row of the journal was on disk, in nanoseconds.
    pub commit_nanos: Counted,
    /// How many calls shared each of them.
    pub commit_calls: Counted,
    /// Commits that failed; every call of each was answered with a failure.
    pub commit_failures: u64,
    /// How long the writer was busy bringing the tables up to date, in nanoseconds.
    pub fold_nanos: u64,
    /// Checkpoints that failed.
    pub checkpoint_failures: u64,
    /// False while the writer has not been able to go on after a failure.
    pub available: bool,
    /// The newest tick given; later than the world's clock if that was set back. Zero before the
    /// first.
    pub newest_tick: Timestamp,
    /// The newest row of the journal.
    pub logged: i64,
    /// The newest row that the tables show.
    pub folded: i64,
    /// Calls that wait for the writer.
    pub waiting: usize,
    /// How many may, before further ones wait to be let in.
    pub most_waiting: usize,
    /// Connections for reading that nobody uses.
    pub idle_readers: usize,
    /// Long reads that are under way.
    pub long_reads: usize,
    /// How many may be.
    pub most_long_reads: usize,
    /// Size of the database file.
    pub database_bytes: u64,
    /// Size of the write-ahead log's file.
    pub wal_bytes: u64,
    /// How often deliveries came to each state since the start; of those that wait, how often one was
    /// put off.
    pub deliveries: Vec<(State, u64)>,
    /// What waits to be delivered, where deliveries are recorded.
    pub owing: Option<Owing>,
    /// Letters that are to be handed over.
    pub mail: Letters,
    /// What only a store has that nodes share.
    pub shared: Option<Shared>,
}

/// Letters that are to be handed to the mail server, for the first time or again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Letters {
    /// How many.
    pub waiting: u64,
    /// When the first of them is due, or was.
    pub due: Option<Timestamp>,
    /// When the oldest of them was written.
    pub oldest: Option<Timestamp>,
}

/// How a node does with a database that it shares with others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shared {
    /// What has happened since the start.
    pub counts: Counts,
    /// Reads that have a connection, or make one.
    pub reads: usize,
    /// How many may.
    pub most_reads: usize,
    /// Reads that wait for one.
    pub waiting_reads: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_counts_for_the_least_bound_that_holds_it() {
        let histogram = Histogram::new(&[10, 20]);
        for value in [0, 10, 11, 20, 21, 1000] {
            histogram.count(value);
        }
        let mut counted = histogram.counted();
        assert_eq!(counted.counts, [2, 2, 2]);
        assert_eq!((counted.number(), counted.sum), (6, 1062));
        counted.add(&histogram.counted());
        assert_eq!((counted.number(), counted.sum), (12, 2124));
    }

    #[test]
    fn bounds_go_up() {
        assert!(COMMIT_NANOS.is_sorted() && COMMIT_CALLS.is_sorted());
    }
}
