//! The store as the rest of the server uses it.

use crate::{
    clock::Clock,
    deliveries::{Deliveries, owing},
    directory::Directory,
    error::{Failure, StoreError, chain},
    journal::{self, Row},
    load,
    measures::Measured,
    postgres::{
        self, Counters, Counts, Database, Postgres,
        bucket::{self, Take},
    },
    reader::{Kept, Reader},
    seed::Seed,
    sql::Connection,
    sqlite, tables,
    writer::{Call, Decide, Message, Progress, Writer},
};
use guestlist_domain::{App, Caller, Token, TokenHash, workspace::ServerState};
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    runtime::{Handle, RuntimeFlavor},
    sync::{Semaphore, SemaphorePermit, mpsc, oneshot, watch},
};

/// Calls that may wait for the writer before further ones wait to be let into the queue.
const QUEUE: usize = 1024;
/// Tokens whose owners are remembered.
const OWNERS: usize = 8192;
/// A WAL of more pages than this is made to start over (32 MiB).
const LONG_WAL: i64 = 8192;

/// What a token leads to.
#[derive(Clone, Debug)]
pub struct TokenOwner {
    /// The token.
    pub token: Arc<Token>,
    /// Its app.
    pub app: Option<Arc<App>>,
    /// Whoever shows it, in the workspace it was made in; app-level tokens act as nobody.
    pub caller: Option<Arc<Caller>>,
}

/// Owners of tokens met lately. What was read before a change must not be remembered after it.
#[derive(Default)]
struct Owners {
    generation: u64,
    known: HashMap<TokenHash, Arc<TokenOwner>, foldhash::fast::RandomState>,
}

impl Owners {
    fn forget(&mut self) {
        self.generation += 1;
        self.known.clear();
    }

    fn remember(&mut self, generation: u64, hash: TokenHash, owner: Arc<TokenOwner>) {
        if self.known.len() >= OWNERS {
            self.known.clear();
        }
        if generation == self.generation {
            self.known.insert(hash, owner);
        }
    }
}

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
        counts: Arc<Counters>,
    },
}

struct Inner {
    engine: Engine,
    clock: Clock,
    queue: mpsc::Sender<Message>,
    progress: Arc<Progress>,
    readers: Mutex<Vec<Kept>>,
    long_reads: Semaphore,
    most_long_reads: usize,
    owners: Arc<RwLock<Owners>>,
    server: RwLock<Arc<ServerState>>,
    /// Where the server is reached.
    site: RwLock<Arc<str>>,
    /// Letters are sent from here.
    posts: AtomicBool,
    directory: Arc<Mutex<Directory>>,
}

impl Store {
    /// Opens the store in a data directory, new or old. Must be called inside a tokio runtime,
    /// whose threads the writer then shares.
    pub fn open(directory: Directory, clock: Clock) -> Result<Self, StoreError> {
        match directory.elsewhere().cloned() {
            Some(postgres) => Self::open_postgres(directory, &postgres, clock),
            None => Self::open_embedded(directory, clock),
        }
    }

    /// Opens the store in a database that other nodes may have open as well.
    fn open_postgres(
        directory: Directory,
        postgres: &Postgres,
        clock: Clock,
    ) -> Result<Self, StoreError> {
        let (database, db) = postgres.open()?;
        let server = server_state(&db)?;
        let owners = Arc::new(RwLock::new(Owners::default()));
        let forget = forgetting(&owners);
        let counts = Arc::new(Counters::default());
        let progress = Arc::new(Progress::default());
        let news: Arc<dyn Fn() + Send + Sync> = {
            let (clock, progress) = (clock.clone(), progress.clone());
            Arc::new(move || {
                clock.wake();
                progress.mail.send_replace(());
            })
        };
        let writer = postgres::Writer::new(
            database.clone(),
            clock.clone(),
            counts.clone(),
            forget.clone(),
            news.clone(),
        )?;
        let (queue, messages) = mpsc::channel(QUEUE);
        std::thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || writer.run(messages))
            .map_err(|source| StoreError::Directory {
                path: postgres.place().into(),
                what: "no thread that writes".to_owned(),
                source,
            })?;
        database.watch(clock.clone(), move || {
            forget();
            news();
        });
        let reads = Semaphore::new(postgres::READERS);
        let engine = Engine::Postgres {
            database,
            reads,
            counts,
        };
        let directory = Arc::new(Mutex::new(directory));
        let store = Self::around(engine, directory, clock, queue, progress, owners, server);
        store.0.keep(Kept::new(db));
        Ok(store)
    }

    fn around(
        engine: Engine,
        directory: Arc<Mutex<Directory>>,
        clock: Clock,
        queue: mpsc::Sender<Message>,
        progress: Arc<Progress>,
        owners: Arc<RwLock<Owners>>,
        server: ServerState,
    ) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self(Arc::new(Inner {
            engine,
            clock,
            queue,
            progress,
            readers: Mutex::default(),
            long_reads: Semaphore::new(2 * cores),
            most_long_reads: 2 * cores,
            owners,
            server: RwLock::new(Arc::new(server)),
            site: RwLock::new(Arc::from("http://127.0.0.1:3999")),
            posts: AtomicBool::new(false),
            directory,
        }))
    }

    fn open_embedded(directory: Directory, clock: Clock) -> Result<Self, StoreError> {
        let path = directory.database();
        let db = sqlite::open_writer(&path)?;
        let owners = Arc::new(RwLock::new(Owners::default()));
        let progress = Arc::new(Progress::default());
        let forget = forgetting(&owners);
        let server = server_state(&db)?;
        let directory = Arc::new(Mutex::new(directory));
        let writer = Writer::new(
            db,
            clock.clone(),
            progress.clone(),
            forget,
            directory.clone(),
        )?;
        let (queue, messages) = mpsc::channel(QUEUE);
        tokio::spawn(writer.run(messages));
        let engine = Engine::Sqlite {
            _checkpointer: checkpointer(&path, progress.clone(), queue.downgrade())?,
            path,
        };
        Ok(Self::around(
            engine, directory, clock, queue, progress, owners, server,
        ))
    }

    /// The world's clock.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
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

    /// Takes a call out of a bucket that all nodes share; `Err` with the nanoseconds to wait. Only a
    /// store that is shared has any.
    pub async fn take(&self, take: &Take) -> Result<Result<(), i64>, StoreError> {
        let _place = self.0.place().await?;
        self.0.apart(|| {
            let kept = self.0.kept()?;
            let taken = bucket::take(kept.db(), take);
            self.0.keep(kept);
            taken
        })
    }

    /// What has happened between this node and the database it shares with others; `None` for a
    /// store that nobody else writes into.
    pub fn counts(&self) -> Option<Counts> {
        match &self.0.engine {
            Engine::Sqlite { .. } => None,
            Engine::Postgres { counts, .. } => Some(counts.read()),
        }
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
            // A database that went away may be back, or another in its place.
            broken += u32::from(value.is_err() && reader.is_broken());
            let again = reader.is_lost() || (reader.is_broken() && (1..3).contains(&broken));
            self.0.end(reader);
            if !again {
                return value;
            }
            reader = self.view().await?;
        }
    }

    /// Reads much, on a thread of its own.
    pub async fn read_long<T, E>(
        &self,
        read: impl FnOnce(&mut Reader) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let _place = self
            .0
            .long_reads
            .acquire()
            .await
            .map_err(|_| StoreError::Unavailable)?;
        let reader = self.view().await?;
        let inner = self.0.clone();
        tokio::task::spawn_blocking(move || inner.finish(reader, read))
            .await
            .unwrap_or(Err(StoreError::Unavailable.into()))
    }

    /// Reads what is true whenever it is asked, without waiting for the tables to follow the
    /// journal. What was only just made may not be there yet.
    pub fn glance<T, E: From<StoreError>>(
        &self,
        read: impl FnOnce(&mut Reader) -> Result<T, E>,
    ) -> Result<T, E> {
        self.0.finish(self.0.begin()?, read)
    }

    /// The journal after row `seq`, oldest first: some rows, none if there are no more.
    pub fn entries_after(&self, seq: i64) -> Result<Vec<Row>, StoreError> {
        self.glance(|reader| journal::follow::after(reader.db()?, seq))
    }

    /// The newest row of the journal.
    pub fn logged(&self) -> i64 {
        self.0.progress.logged.load(Ordering::Acquire)
    }

    /// The newest row, of those written since the start, that made an app or edited one; 0 if none
    /// did.
    pub fn subscribed(&self) -> i64 {
        self.0.progress.subscribed.load(Ordering::Acquire)
    }

    /// Waits for a row after `seq`; for one about an app unless `every` row is meant.
    /// There is one follower at a time.
    pub async fn follow(&self, seq: i64, every: bool) {
        let progress = &self.0.progress;
        progress.followed.store(every, Ordering::Release);
        let newest = || {
            if every {
                self.logged()
            } else {
                self.subscribed()
            }
        };
        while newest() <= seq {
            progress.news.notified().await;
        }
    }

    /// Opens the record of deliveries, which lies beside the store.
    pub fn deliveries(&self) -> Result<Deliveries, StoreError> {
        Deliveries::open(
            &Directory::deliveries_beside(&self.0.database()),
            self.0.progress.deliveries.clone(),
        )
    }

    /// Whom a token stands for; `None` when no such token was ever made.
    pub fn owner(&self, hash: TokenHash) -> Result<Option<Arc<TokenOwner>>, StoreError> {
        let generation = {
            let owners = self.0.owners.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(owner) = owners.known.get(&hash) {
                return Ok(Some(owner.clone()));
            }
            owners.generation
        };
        let found = self.0.apart(|| {
            self.0
                .finish(self.0.begin()?, |reader| find_owner(reader, hash))
        })?;
        let found = found.map(Arc::new);
        if let Some(owner) = &found {
            self.0
                .owners
                .write()
                .unwrap_or_else(PoisonError::into_inner)
                .remember(generation, hash, owner.clone());
        }
        Ok(found)
    }

    /// Whether nothing was ever put in.
    pub async fn is_empty(&self) -> Result<bool, StoreError> {
        self.read(|reader| load::is_empty(reader.db()?)).await
    }

    /// What was loaded into the store at first: the text that `load` was given.
    pub async fn origin(&self) -> Result<Option<String>, StoreError> {
        self.read(|reader| tables::meta(reader.db()?, "origin"))
            .await
    }

    /// The whole world.
    pub async fn dump(&self) -> Result<Seed, StoreError> {
        self.read_long(|reader| load::dump(reader.db()?)).await
    }

    /// How the store does.
    pub fn measured(&self) -> Measured {
        let inner = &self.0;
        // Where a database elsewhere is the store, the file is not there, and has no bytes.
        let path = inner.database();
        let bytes = |path: &Path| path.metadata().map_or(0, |file| file.len());
        let readers = inner.readers.lock().unwrap_or_else(PoisonError::into_inner);
        let idle_readers = readers.len();
        drop(readers);
        // In this order: what is folded was logged.
        let folded = inner.progress.folded.load(Ordering::Acquire);
        let logged = inner.progress.logged.load(Ordering::Acquire);
        let most_waiting = inner.queue.max_capacity();
        let mut owing = owing(&Directory::deliveries_beside(&path)).unwrap_or_else(|error| {
            tracing::warn!(error = %chain(&error), "the record of deliveries cannot be read");
            None
        });
        let mail = inner
            .apart(|| {
                let reader = inner.begin()?;
                inner.finish(reader, |reader| reader.mail_waiting())
            })
            .unwrap_or_else(|error| {
                tracing::warn!(error = %chain(&error), "letters cannot be counted");
                Default::default()
            });
        // Where nobody subscribes, the record is not kept up row by row.
        if let Some(owing) = &mut owing
            && !inner.progress.followed.load(Ordering::Acquire)
        {
            owing.followed = logged;
        }
        Measured {
            logged,
            folded,
            waiting: most_waiting - inner.queue.capacity(),
            most_waiting,
            idle_readers,
            long_reads: inner.most_long_reads - inner.long_reads.available_permits(),
            most_long_reads: inner.most_long_reads,
            database_bytes: bytes(&path),
            wal_bytes: bytes(&sqlite::wal(&path)),
            deliveries: inner.progress.deliveries.counted(),
            owing,
            mail,
            ..inner.progress.measures.measured()
        }
    }

    /// Lets the writer finish, and closes.
    pub async fn close(&self) {
        let (to, done) = oneshot::channel();
        if self.0.queue.send(Message::Close(to)).await.is_ok() {
            let _ = done.await;
        }
    }
}

/// Fills an empty store in one transaction, before it is opened for calls. All or nothing.
pub fn load_into(
    directory: &Directory,
    seed: &Seed,
    origin: &str,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Loaded, StoreError> {
    if let Some(postgres) = directory.elsewhere() {
        let (_database, db) = postgres.open()?;
        // Of nodes that start together, one fills it. Held until the connection ends.
        postgres::lock_filling(&db)?;
        return fill(&db, seed, origin, progress);
    }
    let path = directory.database();
    if !path.exists() {
        sqlite::create(&path, |db| load::load(db, seed, origin, progress))?;
        return Ok(Loaded::Now);
    }
    fill(&sqlite::open_writer(&path)?, seed, origin, progress)
}

fn fill(
    db: &Connection,
    seed: &Seed,
    origin: &str,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Loaded, StoreError> {
    if !load::is_empty(db)? {
        return Ok(match tables::meta(db, "origin")? {
            Some(was) if was == origin => Loaded::AlreadyThere,
            _ => Loaded::OtherThere,
        });
    }
    load::load(db, seed, origin, progress)?;
    Ok(Loaded::Now)
}

/// Whether the store in a directory holds no world yet.
pub fn is_empty(directory: &Directory) -> Result<bool, StoreError> {
    if let Some(postgres) = directory.elsewhere() {
        return load::is_empty(&postgres.open()?.1);
    }
    let path = directory.database();
    // Looking must not make it: a new store is made whole, by `load_into` or by opening it.
    Ok(!path.exists() || load::is_empty(&sqlite::open_writer(&path)?)?)
}

/// What came of filling a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loaded {
    /// It was empty and is filled now.
    Now,
    /// It was filled with the same before; nothing was done.
    AlreadyThere,
    /// It holds something else; nothing was done.
    OtherThere,
}

/// Forgets the owners of tokens.
fn forgetting(owners: &Arc<RwLock<Owners>>) -> Arc<dyn Fn() + Send + Sync> {
    let owners = owners.clone();
    Arc::new(move || {
        owners
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .forget()
    })
}

fn server_state(db: &Connection) -> Result<ServerState, StoreError> {
    let text = tables::meta(db, "server")?;
    let state = text.map(|text| tables::document("meta", "server", &text));
    Ok(state.transpose()?.unwrap_or_default())
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
            Engine::Postgres { reads, .. } => {
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
        Ok(Kept::new(match &self.engine {
            Engine::Sqlite { path, .. } => sqlite::open_reader(path)?,
            Engine::Postgres { database, .. } => database.connect()?,
        }))
    }

    fn keep(&self, kept: Kept) {
        self.readers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(kept);
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

fn find_owner(reader: &mut Reader, hash: TokenHash) -> Result<Option<TokenOwner>, StoreError> {
    let Some(token) = reader.token(hash)? else {
        return Ok(None);
    };
    let Some(workspace) = reader.workspace(token.team)? else {
        return Ok(None);
    };
    let user = match token.user {
        Some(id) => reader.user(id)?,
        None => None,
    };
    let enterprise = match workspace.enterprise {
        Some(id) => reader.look(|facts| Ok(facts.enterprise(id)?.cloned()))?,
        None => None,
    };
    let app = match token.app {
        Some(id) => reader.app(id)?,
        None => None,
    };
    let caller = user.map(|user| {
        let (token, app) = (token.clone(), app.clone());
        Arc::new(Caller {
            token,
            user,
            workspace,
            enterprise,
            app,
        })
    });
    Ok(Some(TokenOwner { token, app, caller }))
}

/// A thread that copies the WAL into the database every 100 ms, so that nobody else has to, and
/// that tells the writer when nothing was written for so long.
fn checkpointer(
    path: &Path,
    progress: Arc<Progress>,
    queue: mpsc::WeakSender<Message>,
) -> Result<std::sync::mpsc::Sender<()>, StoreError> {
    let db = sqlite::open_checkpointer(path)?;
    let (alive, ended) = std::sync::mpsc::channel::<()>();
    let failed = |source| StoreError::Directory {
        path: path.to_owned(),
        what: "no thread for checkpoints".to_owned(),
        source,
    };
    std::thread::Builder::new()
        .name("checkpoint".to_owned())
        .spawn(move || {
            let mut seen = (-1, -1);
            while ended.recv_timeout(Duration::from_millis(100))
                == Err(std::sync::mpsc::RecvTimeoutError::Timeout)
            {
                let now = (
                    progress.logged.load(Ordering::Relaxed),
                    progress.folded.load(Ordering::Relaxed),
                );
                if now == seen {
                    if now.0 > now.1
                        && let Some(queue) = queue.upgrade()
                    {
                        // A full queue is no rest.
                        let _ = queue.try_send(Message::Rest);
                    }
                    continue;
                }
                seen = now;
                match sqlite::checkpoint(&db) {
                    Ok((frames, _)) if frames > LONG_WAL => {
                        progress.wal_is_long.store(true, Ordering::Relaxed)
                    }
                    Ok(_) => {}
                    Err(error) => {
                        progress.measures.checkpoint_failed();
                        tracing::warn!(error = %chain(&error), "checkpoint failed");
                    }
                }
            }
        })
        .map_err(failed)?;
    Ok(alive)
}
