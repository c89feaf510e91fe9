//! The log's way to the disk, and the answers that wait for it.
//!
//! The writer commits a batch without waiting for the disk and hands it over here. The log is
//! brought to the disk, and then whoever shared the batch is answered: at once while the disk is
//! quick, and by a thread while it is slow. See docs/adr/0037.

use crate::{
    call::Waiting,
    clock::Clock,
    error::{StoreError, chain},
    progress::{Progress, of_an_app},
    sql,
};
use guestlist_domain::Change;
use std::{
    fs::File,
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc,
    },
    time::{Duration, Instant},
};
use tokio::{runtime::Handle, sync::Notify};

/// A disk that takes longer, lately and on average, is waited for on a thread. Of a quicker one
/// the wait costs less than to wake the thread, and from there those who wait.
const SLOW: Duration = Duration::from_millis(1);

/// Where the log is written.
pub(crate) trait Disk: Send + Sync {
    /// Returns once everything that was written before is on the disk.
    fn sync(&self) -> io::Result<()>;

    /// Whether it is slow, when it lately took so long.
    fn is_slow(&self, lately: Duration) -> bool {
        lately > SLOW
    }
}

impl Disk for File {
    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }
}

/// Calls that were decided together.
pub(crate) struct Batch {
    /// Each with what kept it from being decided.
    pub(crate) calls: Vec<(Box<dyn Waiting>, Option<StoreError>)>,
    /// Their row of the journal; none if nothing came of them.
    pub(crate) row: Option<Row>,
    pub(crate) began: Instant,
}

/// A row of the journal, and who is to hear of it.
#[derive(Clone, Copy)]
pub(crate) struct Row {
    seq: i64,
    /// An app was made or edited.
    subscribed: bool,
    /// Something new may be due.
    due: bool,
    /// Something happened to a letter.
    mail: bool,
}

impl Row {
    pub(crate) fn new<'c>(seq: i64, changes: impl Iterator<Item = &'c Change>) -> Self {
        let mut row = Self {
            seq,
            subscribed: false,
            due: false,
            mail: false,
        };
        for change in changes {
            row.subscribed |= of_an_app(change);
            match change {
                Change::Invitation { .. } | Change::Added { .. } => row.due = true,
                Change::UserMade { user }
                | Change::UserEdited { user, .. }
                | Change::Assigned { user, .. }
                | Change::Unassigned { user, .. } => {
                    row.due |= user.leaves().is_some();
                }
                Change::Mail { .. } => row.mail = true,
                _ => {}
            }
        }
        row
    }
}

impl Batch {
    /// Answers every call; with `failure` those that were decided.
    pub(crate) fn answer(self, failure: Option<&StoreError>) {
        for (call, own) in self.calls {
            call.answer(own.or_else(|| failure.map(StoreError::again)));
        }
    }
}

/// Brings batches to the disk, one at a time.
pub(crate) struct Syncer {
    shared: Arc<Shared>,
    /// To the thread, once there is one.
    thread: Option<mpsc::Sender<Batch>>,
}

struct Shared {
    disk: Box<dyn Disk>,
    /// How long it took lately, in nanoseconds.
    lately: AtomicU64,
    progress: Arc<Progress>,
    clock: Clock,
    /// A batch was handed over and is not answered.
    under_way: AtomicBool,
    /// None is any more.
    answered: Notify,
    /// The disk refused. What is in the log is in doubt, whatever it says later.
    failed: AtomicBool,
}

impl Syncer {
    pub(crate) fn new(disk: Box<dyn Disk>, progress: Arc<Progress>, clock: Clock) -> Self {
        Self {
            shared: Arc::new(Shared {
                disk,
                lately: AtomicU64::new(0),
                progress,
                clock,
                under_way: AtomicBool::new(false),
                answered: Notify::new(),
                failed: AtomicBool::new(false),
            }),
            thread: None,
        }
    }

    /// Waits until no batch is under way: what was written is on the disk, or the disk refused.
    pub(crate) async fn idle(&self) {
        while self.shared.under_way.load(Ordering::Acquire) {
            self.shared.answered.notified().await;
        }
    }

    /// Whether the disk refused, and what was written is in doubt.
    pub(crate) fn has_failed(&self) -> bool {
        self.shared.failed.load(Ordering::Acquire)
    }

    /// What was in doubt is not any more.
    pub(crate) fn forgive(&self) {
        self.shared.failed.store(false, Ordering::Release);
    }

    /// Brings to the disk what was written, here and now.
    pub(crate) fn sync(&self) -> Result<(), StoreError> {
        self.shared.sync()
    }

    /// The same for a batch, which its caller answers; those who wait for its row hear of it.
    pub(crate) fn sync_batch(&self, batch: &Batch) -> Result<(), StoreError> {
        self.shared.sync_batch(batch)
    }

    /// A row is on the disk that no batch was answered for.
    pub(crate) fn tell(&self, row: Row) {
        self.shared.tell(row);
    }

    /// Brings a batch to the disk and answers it, here or on the thread, which starts with the first
    /// that needs it. No other may be under way.
    pub(crate) fn hand_over(&mut self, batch: Batch) {
        if batch.row.is_none() || !self.shared.is_slow() {
            return self.shared.finish(batch);
        }
        if self.thread.is_none() {
            self.thread = start(self.shared.clone());
        }
        self.shared.under_way.store(true, Ordering::Release);
        let left = match &self.thread {
            Some(thread) => thread.send(batch).err().map(|unsent| unsent.0),
            None => Some(batch),
        };
        if let Some(batch) = left {
            self.shared.finish(batch);
            self.shared.under_way.store(false, Ordering::Release);
        }
    }
}

/// The thread that waits for the disk; none if the system has none to give.
fn start(shared: Arc<Shared>) -> Option<mpsc::Sender<Batch>> {
    let runtime = Handle::try_current().ok()?;
    let (to, batches) = mpsc::channel::<Batch>();
    let run = move || {
        for batch in batches {
            let outcome = shared.sync_batch(&batch);
            let shared = shared.clone();
            // Those who wait are tasks of the runtime: from inside they are woken for less.
            runtime.spawn(async move {
                batch.answer(outcome.err().as_ref());
                shared.under_way.store(false, Ordering::Release);
                shared.answered.notify_one();
            });
        }
    };
    let thread = std::thread::Builder::new().name("sync".to_owned());
    match thread.spawn(run) {
        Ok(_) => Some(to),
        Err(error) => {
            tracing::warn!(%error, "no thread that waits for the disk: the writer does");
            None
        }
    }
}

impl Shared {
    /// Brings a batch to the disk and answers it.
    fn finish(&self, batch: Batch) {
        let outcome = self.sync_batch(&batch);
        batch.answer(outcome.err().as_ref());
    }

    fn sync_batch(&self, batch: &Batch) -> Result<(), StoreError> {
        if let Some(row) = batch.row {
            self.sync()?;
            self.tell(row);
            let took = batch.began.elapsed();
            let measures = &self.progress.measures;
            measures.committed(batch.calls.len(), took);
        }
        Ok(())
    }

    fn is_slow(&self) -> bool {
        let lately = Duration::from_nanos(self.lately.load(Ordering::Relaxed));
        self.disk.is_slow(lately)
    }

    fn sync(&self) -> Result<(), StoreError> {
        let began = Instant::now();
        let synced = self.disk.sync();
        let took = u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let lately = self.lately.load(Ordering::Relaxed);
        // One in eight: a single slow one makes no slow disk.
        let lately = lately - lately / 8 + took / 8;
        self.lately.store(lately, Ordering::Relaxed);
        synced.map_err(|error| {
            self.failed.store(true, Ordering::Release);
            self.progress.measures.commit_failed();
            let error = StoreError::InDoubt(Arc::new(sql::Error::Disk(error)));
            tracing::error!(error = %chain(&error), "the log did not reach the disk");
            error
        })
    }

    /// A row is on the disk: whoever waits for it may look.
    fn tell(&self, row: Row) {
        let progress = &self.progress;
        if row.subscribed {
            progress.subscribes(row.seq);
        }
        progress.logged.store(row.seq, Ordering::Release);
        progress.tell_follower(row.subscribed);
        if row.due {
            self.clock.wake();
        }
        if row.mail {
            progress.mail.send_replace(());
        }
    }
}
