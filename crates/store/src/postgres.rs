//! PostgreSQL: connections to it, its migrations.
//!
//! Whoever asks is a thread that waits. The connections themselves live on one thread of the
//! store, which does nothing but carry bytes.

mod address;
pub(crate) mod apply;
mod asking;
pub(crate) mod bucket;
mod capabilities;
pub(crate) mod claims;
mod crowd;
pub(crate) mod letters;
mod load;
mod locks;
mod round;
mod session;
#[cfg(test)]
mod statements;
mod tell;
pub(crate) mod tickets;
mod tls;
mod verdict;
mod watch;
mod writer;

pub(crate) use capabilities::lock_filling;
use capabilities::{Capabilities, Exclusive};
pub(crate) use locks::Array;
pub(crate) use round::ASIDE;
pub(crate) use session::Session;
pub use writer::Counts;
pub(crate) use writer::{ANALYZE, Counters, NOTE, Writer};

use crate::{
    clock::Clock,
    error::{StoreError, chain},
    progress::Progress,
    sql::{Connection, Error, Result},
};
use session::wait;
use std::{
    sync::{Arc, OnceLock, atomic},
    time::Duration,
};
use tls::Tls;
use tokio::{
    task::AbortHandle,
    time::{error::Elapsed, timeout},
};
use tokio_postgres::{Client, Config, NoTls};
use watch::{GONE, Watcher};

/// Forward only; a store remembers how many it has seen in `meta` `schema`.
const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/postgres/0001_init.sql"),
    include_str!("../migrations/postgres/0002_deliveries.sql"),
    include_str!("../migrations/postgres/0003_letters.sql"),
    include_str!("../migrations/postgres/0004_tickets.sql"),
    include_str!("../migrations/postgres/0005_realms.sql"),
    include_str!("../migrations/postgres/0006_removals.sql"),
    include_str!("../migrations/postgres/0007_threads.sql"),
    include_str!("../migrations/postgres/0008_ticket_tokens.sql"),
    include_str!("../migrations/postgres/0009_guests.sql"),
    include_str!("../migrations/postgres/0010_usergroups.sql"),
    include_str!("../migrations/postgres/0011_marks.sql"),
    include_str!("../migrations/postgres/0012_invite_requests.sql"),
    include_str!("../migrations/postgres/0013_fleeting.sql"),
];
/// A writer holds the lock of its lane in this class, as long as it may write there. Each schema has
/// another.
const LANES: &str = "cast(cast(cast('journal' as regclass) as oid) as bigint) % 2147483648";
/// Readers at a time, each with a connection.
pub(crate) const READERS: usize = 16;
/// How long a connection may take to be there.
const CONNECT: Duration = Duration::from_secs(5);

/// Where a store on PostgreSQL is.
#[derive(Clone)]
pub struct Postgres {
    config: Config,
    /// The schema that holds the tables, if not the connection's own.
    schema: Option<String>,
    /// How to speak to it; absent: as it is.
    tls: Option<Tls>,
    /// What it has, as far as the address says.
    has: Capabilities,
}

impl std::fmt::Debug for Postgres {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.place())
    }
}

/// A connection, and what ends it at once.
type Line = (Client, AbortHandle);

/// A connection, carried by the runtime it is made on.
async fn connect(place: Postgres) -> std::result::Result<Line, tokio_postgres::Error> {
    let Postgres { config, tls, .. } = place;
    match tls {
        Some(tls) => {
            let (client, connection) = config.connect(tls).await?;
            Ok((client, tokio::spawn(connection).abort_handle()))
        }
        None => {
            let (client, connection) = config.connect(NoTls).await?;
            Ok((client, tokio::spawn(connection).abort_handle()))
        }
    }
}

impl Postgres {
    /// Whether there is a store. Nothing is made.
    pub(crate) fn has_store(&self) -> std::result::Result<bool, StoreError> {
        let database = Database::start(self.clone())?;
        let db = database.connect().map_err(StoreError::NotOpened)?;
        let tables = db.query_row(
            "select count(*) from information_schema.tables
             where table_schema = current_schema() and table_name = 'meta'",
            [],
            |row| row.get::<_, i64>(0),
        )?;
        Ok(tables > 0)
    }

    /// Makes connections possible, and brings the tables to the newest form.
    pub(crate) fn open(&self) -> std::result::Result<(Arc<Database>, Connection), StoreError> {
        let database = Arc::new(Database::start(self.clone())?);
        let db = database.connect().map_err(StoreError::NotOpened)?;
        self.migrate(&db).map_err(|error| match error {
            StoreError::Failed(cause) => match Arc::try_unwrap(cause) {
                Ok(cause) => StoreError::NotOpened(self.unusable(cause)),
                Err(cause) => StoreError::Failed(cause),
            },
            error => error,
        })?;
        Ok((database, db))
    }

    /// What the database says, and which database it is.
    fn unusable(&self, said: Error) -> Error {
        Error::Unreachable(format!("{} cannot be used: {}", self.place(), chain(&said)))
    }

    /// Drops the schema with all that is in it, if the address names one: for tests.
    pub(crate) fn drop_schema(&self) -> std::result::Result<(), StoreError> {
        let database = Database::start(self.clone())?;
        let db = database.connect()?;
        if let (Some(session), Some(schema)) = (db.postgres(), &self.schema) {
            session.batch(&format!("drop schema {schema} cascade"))?;
        }
        Ok(())
    }

    /// Ends every other connection to the same schema: for tests.
    pub(crate) fn cut(&self) -> std::result::Result<(), StoreError> {
        let database = Database::start(self.clone())?;
        let db = database.connect()?;
        db.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity
             where application_name = ?1 and pid <> pg_backend_pid()",
            [self.config.get_application_name().unwrap_or_default()],
        )?;
        db.postgres().map_or(Ok(()), Session::heard)?;
        Ok(())
    }

    /// How many servers are seen to have it open: for tests.
    pub(crate) fn servers(&self) -> std::result::Result<u64, StoreError> {
        let database = Database::start(self.clone())?;
        Ok(claims::writers(&database.connect()?)?)
    }

    /// How many other connections there are to the same schema: for tests.
    pub(crate) fn connections(&self) -> std::result::Result<i64, StoreError> {
        let database = Database::start(self.clone())?;
        let connections = database.connect()?.query_row(
            "select count(*) from pg_stat_activity
             where application_name = ?1 and pid <> pg_backend_pid()",
            [self.config.get_application_name().unwrap_or_default()],
            |row| row.get(0),
        )?;
        Ok(connections)
    }

    /// Lets every claim lapse: for tests.
    pub(crate) fn lapse(&self) -> std::result::Result<(), StoreError> {
        let database = Database::start(self.clone())?;
        Ok(claims::lapse(&database.connect()?)?)
    }

    /// Runs statements: for tests.
    pub(crate) fn beside(&self, sql: &str) -> std::result::Result<(), StoreError> {
        let database = Database::start(self.clone())?;
        let db = database.connect()?;
        db.postgres().map_or(Ok(()), |session| session.batch(sql))?;
        Ok(())
    }

    /// How a writer's connection would go about what a batch loads: for tests.
    pub(crate) fn plans(&self) -> std::result::Result<Vec<String>, StoreError> {
        let database = Database::start(self.clone())?;
        let db = database.connect()?;
        let Some(session) = db.postgres() else {
            return Ok(Vec::new());
        };
        session.batch(writer::PLANS)?;
        load::plans(session)
    }

    /// Whether it has locks that belong to no row, as far as the address says: for tests.
    pub(crate) fn has_advisory_locks(&self) -> bool {
        self.has.advisory_locks
    }

    /// The same database, and nothing used of it that another may lack: for tests.
    pub(crate) fn lacking(self) -> Self {
        let has = Capabilities::none();
        Self { has, ..self }
    }

    fn migrate(&self, db: &Connection) -> std::result::Result<(), StoreError> {
        let Some(session) = db.postgres() else {
            return Ok(());
        };
        // Made where it is not: a role may own a schema and be allowed to make none.
        let schema = match &self.schema {
            Some(schema) if !has_schema(db, schema)? => {
                format!("create schema if not exists {schema}")
            }
            _ => String::new(),
        };
        capabilities::prepare(session, &schema)?;
        session.batch("begin")?;
        // One at a time, whoever starts first.
        capabilities::lock(session, Exclusive::Migrating)?;
        session.batch(&schema)?;
        session
            .batch("create table if not exists meta (key text primary key, value text not null)")?;
        let found = crate::tables::meta(db, "schema")?;
        let found: usize = found.and_then(|text| text.parse().ok()).unwrap_or(0);
        if found > MIGRATIONS.len() {
            return Err(StoreError::Newer {
                path: self.place().into(),
                found: found as i64,
                known: MIGRATIONS.len() as i64,
            });
        }
        for sql in &MIGRATIONS[found..] {
            session.batch(&session.capabilities().migration(sql))?;
        }
        crate::tables::set_meta(db, "schema", &MIGRATIONS.len().to_string())?;
        session.commit()?;
        Ok(())
    }
}

fn has_schema(db: &Connection, schema: &str) -> Result<bool> {
    db.query_row(
        "select count(*) from pg_namespace where nspname = ?1",
        [schema],
        |row| row.get::<_, i64>(0),
    )
    .map(|count| count > 0)
}

/// A database that connections can be made to.
pub(crate) struct Database {
    place: Postgres,
    handle: tokio::runtime::Handle,
    /// What it has; known after the first connection.
    has: OnceLock<Capabilities>,
    /// It has not answered in time who watches it, and has not since.
    silent: Arc<atomic::AtomicBool>,
    /// Dropping it ends the thread that carries the connections.
    _alive: tokio::sync::oneshot::Sender<()>,
}

impl Database {
    fn start(place: Postgres) -> std::result::Result<Self, StoreError> {
        let failed = |source| StoreError::Directory {
            path: place.place().into(),
            what: "no thread for its connections".to_owned(),
            source,
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(failed)?;
        let handle = runtime.handle().clone();
        let (alive, ended) = tokio::sync::oneshot::channel::<()>();
        std::thread::Builder::new()
            .name("postgres".to_owned())
            .spawn(move || {
                let _ = runtime.block_on(ended);
            })
            .map_err(failed)?;
        Ok(Self {
            place,
            handle,
            has: OnceLock::new(),
            silent: Arc::default(),
            _alive: alive,
        })
    }

    /// Calls `changed` whenever another node may have changed what nodes remember, and again and
    /// again while that cannot be known, be it only since the answer takes long.
    pub(crate) fn watch(
        &self,
        clock: Clock,
        progress: Arc<Progress>,
        changed: impl Fn() + Send + Sync + 'static,
        there_again: impl Fn() + Send + Sync + 'static,
    ) {
        Watcher {
            place: self.place.clone(),
            clock,
            progress,
            silent: self.silent.clone(),
            changed,
            there_again,
        }
        .start(&self.handle);
    }

    /// Where it is, without a password.
    pub(crate) fn place(&self) -> String {
        self.place.place()
    }

    /// A new connection.
    pub(crate) fn connect(&self) -> Result<Connection> {
        let (to, made) = tokio::sync::oneshot::channel();
        let connecting = capabilities::look(self.place.clone(), self.has.get().copied());
        self.handle.spawn(async move {
            let _ = to.send(timeout(GONE, connecting).await);
        });
        let closing =
            |_| Error::Unreachable(format!("{}: the store is closing", self.place.place()));
        let made = wait(made).map_err(closing)?;
        let (line, has) = self.made(made)?;
        Ok(Connection::Postgres(
            Session::new(line).with(has).unless(self.silent.clone()),
        ))
    }

    /// A new connection for a thread that is no runtime's: see [`Session::own`].
    pub(crate) fn connect_here(&self) -> Result<Connection> {
        let carrier = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Error::Unreachable(error.to_string()))?;
        let look = capabilities::look(self.place.clone(), self.has.get().copied());
        let made = carrier.block_on(async { timeout(GONE, look).await });
        let (line, has) = self.made(made)?;
        Ok(Connection::Postgres(
            Session::own(line, carrier)
                .with(has)
                .unless(self.silent.clone()),
        ))
    }

    /// A connection that was made in time, if it was.
    fn made(
        &self,
        made: std::result::Result<capabilities::Looked, Elapsed>,
    ) -> Result<(Line, Capabilities)> {
        let place = self.place.place();
        let late = |_| Error::Unreachable(format!("{place} does not answer"));
        let (line, has) = made
            .map_err(late)?
            .map_err(|error| self.unreachable(error))?;
        Ok((line, *self.has.get_or_init(|| has)))
    }

    fn unreachable(&self, error: tokio_postgres::Error) -> Error {
        let place = self.place.place();
        match error.as_db_error() {
            Some(_) => self.place.unusable(error.into()),
            None => Error::Unreachable(format!("{place} cannot be reached: {}", chain(&error))),
        }
    }
}
