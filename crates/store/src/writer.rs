//! The one writer: decides all calls that wait together and commits them once.
//!
//! A commit is one row of the journal, which is the truth. It does not wait for the disk: what
//! brings the log there, and answers then, is the syncer (docs/adr/0037). The tables follow: they
//! are brought up to date ("folded") in larger, sorted runs when enough has gathered, when a
//! reader asks, and when there is nothing else to do. Until then the changes are held in the
//! writer's facts, so the next decision sees them. See docs/adr/0001.

use crate::{
    call::{Attempt, Message, Move, Waiting},
    clock::Clock,
    directory::Directory,
    error::{StoreError, chain},
    journal, owners,
    progress::Progress,
    rows::{Homes, Rows},
    sql::{Connection, params},
    sqlite,
    syncer::{Batch, Disk, Row, Syncer},
    tables,
};
use guestlist_domain::{Change, Entry, Facts, Key, Moment, Timestamp};
use std::{
    sync::{Arc, Mutex, atomic::Ordering},
    time::{Duration, Instant},
};
use tokio::{sync::mpsc, time::timeout};

mod recover;
#[cfg(test)]
mod tests;

/// Most calls that share a commit.
const BATCH: usize = 256;
/// Bytes of gathered rows, or of texts in them, that are folded without waiting for a reason, some thirty
/// thousand joins: a page that a run changes is written once for all of its rows, so long runs are cheap,
/// and short ones cost a page a row. A reader who comes before waits for all of them.
const FOLD_AT: usize = 3 << 19;
/// Rows folded in one go between two batches: about a millisecond's worth.
const SLICE: usize = 512;
/// Rows folded in one go while nobody waits.
const REST_SLICE: usize = 2048;
/// How often a store in doubt is tried while nobody calls.
const MEND: Duration = Duration::from_secs(1);
/// Bytes of facts held between batches; more are dropped after a fold.
const FACTS: usize = 12 << 20;

pub(crate) struct Writer {
    db: Connection,
    clock: Clock,
    facts: Facts,
    syncer: Syncer,
    /// The newest row of the journal, be it on the disk or not.
    written: i64,
    /// What changes leave that are in the journal and not in the tables yet.
    gathered: Rows,
    /// Bytes of the journal's rows that `gathered` comes from, which hold every text that it holds. Rows that
    /// only join hold none, and are not counted.
    texts: usize,
    /// What an earlier run of changes leaves, being written slice by slice.
    folding: Rows,
    homes: Homes,
    /// The tables show a part of `folding`, and are marked so.
    torn: bool,
    /// Nobody has called for a while.
    resting: bool,
    /// The newest row of the journal that `folding` comes from.
    folding_upto: i64,
    /// Rows that should have been folded by now.
    debt: usize,
    /// The newest tick given.
    last: Timestamp,
    progress: Arc<Progress>,
    /// Called when something that authentication remembers has changed.
    forget_callers: Arc<dyn Fn() + Send + Sync>,
    /// A failure left the state in doubt: bring it back before the next batch.
    broken: bool,
    /// Something failed, and nothing was written since.
    failed: bool,
    /// The disk was full at the last commit.
    full: bool,
    /// When it was last sound, or tried whether it can go on.
    tried: Instant,
    /// Nobody else may open the store before this is done with it.
    _directory: Arc<Mutex<Directory>>,
}

impl Writer {
    /// Takes the connection over and brings the tables up to date.
    pub(crate) fn new(
        db: Connection,
        disk: Box<dyn Disk>,
        clock: Clock,
        progress: Arc<Progress>,
        forget_callers: Arc<dyn Fn() + Send + Sync>,
        directory: Arc<Mutex<Directory>>,
    ) -> Result<Self, StoreError> {
        let mut writer = Self {
            db,
            syncer: Syncer::new(disk, progress.clone(), clock.clone()),
            clock,
            facts: Facts::default(),
            written: 0,
            gathered: Rows::default(),
            texts: 0,
            folding: Rows::default(),
            homes: Homes::default(),
            torn: false,
            resting: false,
            folding_upto: 0,
            debt: 0,
            last: Timestamp::default(),
            progress,
            forget_callers,
            broken: false,
            failed: false,
            full: false,
            tried: Instant::now(),
            _directory: directory,
        };
        writer.recover()?;
        writer.try_to_write()?;
        Ok(writer)
    }

    /// Whoever watches is not to hear that all is well until somebody calls. On a full disk, which may have room
    /// again, reads go on.
    fn try_to_write(&mut self) -> Result<(), StoreError> {
        match in_transaction(&self.db, || tables::count_try(&self.db)) {
            Err(StoreError::Failed(error)) if error.is_full() => {
                tracing::error!(error = %chain(&*error), "the disk is full");
                self.broken = true;
                self.progress.measures.broken(true);
                Ok(())
            }
            tried => tried,
        }
    }

    pub(crate) async fn run(mut self, mut queue: mpsc::Receiver<Message>) {
        let mut messages = Vec::with_capacity(BATCH);
        loop {
            if self.resting && !self.is_folded() && queue.is_empty() {
                if let Err(error) = self.fold_at_rest().await {
                    self.lament(&error);
                    self.resting = false;
                }
                self.progress.measures.broken(self.is_broken());
                tokio::task::yield_now().await;
                continue;
            }
            // One batch at a time waits for the disk. To write more meanwhile makes small ones,
            // and each costs a commit.
            self.syncer.idle().await;
            // Lets those just answered send their next call, so that it joins the next batch.
            let mut waiting = usize::MAX;
            while waiting != queue.len() {
                waiting = queue.len();
                tokio::task::yield_now().await;
            }
            let next = queue.recv_many(&mut messages, BATCH);
            // It may read again, and nobody has written.
            let received = match self.is_broken() || self.failed {
                false => {
                    let received = next.await;
                    self.tried = Instant::now();
                    received
                }
                // Whatever comes meanwhile: that somebody rests is said again and again.
                true => match timeout(MEND.saturating_sub(self.tried.elapsed()), next).await {
                    Ok(received) => received,
                    Err(_) => {
                        self.mend().await;
                        continue;
                    }
                },
            };
            if received == 0 {
                self.fold_or_break().await;
                return;
            }
            let mut calls = Vec::with_capacity(received);
            let mut folds = Vec::new();
            let mut moves = Vec::new();
            let mut closing = None;
            for message in messages.drain(..) {
                match message {
                    Message::Call(call) => calls.push(call),
                    Message::Rest => self.resting = true,
                    Message::Fold(to) => folds.push(to),
                    Message::Move(one) => moves.push(one),
                    Message::Close(to) => closing = Some(to),
                }
            }
            let mut added = 0;
            if !calls.is_empty() {
                self.resting = false;
                added = self.batches(calls).await;
            }
            if !folds.is_empty() {
                let folded = self.fold().await.map_err(|error| self.lament(&error));
                for to in folds {
                    let _ = to.send(folded.map_err(|()| StoreError::Unavailable));
                }
            } else if let Err(error) = self.fold_some(added).await {
                self.lament(&error);
            }
            for one in moves {
                let moved = self.move_clock(&one).await;
                let _ = one.to.send(moved);
            }
            let measures = &self.progress.measures;
            measures.broken(self.is_broken());
            measures.newest_tick(self.last);
            if let Some(to) = closing {
                self.fold_or_break().await;
                // The file alone is the whole store then, as who copies it may think.
                let _ = self.db.sqlite().map(sqlite::empty_log);
                drop(self);
                let _ = to.send(());
                return;
            }
        }
    }

    /// Takes calls in order, those that are decided apart, or look at what was said, each by itself. Returns how many changes came of
    /// them.
    async fn batches(&mut self, mut calls: Vec<Box<dyn Waiting>>) -> usize {
        let mut added = 0;
        while !calls.is_empty() {
            let apart = calls
                .iter()
                .position(|call| call.apart().is_some() || call.rereads());
            let rest = calls.split_off(match apart {
                Some(0) => 1,
                Some(at) => at,
                None => calls.len(),
            });
            added += self.batch(calls).await;
            calls = rest;
        }
        added
    }

    /// Decides the calls in order, each over facts that show the ones before it, and commits.
    /// They are answered once that is on the disk. Returns how many changes came of it.
    async fn batch(&mut self, mut calls: Vec<Box<dyn Waiting>>) -> usize {
        let is_apart = calls.iter().any(|call| call.apart().is_some());
        // What is decided apart looks at the tables alone: they have to show everything.
        if is_apart || self.facts.weight() + self.homes.weight() > FACTS {
            self.fold_or_break().await;
            self.facts = Facts::default();
            self.homes = Homes::default();
        }
        // So does who looks at what was said, of which no facts are kept.
        if calls.iter().any(|call| call.rereads()) {
            self.fold_or_break().await;
            self.facts.forget_said();
        }
        // After the fold: if that failed, the tables do not show what the facts did.
        if self.is_broken() && self.recover().is_err() {
            for call in calls {
                call.answer(Some(StoreError::Unavailable));
            }
            return 0;
        }
        if self.progress.wal_is_long.swap(false, Ordering::Relaxed) {
            // The checkpointer copied most of it; copying the rest lets the next write start over.
            let _ = self.db.sqlite().map(sqlite::checkpoint);
        }

        let (entries, failures) = self.decide(&mut calls);
        let began = Instant::now();
        let changes = || entries.iter().flat_map(|entry| &entry.changes);
        let added = changes().count();
        // Before anybody is answered, the next call must be judged by the new state.
        let touches_owners = changes().any(owners::touched_by);
        let comes_or_goes =
            changes().any(|one| matches!(one, Change::Added { .. } | Change::Removed { .. }));
        let written = if entries.is_empty() {
            self.end_view().map(|()| None)
        } else {
            self.commit(&entries).map(Some)
        };
        let mut batch = Batch {
            calls: calls.into_iter().zip(failures).collect(),
            row: None,
            began,
        };
        match written {
            Ok(row) => batch.row = row,
            Err(error) => {
                let calls = batch.calls.len();
                match error {
                    // Told by the one before.
                    StoreError::Unavailable => tracing::debug!(calls, "the disk is still full"),
                    _ => tracing::error!(error = %chain(&error), calls, "commit failed"),
                }
                self.progress.measures.commit_failed();
                self.broken = true;
                batch.answer(Some(&error));
                return added;
            }
        }
        if touches_owners || comes_or_goes {
            let synced = self.syncer.sync_batch(&batch);
            if synced.is_ok() {
                self.fold_or_break().await;
                if touches_owners {
                    (self.forget_callers)();
                }
            }
            if comes_or_goes {
                // They may say that something is not there which hangs on what was added, or is there and
                // hangs on what was taken out. After the fold the tables show all that they did.
                self.facts = Facts::default();
                self.homes = Homes::default();
            }
            batch.answer(synced.err().as_ref());
        } else {
            // Refusals wait for the disk too: they may rest on plans of the same batch.
            self.syncer.hand_over(batch);
        }
        added
    }

    /// What the calls come to, and for each what kept it from being decided.
    fn decide(&mut self, calls: &mut [Box<dyn Waiting>]) -> (Vec<Entry>, Vec<Option<StoreError>>) {
        let mut moment = Moment::new(self.clock.now(), self.last);
        let mut entries = Vec::new();
        let mut failures = Vec::with_capacity(calls.len());
        for call in calls {
            failures.push(
                match decide(&self.db, &mut self.facts, call.as_mut(), &mut moment) {
                    Ok(changes) => {
                        for change in &changes {
                            self.facts.apply(change);
                        }
                        if !changes.is_empty() {
                            entries.push(Entry {
                                at: moment.now(),
                                by: call.actor(),
                                changes,
                            });
                        }
                        None
                    }
                    Err(error) => Some(error),
                },
            );
        }
        self.last = journal::newest(&entries, moment.last());
        (entries, failures)
    }

    /// Writes the entries as the journal's next row. It is not on the disk yet.
    fn commit(&mut self, entries: &[Entry]) -> Result<Row, StoreError> {
        let seq = self.written + 1;
        let row = journal::pack(entries);
        let length = row.len();
        begin(&self.db)?;
        let inserted = self
            .db
            .prepare_cached("insert into journal (seq, last, entries) values (?1, ?2, ?3)")
            .and_then(|mut insert| insert.execute(params![seq, self.last.0, row]));
        if let Err(error) = inserted {
            let _ = self.db.rollback();
            return Err(error.into());
        }
        if let Err(error) = self.db.commit() {
            let _ = self.db.rollback();
            // Once the disk is known to be full nobody needs to wonder: the log's last frame says that the
            // commit is whole, and it was not written.
            let known = std::mem::replace(&mut self.full, error.is_full()) && self.full;
            return Err(match known {
                true => StoreError::Unavailable,
                false => StoreError::InDoubt(Arc::new(error)),
            });
        }
        self.full = false;
        self.is_over();
        self.written = seq;
        if !entries.iter().all(journal::is_joins) {
            self.texts += length;
        }
        let changes = || entries.iter().flat_map(|entry| &entry.changes);
        for change in changes() {
            if let Err(error) = self.gathered.add(&self.db, &mut self.homes, change) {
                // It is in the journal, and so it happened. The tables follow from there.
                self.lament(&error);
                break;
            }
        }
        Ok(Row::new(seq, changes()))
    }

    /// Moves the world's clock, and keeps that.
    async fn move_clock(&mut self, one: &Move) -> Result<bool, StoreError> {
        self.syncer.idle().await;
        if self.is_broken() {
            return Err(StoreError::Unavailable);
        }
        if !self.clock.can_move(one.by) {
            return Ok(false);
        }
        // A statement that answers with a row commits when it is let go of, and nobody hears how that went.
        let moved = in_transaction(&self.db, || tables::move_by(&self.db, one.by))?;
        self.syncer.sync()?;
        self.clock.set_moved_by(moved);
        Ok(true)
    }

    /// Ends the transaction in which facts were loaded, if there was one.
    fn end_view(&self) -> Result<(), StoreError> {
        if !self.db.is_autocommit() {
            self.db.commit()?;
        }
        Ok(())
    }

    fn is_folded(&self) -> bool {
        self.gathered.len() == 0 && self.folding.len() == 0
    }

    /// Whether a failure left the state in doubt.
    fn is_broken(&self) -> bool {
        self.broken || self.syncer.has_failed()
    }

    fn lament(&mut self, error: &StoreError) {
        let why = chain(error);
        // Once, and not again for each who asks while it goes on like that.
        match self.broken {
            true => tracing::debug!(error = %why, "bringing the tables up to date failed"),
            false => tracing::error!(error = %why, "bringing the tables up to date failed"),
        }
        self.broken = true;
    }

    async fn fold_or_break(&mut self) {
        if let Err(error) = self.fold().await {
            self.lament(&error);
        }
    }

    /// Brings the tables up to the journal. They never show what is not on the disk: whatever is
    /// to be folded waits for that.
    async fn fold(&mut self) -> Result<(), StoreError> {
        self.syncer.idle().await;
        if self.is_broken() {
            return self.recover();
        }
        self.fold_all()
    }

    fn fold_all(&mut self) -> Result<(), StoreError> {
        while !self.is_folded() {
            if self.folding.len() == 0 {
                self.start_folding();
            }
            self.fold_slice(usize::MAX)?;
        }
        Ok(())
    }

    /// Folds a little while nobody waits.
    async fn fold_at_rest(&mut self) -> Result<(), StoreError> {
        self.syncer.idle().await;
        if self.is_broken() {
            return self.recover();
        }
        if self.folding.len() == 0 {
            self.start_folding();
        }
        self.fold_slice(REST_SLICE)?;
        if self.is_folded() {
            (self.gathered, self.folding) = Default::default();
        }
        Ok(())
    }

    /// Folds a little after a batch that `added` changes, so that no call waits for a long fold.
    async fn fold_some(&mut self, added: usize) -> Result<(), StoreError> {
        if self.folding.len() > 0 {
            // A change leaves up to three rows: at twice that rate a run is done before the next
            // is due. Few rows are a run as well, if they are long.
            self.debt += 6 * added;
            if self.debt >= SLICE.min(self.folding.len()) {
                let most = std::mem::take(&mut self.debt);
                self.fold_slice(most)?;
            }
        } else if self.gathered.weight().max(self.texts) >= FOLD_AT {
            self.syncer.idle().await;
            if !self.is_broken() {
                self.start_folding();
            }
        }
        Ok(())
    }

    /// What has gathered is folded from now on. All of it is on the disk.
    fn start_folding(&mut self) {
        // What was folded is empty now and has the room that is needed next: to give it back and ask
        // anew, twice a second, would leave as much again lying about.
        std::mem::swap(&mut self.gathered, &mut self.folding);
        self.folding.seal();
        self.texts = 0;
        self.folding_upto = self.written;
    }

    /// Writes some of the run that is being folded. It can be done again from the journal, whose
    /// rows are in the log before it.
    fn fold_slice(&mut self, most: usize) -> Result<(), StoreError> {
        let Self {
            db,
            folding,
            folding_upto,
            progress,
            torn,
            ..
        } = self;
        let began = Instant::now();
        let folded = in_transaction(db, || {
            folding.write(db, most)?;
            if folding.len() == 0 {
                tables::set_meta(db, "folded", &folding_upto.to_string())?;
            }
            let begun = folding.len() > 0;
            if *torn != begun {
                tables::set_torn(db, begun)?;
            }
            *torn = begun;
            Ok(())
        });
        progress.measures.folded(began.elapsed());
        folded?;
        if folding.len() == 0 {
            progress.folded.store(*folding_upto, Ordering::Release);
        }
        Ok(())
    }
}

/// Begins the batch's transaction, unless it has begun. Facts are loaded in it as well: outside
/// of one, each look into the tables would take SQLite's locks and let them go.
fn begin(db: &Connection) -> Result<(), StoreError> {
    if db.is_autocommit() {
        db.begin()?;
    }
    Ok(())
}

/// Asks the rule until it has every fact it looks at.
fn decide(
    db: &Connection,
    facts: &mut Facts,
    call: &mut dyn Waiting,
    moment: &mut Moment,
) -> Result<Vec<Change>, StoreError> {
    let needs = call.needs();
    for key in &needs {
        if let Key::Channel(channel) = key
            && !facts.has_roster(*channel)
        {
            begin(db)?;
            tables::load_small_roster(db, facts, *channel)?;
        }
    }
    if !needs.iter().all(|key| facts.knows(key)) {
        begin(db)?;
        tables::load(db, facts, &needs)?;
    }
    loop {
        match call.attempt(facts, moment) {
            Attempt::Decided(changes) => return Ok(changes),
            Attempt::Missing(keys) => {
                begin(db)?;
                tables::load(db, facts, &keys)?;
            }
            Attempt::Panicked => return Err(StoreError::Panicked),
        }
    }
}

/// Runs `work` in a transaction: all of it or nothing.
pub(crate) fn in_transaction<T>(
    db: &Connection,
    work: impl FnOnce() -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    db.begin()?;
    let done = work().and_then(|value| {
        db.commit()?;
        Ok(value)
    });
    if done.is_err() && !db.is_autocommit() {
        let _ = db.rollback();
    }
    done
}
