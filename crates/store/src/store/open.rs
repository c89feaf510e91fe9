//! Opening a store: what remembers, who writes, who makes checkpoints.

use super::{Engine, Inner, Store};
use crate::{
    backup,
    call::Message,
    clock::Clock,
    directory::Directory,
    error::{StoreError, chain},
    owners::Owners,
    postgres::{self, Counters, Postgres, bucket::Buckets},
    progress::Progress,
    reader::Kept,
    sql::Connection,
    sqlite, tables,
    writer::Writer,
};
use guestlist_domain::workspace::ServerState;
use std::{
    fs::File,
    path::Path,
    sync::{
        Arc, Mutex, OnceLock, RwLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::sync::{Semaphore, mpsc};

/// Calls that may wait for the writer before further ones wait to be let into the queue.
const QUEUE: usize = 1024;
/// How often is looked whether something was written.
const LOOK: Duration = Duration::from_millis(100);
/// Looks between two checkpoints while it goes on being written: a page that many batches change
/// is copied once for all of them.
const LOOKS: u32 = 10;
/// A WAL of more pages than this is made to start over (32 MiB).
const LONG_WAL: i64 = 8192;

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
        let owners = Arc::new(Owners::default());
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
        let (queue, messages) = mpsc::channel(QUEUE);
        let (to, opened) = std::sync::mpsc::channel();
        let parts = (
            database.clone(),
            clock.clone(),
            counts.clone(),
            progress.clone(),
        );
        let told = (forget.clone(), news.clone());
        std::thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || {
                let ((database, clock, counts, progress), (forget, news)) = (parts, told);
                // Made here, since its connection is this thread's own.
                match postgres::Writer::new(database, clock, counts, progress, forget, news) {
                    Ok(writer) => {
                        let _ = to.send(Ok(()));
                        let _told = Told;
                        writer.run(messages);
                    }
                    Err(error) => {
                        let _ = to.send(Err(error));
                    }
                }
            })
            .map_err(|source| StoreError::Directory {
                path: postgres.place().into(),
                what: "no thread that writes".to_owned(),
                source,
            })?;
        opened.recv().unwrap_or(Err(StoreError::Unavailable))?;
        let follow = progress.clone();
        let changed = move || {
            forget();
            news();
            // An app may have subscribed.
            follow.news.notify_one();
        };
        let writer = queue.downgrade();
        let there_again = move || {
            // Its connection says that the store is open here. A writer that has calls to answer makes one by itself.
            if let Some(writer) = writer.upgrade() {
                let _ = writer.try_send(Message::Rest);
            }
        };
        database.watch(clock.clone(), progress.clone(), changed, there_again);
        let reads = Semaphore::new(postgres::READERS);
        let engine = Engine::Postgres {
            buckets: Buckets::new(&database),
            database,
            reads,
            waiting: AtomicUsize::default(),
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
        owners: Arc<Owners>,
        server: ServerState,
    ) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self(Arc::new(Inner {
            engine,
            clock,
            queue,
            progress,
            readers: Mutex::default(),
            long_reads: Arc::new(Semaphore::new(2 * cores)),
            most_long_reads: 2 * cores,
            owners,
            server: RwLock::new(Arc::new(server)),
            site: RwLock::new(Arc::from("http://127.0.0.1:3999")),
            posts: AtomicBool::new(false),
            seeded: OnceLock::new(),
            directory,
            fleeting: Default::default(),
        }))
    }

    fn open_embedded(directory: Directory, clock: Clock) -> Result<Self, StoreError> {
        let path = directory.database();
        if !path.exists() {
            backup::without_remains(&path)?;
        }
        let db = sqlite::open_writer(&path)?;
        let owners = Arc::new(Owners::default());
        let progress = Arc::new(Progress::default());
        let forget = forgetting(&owners);
        let server = server_state(&db)?;
        // It is there since something was read.
        let log = sqlite::wal(&path);
        let disk = File::open(&log).map_err(|source| StoreError::Directory {
            path: log,
            what: "cannot be opened".to_owned(),
            source,
        })?;
        let directory = Arc::new(Mutex::new(directory));
        let writer = Writer::new(
            db,
            Box::new(disk),
            clock.clone(),
            progress.clone(),
            forget,
            directory.clone(),
        )
        .map_err(|error| error.at(&path, "cannot be written, or brought up to its journal"))?;
        let (queue, messages) = mpsc::channel(QUEUE);
        tokio::spawn(async move {
            let _told = Told;
            writer.run(messages).await;
        });
        let engine = Engine::Sqlite {
            _checkpointer: checkpointer(&path, progress.clone(), queue.downgrade())?,
            path,
        };
        Ok(Self::around(
            engine, directory, clock, queue, progress, owners, server,
        ))
    }
}

/// Tells that a mistake of ours has ended the writer, if it has. What it held may be half of something, so nobody goes
/// on with that: whoever starts next begins with what is on the disk.
struct Told;

impl Drop for Told {
    fn drop(&mut self) {
        if std::thread::panicking() {
            tracing::error!("a mistake of ours ended the writer; start the server again");
        }
    }
}

/// Forgets the owners of tokens.
fn forgetting(owners: &Arc<Owners>) -> Arc<dyn Fn() + Send + Sync> {
    let owners = owners.clone();
    Arc::new(move || owners.forget())
}

fn server_state(db: &Connection) -> Result<ServerState, StoreError> {
    let text = tables::meta(db, "server")?;
    let state = text.map(|text| tables::document("meta", "server", &text));
    Ok(state.transpose()?.unwrap_or_default())
}

/// A thread that copies the WAL into the database, so that nobody else has to: once nothing was
/// written between two looks, and every second under load. It tells the writer of such rest.
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
            let (mut seen, mut copied, mut looks) = ((-1, -1), (-1, -1), 0);
            while ended.recv_timeout(LOOK) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                let now = (
                    progress.logged.load(Ordering::Relaxed),
                    progress.folded.load(Ordering::Relaxed),
                );
                let rests = now == std::mem::replace(&mut seen, now);
                if rests
                    && now.0 > now.1
                    && let Some(queue) = queue.upgrade()
                {
                    // A full queue is no rest.
                    let _ = queue.try_send(Message::Rest);
                }
                looks += 1;
                if now == copied || (!rests && looks < LOOKS) {
                    continue;
                }
                (copied, looks) = (now, 0);
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
