//! The seam between what is asked and the database that answers: a connection has few verbs, and
//! both databases have them. It holds no rule. SQL is written once, as SQLite has it; what
//! PostgreSQL has otherwise, `sql/dialect.rs` tells it.
//!
//! The verbs are rusqlite's, and for SQLite this is rusqlite and nothing more.

pub(crate) mod dialect;

use crate::postgres::Session;
pub(crate) use rusqlite::{ToSql, params};
use rusqlite::{
    ffi,
    types::{FromSql, FromSqlError, ToSqlOutput, Value, ValueRef},
};
use std::fmt;
use tokio_postgres::error::{Severity, SqlState};

/// What a database says when it cannot do what it was told.
#[derive(Debug)]
pub enum Error {
    /// SQLite.
    Sqlite(rusqlite::Error),
    /// PostgreSQL, or the way to it.
    Postgres(tokio_postgres::Error),
    /// A column holds what was not expected there.
    Column(FromSqlError),
    /// Nothing was found where something must be.
    NoRow,
    /// The database cannot be reached.
    Unreachable(String),
    /// The disk did not take what was written.
    Disk(std::io::Error),
}

impl Error {
    /// Whether the disk did not take what was written: it is full, or a quota or a limit is reached.
    pub(crate) fn is_full(&self) -> bool {
        let Self::Sqlite(rusqlite::Error::SqliteFailure(said, _)) = self else {
            return false;
        };
        [ffi::SQLITE_FULL, ffi::SQLITE_IOERR_WRITE].contains(&said.extended_code)
    }

    /// Whether a connection to PostgreSQL has to be made anew: it was made while the database took nothing
    /// in, and stays like that; or it is in a transaction that failed, and nobody ends it.
    pub(crate) fn is_stuck(&self) -> bool {
        let Self::Postgres(error) = self else {
            return false;
        };
        let stuck = [
            SqlState::READ_ONLY_SQL_TRANSACTION,
            SqlState::IN_FAILED_SQL_TRANSACTION,
        ];
        error.code().is_some_and(|code| stuck.contains(code))
    }

    /// Whether the database cannot be reached, takes nothing in, or has ended the connection: an operator, a
    /// pooler, a timeout, a restart.
    pub(crate) fn is_away(&self) -> bool {
        match self {
            Self::Unreachable(_) => true,
            Self::Postgres(_) if self.is_stuck() => true,
            Self::Postgres(error) => match error.as_db_error() {
                Some(said) => matches!(
                    said.parsed_severity(),
                    Some(Severity::Fatal | Severity::Panic)
                ),
                // It is not the database that complains, but the way to it.
                None => true,
            },
            _ => false,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(error) => error.fmt(f),
            Self::Postgres(error) => match error.as_db_error() {
                // Its own words and its code; never the statement's values.
                Some(said) => write!(f, "{} ({})", said.message(), said.code().code()),
                None => error.fmt(f),
            },
            Self::Column(error) => error.fmt(f),
            Self::NoRow => f.write_str("a row is missing"),
            Self::Unreachable(why) => f.write_str(why),
            Self::Disk(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Sqlite(error) => error.source(),
            // What the database said is told already.
            Self::Postgres(error) if error.as_db_error().is_some() => None,
            Self::Postgres(error) => error.source(),
            Self::Column(error) => error.source(),
            Self::NoRow | Self::Unreachable(_) | Self::Disk(_) => None,
        }
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        match error {
            rusqlite::Error::QueryReturnedNoRows => Self::NoRow,
            error => Self::Sqlite(error),
        }
    }
}

impl From<tokio_postgres::Error> for Error {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Postgres(error)
    }
}

impl From<FromSqlError> for Error {
    fn from(error: FromSqlError) -> Self {
        Self::Column(error)
    }
}

pub(crate) type Result<T> = std::result::Result<T, Error>;

/// A statement's parameters. rusqlite can bind them; this also shows them.
pub(crate) trait Params: rusqlite::Params {
    fn values(&self) -> Vec<Value>;
}

/// A parameter by itself, as PostgreSQL's driver wants to own it.
fn value(param: &dyn ToSql) -> Value {
    match param.to_sql() {
        Ok(ToSqlOutput::Borrowed(value)) => Value::column_result(value).unwrap_or(Value::Null),
        Ok(ToSqlOutput::Owned(value)) => value,
        // Nothing of ours converts otherwise.
        _ => Value::Null,
    }
}

impl Params for &[&dyn ToSql] {
    fn values(&self) -> Vec<Value> {
        self.iter().map(|param| value(*param)).collect()
    }
}

impl Params for [&(dyn ToSql + Send + Sync); 0] {
    fn values(&self) -> Vec<Value> {
        Vec::new()
    }
}

macro_rules! arrays {
    ($($n:literal)+) => {$(
        impl<T: ToSql> Params for [T; $n] {
            fn values(&self) -> Vec<Value> {
                self.iter().map(|param| value(param)).collect()
            }
        }
    )+}
}

arrays!(1 2 3 4);

/// A connection to either database.
pub(crate) enum Connection {
    Sqlite(rusqlite::Connection),
    Postgres(Session),
}

impl From<rusqlite::Connection> for Connection {
    fn from(db: rusqlite::Connection) -> Self {
        Self::Sqlite(db)
    }
}

impl Connection {
    /// A statement that is planned once.
    pub(crate) fn prepare_cached(&self, sql: &str) -> Result<CachedStatement<'_>> {
        Ok(match self {
            Self::Sqlite(db) => CachedStatement::Sqlite(db.prepare_cached(sql)?),
            Self::Postgres(db) => CachedStatement::Postgres(db, db.prepare(sql)?),
        })
    }

    /// The same, for what is asked rarely.
    pub(crate) fn prepare(&self, sql: &str) -> Result<CachedStatement<'_>> {
        self.prepare_cached(sql)
    }

    pub(crate) fn execute(&self, sql: &str, params: impl Params) -> Result<()> {
        self.prepare_cached(sql)?.execute(params)
    }

    pub(crate) fn query_row<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(Row<'_>) -> Result<T>,
    ) -> Result<T> {
        self.prepare_cached(sql)?.query_row(params, read)
    }

    /// Whether no transaction has begun.
    pub(crate) fn is_autocommit(&self) -> bool {
        match self {
            Self::Sqlite(db) => db.is_autocommit(),
            Self::Postgres(db) => !db.is_in_transaction(),
        }
    }

    /// Begins a view: one state of everything, for as long as it lasts.
    pub(crate) fn begin_view(&self) -> Result<()> {
        match self {
            Self::Sqlite(_) => self.prepare_cached("begin")?.execute([]),
            Self::Postgres(db) => db.begin_view(),
        }
    }

    /// Ends the view.
    pub(crate) fn end_view(&self) -> Result<()> {
        match self {
            Self::Sqlite(_) => self.prepare_cached("commit")?.execute([]),
            Self::Postgres(db) => db.end_view(),
        }
    }

    /// Begins a transaction that writes.
    pub(crate) fn begin(&self) -> Result<()> {
        match self {
            Self::Sqlite(_) => self.prepare_cached("begin immediate")?.execute([]),
            Self::Postgres(db) => db.begin(),
        }
    }

    /// Commits it; it is on disk when this returns, if commits are durable.
    pub(crate) fn commit(&self) -> Result<()> {
        match self {
            Self::Sqlite(_) => self.prepare_cached("commit")?.execute([]),
            Self::Postgres(db) => db.commit(),
        }
    }

    /// Answers are to come at once, or may take their time: see [`Session::hurry`].
    pub(crate) fn hurry(&self, hurry: bool) {
        if let Some(session) = self.postgres() {
            session.hurry(hurry);
        }
    }

    /// Whether nothing more can come of it.
    pub(crate) fn is_closed(&self) -> bool {
        self.postgres().is_some_and(Session::is_closed)
    }

    /// Undoes what the transaction did.
    pub(crate) fn rollback(&self) -> Result<()> {
        match self {
            Self::Sqlite(db) => Ok(db.execute_batch("rollback")?),
            Self::Postgres(db) => db.rollback(),
        }
    }

    /// The session, where this is PostgreSQL: for what has a statement for whole sets there.
    pub(crate) fn postgres(&self) -> Option<&Session> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres(db) => Some(db),
        }
    }

    /// The database, where this is SQLite: for its settings.
    pub(crate) fn sqlite(&self) -> Option<&rusqlite::Connection> {
        match self {
            Self::Sqlite(db) => Some(db),
            Self::Postgres(_) => None,
        }
    }
}

/// A statement of either database.
pub(crate) enum CachedStatement<'c> {
    Sqlite(rusqlite::CachedStatement<'c>),
    Postgres(&'c Session, tokio_postgres::Statement),
}

impl CachedStatement<'_> {
    /// Does it. PostgreSQL is told and not waited for: what it says to it is heard with the next
    /// question, or the commit.
    pub(crate) fn execute(&mut self, params: impl Params) -> Result<()> {
        match self {
            Self::Sqlite(statement) => {
                statement.execute(params)?;
                Ok(())
            }
            Self::Postgres(db, statement) => db.execute(statement, params.values()),
        }
    }

    pub(crate) fn query(&mut self, params: impl Params) -> Result<Rows<'_>> {
        Ok(match self {
            Self::Sqlite(statement) => Rows::Sqlite(statement.query(params)?),
            Self::Postgres(db, statement) => {
                Rows::Postgres(db.query(statement, params.values())?, 0)
            }
        })
    }

    pub(crate) fn query_row<T>(
        &mut self,
        params: impl Params,
        read: impl FnOnce(Row<'_>) -> Result<T>,
    ) -> Result<T> {
        match self.query(params)?.next()? {
            Some(row) => read(row),
            None => Err(Error::NoRow),
        }
    }

    pub(crate) fn query_map<'s, T, F>(
        &'s mut self,
        params: impl Params,
        read: F,
    ) -> Result<Mapped<'s, F>>
    where
        F: FnMut(Row<'_>) -> Result<T>,
    {
        Ok(Mapped {
            rows: self.query(params)?,
            read,
        })
    }
}

/// Rows as they come.
pub(crate) enum Rows<'s> {
    Sqlite(rusqlite::Rows<'s>),
    Postgres(Vec<tokio_postgres::Row>, usize),
}

impl Rows<'_> {
    pub(crate) fn next(&mut self) -> Result<Option<Row<'_>>> {
        Ok(match self {
            Self::Sqlite(rows) => rows.next()?.map(Row::Sqlite),
            Self::Postgres(rows, at) => {
                *at += 1;
                rows.get(*at - 1).map(Row::Postgres)
            }
        })
    }
}

/// Rows as what is read out of them.
pub(crate) struct Mapped<'s, F> {
    rows: Rows<'s>,
    read: F,
}

impl<T, F: FnMut(Row<'_>) -> Result<T>> Iterator for Mapped<'_, F> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.rows.next() {
            Ok(row) => row.map(&mut self.read),
            Err(error) => Some(Err(error)),
        }
    }
}

/// One row.
#[derive(Clone, Copy)]
pub(crate) enum Row<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r tokio_postgres::Row),
}

/// A column's number.
pub(crate) trait Column {
    fn at(self) -> usize;
}

impl Column for usize {
    fn at(self) -> usize {
        self
    }
}

impl<'r> Row<'r> {
    pub(crate) fn get<C: Column, T: FromSql>(&self, column: C) -> Result<T> {
        match self {
            Self::Sqlite(row) => Ok(row.get(column.at())?),
            Self::Postgres(_) => Ok(T::column_result(self.get_ref(column)?)?),
        }
    }

    pub(crate) fn get_ref<C: Column>(&self, column: C) -> Result<ValueRef<'r>> {
        match self {
            Self::Sqlite(row) => Ok(row.get_ref(column.at())?),
            Self::Postgres(row) => Ok(Session::column(row, column.at())?),
        }
    }
}

/// Nothing instead of an error where no row is there.
pub(crate) trait OptionalExtension<T> {
    fn optional(self) -> Result<Option<T>>;
}

impl<T> OptionalExtension<T> for Result<T> {
    fn optional(self) -> Result<Option<T>> {
        match self {
            Ok(value) => Ok(Some(value)),
            Err(Error::NoRow) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
