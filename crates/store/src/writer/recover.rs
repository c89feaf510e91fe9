//! After a start or a failure: what memory says is forgotten, and the journal followed.

use super::{Writer, in_transaction};
use crate::{
    error::StoreError,
    journal,
    rows::{Homes, Rows},
    sql::{Connection, OptionalExtension},
    sqlite,
    syncer::Row,
    tables,
};
use guestlist_domain::{Facts, Timestamp};
use std::{sync::atomic::Ordering, time::Instant};

impl Writer {
    /// Something was written. Told if that failed before.
    pub(super) fn is_over(&mut self) {
        if std::mem::take(&mut self.failed) {
            tracing::info!("the store can be written to again");
        }
    }

    /// Tries whether the store can go on, though nobody calls: whoever watches it is to know.
    pub(super) async fn mend(&mut self) {
        self.syncer.idle().await;
        self.tried = Instant::now();
        let mended = self.recover().and_then(|()| {
            // Only to see that it can be written.
            in_transaction(&self.db, || tables::count_try(&self.db))?;
            self.syncer.sync()
        });
        // Why it cannot was told when it was called.
        self.broken = mended.is_err();
        self.full &= self.broken;
        if !self.broken {
            self.is_over();
        }
        self.progress.measures.broken(self.is_broken());
    }

    /// Forgets what memory says and follows the journal from where the tables stand.
    pub(super) fn recover(&mut self) -> Result<(), StoreError> {
        self.failed |= self.is_broken();
        if !self.db.is_autocommit() {
            self.db.rollback()?;
        }
        self.facts = Facts::default();
        self.homes = Homes::default();
        self.gathered = Rows::default();
        self.texts = 0;
        self.folding = Rows::default();
        // Whatever the mark says: the next slice sets it or takes it away.
        self.torn = tables::is_torn(&self.db)?;
        self.clock.set_moved_by(tables::moved(&self.db)?);
        let folded = tables::folded(&self.db)?;
        let told = self.progress.logged.load(Ordering::Acquire);
        let (mut logged, mut untold) = (folded, Vec::new());
        {
            let mut select = self
                .db
                .prepare_cached("select seq, entries from journal where seq > ?1 order by seq")?;
            let mut rows = select.query([folded])?;
            while let Some(row) = rows.next()? {
                logged = row.get(0)?;
                let entries = journal::unpack(logged, row.get_ref(1)?)?;
                let changes = || entries.iter().flat_map(|entry| &entry.changes);
                for change in changes() {
                    self.gathered.add(&self.db, &mut self.homes, change)?;
                }
                if logged > told {
                    untold.push(Row::new(logged, changes()));
                }
            }
        }
        if self.syncer.has_failed() {
            // Whether the log is on the disk cannot be asked again: the database takes its place.
            let whole = self.db.sqlite().map(sqlite::checkpoint).transpose()?;
            if whole.is_some_and(|(frames, copied)| frames < 0 || copied < frames) {
                return Err(StoreError::Unavailable);
            }
            self.syncer.forgive();
        } else if logged > folded {
            // Rows that were on their way when the last process ended.
            self.syncer.sync()?;
        }
        self.written = logged;
        // Rows that were in doubt are there after all: letters wait in them, and apps that subscribe.
        for row in untold {
            self.syncer.tell(row);
        }
        self.progress.logged.store(logged, Ordering::Release);
        self.progress.folded.store(folded, Ordering::Release);
        self.broken = false;
        if let Err(error) = self.fold_all() {
            self.broken = true;
            return Err(error);
        }
        self.last = last_tick(&self.db)?.max(self.last);
        (self.forget_callers)();
        Ok(())
    }
}

/// The newest tick that was ever given in this store.
fn last_tick(db: &Connection) -> Result<Timestamp, StoreError> {
    let logged: Option<i64> = db
        .prepare_cached("select last from journal order by seq desc limit 1")?
        .query_row([], |row| row.get(0))
        .optional()?;
    let loaded: Option<i64> = tables::meta(db, "last_tick")?.and_then(|text| text.parse().ok());
    Ok(Timestamp(logged.max(loaded).unwrap_or_default()))
}
