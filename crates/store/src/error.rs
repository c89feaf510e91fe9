//! What can go wrong that is nobody's refusal.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Nothing of the call was written.
    #[error("the store failed and nothing was written")]
    Failed(#[source] Arc<crate::sql::Error>),
    /// The commit's outcome is not known: the call stands whole or not at all.
    #[error("the store failed while committing; the call stands whole or not at all")]
    InDoubt(#[source] Arc<crate::sql::Error>),
    /// The store cannot be reached: it is closing, or could not be brought back after a failure.
    #[error("the store is not available")]
    Unavailable,
    /// A rule failed to decide: a mistake of ours. Nothing was written.
    #[error("a rule panicked while deciding; nothing was written")]
    Panicked,
    /// A row cannot be read.
    #[error("row {row} of table {table} cannot be read")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The row's id or key.
        row: String,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// The data directory or a file in it cannot be used.
    #[error("{path}: {what}")]
    Directory {
        /// Which.
        path: PathBuf,
        /// What was tried.
        what: String,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
    /// Another process holds the store open.
    #[error("{path} is held open by another guestlist (process {process}{address})", path = path.display(),
        address = address.as_ref().map(|a| format!(", at {a}")).unwrap_or_default())]
    Held {
        /// The data directory.
        path: PathBuf,
        /// The process that holds it.
        process: String,
        /// Where its server listens, if it does.
        address: Option<String>,
        /// Its store, if that is a database: without a password, as [`Postgres::place`](crate::Postgres::place).
        store: Option<String>,
    },
    /// Servers have the database open.
    #[error("{place} is open in {writers} guestlist {}: stop what serves it first",
        if *writers == 1 { "server" } else { "servers" })]
    Served {
        /// The database.
        place: String,
        /// So many write there.
        writers: u64,
    },
    /// A database cannot be opened.
    #[error(transparent)]
    NotOpened(crate::sql::Error),
    /// A store cannot be moved, and was not.
    #[error("not moved: {0}")]
    NotMoved(String),
    /// The store was written by a newer guestlist.
    #[error("{path} has schema {found}; this guestlist knows up to {known}: use the newer one", path = path.display())]
    Newer {
        /// The database file.
        path: PathBuf,
        /// Its schema's number.
        found: i64,
        /// The newest number known here.
        known: i64,
    },
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(Arc::new(error.into()))
    }
}

impl From<crate::sql::Error> for StoreError {
    fn from(error: crate::sql::Error) -> Self {
        Self::Failed(Arc::new(error))
    }
}

impl StoreError {
    /// Whether the store is away, and may be back soon: what is asked again then may be answered.
    pub fn is_away(&self) -> bool {
        match self {
            Self::Unavailable => true,
            Self::Failed(cause) => cause.is_away(),
            _ => false,
        }
    }

    /// Names the file at which a database failed. Errors that tell by themselves where they were met stay.
    pub(crate) fn at(self, path: &Path, what: &str) -> Self {
        let (Self::Failed(cause) | Self::InDoubt(cause)) = self else {
            return self;
        };
        let full = if cause.is_full() {
            ": the disk is full, or a quota or limit is reached"
        } else {
            ""
        };
        Self::Directory {
            path: path.to_owned(),
            what: format!("{what}{full}"),
            source: std::io::Error::other(cause),
        }
    }

    /// The same failure for another call of a batch.
    pub(crate) fn again(&self) -> Self {
        match self {
            Self::Failed(source) => Self::Failed(source.clone()),
            Self::InDoubt(source) => Self::InDoubt(source.clone()),
            _ => Self::Unavailable,
        }
    }
}

/// Why a call has no outcome.
#[derive(Debug)]
pub enum Failure<R> {
    /// Refused by a rule.
    Refused(R),
    /// The token holds none of these scopes.
    Scope(&'static [&'static str]),
    /// The workspace in which it was asked for is not there any more.
    Gone,
    /// The store failed.
    Store(StoreError),
}

impl<R> From<StoreError> for Failure<R> {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// An error and what caused it, for the log.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::StoreError;
    use crate::sql::Error;

    #[test]
    fn a_database_that_is_away_is_told_from_one_that_fails() {
        let away = StoreError::from(Error::Unreachable("nobody listens".to_owned()));
        assert!(away.is_away() && StoreError::Unavailable.is_away());
        let full = StoreError::from(Error::Disk(std::io::Error::other("full")));
        assert!(!full.is_away() && !StoreError::from(Error::NoRow).is_away());
    }
}
