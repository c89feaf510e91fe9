//! Tickets for Socket Mode: any node makes one, any node takes it, and it is taken once.

use crate::{
    error::StoreError,
    sql::{Connection, OptionalExtension, params},
};
use guestlist_domain::{AppId, Timestamp, TokenHash};

const KEEP: &str = "insert into ticket (hash, app, token, until) values (?1, ?2, ?3, ?4)";
const FORGET: &str = "delete from ticket where until <= ?1";
const TAKE: &str = "delete from ticket where hash = ?1 returning app, token, until";

/// Keeps a ticket that admits an app until then, and the token it was given for; forgets those that admit nobody any more.
pub(crate) fn keep(
    db: &Connection,
    ticket: &TokenHash,
    (app, token): (AppId, TokenHash),
    now: Timestamp,
    until: Timestamp,
) -> Result<(), StoreError> {
    db.prepare_cached(FORGET)?.execute(params![now.0])?;
    db.prepare_cached(KEEP)?
        .execute(params![ticket.0, app.key(), token.0, until.0])?;
    Ok(db.postgres().map_or(Ok(()), |session| session.heard())?)
}

/// The app that a ticket admits, and the token it was given for. It is spent. One that was kept by a
/// node of an older version does not say for which token, and admits nobody.
pub(crate) fn take(
    db: &Connection,
    ticket: &TokenHash,
    now: Timestamp,
) -> Result<Option<(AppId, TokenHash)>, StoreError> {
    let mut take = db.prepare_cached(TAKE)?;
    let taken: Option<(i64, Option<[u8; 32]>, i64)> = take
        .query_row(params![ticket.0], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    let good = taken.filter(|(_, _, until)| *until > now.0);
    Ok(good.and_then(|(app, token, _)| Some((AppId::from_key(app), TokenHash(token?)))))
}
