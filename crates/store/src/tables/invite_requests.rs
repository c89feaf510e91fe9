//! Requests to invite people.

use super::{document, entity, to_json};
use crate::{
    error::StoreError,
    sql::{Connection, OptionalExtension, params},
};
use guestlist_domain::{InviteRequest, InviteRequestId, TeamId, invite_request::Stage};
use std::sync::Arc;

/// A request of a workspace.
pub(crate) fn one(
    db: &Connection,
    team: TeamId,
    id: InviteRequestId,
) -> Result<Option<Arc<InviteRequest>>, StoreError> {
    let doc: Option<String> = db
        .prepare_cached("select doc from invite_request where team = ?1 and id = ?2")?
        .query_row([team.key(), id.key()], |row| row.get(0))
        .optional()?;
    entity("invite_request", id, doc.as_deref())
}

/// Which request of a workspace for an address is pending.
pub(super) fn pending(
    db: &Connection,
    team: TeamId,
    email: &str,
) -> Result<Option<InviteRequestId>, StoreError> {
    Ok(db
        .prepare_cached(
            "select id from invite_request where team = ?1 and email = ?2 and state = 0 limit 1",
        )?
        .query_row(params![team.key(), email], |row| {
            row.get(0).map(InviteRequestId::from_key)
        })
        .optional()?)
}

/// Requests of a workspace in a state, from one on in the order of their ids.
pub(crate) fn listed(
    db: &Connection,
    team: TeamId,
    stage: Stage,
    from: Option<InviteRequestId>,
    limit: usize,
) -> Result<Vec<InviteRequest>, StoreError> {
    let from = from.map_or(0, InviteRequestId::key);
    let mut select = db.prepare_cached(
        "select id, doc from invite_request where team = ?1 and state = ?2 and id >= ?3
         order by id limit ?4",
    )?;
    let mut rows = select.query([team.key(), stage.number(), from, limit as i64])?;
    let mut requests = Vec::new();
    while let Some(row) = rows.next()? {
        let id = InviteRequestId::from_key(row.get(0)?);
        let doc = row.get_ref(1)?;
        let doc = doc.as_str().unwrap_or_default();
        requests.push(document("invite_request", id, doc)?);
    }
    Ok(requests)
}

pub(crate) fn put(db: &Connection, request: &InviteRequest) -> Result<(), StoreError> {
    db.prepare_cached(
        "insert or replace into invite_request (team, id, state, email, doc)
         values (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![
        request.team.key(),
        request.id.key(),
        request.state.stage().number(),
        request.email,
        to_json(request)
    ])?;
    Ok(())
}
