//! A store as one file: copied while others use it, looked over, and put back.
//!
//! The copy is SQLite's own: page by page in one read transaction, which shows the store as it
//! stands at one moment, whatever is written meanwhile. See docs/adr/0029.

mod check;

pub use check::{Checked, check};

use crate::{
    directory::Directory,
    error::StoreError,
    sql::{self, Connection},
    sqlite, tables,
};
use rusqlite::backup::{Backup, StepResult};
use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// Pages copied between two words of progress: 1 MiB.
const STEP: i32 = 256;

/// What was copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Size of the file.
    pub bytes: u64,
    /// The newest row of the journal in it: every call answered up to there is.
    pub journal: i64,
}

/// Copies the store in a data directory into a new file. Others may read and write meanwhile; what
/// was answered before this begins is in the copy, and of what comes later each call is whole or
/// not at all. The file is there when it is complete and on disk; one that is there already stays
/// as it is, and the copy fails. `progress` is told how many bytes of how many are done.
pub fn back_up(
    directory: &Path,
    to: &Path,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Copied, StoreError> {
    copy(&Directory::database_in(directory), to, progress)
}

/// Fails where a data directory has a store already, or files that one left.
pub fn vacant(directory: &Path) -> Result<(), StoreError> {
    let database = Directory::database_in(directory);
    if database.symlink_metadata().is_ok() {
        return Err(exists(&database));
    }
    without_remains(&database)
}

/// Makes a store of a copy, in a data directory that has none.
pub fn restore(
    from: &Path,
    directory: &Directory,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Copied, StoreError> {
    let database = directory.database();
    vacant(database.parent().unwrap_or(Path::new(".")))?;
    copy(from, &database, progress)
}

/// Refuses where a store is to begin and another has left files: it would go on in them.
pub(crate) fn without_remains(database: &Path) -> Result<(), StoreError> {
    without_deliveries(database)?;
    without_log(database)
}

/// The same of what its apps are owed alone.
pub(crate) fn without_deliveries(database: &Path) -> Result<(), StoreError> {
    let deliveries = Directory::deliveries_beside(database);
    if deliveries.exists() {
        let why = "it is the record of another store, and what its apps are owed: move it to where that store is, or name another directory";
        return Err(there(&deliveries, why));
    }
    without_log(&deliveries)
}

/// Refuses a name for a new file beside which another file of that name left its log. SQLite knows a
/// log by the name alone: it would write the pages in it over the new file, or remove it, and with it
/// calls that were answered.
pub(crate) fn without_log(file: &Path) -> Result<(), StoreError> {
    for end in ["-wal", "-journal"] {
        let mut log = file.as_os_str().to_owned();
        log.push(end);
        let log = PathBuf::from(log);
        match log.symlink_metadata() {
            // Whoever only reads leaves an empty one, in which nothing is.
            Ok(found) if found.len() == 0 => {}
            Ok(_) => {
                let name = file.file_name().unwrap_or_default().display();
                let why = format!(
                    "it is the log of a {name} that is not there, and may hold what is not in that file yet: \
                     move every file named {name}-… to where that one is, or name another place"
                );
                return Err(there(&log, &why));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(&log, "cannot be looked at")(error)),
        }
    }
    Ok(())
}

fn failed(path: &Path, what: &str) -> impl FnOnce(io::Error) -> StoreError {
    let (path, what) = (path.to_owned(), what.to_owned());
    move |source| StoreError::Directory { path, what, source }
}

fn copy(from: &Path, to: &Path, progress: &mut dyn FnMut(u64, u64)) -> Result<Copied, StoreError> {
    let source = open(from)?;
    if to.symlink_metadata().is_ok() {
        return Err(exists(to));
    }
    without_log(to)?;
    // Made aside and named when it is whole. Names and addresses of people, secrets of apps: it is
    // its owner's alone.
    let aside = aside(to);
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&aside);
    made.map_err(failed(&aside, "cannot be made"))?;
    let copied = fill(&source, &aside, progress).and_then(|journal| {
        let whole = File::open(&aside).and_then(|file| {
            file.sync_all()?;
            Ok(file.metadata()?.len())
        });
        let bytes = whole.map_err(failed(&aside, "cannot be brought to the disk"))?;
        name(&aside, to)?;
        Ok(Copied { bytes, journal })
    });
    // Of a copy that was named this is one name of two, or none.
    let _ = fs::remove_file(&aside);
    for end in ["-journal", "-wal", "-shm"] {
        let mut left = aside.clone().into_os_string();
        left.push(end);
        let _ = fs::remove_file(left);
    }
    copied
}

fn exists(path: &Path) -> StoreError {
    there(path, "it stays as it is")
}

fn there(path: &Path, why: &str) -> StoreError {
    let source = io::Error::new(io::ErrorKind::AlreadyExists, why);
    failed(path, "is there already")(source)
}

/// A name beside the file's own that nobody else uses: two copies at once are two files.
fn aside(to: &Path) -> PathBuf {
    let mut name = to.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    to.with_file_name(name)
}

/// Gives a finished copy its name, unless somebody else was faster, and makes that last.
fn name(aside: &Path, to: &Path) -> Result<(), StoreError> {
    match fs::hard_link(aside, to) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(exists(to)),
        // Not every file system has links.
        Err(_) if to.symlink_metadata().is_ok() => return Err(exists(to)),
        Err(_) => fs::rename(aside, to).map_err(failed(to, "cannot be made"))?,
    }
    let directory = match to.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    File::open(directory)
        .and_then(|directory| directory.sync_all())
        .map_err(failed(directory, "cannot be brought to the disk"))
}

/// A store's file, to be read in one transaction; an error if it is none.
pub(crate) fn open(path: &Path) -> Result<Connection, StoreError> {
    let file = path.metadata().map_err(failed(path, "cannot be read"))?;
    if file.is_dir() {
        let inside = Directory::database_in(path);
        let why = format!(
            "it is a directory: name the file in it, {}",
            inside.display()
        );
        return Err(no_store(path, &why));
    }
    let opened = (|| {
        let db = sqlite::open_reader(path)?;
        db.begin_view()?;
        // Begins the view, too.
        let version = sqlite::schema(&db)?;
        let journal: bool = db.query_row(
            "select exists (select 1 from sqlite_schema where name = 'journal')",
            [],
            |row| row.get(0),
        )?;
        Ok((db, version, journal))
    })();
    let (db, version, journal) = match opened {
        Err(StoreError::Failed(error)) if matches!(error.as_ref(), sql::Error::Sqlite(error) if sqlite::is_no_database(error)) =>
        {
            return Err(no_store(path, "it is no SQLite database"));
        }
        opened => opened.map_err(|error| error.at(path, "cannot be read"))?,
    };
    if version == 0 || !journal {
        return Err(no_store(path, "it has no schema of guestlist"));
    }
    sqlite::not_newer(path, version, sqlite::KNOWN)?;
    Ok(db)
}

fn no_store(path: &Path, why: &str) -> StoreError {
    failed(path, "is no store of guestlist")(io::Error::new(io::ErrorKind::InvalidData, why))
}

/// Copies all pages. Returns the journal's newest row.
fn fill(
    source: &Connection,
    to: &Path,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<i64, StoreError> {
    let Some(from) = source.sqlite() else {
        return Err(StoreError::Unavailable);
    };
    let mut copy = rusqlite::Connection::open(to)?;
    // It is brought to the disk once, at the end.
    copy.pragma_update(None, "synchronous", "off")?;
    let page: u64 = from
        .pragma_query_value(None, "page_size", |row| row.get::<_, i64>(0))?
        .unsigned_abs();
    {
        let backup = Backup::new(from, &mut copy)?;
        loop {
            let step = backup.step(STEP)?;
            let so_far = backup.progress();
            let all = u64::try_from(so_far.pagecount).unwrap_or_default();
            let left = u64::try_from(so_far.remaining).unwrap_or_default();
            progress(page * (all - left.min(all)), page * all);
            match step {
                StepResult::Done => break,
                StepResult::More => {}
                // The view is ours already and nobody knows of the copy.
                _ => return Err(StoreError::Unavailable),
            }
        }
    }
    // One file, and no others beside it when it is read. The next server writes a log again.
    copy.pragma_update(None, "journal_mode", "delete")?;
    copy.close().map_err(|(_, error)| error)?;
    tables::newest_row(source)
}
