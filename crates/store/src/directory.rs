//! The data directory: who holds it, and the files in it.

use crate::{error::StoreError, postgres::Postgres};
use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{Read, Seek, Write},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

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
        let mut lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(path.join("lock"))
            .map_err(failed("its lock file cannot be opened"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                lock.read_to_string(&mut text)
                    .map_err(failed("its lock file cannot be read"))?;
                let mut lines = text.lines();
                return Err(StoreError::Held {
                    path: path.to_owned(),
                    process: lines.next().unwrap_or("unknown").to_owned(),
                    address: lines.next().map(str::to_owned),
                    store: lines.next().map(str::to_owned),
                });
            }
            Err(TryLockError::Error(error)) => {
                return Err(failed("its lock cannot be taken")(error));
            }
        }
        let mut directory = Self {
            path: path.to_owned(),
            lock,
            elsewhere: None,
        };
        directory.announce(None)?;
        Ok(directory)
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
