//! The embedded database: opening it, its settings, its migrations.

use crate::{backup, error::StoreError, sql};
use rusqlite::{Connection, OpenFlags};
use std::{
    fs::OpenOptions,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

/// Forward only; a store remembers how many it has seen in `user_version`.
const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001_init.sql"),
    include_str!("../migrations/0002_places.sql"),
    include_str!("../migrations/0003_installations.sql"),
    include_str!("../migrations/0004_connect.sql"),
    include_str!("../migrations/0006_mail.sql"),
    include_str!("../migrations/0007_realms.sql"),
    include_str!("../migrations/0008_removals.sql"),
    include_str!("../migrations/0009_threads.sql"),
    include_str!("../migrations/0010_guests.sql"),
    include_str!("../migrations/0011_usergroups.sql"),
    include_str!("../migrations/0012_marks.sql"),
    include_str!("../migrations/0013_invite_requests.sql"),
];
/// The same for the record of deliveries.
const DELIVERIES: &[&str] = &[
    include_str!("../migrations/deliveries/0001_init.sql"),
    include_str!("../migrations/deliveries/0002_shared.sql"),
];

/// Bytes of the WAL's file that are kept for it to be written anew.
const WAL_KEPT: i64 = 64 << 20;

/// The connection that writes. Created and migrated if need be.
pub(crate) fn open_writer(path: &Path) -> Result<sql::Connection, StoreError> {
    writer(path).map_err(|error| error.at(path, "cannot be opened"))
}

fn writer(path: &Path) -> Result<sql::Connection, StoreError> {
    let db = Connection::open(path)?;
    db.pragma_update(None, "journal_mode", "wal")?;
    // Checkpoints stall whoever runs them: they have a thread of their own (see `checkpoint`).
    db.pragma_update(None, "wal_autocheckpoint", 0)?;
    // What a long read made it grow to is given back once it starts over.
    db.pragma_update(None, "journal_size_limit", WAL_KEPT)?;
    db.pragma_update(None, "cache_size", -6144)?;
    db.set_prepared_statement_cache_capacity(64);
    migrate(&db, path)?;
    // Commits do not wait for the disk: `syncer` brings the log there. Where the log starts over,
    // and at checkpoints, SQLite waits all the same, so that what is there is always a beginning
    // of what was written.
    db.pragma_update(None, "synchronous", "normal")?;
    Ok(db.into())
}

/// Makes a new store with what `fill` puts in.
pub(crate) fn create(
    path: &Path,
    fill: impl FnOnce(&sql::Connection) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    create_from(path, MIGRATIONS, fill)
}

/// Makes a new database. It is made aside, brought to the disk once, and then gets its name: a
/// crash leaves no half of it, and nothing waits for each step.
fn create_from(
    path: &Path,
    migrations: &[&str],
    fill: impl FnOnce(&sql::Connection) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    backup::without_log(path)?;
    let aside = path.with_extension("new");
    let failed = |source| StoreError::Directory {
        path: aside.clone(),
        what: "a new store cannot be made".to_owned(),
        source,
    };
    // What an earlier attempt may have left.
    for name in [
        aside.clone(),
        path.with_extension("new-wal"),
        path.with_extension("new-shm"),
    ] {
        match std::fs::remove_file(name) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(failed(error));
            }
            _ => {}
        }
    }
    let made = (|| {
        // Names and addresses of people, secrets of apps: its owner's alone, wherever the directory is. What
        // SQLite puts beside it has the same owner and mode.
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&aside)
            .map_err(failed)?;
        let db = Connection::open(&aside)?;
        db.pragma_update(None, "journal_mode", "memory")?;
        db.pragma_update(None, "synchronous", "off")?;
        db.pragma_update(None, "cache_size", -32_768)?;
        follow(&db, &aside, migrations)?;
        let db = sql::Connection::from(db);
        fill(&db)?;
        if let sql::Connection::Sqlite(db) = db {
            // Kept in the file: otherwise the first to open it would wait for the disk to change it.
            db.pragma_update(None, "journal_mode", "wal")?;
            db.close().map_err(|(_, error)| error)?;
        }
        let directory = path.parent().unwrap_or(Path::new("."));
        std::fs::File::open(&aside)
            .and_then(|file| file.sync_all())
            .and_then(|()| std::fs::rename(&aside, path))
            .and_then(|()| std::fs::File::open(directory)?.sync_all())
            .map_err(failed)
    })();
    if made.is_err() {
        let _ = std::fs::remove_file(&aside);
    }
    made.map_err(|error| error.at(&aside, "a new store cannot be made"))
}

/// The write-ahead log of a database.
pub(crate) fn wal(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}

/// A database that is gone with its connection.
pub(crate) fn in_memory() -> Result<sql::Connection, StoreError> {
    let db = Connection::open_in_memory()?;
    migrate(&db, Path::new(":memory:"))?;
    Ok(db.into())
}

/// A connection that only reads.
pub(crate) fn open_reader(path: &Path) -> Result<sql::Connection, StoreError> {
    let db = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    db.pragma_update(None, "cache_size", -1024)?;
    db.set_prepared_statement_cache_capacity(64);
    Ok(db.into())
}

/// A connection for checkpoints.
pub(crate) fn open_checkpointer(path: &Path) -> Result<Connection, StoreError> {
    let db = Connection::open(path)?;
    db.pragma_update(None, "cache_size", -64)?;
    Ok(db)
}

/// Copies as much of the WAL into the database as readers allow, without waiting. Returns how
/// many frames the WAL holds and how many of them were copied.
pub(crate) fn checkpoint(db: &Connection) -> rusqlite::Result<(i64, i64)> {
    db.prepare_cached("pragma wal_checkpoint(passive)")?
        .query_row([], |row| Ok((row.get(1)?, row.get(2)?)))
}

/// Copies all of the WAL into the database and leaves it empty, unless somebody reads just now.
pub(crate) fn empty_log(db: &Connection) -> rusqlite::Result<()> {
    db.busy_timeout(Duration::ZERO)?;
    db.query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(()))
}

/// The schema that this guestlist makes.
pub(crate) const KNOWN: i64 = MIGRATIONS.len() as i64;

/// The schema of a file; 0 of an empty one.
pub(crate) fn version(db: &Connection) -> rusqlite::Result<i64> {
    db.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// The same of a connection that may be one to another database, which has none.
pub(crate) fn schema(db: &sql::Connection) -> rusqlite::Result<i64> {
    db.sqlite().map_or(Ok(0), version)
}

/// What a newer guestlist has written is not touched.
pub(crate) fn not_newer(path: &Path, found: i64, known: i64) -> Result<(), StoreError> {
    if found > known {
        return Err(StoreError::Newer {
            path: path.to_owned(),
            found,
            known,
        });
    }
    Ok(())
}

/// Whether an error says that the file is something else.
pub(crate) fn is_no_database(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::NotADatabase)
}

fn migrate(db: &Connection, path: &Path) -> Result<(), StoreError> {
    follow(db, path, MIGRATIONS)
}

/// The record of deliveries, in a file of its own. It can be made again from the journal, but for
/// how far it was: nothing waits for the disk.
pub(crate) fn open_deliveries(path: &Path) -> Result<sql::Connection, StoreError> {
    if !path.exists() {
        create_from(path, DELIVERIES, |_| Ok(()))?;
    }
    deliveries(path).map_err(|error| {
        let way_out = "the record of deliveries cannot be opened; should it be damaged, move every file whose \
                       name begins with deliveries.db away: a new one begins, and what apps were owed and did \
                       not get yet, what became of earlier events, and who is paused or cut off is forgotten";
        error.at(path, way_out)
    })
}

fn deliveries(path: &Path) -> Result<sql::Connection, StoreError> {
    let db = Connection::open(path)?;
    db.pragma_update(None, "journal_mode", "wal")?;
    db.pragma_update(None, "synchronous", "normal")?;
    db.pragma_update(None, "cache_size", -2048)?;
    db.set_prepared_statement_cache_capacity(64);
    follow(&db, path, DELIVERIES)?;
    Ok(db.into())
}

fn follow(db: &Connection, path: &Path, migrations: &[&str]) -> Result<(), StoreError> {
    let found = version(db)?;
    not_newer(path, found, migrations.len() as i64)?;
    for (number, sql) in (1..)
        .zip(migrations)
        .skip(usize::try_from(found).unwrap_or(0))
    {
        let step = db.unchecked_transaction()?;
        step.execute_batch(sql)?;
        step.pragma_update(None, "user_version", number)?;
        step.commit()?;
    }
    Ok(())
}
