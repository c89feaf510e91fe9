//! Tickets for Socket Mode: any node makes one, any node takes it, and it is taken once.

use crate::{
    error::StoreError,
    sql::{Connection, OptionalExtension, params},
};
use guestlist_domain::{AppId, Timestamp, TokenHash};

const KEEP: &str = "insert into ticket (hash, app, until) values (?1, ?2, ?3)";
const FORGET: &str = "delete from ticket where until <= ?1";
const TAKE: &str = "delete from ticket where hash = ?1 returning app, until";

/// Keeps a ticket that admits `app` until then; forgets those that admit nobody any more.
pub(crate) fn keep(
    db: &Connection,
    ticket: &TokenHash,
    app: AppId,
    now: Timestamp,
    until: Timestamp,
) -> Result<(), StoreError> {
    db.prepare_cached(FORGET)?.execute(params![now.0])?;
    db.prepare_cached(KEEP)?
        .execute(params![ticket.0, app.key(), until.0])?;
    Ok(db.postgres().map_or(Ok(()), |session| session.heard())?)
}

/// The app that a ticket admits. It is spent.
pub(crate) fn take(
    db: &Connection,
    ticket: &TokenHash,
    now: Timestamp,
) -> Result<Option<AppId>, StoreError> {
    let mut take = db.prepare_cached(TAKE)?;
    let taken: Option<(i64, i64)> = take
        .query_row(params![ticket.0], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let good = taken.filter(|(_, until)| *until > now.0);
    Ok(good.map(|(app, _)| AppId::from_key(app)))
}
