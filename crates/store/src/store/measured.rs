//! What there is to tell of a store that is open.

use super::{Engine, Inner, Store};
use crate::{
    deliveries::{self, Owing},
    directory::Directory,
    error::{StoreError, chain},
    journal::{self, Bookmark},
    measures::{Letters, Measured, Shared},
    postgres, sqlite,
};
use std::{
    path::Path,
    sync::{Condvar, Mutex, MutexGuard, PoisonError, atomic::Ordering},
    time::Duration,
};

/// So long a database elsewhere is waited for by who measures.
const SOON: Duration = Duration::from_secs(3);

impl Store {
    /// How the store does.
    pub fn measured(&self) -> Measured {
        let inner = &self.0;
        // Where a database elsewhere is the store, the file is not there, and has no bytes.
        let path = inner.database();
        let bytes = |path: &Path| path.metadata().map_or(0, |file| file.len());
        let readers = inner.readers.lock().unwrap_or_else(PoisonError::into_inner);
        let idle_readers = readers.len();
        drop(readers);
        let queue = inner.queue.max_capacity();
        let aside = if self.is_shared() { postgres::ASIDE } else { 0 };
        let Asked {
            logged,
            folded,
            owing,
            mail,
        } = if self.is_shared() {
            self.asked_in_time()
        } else {
            inner.ask(&path)
        };
        let measured = inner.progress.measures.measured();
        Measured {
            // Without a writer, which is gone for good, it never is.
            available: measured.available && !inner.queue.is_closed(),
            logged,
            folded,
            waiting: queue - inner.queue.capacity() + measured.waiting,
            most_waiting: queue + aside,
            idle_readers,
            long_reads: inner.most_long_reads - inner.long_reads.available_permits(),
            most_long_reads: inner.most_long_reads,
            database_bytes: bytes(&path),
            wal_bytes: bytes(&sqlite::wal(&path)),
            deliveries: inner.progress.deliveries.counted(),
            owing,
            mail,
            shared: inner.shared(),
            ..measured
        }
    }
}

/// What the store is asked for.
#[derive(Clone, Copy, Debug, Default)]
struct Asked {
    logged: i64,
    folded: i64,
    owing: Option<Owing>,
    mail: Letters,
}

/// A database elsewhere is asked by one thread at a time, for all who measure meanwhile.
#[derive(Debug, Default)]
pub(crate) struct Asking {
    told: Mutex<Told>,
    news: Condvar,
}

#[derive(Debug, Default)]
struct Told {
    under_way: bool,
    /// How often it was asked and has told, and what it told last.
    times: u64,
    last: Asked,
}

impl Asking {
    fn lock(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets others ask, whatever becomes of who asked.
struct Turn<'a>(&'a Asking);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.lock().under_way = false;
        self.0.news.notify_all();
    }
}

impl Store {
    /// What a database elsewhere says, if it says so soon: whoever watches asks again and again, and
    /// waits for no answer as long as calls do.
    fn asked_in_time(&self) -> Asked {
        let asking = &self.0.progress.asking;
        let mut told = asking.lock();
        let before = told.times;
        if !told.under_way {
            told.under_way = true;
            let store = self.clone();
            let asks = move || {
                let asking = &store.0.progress.asking;
                let _turn = Turn(asking);
                let asked = store.0.ask(&store.0.database());
                let mut told = asking.lock();
                told.times += 1;
                told.last = asked;
            };
            let begun = std::thread::Builder::new()
                .name("measure".to_owned())
                .spawn(asks);
            told.under_way = begun.is_ok();
        }
        let waits = |told: &mut Told| told.under_way && told.times == before;
        let (told, _) = asking
            .news
            .wait_timeout_while(told, SOON, waits)
            .unwrap_or_else(PoisonError::into_inner);
        if told.times == before {
            tracing::warn!("the store does not tell in time what it holds");
            return Asked::default();
        }
        told.last
    }
}

impl Inner {
    /// Asks for one thing after the other; once the store is away, for no more.
    fn ask(&self, path: &Path) -> Asked {
        let mut asked = Asked::default();
        match self.newest() {
            Ok(newest) => (asked.logged, asked.folded) = newest,
            Err(error) => {
                tracing::warn!(error = %chain(&error), "the newest row of the journal cannot be read");
                if error.is_away() {
                    return asked;
                }
            }
        }
        match self.owing(path, asked.logged) {
            Ok(owing) => asked.owing = owing,
            Err(error) => {
                tracing::warn!(error = %chain(&error), "the record of deliveries cannot be read");
                if error.is_away() {
                    return asked;
                }
            }
        }
        let mail = self.apart(|| {
            let reader = self.begin()?;
            self.finish(reader, |reader| reader.mail_waiting())
        });
        match mail {
            Ok(mail) => asked.mail = mail,
            Err(error) => {
                tracing::warn!(error = %chain(&error), "letters cannot be counted");
            }
        }
        asked
    }

    /// The newest row of the journal, and the newest that the tables show.
    fn newest(&self) -> Result<(i64, i64), StoreError> {
        if self.is_shared() {
            let newest = self.apart(|| {
                let reader = self.begin()?;
                self.finish(reader, |reader| {
                    let sql = "select coalesce(max(turn), 0) from journal";
                    Ok::<i64, StoreError>(reader.db()?.query_row(sql, [], |row| row.get(0))?)
                })
            })?;
            // The tables are never behind.
            return Ok((newest, newest));
        }
        // In this order: what is folded was logged.
        let folded = self.progress.folded.load(Ordering::Acquire);
        Ok((self.progress.logged.load(Ordering::Acquire), folded))
    }

    fn shared(&self) -> Option<Shared> {
        match &self.engine {
            Engine::Sqlite { .. } => None,
            Engine::Postgres {
                reads,
                waiting,
                counts,
                ..
            } => Some(Shared {
                counts: counts.read(),
                reads: postgres::READERS - reads.available_permits(),
                most_reads: postgres::READERS,
                waiting_reads: waiting.load(Ordering::Relaxed),
            }),
        }
    }

    /// What waits to be delivered, where that is recorded.
    fn owing(&self, path: &Path, logged: i64) -> Result<Option<Owing>, StoreError> {
        // Where nobody subscribes, the record is not kept up row by row.
        let kept_up = self.progress.followed.load(Ordering::Acquire);
        if self.is_shared() {
            return self.apart(|| {
                let reader = self.begin()?;
                self.finish(reader, |reader| {
                    let (owing, mark) = deliveries::owing(reader.db()?)?;
                    let mark = mark.filter(|_| kept_up);
                    let lag =
                        mark.map_or(Ok(0), |mark| journal::follow::behind(reader.db()?, &mark));
                    Ok(Some(Owing { lag: lag?, ..owing }))
                })
            });
        }
        let found = deliveries::owing_beside(&Directory::deliveries_beside(path))?;
        Ok(found.map(|(owing, mark)| {
            let lag = match mark {
                Some(Bookmark::Row(seq)) if kept_up => (logged - seq).max(0),
                _ => 0,
            };
            Owing { lag, ..owing }
        }))
    }
}
