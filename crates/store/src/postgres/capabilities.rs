//! What PostgreSQL has, and what databases that speak like it may lack: each by name, with what is done
//! instead. All else that is asked of a database, all of them are said to have.

use super::{Database, Line, Postgres, Session};
use crate::sql::{Connection, Error, Result};
use tokio_postgres::error::SqlState;

/// How often a table that others make at the same time is made.
const ATTEMPTS: usize = 5;

/// What a database is made to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Capabilities {
    /// Locks that belong to no row: whoever migrates, whoever fills an empty store, and which lanes of the
    /// journal some connection may still write; whoever takes workspaces out.
    ///
    /// Instead: rows of a table of their own are locked. That a lane is over is never known, so each that
    /// ever was stays in the bookmark of what is followed; and a store that is moved away cannot be
    /// seen to be served, only to be written. Others decide while a workspace is taken out.
    pub(crate) advisory_locks: bool,
    /// Settings that tell the planner what not to do, and `analyze`.
    ///
    /// Instead: nothing; it plans by what it knows.
    pub(crate) planner_settings: bool,
    /// Tables that a crash empties: the buckets of the rate limits.
    ///
    /// Instead: an ordinary one.
    pub(crate) unlogged_tables: bool,
}

/// Those of PostgreSQL.
impl Default for Capabilities {
    fn default() -> Self {
        Self {
            advisory_locks: true,
            planner_settings: true,
            unlogged_tables: true,
        }
    }
}

impl Capabilities {
    pub(super) const fn none() -> Self {
        Self {
            advisory_locks: false,
            planner_settings: false,
            unlogged_tables: false,
        }
    }

    /// Without what is named: `advisory_locks,planner_settings`.
    pub(super) fn without(mut self, names: &str) -> std::result::Result<Self, String> {
        for name in names.split(',') {
            match name {
                "advisory_locks" => self.advisory_locks = false,
                "planner_settings" => self.planner_settings = false,
                "unlogged_tables" => self.unlogged_tables = false,
                _ => {
                    return Err(
                        "without: of advisory_locks, planner_settings and unlogged_tables, with commas between them"
                            .to_owned(),
                    );
                }
            }
        }
        Ok(self)
    }

    /// As far as a database's own name for itself tells, and no more than these.
    pub(super) fn of(self, version: &str) -> Self {
        let is_cockroach = version.starts_with("CockroachDB");
        let is_yugabyte = version.contains("-YB-");
        Self {
            advisory_locks: self.advisory_locks && !is_cockroach && !is_yugabyte,
            planner_settings: self.planner_settings && !is_cockroach,
            unlogged_tables: self.unlogged_tables && !is_cockroach && !is_yugabyte,
        }
    }

    /// The text of a migration.
    pub(super) fn migration(self, sql: &str) -> String {
        match self.unlogged_tables {
            true => sql.to_owned(),
            false => sql.replace("create unlogged table", "create table"),
        }
    }
}

/// A connection, and what its database has.
pub(super) type Looked = std::result::Result<(Line, Capabilities), tokio_postgres::Error>;

/// A connection, and what the database has, if that is not known.
pub(super) async fn look(place: Postgres, known: Option<Capabilities>) -> Looked {
    let said = place.has;
    let line = super::connect(place).await?;
    if let Some(known) = known {
        return Ok((line, known));
    }
    let asked = line.0.query_one("select version()", &[]).await?;
    let version: String = asked.try_get(0)?;
    Ok((line, said.of(&version)))
}

/// What one connection at a time may do.
#[derive(Clone, Copy)]
pub(crate) enum Exclusive {
    /// Bring the tables to the newest form.
    Migrating,
    /// Fill an empty store.
    Filling,
}

impl Exclusive {
    const fn key(self) -> i64 {
        0x67_75_65_73_74 + self as i64
    }
}

/// Waits until nobody else does it, and keeps it so until the transaction ends.
pub(super) fn lock(session: &Session, what: Exclusive) -> Result<()> {
    let key = what.key();
    if session.capabilities().advisory_locks {
        return session.batch(&format!("select pg_advisory_xact_lock({key})"));
    }
    session.batch(&format!(
        "select 1 from exclusive where key = {key} for update"
    ))
}

/// Makes what [`lock`] needs in a schema; outside of a transaction, in which others would not see it.
pub(super) fn prepare(session: &Session, schema: &str) -> Result<()> {
    if session.capabilities().advisory_locks {
        return Ok(());
    }
    let (migrating, filling) = (Exclusive::Migrating.key(), Exclusive::Filling.key());
    let sql = format!(
        "{schema};
         create table if not exists exclusive (key bigint primary key);
         insert into exclusive (key) values ({migrating}), ({filling}) on conflict do nothing"
    );
    for _ in 1..ATTEMPTS {
        match session.batch(&sql) {
            // Who makes the same at the same time is told that it is there, whatever was said.
            Err(Error::Postgres(error)) if is_there(&error) => {}
            made => return made,
        }
    }
    session.batch(&sql)
}

fn is_there(error: &tokio_postgres::Error) -> bool {
    [
        SqlState::UNIQUE_VIOLATION,
        SqlState::DUPLICATE_TABLE,
        SqlState::DUPLICATE_OBJECT,
        SqlState::DUPLICATE_SCHEMA,
    ]
    .iter()
    .any(|code| error.code() == Some(code))
}

/// Waits until nobody else fills the store, and keeps it so until this connection ends, and what is given.
pub(crate) fn lock_filling(database: &Database, db: &Connection) -> Result<Option<Connection>> {
    let Some(session) = db.postgres() else {
        return Ok(None);
    };
    if session.capabilities().advisory_locks {
        let key = Exclusive::Filling.key();
        session.batch(&format!("select pg_advisory_lock({key})"))?;
        return Ok(None);
    }
    let beside = database.connect()?;
    if let Some(session) = beside.postgres() {
        session.batch("begin")?;
        lock(session, Exclusive::Filling)?;
    }
    Ok(Some(beside))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_database_lacks_is_told_by_its_name_or_by_the_address() {
        let all = Capabilities::default();
        let names = |has: Capabilities| {
            [
                has.advisory_locks,
                has.planner_settings,
                has.unlogged_tables,
            ]
        };
        for (version, has) in [
            (
                "PostgreSQL 16.4 (Debian 16.4-1) on x86_64-pc-linux-gnu",
                [true; 3],
            ),
            (
                "CockroachDB CCL v24.1.0 (x86_64-pc-linux-gnu, built 2024/05/15)",
                [false; 3],
            ),
            (
                "PostgreSQL 11.2-YB-2.18.0.0-b0 on x86_64-pc-linux-gnu",
                [false, true, false],
            ),
        ] {
            assert_eq!(names(all.of(version)), has, "{version}");
        }
        let without = all.without("planner_settings,advisory_locks").unwrap();
        assert_eq!(names(without), [false, false, true]);
        assert_eq!(names(without.of("PostgreSQL 17")), [false, false, true]);
        for wrong in ["", "advisory_locks,", "savepoints"] {
            assert!(all.without(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_migration_says_what_it_makes() {
        let sql = "create unlogged table bucket (team bigint)";
        let all = Capabilities::default();
        assert_eq!(all.migration(sql), sql);
        let without = all.without("unlogged_tables").unwrap();
        assert_eq!(without.migration(sql), "create table bucket (team bigint)");
    }
}
