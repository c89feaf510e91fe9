//! What the store knows of itself, in the table `meta`: how far the tables are, its secret, by how much its world is
//! moved.

use super::document;
use crate::{
    error::StoreError,
    reader::PART,
    sql::{Connection, OptionalExtension, params},
};

/// Marks that the tables show a part of what is being folded. Whoever reads sees the mark of the
/// state that they see.
pub(crate) fn set_torn(db: &Connection, torn: bool) -> Result<(), StoreError> {
    if torn {
        return set_meta(db, "torn", "");
    }
    db.prepare_cached("delete from meta where key = 'torn'")?
        .execute([])?;
    Ok(())
}

/// Whether that mark is there.
pub(crate) fn is_torn(db: &Connection) -> Result<bool, StoreError> {
    Ok(meta(db, "torn")?.is_some())
}

/// The newest row of the journal that the tables show.
pub(crate) fn folded(db: &Connection) -> Result<i64, StoreError> {
    let folded = meta(db, "folded")?.and_then(|text| text.parse().ok());
    Ok(folded.unwrap_or(0))
}

/// The newest row of the journal.
pub(crate) fn newest_row(db: &Connection) -> Result<i64, StoreError> {
    Ok(db
        .prepare_cached("select coalesce(max(seq), 0) from journal")?
        .query_row([], |row| row.get(0))?)
}

/// Up to which row of the journal the tables show everything; [`PART`] with that mark.
/// On PostgreSQL the tables are never behind.
pub(crate) fn shown(db: &Connection) -> Result<i64, StoreError> {
    if db.postgres().is_some() {
        return Ok(0);
    }
    let mut select =
        db.prepare_cached("select key, value from meta where key in ('folded', 'torn')")?;
    let mut rows = select.query([])?;
    let mut shown = 0;
    while let Some(row) = rows.next()? {
        if row.get_ref(0)?.as_str() == Ok("torn") {
            return Ok(PART);
        }
        let upto = row.get_ref(1)?.as_str().ok();
        shown = upto.and_then(|text| text.parse().ok()).unwrap_or(0);
    }
    Ok(shown)
}

/// A value of the table `meta`.
pub(crate) fn meta(db: &Connection, key: &str) -> Result<Option<String>, StoreError> {
    Ok(db
        .prepare_cached("select value from meta where key = ?1")?
        .query_row([key], |row| row.get(0))
        .optional()?)
}

/// The secret in `meta`, which `fresh` becomes if there is none.
pub(crate) fn secret(db: &Connection, fresh: [u8; 32]) -> Result<[u8; 32], StoreError> {
    let text: String = db.query_row(
        "insert into meta (key, value) values ('secret', ?1)
         on conflict (key) do update set value = meta.value returning value",
        [format!("{fresh:?}")],
        |row| row.get(0),
    )?;
    document("meta", "secret", &text)
}

/// By how many microseconds the world's time is moved, as it was kept.
pub(crate) fn moved(db: &Connection) -> Result<i64, StoreError> {
    let kept = meta(db, "moved")?.and_then(|text| text.parse().ok());
    Ok(kept.unwrap_or_default())
}

/// Moves it further, wherever other nodes have moved it meanwhile; by how much it is moved then.
pub(crate) fn move_by(db: &Connection, micros: i64) -> Result<i64, StoreError> {
    let text: String = db.query_row(
        "insert into meta (key, value) values ('moved', ?1)
         on conflict (key) do update set value = cast(cast(meta.value as bigint) + ?2 as text)
         returning value",
        params![micros.to_string(), micros],
        |row| row.get(0),
    )?;
    Ok(text.parse().unwrap_or_default())
}

/// Writes something that was not there before: a row that stays as it is changes no page, and where nothing is
/// changed nothing is written, on a full disk neither.
pub(crate) fn count_try(db: &Connection) -> Result<(), StoreError> {
    db.prepare_cached(
        "insert into meta (key, value) values ('tries', '1')
         on conflict (key) do update set value = cast(cast(meta.value as bigint) + 1 as text)",
    )?
    .execute([])?;
    Ok(())
}

pub(crate) fn set_meta(db: &Connection, key: &str, value: &str) -> Result<(), StoreError> {
    db.prepare_cached("insert or replace into meta (key, value) values (?1, ?2)")?
        .execute([key, value])?;
    Ok(())
}
