//! The data directory: who holds it, and the files in it.

use crate::{error::StoreError, postgres::Postgres, private};
use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read, Seek, Write},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

/// How often the lock's file is opened when another takes its place meanwhile.
const TRIES: usize = 8;

/// A data directory, held by this process for as long as this lives.
#[derive(Debug)]
pub struct Directory {
    path: PathBuf,
    lock: File,
    /// Where the store is, if not in the directory.
    elsewhere: Option<Postgres>,
}

/// Whoever finds the lock file empty knows that nobody has been killed.
impl Drop for Directory {
    fn drop(&mut self) {
        let _ = self.lock.set_len(0);
    }
}

impl Directory {
    /// Makes the directory if need be, and takes hold of it.
    pub fn hold(path: &Path) -> Result<Self, StoreError> {
        let failed = |what: &str| {
            let (path, what) = (path.to_owned(), what.to_owned());
            move |source| StoreError::Directory { path, what, source }
        };
        // Names and addresses of people, secrets of apps: a new directory is its owner's alone.
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(failed("cannot be made"))?;
        let lock = Self::take(path)?;
        let mut directory = Self {
            path: path.to_owned(),
            lock,
            elsewhere: None,
        };
        directory.announce(None)?;
        Ok(directory)
    }

    /// Takes the lock. While others may open its file, who holds it may be anybody.
    fn take(path: &Path) -> Result<File, StoreError> {
        let file = path.join("lock");
        let failed = |what: &str| {
            let (path, what) = (file.clone(), what.to_owned());
            move |source| StoreError::Directory { path, what, source }
        };
        for _ in 0..TRIES {
            let mut options = OpenOptions::new();
            options.create(true).truncate(false).read(true).write(true);
            let lock = private::open(&file, &mut options).map_err(failed("cannot be used"))?;
            let is_open =
                private::is_open_to_others(&lock).map_err(failed("cannot be looked at"))?;
            match lock.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) if is_open && private::knows_modes(path) => {
                    let why = "other users may open it, and one of them may hold it: restart the server that \
                               serves here, or remove the file if none does";
                    return Err(failed("cannot be trusted")(io::Error::other(why)));
                }
                Err(TryLockError::WouldBlock) => return Err(Self::held(path, lock)),
                Err(TryLockError::Error(error)) => return Err(failed("cannot be locked")(error)),
            }
            // Where another has taken its place, that one is to be locked, and no business of who holds this.
            if !private::is_at(&lock, &file).map_err(failed("cannot be looked at"))? {
                continue;
            }
            // Whoever has it open already could lock it later: another file takes its place, unless the
            // file system knows no modes and the next would be no better.
            if is_open && private::close_to_others(&lock).map_err(failed("is open to others"))? {
                fs::remove_file(&file)
                    .map_err(failed("is open to others and cannot be removed"))?;
                continue;
            }
            private::give_to_owner(&lock, &file).map_err(failed("cannot be given away"))?;
            return Ok(lock);
        }
        let why = io::Error::other("others replace it again and again");
        Err(failed("cannot be locked")(why))
    }

    /// Who holds the lock, as they say themselves.
    fn held(path: &Path, mut lock: File) -> StoreError {
        let mut text = String::new();
        if let Err(source) = lock.read_to_string(&mut text) {
            return StoreError::Directory {
                path: path.join("lock"),
                what: "cannot be read".to_owned(),
                source,
            };
        }
        let mut lines = text.lines();
        StoreError::Held {
            path: path.to_owned(),
            process: lines.next().unwrap_or("unknown").to_owned(),
            address: lines.next().map(str::to_owned),
            store: lines.next().map(str::to_owned),
        }
    }

    /// Writes into the lock file where this process serves, and which store if that is a database, for
    /// commands that find it held.
    pub fn announce(&mut self, address: Option<&str>) -> Result<(), StoreError> {
        let mut text = format!("{}\n", std::process::id());
        if let Some(address) = address {
            text.push_str(&format!("{address}\n"));
            let elsewhere = self.elsewhere.as_ref().map(Postgres::place);
            text.extend(elsewhere.map(|place| format!("{place}\n")));
        }
        self.lock
            .set_len(0)
            .and_then(|()| self.lock.rewind())
            .and_then(|()| self.lock.write_all(text.as_bytes()))
            .map_err(|source| StoreError::Directory {
                path: self.path.clone(),
                what: "its lock file cannot be written".to_owned(),
                source,
            })
    }

    /// The same directory for a node whose store is a PostgreSQL database.
    pub fn with_store(mut self, postgres: Option<Postgres>) -> Self {
        self.elsewhere = postgres;
        self
    }

    /// Where the store is, if not in the directory.
    pub fn elsewhere(&self) -> Option<&Postgres> {
        self.elsewhere.as_ref()
    }

    /// Whether there is a store. Nothing is made.
    pub fn has_store(&self) -> Result<bool, StoreError> {
        match &self.elsewhere {
            Some(postgres) => postgres.has_store(),
            None => Ok(self.database().exists()),
        }
    }

    /// Where the store is, for people.
    pub fn place(&self) -> String {
        match &self.elsewhere {
            Some(postgres) => postgres.place(),
            None => self.path.display().to_string(),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The database file.
    pub fn database(&self) -> PathBuf {
        Self::database_in(&self.path)
    }

    /// The record of deliveries beside a database file.
    pub(crate) fn deliveries_beside(database: &Path) -> PathBuf {
        database.with_file_name("deliveries.db")
    }

    /// The database file of a data directory, whoever holds it.
    pub fn database_in(directory: &Path) -> PathBuf {
        directory.join("guestlist.db")
    }
}
