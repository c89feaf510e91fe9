//! What the writer tells the rest of the store.

use crate::{deliveries::Counts, measures::Measures, store::measured::Asking};
use guestlist_domain::Change;
use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    },
};
use tokio::sync::{Notify, watch};

/// How far everything is.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// The newest row of the journal that is on the disk. Later ones may be written already; they
    /// are shown to nobody.
    pub(crate) logged: AtomicI64,
    /// The newest row the tables show; never later than `logged`.
    pub(crate) folded: AtomicI64,
    /// The WAL has grown long: the writer should let it start over.
    pub(crate) wal_is_long: AtomicBool,
    pub(crate) measures: Measures,
    pub(crate) deliveries: Arc<Counts>,
    /// The newest row that made an app or edited one, of those written since the start.
    pub(crate) subscribed: AtomicI64,
    /// Those rows, in order, that the follower has not passed.
    subscribing: Mutex<VecDeque<i64>>,
    /// Somebody follows the journal row by row and wants to hear of each.
    pub(crate) followed: AtomicBool,
    /// There is a row that a follower wants to hear of.
    pub(crate) news: Notify,
    /// How often something changed, here or on another node, that all nodes remember.
    pub(crate) changed: AtomicU64,
    /// How a database elsewhere is asked what it holds, for those who measure.
    pub(crate) asking: Asking,
    /// Something happened to a letter.
    pub(crate) mail: watch::Sender<()>,
}

impl Progress {
    /// A row made an app or edited one.
    pub(crate) fn subscribes(&self, seq: i64) {
        let mut rows = self
            .subscribing
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        rows.push_back(seq);
        self.subscribed.store(seq, Ordering::Release);
    }

    /// The first row after one that made an app or edited one. Those up to it are passed for good.
    pub(crate) fn subscribes_after(&self, seq: i64) -> Option<i64> {
        let mut rows = self
            .subscribing
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        while rows.front().is_some_and(|first| *first <= seq) {
            rows.pop_front();
        }
        rows.front().copied()
    }

    /// There is a row, which says what an app subscribes to or does not: wakes whoever follows the
    /// journal, if they want to hear of it.
    pub(crate) fn tell_follower(&self, subscribed: bool) {
        if subscribed || self.followed.load(Ordering::Acquire) {
            self.news.notify_one();
        }
    }
}

/// Whether a change says what an app subscribes to.
pub(crate) fn of_an_app(change: &Change) -> bool {
    match change {
        Change::AppMade { .. } | Change::AppEdited { .. } => true,
        Change::Added { seed } => !seed.apps.is_empty(),
        Change::Removed { apps, .. } => !apps.is_empty(),
        _ => false,
    }
}
