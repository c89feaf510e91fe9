//! The store as the rest of the server uses it.

mod fleeting;
mod long;
pub(crate) mod measured;
mod open;
mod share;
mod tokens;

use crate::{
    call::{Call, Decide, Message, Move},
    clock::Clock,
    deliveries::Deliveries,
    directory::Directory,
    error::{Failure, StoreError},
    journal::{Bookmark, Row},
    load,
    owners::Owners,
    postgres::{self, Counters, Counts, Database, bucket::Buckets, claims},
    progress::Progress,
    reader::{Kept, Reader},
    secret::{Drawn, Seeded},
    sqlite, tables,
};
use guestlist_domain::{Seed, TeamId, workspace::ServerState};
use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{
        Arc, Mutex, OnceLock, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};
use tokio::{
    runtime::{Handle, RuntimeFlavor},
    sync::{Semaphore, SemaphorePermit, mpsc, oneshot, watch},
};

/// A world's memory: one writer, any number of readers. Cheap to clone.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

/// What remembers.
enum Engine {
    Sqlite {
        path: PathBuf,
        /// Dropping it ends the checkpointer.
        _checkpointer: std::sync::mpsc::Sender<()>,
    },
    Postgres {
        database: Arc<Database>,
        /// Readers at a time: each is a connection.
        reads: Semaphore,
        /// Those that wait to be let in.
        waiting: AtomicUsize,
        buckets: Buckets,
        counts: Arc<Counters>,
    },
}

struct Inner {
    engine: Engine,
    clock: Clock,
    queue: mpsc::Sender<Message>,
    progress: Arc<Progress>,
    readers: Mutex<Vec<Kept>>,
    long_reads: Arc<Semaphore>,
    most_long_reads: usize,
    owners: Arc<Owners>,
    server: RwLock<Arc<ServerState>>,
    /// Where the server is reached.
    site: RwLock<Arc<str>>,
    /// Letters are sent from here.
    posts: AtomicBool,
    /// Where nothing is left to chance.
    seeded: OnceLock<Seeded>,
    directory: Arc<Mutex<Directory>>,
    /// Of a store that nobody shares.
    fleeting: fleeting::Kept,
}

pub use fleeting::Fleeting;

impl Store {
    /// The world's clock.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Moves the world's time by so many microseconds, back if negative. It stays moved: the store keeps
    /// it, and other nodes follow within a second. `false`, and nothing is done, where it would leave the
    /// years 1970 to 5999.
    pub async fn move_clock(&self, by: i64) -> Result<bool, StoreError> {
        let (to, moved) = oneshot::channel();
        self.0
            .queue
            .send(Message::Move(Move { by, to }))
            .await
            .map_err(|_| StoreError::Unavailable)?;
        moved.await.unwrap_or(Err(StoreError::Unavailable))
    }

    /// Switches of the whole server.
    pub fn server_state(&self) -> Arc<ServerState> {
        self.0
            .server
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Whether other nodes may write into the same store.
    pub fn is_shared(&self) -> bool {
        self.0.is_shared()
    }

    /// What has happened between this node and the database it shares with others; `None` for a
    /// store that nobody else writes into.
    pub fn counts(&self) -> Option<Counts> {
        match &self.0.engine {
            Engine::Sqlite { .. } => None,
            Engine::Postgres { counts, .. } => Some(counts.read()),
        }
    }

    /// Random bytes for what a call makes: codes, links, tokens.
    pub fn draw(&self) -> Result<Drawn, getrandom::Error> {
        match self.0.seeded.get() {
            Some(seeded) => Ok(seeded.draw()),
            None => Drawn::draw(),
        }
    }

    /// From now on what is drawn follows from `seed`, from what was loaded, and from how much was done in the store: the
    /// same calls one after another make the same codes and tokens, and who knows the seed knows them. For a store
    /// that nobody else serves. Once said it holds.
    pub async fn set_seed(&self, seed: &str) -> Result<(), StoreError> {
        let place = self.here().await?;
        let origin = self.origin().await?.unwrap_or_default();
        let _ = self
            .0
            .seeded
            .set(Seeded::new(seed, &format!("{origin} {place}")));
        Ok(())
    }

    /// Where the server that serves the store is reached, for links to it.
    pub fn site(&self) -> Arc<str> {
        self.0
            .site
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Says where the server is reached, as in `http://127.0.0.1:3999`.
    pub fn set_site(&self, site: &str) {
        *self.0.site.write().unwrap_or_else(PoisonError::into_inner) = Arc::from(site);
    }

    /// Whether letters that are written from now on are sent, or kept to be looked at.
    pub fn posts(&self) -> bool {
        self.0.posts.load(Ordering::Relaxed)
    }

    /// Says whether somebody sends letters.
    pub fn set_posts(&self, posts: bool) {
        self.0.posts.store(posts, Ordering::Relaxed);
    }

    /// Changes whenever something has happened to a letter.
    pub fn mail_news(&self) -> watch::Receiver<()> {
        self.0.progress.mail.subscribe()
    }

    /// Tells commands that find the store held where to turn.
    pub fn announce(&self, address: &str) -> Result<(), StoreError> {
        self.0
            .directory
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .announce(Some(address))
    }

    /// Decides a call and makes it durable; the outcome comes after it is on disk.
    pub async fn write<D: Decide>(
        &self,
        decide: Arc<D>,
    ) -> Result<D::Outcome, Failure<D::Refusal>> {
        let (to, answer) = oneshot::channel();
        let call = Message::Call(Box::new(Call {
            decide,
            result: None,
            to,
        }));
        self.0
            .queue
            .send(call)
            .await
            .map_err(|_| StoreError::Unavailable)?;
        answer
            .await
            .unwrap_or(Err(Failure::Store(StoreError::Unavailable)))
    }

    /// Brings the tables up to date with every call answered so far.
    async fn settle(&self) -> Result<(), StoreError> {
        let progress = &self.0.progress;
        if progress.folded.load(Ordering::Acquire) >= progress.logged.load(Ordering::Acquire) {
            return Ok(());
        }
        let (to, done) = oneshot::channel();
        self.0
            .queue
            .send(Message::Fold(to))
            .await
            .map_err(|_| StoreError::Unavailable)?;
        done.await.unwrap_or(Err(StoreError::Unavailable))
    }

    /// A view of every call answered so far, and of each call whole.
    async fn view(&self) -> Result<Reader, StoreError> {
        loop {
            self.settle().await?;
            let reader = self.0.apart(|| self.0.begin())?;
            if !reader.is_torn() {
                return Ok(reader);
            }
            // The tables have begun to follow calls that came since.
            self.0.end(reader);
        }
    }

    /// The same, or facts from an earlier view if nothing was written since.
    async fn view_or_kept(&self) -> Result<Reader, StoreError> {
        if self.0.is_shared() {
            // Whether somebody else wrote since is not known here.
            return self.view().await;
        }
        let kept = self.0.kept()?;
        if kept.holds(self.0.progress.logged.load(Ordering::Acquire)) {
            return Ok(kept.reuse(self.0.clock.now()));
        }
        self.0.keep(kept);
        self.view().await
    }

    /// Reads a little — up to a thousand rows — on the thread that asks. `read` is asked again if
    /// it needs more than the facts it was shown first, and they no longer hold.
    pub async fn read<T, E: From<StoreError>>(
        &self,
        read: impl Fn(&mut Reader) -> Result<T, E>,
    ) -> Result<T, E> {
        let _place = self.0.place().await?;
        let mut reader = self.view_or_kept().await?;
        let mut broken = 0;
        loop {
            let value = self.0.apart(|| read(&mut reader));
            // A database that went away may be back, or another in its place: it is asked once more.
            let lost = value.is_err() && reader.is_broken();
            broken += u32::from(lost);
            let again = reader.is_lost() || (lost && broken == 1);
            self.0.end(reader);
            if lost {
                // Others that were made before it went may be no better, and not know it yet.
                self.0.forget_connections();
            }
            if !again {
                return value;
            }
            reader = self.view().await?;
        }
    }

    /// Reads a little of what is true whenever it is asked. It takes no place among those who read, so it is for the one
    /// task that delivers events.
    pub fn glance<T, E: From<StoreError>>(
        &self,
        read: impl FnOnce(&mut Reader) -> Result<T, E>,
    ) -> Result<T, E> {
        self.0.finish(self.0.begin()?, read)
    }

    /// The place before everything in the journal.
    pub fn beginning(&self) -> Bookmark {
        match self.is_shared() {
            false => Bookmark::Row(0),
            true => Bookmark::Lanes {
                below: 0,
                lanes: BTreeMap::new(),
            },
        }
    }

    /// A place in the journal after everything that was answered before.
    pub async fn here(&self) -> Result<Bookmark, StoreError> {
        if !self.is_shared() {
            return Ok(Bookmark::Row(self.logged()));
        }
        let beginning = self.beginning();
        self.read_long(move |reader| reader.end_of_journal(&beginning))
            .await
    }

    /// The journal after a bookmark, nothing before what it depends on: some rows, none if there are
    /// no more. With `upto`, no row after that. Rows that are not on the disk yet are not among them.
    pub fn entries_after(
        &self,
        mark: &Bookmark,
        upto: Option<&Bookmark>,
    ) -> Result<Vec<Row>, StoreError> {
        let logged = Bookmark::Row(self.logged());
        let upto = match (mark, upto) {
            (Bookmark::Row(_), None) => Some(&logged),
            _ => upto,
        };
        self.glance(|reader| reader.entries_after(mark, upto))
    }

    /// The newest row of the journal that is on the disk.
    pub fn logged(&self) -> i64 {
        self.0.progress.logged.load(Ordering::Acquire)
    }

    /// The first row after one, of those written since the start, that made an app or edited one.
    /// The one follower asks, and has passed the rows up to there.
    pub fn subscribes_after(&self, seq: i64) -> Option<i64> {
        self.0.progress.subscribes_after(seq)
    }

    /// Waits for a row after a bookmark; for one about an app unless `every` row is meant.
    /// There is one follower at a time. Of a store that is shared, only what this node writes is
    /// told, and at most once; and that an app may be another now.
    pub async fn follow(&self, mark: &Bookmark, every: bool) {
        let progress = &self.0.progress;
        progress.followed.store(every, Ordering::Release);
        let seq = match mark {
            Bookmark::Row(seq) => *seq,
            Bookmark::Lanes { .. } => return progress.news.notified().await,
        };
        let newest = || {
            if every {
                self.logged()
            } else {
                progress.subscribed.load(Ordering::Acquire)
            }
        };
        while newest() <= seq {
            progress.news.notified().await;
        }
    }

    /// Opens the record of deliveries: a file beside an embedded store; tables of one that is shared,
    /// by a connection of its own.
    pub fn deliveries(&self) -> Result<Deliveries, StoreError> {
        let counts = self.0.progress.deliveries.clone();
        match &self.0.engine {
            Engine::Sqlite { .. } => {
                let path = Directory::deliveries_beside(&self.0.database());
                Deliveries::open(&path, counts)
            }
            Engine::Postgres { database, .. } => {
                Ok(Deliveries::share(claims::connect(database)?, counts))
            }
        }
    }

    /// Gives a record that nodes share another connection, if it has lost its own. What was claimed
    /// stays so, as long as the claims are good.
    pub fn mend(&self, record: &mut Deliveries) -> Result<(), StoreError> {
        if record.is_lost()
            && let Engine::Postgres { database, .. } = &self.0.engine
        {
            record.connect(claims::connect(database)?);
        }
        Ok(())
    }

    /// Whether nothing was ever put in.
    pub async fn is_empty(&self) -> Result<bool, StoreError> {
        self.read(|reader| load::is_empty(reader.db()?)).await
    }

    /// Whether it can be read, and there is somebody who writes; if not, what is wrong.
    pub async fn is_ready(&self) -> Result<(), StoreError> {
        if self.0.queue.is_closed() {
            return Err(StoreError::Unavailable);
        }
        self.is_empty().await.map(|_| ())
    }

    /// What was loaded into the store at first: the text that `load` was given.
    pub async fn origin(&self) -> Result<Option<String>, StoreError> {
        self.read(|reader| tables::meta(reader.db()?, "origin"))
            .await
    }

    /// The whole world.
    pub async fn dump(&self) -> Result<Seed, StoreError> {
        self.dump_of(Vec::new()).await
    }

    /// What belongs to these workspaces; the whole world where none is named.
    pub async fn dump_of(&self, workspaces: Vec<TeamId>) -> Result<Seed, StoreError> {
        self.read_long(move |reader| load::dump(reader.db()?, &workspaces))
            .await
    }

    /// Lets the writer finish, and closes.
    pub async fn close(&self) {
        let (to, done) = oneshot::channel();
        if self.0.queue.send(Message::Close(to)).await.is_ok() {
            let _ = done.await;
        }
    }
}

impl Inner {
    /// Whether others write as well.
    fn is_shared(&self) -> bool {
        matches!(self.engine, Engine::Postgres { .. })
    }

    /// Where the embedded store's file is, or would be.
    fn database(&self) -> PathBuf {
        let directory = self.directory.lock();
        directory.unwrap_or_else(PoisonError::into_inner).database()
    }

    /// A reader's place, where they are counted.
    async fn place(&self) -> Result<Option<SemaphorePermit<'_>>, StoreError> {
        match &self.engine {
            Engine::Sqlite { .. } => Ok(None),
            Engine::Postgres { reads, waiting, .. } => {
                let _waits = Waits::new(waiting);
                let place = reads.acquire().await;
                place.map(Some).map_err(|_| StoreError::Unavailable)
            }
        }
    }

    /// Does what waits for another machine without holding up the other tasks of this thread.
    fn apart<T>(&self, work: impl FnOnce() -> T) -> T {
        let many = || {
            Handle::try_current()
                .is_ok_and(|runtime| runtime.runtime_flavor() == RuntimeFlavor::MultiThread)
        };
        if self.is_shared() && many() {
            tokio::task::block_in_place(work)
        } else {
            work()
        }
    }

    /// A connection, with the facts that were last looked at through it.
    fn kept(&self) -> Result<Kept, StoreError> {
        let pooled = || {
            self.readers
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .pop()
        };
        while let Some(kept) = pooled() {
            if !kept.is_closed() {
                return Ok(kept);
            }
        }
        let db = match &self.engine {
            Engine::Sqlite { path, .. } => sqlite::open_reader(path)?,
            Engine::Postgres { database, .. } => database.connect()?,
        };
        db.hurry(true);
        Ok(Kept::new(db))
    }

    /// Gives it back. Where each is a connection to another machine, no more lie idle than may read at a time.
    fn keep(&self, kept: Kept) {
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.is_shared() || readers.len() < postgres::READERS {
            readers.push(kept);
            return;
        }
        drop(readers);
        // Not before others can go on: it is closed here.
        drop(kept);
    }

    /// The next readers make connections anew.
    fn forget_connections(&self) {
        self.readers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    fn begin(&self) -> Result<Reader, StoreError> {
        self.kept()?.begin(self.clock.now())
    }

    fn finish<T, E: From<StoreError>>(
        &self,
        mut reader: Reader,
        read: impl FnOnce(&mut Reader) -> Result<T, E>,
    ) -> Result<T, E> {
        let value = read(&mut reader);
        self.end(reader);
        value
    }

    fn end(&self, reader: Reader) {
        if let Some(kept) = reader.end() {
            self.keep(kept);
        }
    }
}

/// Counted as long as it lives.
struct Waits<'w>(&'w AtomicUsize);

impl<'w> Waits<'w> {
    fn new(waiting: &'w AtomicUsize) -> Self {
        waiting.fetch_add(1, Ordering::Relaxed);
        Self(waiting)
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
