//! The numbers of an embedded record: ids and changes are given once, whatever is forgotten. A database that
//! nodes share sees to that by itself.

use super::Owed;
use crate::{
    error::StoreError,
    sql::{Connection, params},
};

/// The newest change and the newest id there ever were.
pub(super) fn newest(db: &Connection) -> Result<(i64, i64), StoreError> {
    let sql = "select max(coalesce((select max(change) from delivery), 0),
        coalesce((select value from meta where key = 'changes'), 0)),
      max(coalesce((select max(id) from delivery), 0),
        coalesce((select value from meta where key = 'newest'), 0))";
    Ok(db.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?)
}

/// Keeps them: what is forgotten next may have them.
pub(super) fn keep(db: &Connection, change: i64, id: i64) -> Result<(), StoreError> {
    for (key, value) in [("changes", change), ("newest", id)] {
        db.execute(
            "insert or replace into meta (key, value) values (?1, ?2)",
            params![key, value],
        )?;
    }
    Ok(())
}

/// Writes a new delivery under an id.
pub(super) fn insert(db: &Connection, id: i64, owed: &Owed, change: i64) -> Result<(), StoreError> {
    Ok(db.execute(
        "insert or ignore into delivery (id, app, team, channel, event_id, type, at, state, attempts, due, until, change, body)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, 0, ?7, ?8, ?9, ?10)",
        params![
            id,
            owed.app.key(),
            owed.team.key(),
            owed.about.key(),
            owed.event_id,
            owed.kind,
            owed.at.0,
            owed.until.0,
            change,
            owed.body
        ],
    )?)
}
