//! The table of letters.

use super::{document, to_json};
use crate::{
    error::StoreError,
    sql::{Connection, OptionalExtension, params},
};
use guestlist_domain::{Mail, TeamId, Timestamp};
use std::sync::Arc;

/// A letter, and the workspace that sends it.
pub(crate) fn mail(
    db: &Connection,
    id: Timestamp,
) -> Result<Option<(TeamId, Arc<Mail>)>, StoreError> {
    let row: Option<(i64, String)> = db
        .prepare_cached("select team, doc from mail where id = ?1 limit 1")?
        .query_row([id.0], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    row.map(|(team, doc)| {
        let mail = document("mail", id.ts(), &doc)?;
        Ok((TeamId::from_key(team), Arc::new(mail)))
    })
    .transpose()
}

pub(super) fn put(db: &Connection, team: TeamId, mail: &Mail) -> Result<(), StoreError> {
    db.prepare_cached(
        "insert or replace into mail (team, id, address, state, due, doc) values (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        team.key(),
        mail.id.0,
        mail.to,
        mail.state.name(),
        mail.due.map(|due| due.0),
        to_json(mail),
    ])?;
    Ok(())
}
