//! What the rooms of the server have to tell: connections, the limiter, the newest calls, the store.

use super::{
    Measured, Page,
    page::{AS_THEY_ARE, NANOS},
};
use crate::{rate::Buckets, why::Recent};
use guestlist_domain::Timestamp;
use guestlist_store::{Shared, Store, deliveries::State};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// Counts connections.
#[derive(Clone, Default)]
pub(crate) struct Connections(Arc<Counts>);

#[derive(Default)]
struct Counts {
    accepted: AtomicU64,
    ended: AtomicU64,
    failed: AtomicU64,
}

/// A connection while it is open.
pub(crate) struct Open(Arc<Counts>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.ended.fetch_add(1, Ordering::Relaxed);
    }
}

impl Connections {
    /// One was accepted, and is open as long as what is given lives.
    pub(crate) fn accepted(&self) -> Open {
        self.0.accepted.fetch_add(1, Ordering::Relaxed);
        Open(self.0.clone())
    }

    /// How many are open.
    pub(crate) fn open(&self) -> u64 {
        // In this order: what has ended was accepted.
        let ended = self.0.ended.load(Ordering::Acquire);
        let accepted = self.0.accepted.load(Ordering::Acquire);
        accepted.saturating_sub(ended)
    }

    /// One could not be accepted.
    pub(crate) fn failed(&self) {
        self.0.failed.fetch_add(1, Ordering::Relaxed);
    }
}

impl Measured for Connections {
    fn measure(&self, page: &mut Page) {
        page.gauge(
            "guestlist_connections",
            "Connections that are open.",
            self.open(),
        );
        page.counter(
            "guestlist_connections_accepted_total",
            "Connections accepted.",
            self.0.accepted.load(Ordering::Relaxed),
        );
        page.counter(
            "guestlist_connections_failed_total",
            "Connections that could not be accepted: no file descriptor was left, most likely.",
            self.0.failed.load(Ordering::Relaxed),
        );
    }
}

impl Measured for Buckets {
    fn measure(&self, page: &mut Page) {
        let (kept, most) = self.kept();
        page.gauge(
            "guestlist_limiter_buckets",
            "Methods, workspaces and apps whose calls are counted.",
            kept,
        );
        page.gauge(
            "guestlist_limiter_buckets_limit",
            "How many there is room for; full ones are forgotten for new ones well before.",
            most,
        );
        page.counter(
            "guestlist_limiter_forgotten_total",
            "Buckets given up for others for want of room.",
            self.forgotten(),
        );
        let Some(shared) = self.shared() else {
            return;
        };
        let (counted, failed) = shared.calls();
        page.gauge(
            "guestlist_limiter_away",
            "1 while the Redis that counts calls cannot be asked, or 0.",
            u8::from(shared.is_away()),
        );
        page.counter(
            "guestlist_limiter_counted_total",
            "Calls that were counted in Redis.",
            counted,
        );
        page.counter(
            "guestlist_limiter_uncounted_total",
            "Calls that could not be, and passed or were refused as `limits_away` says.",
            failed,
        );
    }
}

impl Measured for Recent {
    fn measure(&self, page: &mut Page) {
        let (calls, bytes) = self.held();
        page.gauge(
            "guestlist_recent_calls",
            "Calls of which `guestlist why` can tell.",
            calls,
        );
        page.gauge(
            "guestlist_recent_bytes",
            "About how much memory they take.",
            bytes,
        );
    }
}

impl Measured for Store {
    fn measure(&self, page: &mut Page) {
        let store = self.measured();
        let now = self.clock().now();
        page.gauge(
            "guestlist_store_available",
            "1, or 0 while the store cannot go on after a failure.",
            u8::from(store.available),
        );
        page.histograms(
            "guestlist_store_commit_duration_seconds",
            "How long commits took, each until it was on disk.",
            NANOS,
            [(Vec::new(), store.commit_nanos.clone())],
        );
        page.histograms(
            "guestlist_store_commit_calls",
            "How many calls shared a commit.",
            AS_THEY_ARE,
            [(Vec::new(), store.commit_calls.clone())],
        );
        page.counter(
            "guestlist_store_commit_failures_total",
            "Commits that failed, and with them every call that shared them.",
            store.commit_failures,
        );
        page.gauge(
            "guestlist_store_waiting_calls",
            "Calls that wait for the writer.",
            store.waiting,
        );
        page.gauge(
            "guestlist_store_waiting_calls_limit",
            "How many may, before others wait to be let in.",
            store.most_waiting,
        );
        page.gauge(
            "guestlist_store_journal_rows",
            "The number of the journal's newest row: one for each commit since the store was made, and for each of its workspaces where nodes share it.",
            store.logged,
        );
        page.gauge(
            "guestlist_store_idle_readers",
            "Connections for reading that are open and not in use.",
            store.idle_readers,
        );
        page.gauge(
            "guestlist_store_long_reads",
            "Reads of many rows that are under way.",
            store.long_reads,
        );
        page.gauge(
            "guestlist_store_long_reads_limit",
            "How many there may be; others wait.",
            store.most_long_reads,
        );
        match &store.shared {
            Some(shared) => database(page, shared),
            None => files(page, &store),
        }
        deliveries(page, &store, now);
        let letters = store.mail;
        let ago = |time: Option<Timestamp>| {
            seconds(Timestamp(time.map_or(0, |time| (now.0 - time.0).max(0))))
        };
        page.gauge(
            "guestlist_mail_waiting",
            "Letters that wait to be handed to the mail server, for the first time or again.",
            letters.waiting,
        );
        page.gauge(
            "guestlist_mail_overdue_seconds",
            "Since when the first of them is due.",
            ago(letters.due),
        );
        page.gauge(
            "guestlist_mail_oldest_seconds",
            "How long ago the oldest of them was written.",
            ago(letters.oldest),
        );
        page.gauge(
            "guestlist_clock_seconds",
            "The world's clock, in seconds since 1970.",
            seconds(now),
        );
        page.gauge(
            "guestlist_clock_behind_seconds",
            "By how much the world's clock is behind the newest time given: it was set back.",
            seconds(Timestamp(store.newest_tick.0.saturating_sub(now.0).max(0))),
        );
    }
}

/// What only a store in files has.
fn files(page: &mut Page, store: &guestlist_store::Measured) {
    page.gauge(
        "guestlist_store_fold_lag_rows",
        "Rows of the journal that the tables do not show yet.",
        store.logged - store.folded,
    );
    page.counter(
        "guestlist_store_fold_seconds_total",
        "How long the writer was busy bringing the tables up to the journal.",
        store.fold_nanos as f64 / NANOS,
    );
    page.counter(
        "guestlist_store_checkpoint_failures_total",
        "Times that the write-ahead log could not be copied into the database.",
        store.checkpoint_failures,
    );
    page.gauge(
        "guestlist_store_database_bytes",
        "Size of the database file.",
        store.database_bytes,
    );
    page.gauge(
        "guestlist_store_wal_bytes",
        "Size of the write-ahead log's file.",
        store.wal_bytes,
    );
}

/// What only a store in a database that nodes share has.
fn database(page: &mut Page, shared: &Shared) {
    page.counter(
        "guestlist_store_conflicts_total",
        "Batches of calls that were decided anew: another node was faster, or a connection was lost.",
        shared.counts.conflicts,
    );
    page.counter(
        "guestlist_store_lost_connections_total",
        "Connections for writing that were lost.",
        shared.counts.reconnects,
    );
    page.gauge(
        "guestlist_store_reads",
        "Reads that have a connection to the database.",
        shared.reads,
    );
    page.gauge(
        "guestlist_store_reads_limit",
        "How many may; others wait.",
        shared.most_reads,
    );
    page.gauge(
        "guestlist_store_waiting_reads",
        "Reads that wait for a connection.",
        shared.waiting_reads,
    );
}

/// What apps are told.
fn deliveries(page: &mut Page, store: &guestlist_store::Measured, now: Timestamp) {
    let states = store.deliveries.iter().copied();
    let (put_off, ended): (Vec<_>, Vec<_>) =
        states.partition(|(state, _)| *state == State::Waiting);
    page.counters(
        "guestlist_deliveries_total",
        "Deliveries of events that came to an end, by what became of them.",
        ended
            .into_iter()
            .map(|(state, number)| ([("state", state.name())], number)),
    );
    page.counter(
        "guestlist_delivery_retries_total",
        "Times that a delivery was put off, to be tried again.",
        put_off.first().map_or(0, |(_, number)| *number),
    );
    let Some(owing) = store.owing else { return };
    page.gauge(
        "guestlist_deliveries_waiting",
        "Deliveries that wait for their first or next attempt.",
        owing.waiting,
    );
    page.gauge(
        "guestlist_deliveries_oldest_seconds",
        "How long ago the oldest event happened that waits.",
        seconds(Timestamp(owing.oldest.map_or(0, |oldest| now.0 - oldest.0))),
    );
    page.gauge(
        "guestlist_apps_disabled",
        "Apps that were cut off from events since they failed too often, and not let go on.",
        owing.disabled,
    );
    page.gauge(
        "guestlist_apps_paused",
        "Apps whose events an operator holds back.",
        owing.paused,
    );
    page.gauge(
        "guestlist_events_lag_rows",
        "Rows of the journal of which it is not recorded yet what they owe to apps.",
        owing.lag,
    );
}

fn seconds(time: Timestamp) -> f64 {
    time.0 as f64 / 1e6
}
